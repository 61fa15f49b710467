"""Induction: a head made by hand is found, notes name unseen names, off is compared with off."""

from __future__ import annotations

import pytest
import torch

from course_utils.model.attention import without
from course_utils.pretraining.inside import induction


def by_hand(chosen):
    """Attention maps in which one head looks back by as many tokens as `chosen` says."""

    def maps(model, tokens):
        tokens = torch.as_tensor(tokens)
        length, rows = tokens.size(-1), tokens.view(-1, tokens.size(-1)).size(0)
        weights = torch.zeros(2, rows, 2, length, length)
        layer, head, back = chosen
        here = torch.arange(back, length)
        weights[layer, :, head, here, here - back] = 0.75
        return weights if tokens.ndim == 2 else weights[:, 0]

    return maps


def test_the_head_that_looks_behind_its_earlier_token_is_found(monkeypatch, model):
    # Rows of 10 tokens said twice: one after the earlier occurrence is 9 back.
    monkeypatch.setattr(induction, "attention_maps", by_hand((1, 0, 9)))
    scored = induction.random_scores(model, rows=3, length=10)
    assert scored.tolist() == [[0, 0], [0.75, 0]]
    assert induction.best(scored, 1) == ((1, 0),)
    # One that looks at the same token, and not behind it, is none.
    monkeypatch.setattr(induction, "attention_maps", by_hand((1, 0, 10)))
    assert not induction.random_scores(model, rows=3, length=10).any()


def test_the_same_is_found_on_names(monkeypatch, model, tokenizer):
    # From "Bo" to the next "Bo" are 5 bytes; behind the earlier one is 4 back.
    monkeypatch.setattr(induction, "attention_maps", by_hand((0, 1, 4)))
    scored = induction.name_scores(model, tokenizer, [("A Bo x", "Bo")])
    assert scored.tolist() == [[0, 0.75], [0, 0]]
    with pytest.raises(ValueError, match="No name of two tokens"):
        induction.name_scores(model, tokenizer, [("nobody here", "Bo")])


def test_random_attention_is_even(model):
    with torch.no_grad():
        for block in model.model.layers:
            block.self_attn.q_proj.weight.zero_()
    scored = induction.random_scores(model, rows=2, length=20)
    even = sum(1 / (place + 1) for place in range(20, 39)) / 19
    assert torch.allclose(scored, torch.full((2, 2), even), atol=1e-5)
    assert even == pytest.approx(1 / (1.4 * 20), rel=0.1)


def test_rows_beyond_the_context_are_refused(model):
    with pytest.raises(ValueError, match="Use at most 96"):
        induction.random_scores(model, length=97)


def test_cases_stop_before_a_name_that_stood_there():
    cases = induction.name_cases(40)
    assert all(name in text and not text.endswith(" ") for text, name in cases)
    assert len({name for _, name in cases}) == 40
    assert cases == induction.name_cases(40) != induction.name_cases(40, seed=1)


def test_the_shares_are_those_of_models_without_these_heads(model, tokenizer):
    # The likeliest byte after a space-led text is copied; others are not.
    pairs = []
    for number in range(12):
        text = f"Note {number}: the"
        row = tokenizer.encode(f"{text} ")
        with torch.no_grad():
            said = int(model(torch.tensor([row]))[0, -1].argmax())
        pairs.append((text, tokenizer.decode([said])))
    plain = induction.copied(model, tokenizer, pairs)
    found = induction.switched_off(model, tokenizer, pairs, [(0, 0)], draws=3)
    assert found.whole == plain and len(found.without_others) == 3
    with without(model, [(0, 0)]):
        assert found.without == induction.copied(model, tokenizer, pairs)
    assert all((0, 0) not in others and len(others) == 1 for others in found.others)
    with pytest.raises(ValueError, match="at most half"):
        induction.switched_off(model, tokenizer, pairs, [(0, 0), (0, 1), (1, 1)])


def test_the_head_that_looks_back_by_one_within_names_is_found(monkeypatch, model, tokenizer):
    monkeypatch.setattr(induction, "attention_maps", by_hand((1, 1, 1)))
    scored = induction.previous_scores(model, tokenizer, [("A Bo x", "Bo"), ("nobody", "Al")])
    assert scored.tolist() == [[0, 0], [0, 0.75]]
    with pytest.raises(ValueError, match="No name of two tokens"):
        induction.previous_scores(model, tokenizer, [("nobody here", "Bo")])


def test_a_text_longer_than_the_context_is_cut_at_its_beginning(model, tokenizer):
    context = model.config.context_tokens
    case = ("x" * 2 * context + " Bo is here, says", "Bo")
    for measure in (induction.name_scores, induction.previous_scores):
        assert measure(model, tokenizer, [case]).shape == (2, 2)
    assert 0 <= induction.copied(model, tokenizer, [case]) <= 1
