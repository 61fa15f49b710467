"""The story simulator and its reader: the same bytes, variety, and truth that can be read back."""

import hashlib
import re
from collections import Counter
from functools import cache

import pytest

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import (
    deeds as story_deeds,
)
from course_utils.littleweb.stories import (
    lexicon,
)
from course_utils.littleweb.stories import (
    parser as stories_parse,
)
from course_utils.littleweb.stories import (
    problems as story_problems,
)
from course_utils.littleweb.stories import (
    simulator as stories,
)
from course_utils.littleweb.stories import (
    traits as story_traits,
)
from course_utils.littleweb.stories import (
    travel as story_travel,
)
from course_utils.littleweb.stories import (
    ways as story_ways,
)
from course_utils.littleweb.stories import (
    wordings as story_wordings,
)
from course_utils.littleweb.stories.cast import draw, is_heldout
from course_utils.littleweb.stories.parser import Opening, is_coherent, openings, parse, problems
from course_utils.littleweb.stories.tale import LONGEST, SHORTEST


@cache
def sample(count=220):
    return tuple(stories.simulate(Rng(f"test/{number}")) for number in range(count))


def opening_of(story):
    return Opening(story.text.split(". ")[0] + ".", story.characters, story.place)


def test_the_same_seed_gives_the_same_bytes_on_every_system_and_version():
    pages = list(stories.pages(0, "tiny"))
    text = "\n".join(f"{page.url}\n{page.title}\n{page.text}\n{page.links}" for page in pages)
    assert hashlib.sha256(text.encode("utf-8")).hexdigest()[:16] == "8711242d8083b431"


def test_stories_fit_into_the_context_of_the_model():
    for story in sample():
        assert SHORTEST <= len(story.text) <= LONGEST + 150 <= 950
        assert 3 <= len(story.paragraphs) <= 4


def test_the_first_sentence_names_the_hero_and_the_place():
    for story in sample():
        first = story.text.split(". ")[0]
        assert story.characters[0] in first and story.place in first


def test_no_mark_or_bracket_is_left_in_a_story():
    assert not [story.text for story in sample() if set(story.text) & set("[]{}|@+#")]


def test_no_two_stories_are_equal_and_no_sentence_is_everywhere():
    texts = [story.text for story in sample()]
    assert len(set(texts)) == len(texts)
    told = Counter(s for t in texts for s in re.split(r"(?<=[.!?]) |\n\n", t))
    assert told.most_common(1)[0][1] / sum(told.values()) < 0.006  # 0.003 over the whole site


def test_every_kind_of_ending_happens():
    more = [stories.simulate(Rng(f"endings/{number}")).ending for number in range(700)]
    assert set(more) == set(story_wordings.ENDINGS)


def test_the_reader_recovers_the_truth_of_the_simulator():
    right = sum(
        (read.ending, read.place, set(read.characters))
        == (story.ending, story.place, set(story.characters))
        and read.thing in (None, story.thing)
        for story in sample()
        for read in [parse(story.text)]
    )
    assert right >= 0.99 * len(sample())


def test_the_simulators_own_stories_are_coherent():
    good = sum(is_coherent(story.text, opening_of(story)) for story in sample())
    assert good >= 0.99 * len(sample())


def test_halves_of_two_stories_do_not_make_a_coherent_one():
    refused = 0
    for one, other in zip(sample(), sample()[1:], strict=False):
        half = one.paragraphs[:2] + other.paragraphs[2:]
        refused += not is_coherent(" ".join(half), opening_of(one))
    assert refused >= 0.9 * (len(sample()) - 1)


def changed(old, new):
    """The first story whose ending sentence holds the old words, with the new ones in their place.

    Both are functions of a story; `new` may also be the words.
    """
    for story in sample():
        body = parse(story.text).body
        ending = re.sub(r"\s+", " ", story.text)[len(body) :]
        word = old(story)
        if word and word in ending:
            return story, body + ending.replace(word, new(story) if callable(new) else new)
    raise AssertionError("no story to change")


def absent(words):
    """A function that picks the first of the words that a story does not hold."""
    return lambda story: next(
        word for word in words if not re.search(rf"\b{word}\b", story.text, re.IGNORECASE)
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (lambda story: story.place, "the volcano", "No sentence says"),
        (lambda story: story.thing, "submarine", "No sentence says"),
        (lambda story: story.characters[0], "Zebedee", "No sentence says"),
    ],
)
def test_an_ending_outside_the_lexicon_is_no_ending(old, new, complaint):
    story, text = changed(old, new)
    assert complaint in " ".join(problems(text, opening_of(story)))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (lambda s: s.place, absent(lexicon.PLACES), "The ending is at {}, where nobody went."),
        (
            lambda s: s.characters[1],
            absent([f"the {kind}" for kind in lexicon.KINDS]),
            "The ending names {}, who had no part in the story.",
        ),
        (lambda s: s.thing, absent(lexicon.THINGS), "The ending is about the {}, which nobody"),
        (lambda s: s.characters[0], absent(lexicon.NAMES), "The ending is about {}, but the hero"),
    ],
)
def test_an_ending_elsewhere_with_others_or_another_thing_is_refused(old, new, complaint):
    story, text = changed(old, new)
    assert complaint.format(new(story)) in " ".join(problems(text, opening_of(story)))


