"""Drafts: what they guess, and when they have no idea."""

from __future__ import annotations

import pytest
import torch

from course_utils.inference.drafts import FirstOf, ModelDraft, Ngrams, PromptLookup, first_layers
from course_utils.model.transformer import Transformer


def guessed(draft, ids) -> dict[int, float]:
    likely = draft.probabilities(ids)
    return {} if likely is None else {int(n): float(likely[n]) for n in likely.nonzero()}


def test_counts_by_hand() -> None:
    draft = Ngrams([[1, 2, 3], [1, 2, 4], [1, 2, 4], [5, 2, 3]], vocab_size=9, longest=2)
    assert guessed(draft, [1, 2]) == pytest.approx({3: 1 / 3, 4: 2 / 3})
    assert guessed(draft, [5, 2]) == {3: 1.0}
    # Never stood so: only the last token counts.
    assert guessed(draft, [7, 2]) == {3: 0.5, 4: 0.5}
    assert guessed(draft, [1, 8]) == {} == guessed(draft, [])
    assert len(draft) == 5


def test_looking_up_takes_the_newest_and_the_longest() -> None:
    draft = PromptLookup(9, longest=2, shortest=1)
    assert guessed(draft, [1, 2, 3, 1, 2, 4, 1, 2]) == {4: 1.0}
    assert guessed(draft, [1, 2, 3, 0, 2, 4, 1, 2]) == {3: 1.0}
    assert guessed(draft, [5, 2, 3, 0, 1, 2]) == {3: 1.0}
    assert guessed(draft, [1, 2, 3]) == guessed(draft, [1]) == guessed(draft, []) == {}
    assert guessed(draft, [4, 4]) == {4: 1.0}
    assert guessed(PromptLookup(9, 3, 2), [5, 2, 3, 0, 1, 2]) == {}


@torch.no_grad()
def test_a_model_guesses_by_its_own_softmax(model: Transformer) -> None:
    draft, ids = ModelDraft(model, 0.5), [70, 71, 72]
    expected = torch.softmax(model(torch.tensor([ids]))[0, -1] / 0.5, -1)
    assert torch.allclose(draft.probabilities(ids), expected, atol=1e-5)
    # Another text afterwards: what was read in between does no harm.
    draft.probabilities([70, 9, 9, 9])
    assert torch.allclose(draft.probabilities(ids), expected, atol=1e-5)


@torch.no_grad()
def test_all_layers_are_the_model_and_the_first_ones_its_beginning(model: Transformer) -> None:
    tokens = torch.arange(9)[None]
    assert torch.equal(first_layers(model, 2)(tokens), model(tokens))
    small = first_layers(model, 1)
    x = model.model.embed_tokens(tokens)
    x = model.model.layers[0](x, model.model.cos[:9], model.model.sin[:9], None)
    assert torch.allclose(small(tokens), model.lm_head(model.model.norm(x)), atol=1e-5)
    assert small.lm_head is model.lm_head and model.config.layers == 2


def test_the_first_that_has_an_idea_guesses() -> None:
    known = Ngrams([[1, 2]], 9, 1)
    draft = FirstOf(PromptLookup(9, 1, 1), known)
    assert guessed(draft, [1]) == {2: 1.0}
    assert guessed(draft, [1, 5, 1]) == {5: 1.0}
    assert guessed(draft, [3]) == {}


def test_bad_settings_are_refused(model: Transformer) -> None:
    with pytest.raises(ValueError, match="longest"):
        Ngrams([], 9, longest=0)
    with pytest.raises(ValueError, match="0 to 8"):
        Ngrams([[1, 9]], 9)
    with pytest.raises(ValueError, match="longest"):
        PromptLookup(9, longest=1, shortest=2)
    with pytest.raises(ValueError, match="layers"):
        first_layers(model, 3)
    with pytest.raises(ValueError, match="temperature"):
        ModelDraft(model, -1)
