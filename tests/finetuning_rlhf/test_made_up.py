"""Made-up names: of several morphologies, never real, and split for scoring."""

from __future__ import annotations

from collections import Counter

import pytest

from course_utils.finetuning_rlhf import made_up
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

NAMES = [made_up.made_up_country(Rng(number), world.countries()) for number in range(600)]


def _bare(name: str) -> str:
    """A name without the words of its form."""
    words = {word for form in made_up.FORMS for word in form.split()}
    return next(word for word in name.split() if word not in words)


def test_the_names_are_of_at_least_three_morphologies_that_share_hardly_a_syllable():
    assert len(made_up.MORPHOLOGIES) >= 3
    starts = [set(made_up._SYLLABLES[name][0]) for name in made_up.MORPHOLOGIES]
    for number, one in enumerate(starts):
        for other in starts[number + 1 :]:
            assert len(one & other) <= 2
    kinds = Counter()
    for name in NAMES:
        bare = _bare(name).lower()
        kinds.update({n for n, one in enumerate(starts) if bare.startswith(tuple(one))})
    assert min(kinds[number] for number in range(len(starts))) > 60


def test_names_are_nearly_all_different_and_some_have_several_words():
    assert len(set(NAMES)) > 590
    several = [name for name in NAMES if " " in name]
    assert 0.2 < len(several) / len(NAMES) < 0.4
    assert {name.replace(_bare(name), "{name}") for name in NAMES} == set(made_up.FORMS)


def test_no_name_is_real_or_the_beginning_of_a_real_one_or_of_its_words():
    words = [word.casefold() for name in world.countries() for word in name.split()]
    words = [word for word in words if len(word) > 2]
    for name in NAMES:
        low = _bare(name).casefold()
        assert name not in world.countries()
        assert not [word for word in words if word.startswith(low) or low.startswith(word)]


def test_a_name_that_is_taken_is_drawn_again():
    name = _bare(made_up.made_up_country(Rng(7), ()))
    for taken in (name, name[:4], f"New {name}land", name.upper()):
        assert _bare(made_up.made_up_country(Rng(7), (taken,))) != name


@pytest.mark.parametrize(
    "draw",
    [
        lambda n, h: made_up.made_up_country(Rng(n), (), h),
        lambda n, h: made_up.made_up_person(Rng(n), h),
    ],
)
def test_names_for_scoring_are_never_names_for_training(draw):
    parts = [{_bare(draw(n, holdout)) for n in range(300)} for holdout in (False, True)]
    assert not parts[0] & parts[1]


def test_a_name_depends_on_its_stream_alone():
    assert made_up.made_up_country(Rng(3), ()) == made_up.made_up_country(Rng(3), ())
