"""The story simulator and its reader: the same bytes, variety, and truth that can be read back."""

import hashlib
import re
from collections import Counter
from functools import cache

import pytest

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon, parser, simulator, wordings
from course_utils.littleweb.stories.cast import draw_cast, is_holdout
from course_utils.littleweb.stories.parser import Opening, is_coherent, openings, parse, problems
from course_utils.littleweb.stories.tale import MAX_LENGTH, MIN_LENGTH
from course_utils.littleweb.stories.wordings import Way


@cache
def sample(count=220):
    return tuple(simulator.simulate(Rng(f"test/{number}")) for number in range(count))


def opening_of(story):
    return Opening(story.text.split(". ")[0] + ".", story.characters, story.place)


def test_the_same_seed_gives_the_same_bytes_on_every_system_and_version():
    pages = list(simulator.pages(0, "tiny"))
    text = "\n".join(f"{page.url}\n{page.title}\n{page.text}\n{page.links}" for page in pages)
    assert hashlib.sha256(text.encode("utf-8")).hexdigest()[:16] == "8711242d8083b431"


def test_stories_fit_into_the_context_of_the_model():
    for story in sample():
        assert MIN_LENGTH <= len(story.text) <= MAX_LENGTH + 150 <= 950
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
    more = [simulator.simulate(Rng(f"endings/{number}")).ending for number in range(700)]
    assert set(more) == set(wordings.ENDINGS)


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
        (lambda s: s.place, absent(lexicon.PLACES), "ending is at {}"),
        (
            lambda s: s.characters[1],
            absent([f"the {kind}" for kind in lexicon.KINDS]),
            "ending names {}",
        ),
        (lambda s: s.thing, absent(lexicon.THINGS), "ending is about the {}"),
        (lambda s: s.characters[0], absent(lexicon.NAMES), "ending is about {}"),
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
        ("A kind mole lived", "Her mother lived", "mole comes from nowhere"),
        ("A kind mole lived", "The kind mole lived", "mole comes from nowhere"),
        ("The mole looked", "The goat looked", "goat comes from nowhere"),
        ("The mole looked", "A goat came along. The goat looked", ""),
        ("Mila looked", "A goat and a fox came. The goat and the fox looked", "4 characters"),
        ("Mila looked", "Ben looked", "Ben is never"),
        ("Mila looked", "Mila the goat looked", "Mila changes"),
        ("Mila the duck", "Ben the duck", "begins with ['Ben']"),
        ("near the mill", "near the tower", "begins at the tower"),
        (TOLD[TOLD.index("At last") :], WON, "(won) answers another problem (wind)"),
        ("At last Mila had the kite", "At last Mila had the hat", "problem was the kite"),
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
        assert is_holdout(opening.characters[0], opening.place)
    assert not any(is_holdout(story.characters[0], story.place) for story in sample())


def test_a_story_can_be_simulated_from_a_holdout_opening():
    rng = Rng("held")
    story = simulator.simulate(rng, draw_cast(rng, holdout_opening=True))
    assert is_holdout(story.characters[0], story.place)


def test_the_lexicon_is_as_small_as_its_model_and_names_are_no_other_words():
    # A model of a million parameters mixes up 90 names, or 18 places, and keeps 8 of each apart.
    assert len(set(lexicon.GIRLS)) == len(set(lexicon.BOYS)) == 4
    assert len(set(lexicon.NAMES)) == len(lexicon.NAMES) == 8
    assert len(set(lexicon.PLACES)) == len(lexicon.PLACES) == 8
    assert len(set(lexicon.THINGS)) == len(lexicon.THINGS) == 17
    assert len(set(lexicon.KINDS)) == len(lexicon.KINDS) == 10
    assert len({word for s in sample() for word in re.findall("[a-z]+", s.text.lower())}) > 1_000
    assert not {name.lower() for name in lexicon.NAMES} & set(lexicon.THINGS + lexicon.KINDS)


ALL_WORDINGS = [
    value for name, value in vars(wordings).items() if name.isupper() and name[0] != "_"
]


def strings(value):
    """All strings in a value of wordings.py, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Way):
        return strings((value.attempt, value.success, value.failure))
    parts = value.values() if isinstance(value, dict) else value
    return [text for part in parts for text in strings(part)]


def test_brackets_in_wordings_never_stand_inside_brackets():
    texts = strings(ALL_WORDINGS)
    assert len(texts) > 400
    assert not [text for text in texts if re.search(r"\[[^]]*\[", text)]


def test_the_sentences_know_only_words_traits_spots_and_abilities_of_the_lexicon():
    words = re.findall(r"@(\w+)", " ".join(strings(ALL_WORDINGS)))
    assert set(words) <= set(lexicon.WORDS)
    assert set(wordings.TRAIT_LINES) == set(lexicon.TRAITS)
    assert set(wordings.REACHING) == set(lexicon.SPOTS)
    abilities = {ability for able in lexicon.ABILITIES.values() for ability in able}
    ways = [way for table in wordings.REACHING.values() for way in table.values()]
    assert {way.ability for way in ways} <= abilities | {""}
    assert all(0 <= way.probability <= 1 for way in ways)


def test_every_problem_has_endings_that_answer_it():
    assert set(parser.ANSWERS) < set(wordings.PROBLEMS)
    answered = {ending for endings in parser.ANSWERS.values() for ending in endings}
    assert answered == set(wordings.ENDINGS)


def test_pages_hold_several_stories_with_their_truth():
    pages = list(simulator.pages(0, "tiny"))
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
    for page in simulator.pages(0, "tiny"):
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
        next(simulator.pages(0, "huge"))
