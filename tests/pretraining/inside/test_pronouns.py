"""Pronouns: nouns are found where they stand, and at "it" both readings are one."""

from __future__ import annotations

import pytest
import torch

from course_utils.littleweb.sites.school import pronouns as school
from course_utils.pretraining.inside import hooks, pronouns

HELD_OUT = school.held_out()[:8]


def test_at_it_no_head_can_tell_two_readings_apart(model, tokenizer):
    looks = pronouns.looks(model, tokenizer, HELD_OUT, "it")
    assert torch.allclose(looks.at_it[..., ::2], looks.at_other[..., 1::2], atol=1e-6)
    assert looks.right().tolist() == [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("place", pronouns.PLACES)
def test_attention_to_a_noun_is_that_of_its_own_tokens(monkeypatch, model, tokenizer, place):
    item = HELD_OUT[0]
    asked = f"{item.sentence} {item.question} The"
    ends = {"it": " it", "adjective": f" {item.adjective}", "answer": "? The"}

    def maps(_, tokens):
        (row,) = tokens.tolist()
        assert tokenizer.decode(row) == asked
        weights = torch.zeros(2, 1, 2, len(row), len(row))
        here = asked.index(ends[place]) + len(ends[place]) - 1
        start = asked.index(f" {item.it} ")
        weights[1, 0, 0, here, start : start + 1 + len(item.it)] = 0.01
        return weights

    monkeypatch.setattr(pronouns, "attention_maps", maps)
    looks = pronouns.looks(model, tokenizer, [item], place)
    assert looks.at_it[1, 0, 0].item() == pytest.approx(0.01 * (1 + len(item.it)))
    assert looks.at_it.sum() == looks.at_it[1, 0, 0] and not looks.at_other.any()
    best = pronouns.best_head(looks, looks)
    assert best == pronouns.BestHead((1, 0), 1.0, 1.0)


def test_every_sentence_can_be_measured(tokenizer, model):
    # One for each frame, in which both nouns must be found.
    frames = {item.frame: item for item in school.held_out()}.values()
    looks = pronouns.looks(model, tokenizer, list(frames), "it")
    assert (looks.at_it > 0).all() and (looks.at_other > 0).all()


def test_who_always_prefers_one_noun_is_right_in_half_and_in_no_pair(
    monkeypatch, model, tokenizer
):
    first = {HELD_OUT[0].it}

    def odds(_, rows):
        nouns = [tokenizer.decode(noun).strip(" .") for _, noun in rows]
        return torch.tensor([float(n in first) for n in nouns]), torch.tensor(
            [n in first for n in nouns]
        )

    monkeypatch.setattr(hooks, "log_odds", odds)
    found = pronouns.named(model, tokenizer, HELD_OUT[:2], pairs=True)
    assert found == pronouns.Named(0.5, 0.5, 0.5, 0.0, 2)


def test_an_unknown_place_is_refused(model, tokenizer):
    with pytest.raises(ValueError, match="the places are it, adjective, answer"):
        pronouns.looks(model, tokenizer, HELD_OUT, "noun")


def test_sentences_for_comparison_are_no_held_out_ones():
    some = school.on_pages(2 * len(school.FRAMES))
    assert not any(school.is_held_out(item.it, item.other) for item in some)
    assert {item.frame for item in some} == set(range(len(school.FRAMES)))
    firsts = sum(item.sentence.index(item.it) < item.sentence.index(item.other) for item in some)
    assert firsts == len(school.FRAMES)
    assert some == school.on_pages(2 * len(school.FRAMES)) != school.on_pages(len(some), 1)
