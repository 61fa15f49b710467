"""LoRA: nothing at first, only the new tables learn, and merged it is an ordinary model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn as nn

from course_utils.finetuning_rlhf import lora, sft
from course_utils.finetuning_rlhf.lora import LoRAConfig, add_lora, merge, numbers_trained
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.model import save
from course_utils.model.cache import KVCache
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import optimizer
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(
    261, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=32, tied=True
)
CONFIG = replace(sft.config("tiny", SIZE), steps=8, checkpoint_every=3)
IDS = torch.randint(5, 261, (3, 20), generator=torch.Generator().manual_seed(0))
FEW = LoRAConfig(rank=2, alpha=4.0)


def shaken(model: nn.Module, names: str = "") -> nn.Module:
    """Every weight of these names moved, so that all of them matter."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if names in name:
                weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return model.eval()


@pytest.fixture(params=[True, False], ids=["tied", "two tables"])
def base(request: pytest.FixtureRequest) -> Transformer:
    return shaken(Transformer(replace(SIZE, tied=request.param)))


def chat() -> sft.ChatBatches:
    examples = [
        SimpleNamespace(prompt=Prompt("q" * (1 + n % 4), "talk"), reply=chr(97 + n) * 3)
        for n in range(6)
    ]
    return sft.ChatBatches(examples, TOKENIZER, None, 2, context_tokens=32)


def test_a_low_rank_table_adds_alpha_over_rank_times_b_a_x():
    table = nn.Linear(2, 2, bias=False)
    layer = lora.LoRALinear(table, rank=1, alpha=3.0, generator=torch.Generator())
    with torch.no_grad():
        table.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        layer.lora_A.weight.copy_(torch.tensor([[1.0, -1.0]]))
        layer.lora_B.weight.copy_(torch.tensor([[2.0], [0.5]]))
        made = layer(torch.tensor([5.0, 1.0]))
    # W x is (7, 19), A x is 4, and three times B of that is (24, 6)
    assert made.tolist() == [31.0, 25.0]
    assert layer.weight.tolist() == [[7.0, -4.0], [4.5, 2.5]]


def test_at_first_the_model_computes_what_it_computed_before(base: Transformer):
    with torch.no_grad():
        assert torch.equal(add_lora(base)(IDS), base(IDS))


def test_what_is_learnt_changes_the_model_and_the_given_one_stays_as_it_is(base: Transformer):
    before = {name: weight.clone() for name, weight in base.state_dict().items()}
    beside = shaken(add_lora(base, FEW), "lora_")
    with torch.no_grad():
        assert not torch.allclose(beside(IDS), base(IDS), atol=1e-2)
    assert all(torch.equal(before[name], weight) for name, weight in base.state_dict().items())
    assert all(weight.requires_grad for weight in base.parameters())


def test_a_token_at_a_time_makes_the_same_as_all_at_once(base: Transformer):
    # the one goes through both narrow tables, the other through their product
    beside = shaken(add_lora(base, FEW), "lora_")
    cache = KVCache(beside, 3, 20)
    with torch.no_grad():
        parts = [beside(IDS[:, :1], cache)]
        parts += [beside(IDS[:, at : at + 1], cache) for at in range(1, 20)]
        assert torch.allclose(torch.cat(parts, 1), beside(IDS), atol=1e-5)


@pytest.mark.parametrize("tables", [lora.TABLES, ("q_proj", "v_proj"), lora.FEED_FORWARD])
@pytest.mark.parametrize("rank", [1, 3, 16])
def test_the_numbers_that_learn_are_those_that_are_counted(rank: int, tables: tuple[str, ...]):
    config = LoRAConfig(rank, tables=tables)
    beside = add_lora(Transformer(SIZE), config)
    learning = [weight for weight in beside.parameters() if weight.requires_grad]
    assert sum(weight.numel() for weight in learning) == numbers_trained(SIZE, config)
    assert len(lora.low_rank_layers(beside)) == SIZE.layers * len(tables)


def test_the_laptops_model_has_77_312_numbers_to_train_at_rank_8():
    # four layers; 4 tables of 128 x 128 and 3 of 128 x 336, both sides times 8
    by_hand = 4 * 8 * (4 * (128 + 128) + 3 * (128 + 336))
    assert numbers_trained(TransformerConfig(), LoRAConfig(rank=8)) == by_hand == 77_312


def test_the_optimizer_holds_the_new_tables_alone(base: Transformer):
    beside = add_lora(base, FEW)
    held = {
        id(weight)
        for each in optimizer.optimizers(beside, CONFIG)
        for group in each.param_groups
        for weight in group["params"]
    }
    assert held == {id(w) for name, w in beside.named_parameters() if ".lora_" in name}


