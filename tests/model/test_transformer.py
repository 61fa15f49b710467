"""The transformer: causality, refusals, and learning by heart."""

from __future__ import annotations

import copy
import math

import pytest
import torch
import torch.nn.functional as F

from course_utils.model.transformer import (
    RMSNorm,
    Transformer,
    TransformerConfig,
    rotary_angles,
    rotate,
)
from course_utils.pretraining.loss import head_loss

SMALL = TransformerConfig(
    vocab_size=50, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=16
)


def shaken(config: TransformerConfig = SMALL) -> Transformer:
    """A model whose zero weights are filled, so that every part matters."""
    model, generator = Transformer(config), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return model.eval()


def test_a_new_model_guesses_uniformly():
    tokens = torch.randint(0, 50, (2, 17))
    logits = Transformer(SMALL)(tokens[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(50))


def test_the_default_model_has_1_8_million_parameters():
    assert Transformer(TransformerConfig()).count() == 1_827_968


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    one, same, other = (Transformer(SMALL, seed).model.embed_tokens.weight for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_no_position_sees_the_tokens_after_it():
    model, tokens = shaken(), torch.arange(10)[None]
    changed = tokens.clone()
    changed[0, 6] = 40
    before, after = model(tokens), model(changed)
    assert torch.allclose(before[:, :6], after[:, :6], atol=1e-6)
    assert not torch.allclose(before[:, 6:], after[:, 6:], atol=1e-3)


def test_word_order_matters():
    model = shaken()
    one, two = model(torch.tensor([[3, 4, 5]])), model(torch.tensor([[4, 3, 5]]))
    assert not torch.allclose(one[:, -1], two[:, -1], atol=1e-3)


def test_rotary_products_depend_on_distance_only():
    cos, sin = rotary_angles(12, 8, 10_000.0)
    query, key = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))

    def product(i: int, j: int) -> float:
        return float(rotate(query, cos[i], sin[i]) @ rotate(key, cos[j], sin[j]))

    assert product(3, 1) == pytest.approx(product(9, 7), abs=1e-5)
    assert product(3, 1) != pytest.approx(product(9, 1), abs=1e-3)


def test_rms_norm_gives_an_average_square_of_one():
    x = 7 * torch.randn(5, 16, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(RMSNorm(16, 1e-5)(x).square().mean(-1), torch.ones(5), atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_it_can_learn_one_batch_by_heart(seed: int):
    # Rows that begin alike and go on differently could not be learnt; these do not.
    model, draw = Transformer(SMALL), torch.Generator().manual_seed(seed)
    tokens = torch.randint(0, 50, (2, 9), generator=draw)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    for _ in range(60):
        loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_a_sequence_beyond_the_context_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match="has 17 tokens.* up to 16") as error:
        Transformer(SMALL)(torch.zeros(1, 17, dtype=torch.long))
    assert "context_tokens=17" in str(error.value)


@pytest.mark.parametrize("wrong", [-1, 50, 3000])
def test_a_token_beyond_the_vocabulary_is_refused(wrong: int):
    with pytest.raises(ValueError, match=rf"Token id {wrong} is not in .* vocabulary of 50"):
        Transformer(SMALL)(torch.tensor([[1, wrong]]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 30, "heads": 4}, "multiple of 8"),
        ({"width": 12, "heads": 4}, "multiple of 8"),
        ({"layers": 0}, "layers is 0; use a whole number from 1 up"),
    ],
)
def test_impossible_sizes_are_refused(settings: dict, message: str):
    with pytest.raises(ValueError, match=message):
        TransformerConfig(**settings)


def test_a_tied_model_has_one_table_that_reads_and_writes():
    sizes = {"vocab_size": 50, "width": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    tied = Transformer(TransformerConfig(**sizes, tied=True), seed=1)
    untied = Transformer(TransformerConfig(**sizes), seed=1)
    assert tied.lm_head.weight is tied.model.embed_tokens.weight
    assert untied.count() - tied.count() == 50 * 16
    # One table has one name where weights are saved, and stays one when they are loaded or copied.
    state = tied.state_dict()
    assert "lm_head.weight" not in state and set(state) < set(untied.state_dict())
    other = copy.deepcopy(tied)
    other.load_state_dict({name: value + 1 for name, value in state.items()})
    assert other.lm_head.weight is other.model.embed_tokens.weight
    assert torch.equal(other.lm_head.weight, tied.lm_head.weight + 1)


def test_a_tied_model_begins_with_nearly_even_scores():
    sizes = {"vocab_size": 500, "width": 64, "layers": 2, "heads": 2, "intermediate_size": 96}
    model = Transformer(TransformerConfig(**sizes, tied=True))
    with torch.no_grad():
        scores = model(torch.arange(200)[None])
    loss = torch.nn.functional.cross_entropy(scores[0, :-1], torch.arange(1, 200))
    assert abs(float(loss) - math.log(500)) < 0.3


@pytest.mark.parametrize("tied", [False, True])
def test_every_gradient_is_that_of_small_changes(tied: bool):
    """Through the whole model in float64: with our own rotation and our own loss in it."""
    model = shaken(TransformerConfig(5, 4, 2, 2, 3, context_tokens=4, tied=tied)).double()
    names, weights = zip(*model.named_parameters(), strict=True)
    tokens = torch.tensor([[0, 3, 4, 1, 2], [4, 4, 1, 0, 3]])

    def loss(*given: torch.Tensor) -> torch.Tensor:
        state = dict(zip(names, given, strict=True))
        hidden = torch.func.functional_call(model.model, _inside(state), (tokens[:, :-1], None))
        table = state["model.embed_tokens.weight" if tied else "lm_head.weight"]
        return head_loss(hidden.flatten(0, 1), table, tokens[:, 1:].flatten())

    inputs = [weight.detach().clone().requires_grad_() for weight in weights]
    assert len(inputs) == 2 + 9 * 2 + (not tied)
    assert torch.autograd.gradcheck(loss, inputs)


def _inside(state: dict) -> dict:
    """The decoder's own names of its weights."""
    return {name[6:]: value for name, value in state.items() if name.startswith("model.")}


def test_a_turns_gradient_is_that_of_small_changes():
    cos, sin = (part.double() for part in rotary_angles(4, 6, 100.0))
    x = torch.randn(2, 3, 4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda x: rotate(x, cos, sin), x.requires_grad_())
