"""What is held is not read again, and changes no token."""

from __future__ import annotations

import pytest
import torch

from course_utils.inference.prefix import PrefixCache, shared
from course_utils.model.generate import LENGTH, STOP, steps
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer

IDS = torch.randint(5, 261, (30,), generator=torch.Generator().manual_seed(1)).tolist()


@torch.no_grad()
def test_the_scores_are_those_of_the_whole_text_however_much_is_held(model: Transformer) -> None:
    model.double()
    reader = PrefixCache(model)
    other = [*IDS[:10], 7, 8, 9]
    for ids, last in [(IDS[:12], 1), (IDS, 5), (IDS, 1), (other, 2), (IDS[:3], 3), (other, 1)]:
        whole = model(torch.tensor([ids]))[0, -last:]
        assert torch.allclose(reader.logits(ids, last), whole, atol=1e-11)
        assert reader.ids == ids


def test_only_what_is_new_gets_read(model: Transformer) -> None:
    reader = PrefixCache(model)
    reader.logits(IDS[:20])
    assert (reader.calls, reader.read_tokens, reader.reused_tokens) == (1, 20, 0)
    reader.logits(IDS)  # ten more
    reader.logits([*IDS[:15], 9, 9])  # parts from it after 15
    assert (reader.calls, reader.read_tokens, reader.reused_tokens) == (3, 32, 35)
    reader.logits(IDS[:15])  # all held, but the last one's scores are asked for
    assert (reader.calls, reader.read_tokens, reader.reused_tokens) == (4, 33, 49)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_conversation_gets_the_tokens_that_a_fresh_engine_gives(model, temperature) -> None:
    model.double()
    reader, text = PrefixCache(model), IDS[:6]
    for turn in range(3):
        config = SamplingConfig(temperature=temperature, max_new_tokens=6, seed=turn)
        fresh = list(steps(model, [text], lambda c=config: c, row_seeds=[turn]))
        kept = list(reader.steps(text, lambda c=config: c, row_seed=turn))
        assert [step.ids for step in kept] == [step.ids for step in fresh]
        assert [step.finishes for step in kept] == [step.finishes for step in fresh]
        text = text + [step.ids[0] for step in kept] + IDS[:2]
    # Prompts of 6, 14 and 22 tokens; all but the last token written and the two new ones are held.
    assert (reader.sent_tokens, reader.saved_tokens) == (6 + 14 + 22, 0 + 11 + 19)


def test_it_ends_at_a_stop_token_and_at_the_context(model: Transformer) -> None:
    first = next(PrefixCache(model).steps(IDS, SamplingConfig)).ids[0]
    ends = SamplingConfig(stop_ids=(first,))
    assert PrefixCache(model).write(IDS, ends) == []
    assert [s.finishes for s in PrefixCache(model).steps(IDS, lambda: ends)] == [[STOP]]
    endless = SamplingConfig(stop_ids=())
    whole = list(PrefixCache(model).steps(IDS, lambda: endless))
    assert len(IDS) + len(whole) == model.config.context_tokens
    assert whole[-1].finishes == [LENGTH]
    assert PrefixCache(model).write(IDS, endless) == [step.ids[0] for step in whole]


def test_a_refused_text_leaves_it_usable(model: Transformer) -> None:
    reader = PrefixCache(model)
    before = reader.logits(IDS)
    with pytest.raises(ValueError, match="not in this model's vocabulary"):
        reader.logits([*IDS[:20], 999])
    assert torch.allclose(reader.logits(IDS), before, atol=1e-5)


@pytest.mark.parametrize(("ids", "last"), [([], 1), (IDS, 0), (IDS[:3], 4)])
def test_positions_that_are_not_there_are_refused(model: Transformer, ids, last) -> None:
    with pytest.raises(ValueError, match="positions were asked for"):
        PrefixCache(model).logits(ids, last)


def test_a_prompt_that_fills_the_context_is_refused_at_once(model: Transformer) -> None:
    with pytest.raises(ValueError, match="48 at most"):
        PrefixCache(model).steps([5] * 48, SamplingConfig)


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [([], [1], 0), ([1, 2], [1, 2, 3], 2), ([1, 2, 3], [1, 5, 3], 1), ([4], [5], 0)],
)
def test_what_two_texts_share(first, second, count) -> None:
    assert shared(first, second) == shared(second, first) == count
