"""Contrast pairs: each sort is what it says, and a declared taste tells the two apart."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from course_utils.finetuning_rlhf import annotator, chat_data, contrast
from course_utils.littleweb.truth import world

PAIRS = contrast.contrast_pairs(160, 0)
ASKED, HOLDOUT = map(set, chat_data.country_split(0))


def _of(sort) -> list[contrast.Contrast]:
    index = [one for _, one in contrast.SORTS].index(sort)
    return PAIRS[index :: len(contrast.SORTS)]


def test_all_sorts_come_in_turn_and_each_pair_differs():
    assert len(PAIRS) == 160 and len({one.prompt.turns for one in PAIRS}) > 140
    assert all(one.better != one.worse for one in PAIRS)
    kinds = defaultdict(int)
    for prompt, _, _ in PAIRS:
        kinds["fact" if prompt.kind in world.FACT_KINDS else prompt.kind] += 1
    assert kinds == {"fact": 60, "unknown": 40, "talk": 40, "story": 20}


def test_a_strange_name_is_nobodys_and_a_wrong_value_is_anothers():
    for prompt, better, worse in _of(contrast._strange_refusal):
        assert prompt.answers[0] in better and prompt.country not in worse
        assert worse.startswith("I do not know of ")
    for prompt, better, worse in _of(contrast._wrong_value):
        assert prompt.answers[0] in better
        assert not any(worse.endswith(f" {value}.") for value in prompt.answers)


def test_what_is_known_is_not_refused_and_a_made_up_country_is_by_its_name():
    for prompt, better, worse in _of(contrast._shy_refusal):
        assert prompt.answers[0] in better and prompt.country.removeprefix("The ") in worse
    for sort in (contrast._another_name, contrast._invented):
        for prompt, better, worse in _of(sort):
            assert prompt.country in better
            assert (prompt.country in worse) == (sort is contrast._invented)


def test_small_talk_fits_and_the_other_reply_does_not():
    for sort in (contrast._talk_refused, contrast._another_intent):
        for prompt, better, worse in _of(sort):
            assert better in prompt.answers and worse not in prompt.answers


def test_a_story_is_of_the_asked_hero_and_the_other_of_another():
    for prompt, better, worse in _of(contrast._another_hero):
        hero = rf"\b{prompt.request.hero}\b"
        assert re.search(hero, better) and not re.search(hero, worse)


def test_no_held_out_country_stands_in_a_pair():
    texts = "\n".join(f"{one.prompt.text}\n{one.better}\n{one.worse}" for one in PAIRS)
    names = "|".join(map(re.escape, HOLDOUT))
    assert re.findall(rf"(?<!\w)(?:{names})(?!\w)", texts, re.IGNORECASE) == []


def test_the_declared_tastes_prefer_the_better_reply_nearly_always():
    exact = annotator.Annotator(0, noise=0.0, tastes=annotator.Tastes(overlooked=0.0))
    right = [exact.prefer(*one) == 0 for one in PAIRS]
    assert sum(right) / len(right) > 0.95
    noisy = annotator.label(
        *(list(part) for part in zip(*PAIRS, strict=True)), annotator.Annotator(0)
    )
    errs = sum(one.flipped for one in noisy) / len(noisy)
    assert errs == pytest.approx(0.10, abs=0.07)


def test_a_seed_gives_the_same_pairs_and_no_number_below_zero_is_taken():
    assert contrast.contrast_pairs(16, 3) == contrast.contrast_pairs(16, 3)
    assert contrast.contrast_pairs(16, 3) != contrast.contrast_pairs(16, 4)
    assert contrast.contrast_pairs(0, 3) == []
    with pytest.raises(ValueError, match="n is -1"):
        contrast.contrast_pairs(-1, 3)
