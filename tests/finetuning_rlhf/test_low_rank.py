"""What finetuning changed, cut to a rank: all of it, none of it, and the nearest in between."""

from __future__ import annotations

import pytest
import torch

from course_utils.finetuning_rlhf.lora import LoRAConfig, add_lora, merge, numbers_trained
from course_utils.finetuning_rlhf.low_rank import Changes
from course_utils.model.transformer import Transformer, TransformerConfig

SIZE = TransformerConfig(64, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=32)
IDS = torch.randint(0, 64, (3, 20), generator=torch.Generator().manual_seed(0))
QUERY = "model.layers.0.self_attn.q_proj"


def shaken(model: torch.nn.Module, seed: int, names: str = "") -> torch.nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if names in name:
                weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return model.eval()


@pytest.fixture
def base() -> Transformer:
    return shaken(Transformer(SIZE), 1)


@pytest.fixture
def finetuned(base: Transformer) -> Transformer:
    other = Transformer(SIZE)
    other.load_state_dict(base.state_dict())
    return shaken(other, 2)


def test_a_change_worked_out_by_hand_loses_its_smaller_direction_first(base: Transformer):
    other = Transformer(SIZE)
    other.load_state_dict(base.state_dict())
    with torch.no_grad():  # 4 along one direction, 3 along another
        other.get_submodule(QUERY).weight[2, 5] += 4
        other.get_submodule(QUERY).weight[7, 1] -= 3
    changes = Changes(base, other)
    assert [changes.kept(rank) for rank in (0, 1, 2, 16)] == pytest.approx([0, 16 / 25, 1, 1])
    moved = (changes.at(1).get_submodule(QUERY).weight - base.get_submodule(QUERY).weight).detach()
    assert moved[2, 5].item() == pytest.approx(4, abs=1e-5)
    assert moved.abs().sum().item() == pytest.approx(4, abs=1e-3)


def test_the_highest_rank_cuts_nothing_and_rank_0_all(base: Transformer, finetuned: Transformer):
    changes = Changes(base, finetuned)
    with torch.no_grad():
        assert torch.allclose(changes.at(changes.most)(IDS), finetuned(IDS), atol=1e-4)
        assert torch.allclose(changes.at(99)(IDS), finetuned(IDS), atol=1e-4)
    none = changes.at(0).state_dict()
    for name, weight in base.state_dict().items():
        same = torch.equal(weight, none[name])
        assert same == ("_proj" in name), name  # embedding, head and norms stay finetuned
    assert changes.most == 16


def test_a_rank_more_keeps_more_and_comes_nearer(base: Transformer, finetuned: Transformer):
    changes = Changes(base, finetuned)
    kept = [changes.kept(rank) for rank in range(17)]
    assert kept == sorted(kept) and kept[0] == 0 and kept[-1] == pytest.approx(1)
    assert 0.1 < kept[4] < 0.9
    whole = finetuned.get_submodule(QUERY).weight
    cut = (changes.at(rank).get_submodule(QUERY).weight for rank in (2, 8, 15))
    far = [float((table - whole).detach().square().sum()) for table in cut]
    assert far[0] > far[1] > far[2] > 0


@pytest.mark.parametrize("rank", [1, 3])
def test_what_lora_of_a_rank_has_learnt_is_of_that_rank(base: Transformer, rank: int):
    config = LoRAConfig(rank)
    changes = Changes(base, merge(shaken(add_lora(base, config), 3, "lora_")))
    assert changes.kept(rank) == pytest.approx(1, abs=1e-6)
    assert changes.kept(rank - 1) < 0.99
    assert changes.numbers(rank) == numbers_trained(SIZE, config)


def test_both_models_stay_as_they_are(base: Transformer, finetuned: Transformer):
    before = [weight.clone() for model in (base, finetuned) for weight in model.parameters()]
    Changes(base, finetuned).at(2)
    after = [weight for model in (base, finetuned) for weight in model.parameters()]
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))


def test_nothing_changed_is_all_kept(base: Transformer):
    assert Changes(base, base).kept(1) == 1


def test_models_of_two_sizes_and_ranks_that_cannot_be_are_refused(base: Transformer):
    with pytest.raises(ValueError, match="width=16.*width=32"):
        Changes(base, Transformer(TransformerConfig(64, width=32)))
    with pytest.raises(ValueError, match="rank is -1"):
        Changes(base, base).at(-1)


def test_a_model_whose_training_diverged_is_refused_by_name(base: Transformer):
    broken = Transformer(SIZE)
    broken.load_state_dict(base.state_dict())
    with torch.no_grad():
        broken.get_submodule(QUERY).weight[0, 0] = float("nan")
    with pytest.raises(ValueError, match="finetuned model has weights that are not finite"):
        Changes(base, broken)
    with pytest.raises(ValueError, match="base model has weights that are not finite"):
        Changes(broken, base)