def test_finetuning_trains_the_new_tables_alone_by_the_same_loop(base: Transformer):
    beside = add_lora(base, FEW)
    history = sft.finetune(beside, chat(), replace(CONFIG, steps=60, adamw_lr=0.03))
    assert history.losses[-1] < history.losses[0] - 1.5
    for name, weight in lora.frozen_weights(beside).items():
        assert torch.equal(weight, base.state_dict()[name]), name
    for name, layer in lora.low_rank_layers(beside).items():
        assert layer.lora_B.weight.abs().max() > 0, name


def test_a_resumed_run_ends_with_the_tables_of_an_uninterrupted_one(
    base: Transformer, tmp_path: Path
):
    def stop(result: object) -> None:
        if result.step == 4:
            raise KeyboardInterrupt

    whole, again = add_lora(base, FEW), add_lora(base, FEW)
    losses = sft.finetune(whole, chat(), CONFIG).losses
    with pytest.raises(KeyboardInterrupt):
        sft.finetune(add_lora(base, FEW), chat(), CONFIG, tmp_path, on_step=stop)
    assert sft.finetune(again, chat(), CONFIG, tmp_path).losses == losses
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])


def test_merged_it_is_an_ordinary_model_that_computes_the_same(base: Transformer):
    beside = shaken(add_lora(base, FEW), "lora_")
    merged = merge(beside)
    with torch.no_grad():
        assert torch.allclose(merged(IDS), beside(IDS), atol=1e-5)
    assert list(merged.state_dict()) == list(base.state_dict())
    assert all(weight.requires_grad for weight in merged.parameters())
    assert (merged.lm_head.weight is merged.model.embed_tokens.weight) == base.config.tied
    # what was merged stays as it was, and may learn on
    assert len(lora.low_rank_layers(beside)) == 14 and add_lora(merged, FEW)


def test_a_merged_model_is_saved_and_opened_like_any_other(base: Transformer, tmp_path: Path):
    from transformers import LlamaForCausalLM

    beside = shaken(add_lora(base, FEW), "lora_")
    save.save(merge(beside), tmp_path)
    theirs, report = LlamaForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    with torch.no_grad():
        assert torch.allclose(save.load(tmp_path)(IDS), beside(IDS), atol=1e-5)
        assert torch.allclose(theirs.eval()(IDS).logits, beside(IDS), atol=1e-4)


def test_a_model_that_is_not_merged_is_not_saved_as_a_whole_one(tmp_path: Path):
    with pytest.raises(save.ModelFileError, match=r"28 low-rank.*(?s:.*)lora\.merge"):
        save.save(add_lora(Transformer(SIZE), FEW), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_seed_decides_the_first_numbers():
    first, same, other = (
        lora.low_rank_layers(add_lora(Transformer(SIZE), replace(FEW, seed=seed)))
        for seed in (1, 1, 2)
    )
    name = "model.layers.1.mlp.down_proj"
    assert torch.equal(first[name].lora_A.weight, same[name].lora_A.weight)
    assert not torch.equal(first[name].lora_A.weight, other[name].lora_A.weight)
    # every table has its own
    assert not torch.equal(
        first["model.layers.0.mlp.down_proj"].lora_A.weight, first[name].lora_A.weight
    )


def test_a_model_says_what_low_rank_tables_it_has():
    config = LoRAConfig(3, 5.0, ("v_proj", "q_proj"))
    assert lora.lora_of(add_lora(Transformer(SIZE), config)) == replace(
        config, tables=("q_proj", "v_proj")
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LoRAConfig(rank=0), "rank is 0"),
        (lambda: LoRAConfig(rank=2.5), "rank is 2.5"),
        (lambda: LoRAConfig(alpha=0), "alpha is 0"),
        (lambda: LoRAConfig(alpha=float("nan")), "alpha is nan"),
        (lambda: LoRAConfig(tables=()), r"tables is \(\).*q_proj"),
        (lambda: LoRAConfig(tables="q_proj"), "tables is 'q_proj'"),
        (lambda: LoRAConfig(tables=("lm_head",)), "lm_head.*q_proj"),
        (lambda: add_lora(Transformer(SIZE), LoRAConfig(17)), "17.*q_proj has 16.*(?s:.*)1 to 16"),
        (lambda: add_lora(add_lora(Transformer(SIZE))), "already"),
        (lambda: merge(Transformer(SIZE)), "no low-rank"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], message: str):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_model_without_a_weight_to_train_is_refused():
    with pytest.raises(ValueError, match="frozen"):
        sft.finetune(Transformer(SIZE).requires_grad_(False), chat(), CONFIG)
