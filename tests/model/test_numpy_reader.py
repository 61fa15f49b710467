"""NumPy in place of torch: the same scores and tokens, and never those of weights that were."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch

from course_utils.model import numpy_reader
from course_utils.model.attention import without
from course_utils.model.generate import ModelReader, generate
from course_utils.model.numpy_reader import NumpyReader, reader_of
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer, TransformerConfig

TOKENS = torch.randint(0, 261, (3, 12), generator=torch.Generator().manual_seed(0)).tolist()
PROMPTS = [[5], [1, 2, 3], [7, 8], [30, 31, 32, 33, 34, 35], [0, 9]]
GREEDY = SamplingConfig(temperature=0, max_new_tokens=20)
DRAWN = SamplingConfig(temperature=1.5, seed=3, max_new_tokens=20)


def scores(model: Transformer, rows: list[list[int]]) -> torch.Tensor:
    """(B, V) of torch, in double precision."""
    exact = Transformer(model.config).double()
    exact.load_state_dict(model.state_dict())
    with torch.no_grad():
        return exact.next_logits(torch.tensor(rows)).float()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_scores_are_those_of_torch_at_every_position(model: Transformer, rows: int) -> None:
    reader, tokens = NumpyReader(model), TOKENS[:rows]
    cache = reader.open(rows, 12)
    for end in range(5, 13):
        first = cache.length
        read = reader.next_logits([row[first:end] for row in tokens], cache)
        expected = scores(model, [row[:end] for row in tokens])
        assert read.shape == (rows, 261) and torch.allclose(read, expected, atol=1e-4)
        alone = reader.next_logits([row[:end] for row in tokens], None)
        assert torch.allclose(alone, expected, atol=1e-4)


def test_prompts_that_are_read_in_blocks_of_rows_are_read_alike(model, monkeypatch) -> None:
    monkeypatch.setattr(numpy_reader, "BLOCK_TOKENS", 16)  # one row of 11 at a time
    reader = NumpyReader(model)
    cache = reader.open(3, 12)
    first = reader.next_logits([row[:11] for row in TOKENS], cache)
    assert torch.allclose(first, scores(model, [row[:11] for row in TOKENS]), atol=1e-4)
    step = reader.next_logits([row[11:] for row in TOKENS], cache)
    assert torch.allclose(step, scores(model, TOKENS), atol=1e-4)


def test_a_tied_model_with_norms_of_its_own_is_read_too() -> None:
    model = Transformer(TransformerConfig(60, 24, 3, 3, 40, context_tokens=16, tied=True), seed=1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)) / 4)
    rows = [[1, 2, 3], [9, 8, 7]]
    assert torch.allclose(
        NumpyReader(model).next_logits(rows, None), scores(model, rows), atol=1e-4
    )


def test_a_model_whose_blocks_pass_everything_through_by_hand() -> None:
    model = Transformer(TransformerConfig(4, 4, 1, 1, 8, context_tokens=8, norm_eps=1e-12))
    with torch.no_grad():  # as made, attention and feed-forward add nothing
        model.model.embed_tokens.weight[2] = torch.tensor([1.0, -1.0, 3.0, -3.0])
        model.model.norm.weight.copy_(torch.tensor([1.0, 2.0, 1.0, 1.0]))
        model.lm_head.weight.copy_(torch.eye(4))
    # The mean square is (1 + 1 + 9 + 9) / 4 = 5.
    expected = np.array([1, -2, 3, -3]) / 5**0.5
    assert np.allclose(NumpyReader(model).next_logits([[0, 2]], None), expected, atol=1e-6)


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("config", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_whole_replies_are_those_of_torch(
    model: Transformer, config: SamplingConfig, cached: bool
) -> None:
    limits = [20, 4, 0, 30, 1]
    expected = generate(model, PROMPTS, config, limits=limits)
    reader = NumpyReader(model)
    written = generate(model, PROMPTS, config, limits=limits, cached=cached, reader=reader)
    assert written == expected


def test_a_row_is_the_same_alone_as_among_others(model: Transformer) -> None:
    reader = NumpyReader(model)
    together = generate(model, PROMPTS, DRAWN, reader=reader)
    alone = [
        generate(model, [p], DRAWN, row_seeds=[n], reader=reader)[0] for n, p in enumerate(PROMPTS)
    ]
    assert together == alone and len({tuple(row.ids) for row in together}) == len(PROMPTS)


def test_rows_that_are_kept_go_on_as_before(model: Transformer) -> None:
    reader = NumpyReader(model)
    cache = reader.open(3, 12)
    reader.next_logits([row[:11] for row in TOKENS], cache)
    cache.keep([0, 2])
    rest = reader.next_logits([TOKENS[0][11:], TOKENS[2][11:]], cache)
    assert torch.allclose(rest, scores(model, [TOKENS[0], TOKENS[2]]), atol=1e-4)


def test_scores_that_were_given_out_stay_as_they_are(model: Transformer) -> None:
    reader = NumpyReader(model)
    cache = reader.open(1, 12)
    first = reader.next_logits([TOKENS[0][:5]], cache)
    before = first.clone()
    reader.next_logits([TOKENS[0][5:6]], cache)
    assert torch.equal(first, before)


def test_threads_that_write_at_once_do_not_meet(model: Transformer) -> None:
    reader, expected = NumpyReader(model), generate(model, PROMPTS, DRAWN)
    written: list[object] = []
    threads = [
        threading.Thread(
            target=lambda: written.append(generate(model, PROMPTS, DRAWN, reader=reader))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written == [expected] * 4


def by_an_optimizer(model: Transformer) -> None:
    model(torch.tensor(TOKENS)).sum().backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()


def by_loading(model: Transformer) -> None:
    model.load_state_dict({name: 0.5 * w for name, w in model.state_dict().items()})


@torch.no_grad()
def in_place(model: Transformer) -> None:
    model.model.layers[1].mlp.up_proj.weight[3] += 1


def by_another_weight(model: Transformer) -> None:
    model.model.norm.weight = torch.nn.Parameter(torch.full_like(model.model.norm.weight, 2.0))


def by_other_memory(model: Transformer) -> None:
    model.lm_head.weight.data = 2 * model.lm_head.weight.data


@pytest.mark.parametrize(
    "change", [by_an_optimizer, by_loading, in_place, by_another_weight, by_other_memory]
)
def test_weights_that_have_changed_are_read_anew(
    model: Transformer, change: Callable[[Transformer], None]
) -> None:
    reader = reader_of(model)
    assert reader_of(model, reader) is reader
    change(model)
    changed = reader_of(model, reader)
    assert changed is not reader
    read = changed.next_logits(TOKENS, None)
    assert torch.allclose(read, scores(model, TOKENS), atol=1e-3)
    assert not torch.allclose(read, reader.next_logits(TOKENS, None), atol=1e-2)


def test_a_model_that_somebody_looks_into_or_that_is_not_plain_is_left_to_torch(
    model: Transformer,
) -> None:
    reader = reader_of(model)
    with without(model, [(0, 1)]):
        assert reader_of(model, reader) is None
    assert reader_of(model, reader) is reader
    handle = model.lm_head.register_forward_hook(lambda *_: None)
    assert reader_of(model, reader) is None
    handle.remove()
    whole, model.lm_head = model.lm_head, torch.nn.Sequential(model.lm_head)
    assert reader_of(model, reader) is None
    model.lm_head = whole
    assert reader_of(model.bfloat16(), reader) is None
    assert reader_of(model.double(), reader) is None


@pytest.mark.parametrize(
    ("rows", "fact"),
    [([[5, 261]], "Token id 261"), ([[-1]], "Token id -1"), ([[1] * 49], "49 tokens")],
)
def test_what_the_model_refuses_is_refused(model: Transformer, rows, fact: str) -> None:
    for reader in (NumpyReader(model), ModelReader(model)):
        with pytest.raises(ValueError, match=fact):
            reader.next_logits(rows, reader.open(1, 8))