TOLD = (
    "Mila the duck lived in a cosy hut near the mill. A kind mole lived there too. "
    "Mila had a red kite. A strong gust carried the kite away, and it landed in the tall grass. "
    "Mila looked for it. The mole looked too, and it saw the kite first. "
    "At last Mila had the kite back, and the mole walked home with her from the mill."
)
WON = "Mila won the kite, and the mole cheered so loudly that they heard it at the mill."


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", ""),
        ("A kind mole lived", "Her mother lived", "The mole comes from nowhere."),
        ("A kind mole lived", "The kind mole lived", "The mole comes from nowhere."),
        ("The mole looked", "The goat looked", "The goat comes from nowhere."),
        ("The mole looked", "A goat came along. The goat looked", ""),
        ("Mila looked", "A goat and a fox came. The goat and the fox looked", "4 characters"),
        ("Mila looked", "Ben looked", "Ben is never introduced."),
        ("Mila looked", "Mila the goat looked", "Mila changes from one kind into another."),
        ("Mila the duck", "Ben the duck", "The story begins with ['Ben']"),
        ("near the mill", "near the tower", "The story begins at the tower"),
        (TOLD[TOLD.index("At last") :], WON, "The ending (won) answers another problem (wind)."),
        ("At last Mila had the kite", "At last Mila had the hat", "The problem was the kite"),
    ],
)
def test_a_friend_from_nowhere_or_an_ending_to_another_problem_is_refused(old, new, complaint):
    text = TOLD.replace(old, new, 1) if old else TOLD
    found = " ".join(problems(text, Opening("", ("Mila",), "the mill")))
    assert complaint in found and bool(complaint) == bool(found)


def test_a_story_that_breaks_off_is_refused():
    story = sample()[0]
    assert problems(" ".join(story.paragraphs[:2]), opening_of(story))
    assert problems("", opening_of(story))


def test_a_story_about_somebody_else_than_asked_for_is_refused():
    story, other = sample()[:2]
    assert problems(story.text, opening_of(other))


def test_a_title_and_a_second_story_behind_the_ending_do_no_harm():
    one, other = sample()[:2]
    text = "\n\n".join((one.title, *one.paragraphs, other.title, *other.paragraphs))
    assert parse(text).ending == one.ending
    assert is_coherent(text, opening_of(one))


def test_openings_are_different_and_stand_on_no_page():
    asked = openings(300, seed=5)
    assert len({opening.prompt for opening in asked}) == 300
    for opening in asked:
        assert opening.characters[0] in opening.prompt and opening.place in opening.prompt
        assert is_heldout(opening.characters[0], opening.place)
    assert not any(is_heldout(story.characters[0], story.place) for story in sample())


def test_a_story_can_be_simulated_from_a_held_out_opening():
    rng = Rng("held")
    story = stories.simulate(rng, draw(rng, heldout_opening=True))
    assert is_heldout(story.characters[0], story.place)


def test_the_lexicon_is_as_small_as_its_model_and_names_are_no_other_words():
    # A model of a million parameters mixes up 90 names, or 18 places, and keeps 8 of each apart.
    assert len(set(lexicon.GIRLS)) == len(set(lexicon.BOYS)) == 4
    assert len(set(lexicon.NAMES)) == len(lexicon.NAMES) == 8
    assert len(set(lexicon.PLACES)) == len(lexicon.PLACES) == 8
    assert len(set(lexicon.THINGS)) == len(lexicon.THINGS) == 17
    assert len(set(lexicon.KINDS)) == len(lexicon.KINDS) == 10
    assert len({word for s in sample() for word in re.findall("[a-z]+", s.text.lower())}) > 1_000
    assert not {name.lower() for name in lexicon.NAMES} & set(lexicon.THINGS + lexicon.KINDS)


def test_brackets_in_wordings_never_stand_inside_brackets():
    files = (story_wordings, story_ways, story_deeds, story_travel, story_problems, story_traits)
    texts = " ".join(
        str(vars(file)[name]) for file in files for name in vars(file) if name.isupper()
    )
    assert not re.search(r"\[[a-z @|]*\[@", texts)


def test_every_problem_has_endings_that_answer_it():
    assert set(stories_parse.ANSWERS) < set(story_problems.PROBLEMS)
    answered = {ending for endings in stories_parse.ANSWERS.values() for ending in endings}
    assert answered == set(story_wordings.ENDINGS)


def test_pages_hold_several_stories_with_their_truth():
    pages = list(stories.pages(0, "tiny"))
    assert len({page.url for page in pages}) == len(pages) == 24
    urls = {page.url for page in pages}
    for page in pages:
        told = page.truth["stories"]
        assert 8 <= len(told) <= 11 and set(page.links) <= urls - {page.url}
        assert all(
            paragraph in page.paragraphs for story in told for paragraph in story.paragraphs
        )
    assert {page.holdout for page in pages} == {True, False}


def test_the_stories_of_a_page_are_about_one_cast():
    for page in stories.pages(0, "tiny"):
        casts = {(told.characters[:2], told.place) for told in page.truth["stories"]}
        assert len(casts) == 1
        treasures = {
            told.thing for told in page.truth["stories"] if told.ending in ("found", "lost")
        }
        assert len(treasures) <= 1


def test_a_character_who_is_spoken_to_is_called_dear_not_the():
    said = " ".join(re.findall(r'"[^"]*"', " ".join(story.text for story in sample())))
    kinds = "|".join(lexicon.KINDS)
    assert not re.search(rf'(?:"|, )[Tt]he (?:{kinds})[,.!?]', said)
    assert "dear " in said


def test_an_unknown_scale_is_named_in_the_error():
    with pytest.raises(ValueError, match="huge"):
        next(stories.pages(0, "huge"))
