"""The story simulator and its reader: the same bytes, variety, and truth that can be read back."""

import hashlib
import re
from collections import Counter
from functools import cache

import pytest

from course_utils.littleweb import (
    lexicon,
    stories,
    stories_parse,
    story_deeds,
    story_travel,
    story_ways,
    story_wordings,
)
from course_utils.littleweb.chance import Chance
from course_utils.littleweb.stories_parse import Opening, is_coherent, openings, parse, problems
from course_utils.littleweb.story_tale import LONGEST, SHORTEST, is_heldout


@cache
def sample(count=220):
    return tuple(stories.simulate(Chance(f"test/{number}")) for number in range(count))


def opening_of(story):
    return Opening(story.text.split(". ")[0] + ".", story.characters, story.place)


def test_the_same_seed_gives_the_same_bytes_on_every_system_and_version():
    pages = list(stories.pages(0, "tiny"))
    text = "\n".join(f"{page.url}\n{page.title}\n{page.text}\n{page.links}" for page in pages)
    assert hashlib.sha256(text.encode("utf-8")).hexdigest()[:16] == "6456328378548085"


def test_stories_fit_into_the_context_of_the_model():
    for story in sample():
        assert SHORTEST <= len(story.text.replace("\n\n", "")) <= LONGEST <= 950
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
    more = [stories.simulate(Chance(f"endings/{number}")).ending for number in range(700)]
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
    """The first story whose ending sentence holds the old word, with the new one in its place."""
    for story in sample():
        body = parse(story.text).body
        ending = re.sub(r"\s+", " ", story.text)[len(body) :]
        word = old(story)
        if word and word in ending:
            return story, body + ending.replace(word, new)
    raise AssertionError("no story to change")


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


def test_an_ending_elsewhere_with_others_or_another_thing_is_refused():
    place = next(p for p in lexicon.PLACES if all(p not in s.text for s in sample(40)))
    story, text = changed(lambda s: s.place, place)
    assert f"The ending is at {place}" in " ".join(problems(text, opening_of(story)))
    story, text = changed(lambda s: s.characters[1], "Wanda")
    assert "Wanda" in " ".join(problems(text, opening_of(story)))
    story, text = changed(lambda s: s.thing, "trumpet")
    assert "trumpet" in " ".join(problems(text, opening_of(story)))


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
    story = stories.simulate(Chance("held"), heldout_opening=True)
    assert is_heldout(story.characters[0], story.place)


def test_the_lexicon_is_large_and_names_are_no_other_words():
    assert len(set(lexicon.NAMES)) == len(lexicon.NAMES) >= 60
    assert len(set(lexicon.PLACES)) == len(lexicon.PLACES) >= 40
    assert len(lexicon.THINGS) >= 80
    assert len({word for s in sample() for word in re.findall("[a-z]+", s.text.lower())}) > 1_000
    assert not {name.lower() for name in lexicon.NAMES} & set(lexicon.THINGS + lexicon.KINDS)


def test_brackets_in_wordings_never_stand_inside_brackets():
    files = (story_wordings, story_ways, story_deeds, story_travel)
    texts = " ".join(
        str(vars(file)[name]) for file in files for name in vars(file) if name.isupper()
    )
    assert not re.search(r"\[[a-z @|]*\[@", texts)


def test_every_problem_has_endings_that_answer_it():
    assert set(stories_parse.ANSWERS) < set(story_ways.PROBLEMS)
    answered = {ending for endings in stories_parse.ANSWERS.values() for ending in endings}
    assert answered == set(story_wordings.ENDINGS)


def test_pages_hold_several_stories_with_their_truth():
    pages = list(stories.pages(0, "tiny"))
    assert len({page.url for page in pages}) == len(pages) == 24
    urls = {page.url for page in pages}
    for page in pages:
        told = page.truth["stories"]
        assert 5 <= len(told) <= 7 and set(page.links) <= urls - {page.url}
        assert all(
            paragraph in page.paragraphs for story in told for paragraph in story.paragraphs
        )
    assert {page.holdout for page in pages} == {True, False}


def test_an_unknown_scale_is_named_in_the_error():
    with pytest.raises(ValueError, match="huge"):
        next(stories.pages(0, "huge"))
