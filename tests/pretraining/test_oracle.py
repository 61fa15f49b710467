"""A training step against the field's own: transformers' Llama, torch's loss and optimizers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils.model.save import save
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import Trainer
from course_utils.tokenization.special_tokens import PAD

MODEL = TransformerConfig(
    vocab_size=64, width=32, layers=2, heads=4, intermediate_size=48, context_tokens=24
)
# Without the token that fills up rows: transformers never trains its row of the first table.
IDS = np.random.default_rng(0).integers(PAD + 1, 64, 500).astype(np.uint16)


def shaken(config: TransformerConfig) -> Transformer:
    """A model whose zero weights are filled, so that every gradient matters."""
    model, generator = Transformer(config), torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
    return model


@pytest.mark.parametrize("muon", [False, True], ids=["AdamW", "Muon and AdamW"])
@pytest.mark.parametrize("tied", [False, True], ids=["two tables", "tied"])
def test_a_step_is_that_of_transformers_llama_and_torchs_optimizers(
    tied: bool, muon: bool, tmp_path: Path
):
    from transformers import LlamaForCausalLM

    rates = {"muon": muon, "muon_lr": 0.01, "adamw_lr": 0.002, "warmup_steps": 0, "warmdown": 0.0}
    config = TrainConfig(
        replace(MODEL, tied=tied),
        batch=4,
        context_tokens=24,
        weight_decay=0.1,
        grad_clip=0.5,
        **rates,
    )
    ours = shaken(config.model)
    save(ours, tmp_path)
    theirs = LlamaForCausalLM.from_pretrained(tmp_path).train()
    before = {name: weight.detach().clone() for name, weight in theirs.named_parameters()}
    trainer = Trainer(ours, Batches({"only": IDS}, {"only": 1.0}, 4, 24), config)
    rows = Batches({"only": IDS}, {"only": 1.0}, 4, 24).next()
    step = trainer.step()
    loss = torch.nn.functional.cross_entropy(
        theirs(rows[:, :-1]).logits.flatten(0, 1), rows[:, 1:].flatten()
    )
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(theirs.parameters(), config.grad_clip)
    for optimizer in torchs_optimizers(theirs, config):
        optimizer.step()
    assert step.loss == pytest.approx(loss.item(), rel=1e-6)
    assert step.grad_norm == pytest.approx(norm.item(), rel=1e-5)
    assert norm > config.grad_clip  # so the limit was put to the test
    for name, their in theirs.named_parameters():
        mine = ours.get_parameter(name)
        assert torch.allclose(mine.grad, their.grad, rtol=1e-4, atol=1e-7), name
        if muon and ".layers." in name and "norm" not in name:
            # torch's iterations are in bfloat16, which knows three digits of each number
            assert (mine - their).norm() < 0.05 * (their - before[name]).norm(), name
        else:
            # AdamW divides a gradient by its size: what is nearly 0 goes anywhere
            sure = (their.grad.abs() > 1e-5) | (their.grad == 0)
            assert ((mine - their).abs() < 1e-3 * config.adamw_lr)[sure].all(), name
            assert sure.float().mean() > 0.9, name


def torchs_optimizers(model: torch.nn.Module, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Torch's own for the same weights, put together by hand."""
    weights = dict(model.named_parameters())
    norms = [weight for name, weight in weights.items() if "norm" in name]
    inside = [w for name, w in weights.items() if ".layers." in name and "norm" not in name]
    tables = [w for name, w in weights.items() if "embed_tokens" in name or "lm_head" in name]
    groups = [
        {"params": tables + ([] if config.muon else inside), "weight_decay": config.weight_decay},
        {"params": norms, "weight_decay": 0.0},
    ]
    chosen = [torch.optim.AdamW(groups, lr=config.adamw_lr, betas=(0.9, 0.95))]
    if config.muon:
        chosen.append(torch.optim.Muon(inside, config.muon_lr, config.weight_decay, momentum=0.95))
    return chosen
