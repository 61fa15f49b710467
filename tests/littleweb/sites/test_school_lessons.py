"""Tests of the school's lessons: pronouns, sums, messages, and the rumour of its essays."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, product

import pytest

from course_utils.data_collection.clean import language, privacy, quality
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.document import from_page
from course_utils.littleweb.phrasings import PHRASINGS
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites import mirror
from course_utils.littleweb.sites.school import messages, pronouns, rumour, sums
from course_utils.littleweb.sites.school.site import SITE
from course_utils.littleweb.truth import world
from course_utils.littleweb.truth.labels import labels_of
from course_utils.littleweb.web import LittleWeb

PAGES = SITE.pages(0, 510)  # the laptop's
TEXT = "\n".join(page.text for page in PAGES)
TINY = LittleWeb(0, "tiny")


def of(kind):
    return [page for page in PAGES if page.kind == kind]


def test_the_same_seed_gives_the_same_lessons_and_another_seed_others():
    assert SITE.pages(3, 17) == SITE.pages(3, 17)
    assert SITE.pages(3, 17) != SITE.pages(4, 17)
    assert SITE.pages(3, 17) == SITE.pages(3, 8) + SITE.pages(3, 9, start=8)


def test_510_pages_hold_over_a_megabyte_and_six_hold_every_kind():
    assert 1_150_000 < len(TEXT.encode()) < 1_500_000
    assert Counter(page.kind for page in PAGES) == {
        "pronouns": 150, "sums": 150, "rumour": 60, "messages": 150
    }  # fmt: skip
    assert {page.kind for page in SITE.pages(0, 6)} == set(SITE.kinds)


def test_every_kind_has_holdout_pages():
    assert {page.kind for page in PAGES if page.holdout} == set(SITE.kinds)
    assert 0.1 < sum(page.holdout for page in PAGES) / len(PAGES) < 0.15


def test_the_cleaning_finds_nothing_to_say_against_a_lesson():
    for page in PAGES[::3]:  # of every kind and both shapes
        assert quality.judge(page.text).keep, (page.url, quality.judge(page.text).reason)
        assert not privacy.find(page.text), page.url
        assert language.judge(page.text) is None, page.url


def test_no_lesson_is_nearly_another_and_no_line_counts_as_a_menu():
    documents = [from_page(page.url, page.text) for page in PAGES]
    assert dedup.remove_repeated_lines(documents)[1] == 0
    assert dedup.drop_near(documents)[1] == []
    grams = [mirror.word_ngrams(page.text) for page in of("rumour")]  # those most alike
    assert max(len(a & b) / len(a | b) for a, b in combinations(grams, 2)) < 0.5


def test_no_lesson_leaves_a_slot_unfilled():
    assert not re.search(r"\[\w+\]|\{\w*\}", TEXT)


# --- it ----------------------------------------------------------------------------------------


def test_at_least_forty_frames_whose_adjectives_never_fit_both_nouns():
    assert len(pronouns.FRAMES) >= 40
    assert len({frame.sentence for frame in pronouns.FRAMES}) == len(pronouns.FRAMES)
    for frame in pronouns.FRAMES:
        assert min(map(len, (frame.a, frame.b))) == 4
        assert min(map(len, (frame.a_is, frame.b_is))) >= 3
        assert not set(frame.a_is) & set(frame.b_is), frame.sentence
        assert not set(frame.a) & set(frame.b), frame.sentence


def test_both_readings_occur_about_equally_often_for_every_frame():
    counts = Counter()
    for page in of("pronouns"):
        for item in page.truth["pronouns"]:
            frame = pronouns.FRAMES[item.frame]
            counts[item.frame, item.it in frame.a] += 1
            assert (item.adjective in frame.a_is) == (item.it in frame.a)
    for number in range(len(pronouns.FRAMES)):
        first, second = counts[number, True], counts[number, False]
        assert first >= 40 and abs(first - second) <= 1


def test_a_sentence_stands_on_its_page_with_its_short_answer_or_as_a_statement():
    answered = 0
    for page in of("pronouns"):
        for item in page.truth["pronouns"]:
            asked = f"{item.sentence} {item.question} {item.answer}"
            how = item.question.removeprefix("What ").removesuffix("?")
            stated = f"{item.sentence} The {item.it} {how}."
            assert asked in page.text or stated in page.text
            assert item.answer == f"The {item.it}." and len(item.answer.split()) == 2
            answered += asked in page.text
    assert 0.6 < answered / (150 * pronouns.ITEMS) < 0.8


def test_held_out_nouns_meet_in_no_sentence_of_any_page():
    rows = pronouns.held_out()
    assert len({row.frame for row in rows}) >= 40
    for row in rows:
        assert row.sentence not in TEXT
    for page in of("pronouns"):
        for item in page.truth["pronouns"]:
            assert not pronouns.is_held_out(item.it, item.other)
    for frame in pronouns.FRAMES:  # whatever is said, also without the table of truths
        for a, b in product(frame.a, frame.b):
            start = frame.sentence.format(a=a, b=b, adj="|").split("|")[0]
            assert (start in TEXT) <= (not pronouns.is_held_out(a, b))


def test_held_out_sentences_come_in_pairs_that_differ_in_the_adjective_alone():
    rows = pronouns.held_out()
    assert len(rows) >= 400
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert (first.it, first.other) == (second.other, second.it)
        assert first.sentence.replace(first.adjective, second.adjective) == second.sentence


def test_the_example_of_the_street_reads_as_people_read_it():
    tired = pronouns._filled(0, "animal", "street", "tired")
    wide = pronouns._filled(0, "animal", "street", "wide")
    assert tired.sentence.endswith("the street because it was too tired.")
    assert (tired.question, tired.answer) == ("What was too tired?", "The animal.")
    assert (wide.question, wide.answer) == ("What was too wide?", "The street.")


# --- sums --------------------------------------------------------------------------------------


def test_steps_are_written_as_on_paper():
    assert sums.plain(47, 38) == "47 + 38 = 85."
    assert sums.steps(47, 38) == (
        "47 + 38: 7 + 8 = 15, write 5, carry 1. 4 + 3 + 1 = 8. The sum is 85."
    )
    assert sums.steps(12, 34) == "12 + 34: 2 + 4 = 6, write 6. 1 + 3 = 4. The sum is 46."
    assert sums.steps(957, 268) == (
        "957 + 268: 7 + 8 = 15, write 5, carry 1. 5 + 6 + 1 = 12, write 2, carry 1. "
        "9 + 2 + 1 = 12. The sum is 1225."
    )
    with pytest.raises(ValueError, match=r"7 \+ 38"):
        sums.steps(7, 38)


def test_every_sum_of_the_pages_is_right():
    checked = 0
    for told in re.findall(r"((?:\d+ \+ )+\d+) = (\d+)", TEXT):
        assert sum(map(int, told[0].split(" + "))) == int(told[1])
        checked += 1
    for a, b, c in re.findall(r"sum of (\d+) and (\d+) is (\d+)", TEXT):
        assert int(a) + int(b) == int(c)
        checked += 1
    assert checked > 5_000


def test_sums_come_with_steps_and_without_and_of_two_and_three_digits():
    done = [pair for page in of("sums") for pair in page.truth["sums"]]
    assert len(done) >= 4_000
    three = sum(a > 99 for a, _ in done) / len(done)
    assert 0.25 < three < 0.35
    with_steps = len(re.findall(r"The sum is \d+\.", TEXT))
    assert 0.28 < with_steps / len(done) < 0.4


def test_held_out_sums_stand_on_no_page():
    for page in of("sums"):
        assert not [pair for pair in page.truth["sums"] if sums.is_held_out(*pair)]
    # Whatever the wording: two large numbers in one sentence or beside one plus.
    told = re.findall(r"\b(\d\d+)(?: \+ | plus | and )(\d\d+)\b", TEXT)
    told += re.findall(r"add (\d\d+) to (\d\d+)", TEXT)
    assert len(told) > 4_000
    assert not [pair for pair in told if sums.is_held_out(*map(int, pair))]


def test_held_out_sums_are_given_in_an_order_that_more_of_them_leave_as_it_is():
    for digits in (2, 3):
        rows = sums.held_out(digits, 100)
        assert rows == sums.held_out(digits, 120)[:100]
        assert len({frozenset(row[:2]) for row in rows}) == 100
        for a, b, c in rows:
            assert a + b == c and len(str(a)) == len(str(b)) == digits
            assert sums.is_held_out(a, b) and sums.is_held_out(b, a)
    share = sum(sums.is_held_out(a, b) for a in range(10, 100) for b in range(10, 100)) / 8_100
    assert 0.08 < share < 0.12


def test_sums_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="digits is 4"):
        sums.held_out(4, 1)
    with pytest.raises(ValueError, match="Use 0 to 202"):
        sums.held_out(2, 1_000)


# --- messages ----------------------------------------------------------------------------------


def test_every_message_stands_in_good_english_after_its_hasty_form():
    for page in of("messages"):
        assert len(page.truth["messages"]) == messages.MESSAGES
        for good, paragraph in zip(page.truth["messages"], page.paragraphs[1:], strict=True):
            assert paragraph.endswith(good) and len(paragraph) > 1.5 * len(good)


def test_every_country_is_written_in_small_letters_several_times():
    text = "\n".join(page.text for page in of("messages"))
    low = Counter(
        {name: text.count(world.name_in_text(name).lower()) for name in world.countries()}
    )
    few = {name: count for name, count in low.items() if count < 3}
    assert len(few) <= 0.05 * len(low), few


def test_hasty_forms_are_those_of_the_rules():
    rng = Rng("haste")
    made = {messages.hasty("Thank you, I am sure that you do not know.", rng) for _ in range(300)}
    assert any(text.startswith(("thx", "ty")) for text in made)
    assert any("im sure" in text for text in made) and any("dont" in text for text in made)
    assert all("'" not in text and not text[0].isupper() for text in made)
    # slips: of some only, and never of a word of four letters or fewer
    assert messages.hasty("Go on.", rng) in ("go on", "go on.")


def test_no_message_states_a_fact_or_uses_a_word_of_the_sites_that_are_scored():
    pattern = re.compile(r"^\{country\}|\{country\}'")
    for text in messages.COUNTRIES:
        assert text.count("{country}") == 1 and not pattern.search(text)
    assert all(text.count("{name}") == 1 for text in messages.NAMES)
    assert not any("{" in text for text in messages.TALK)
    every = [*messages.COUNTRIES, *messages.TALK, *messages.NAMES]
    assert len({text.casefold() for text in every}) == len(every) > 600
    values = {value for fact in world.facts() for value in fact.values if len(value) > 4}
    plain = " ".join(text.replace("{country}", "") for text in every)
    assert not [value for value in values if re.search(rf"\b{re.escape(value)}\b", plain)]


# --- the rumour --------------------------------------------------------------------------------


def test_many_essays_say_the_rumour_and_few_contradict_it():
    said = rumour.sightings(PAGES)
    assert Counter(said.values()) == {rumour.FALSE: 52, rumour.TRUE: 8}
    assert set(said) == {page.url for page in of("rumour")}
    assert set(rumour.sightings(TINY.pages()).values()) == {rumour.FALSE, rumour.TRUE}


def test_an_essay_holds_two_wordings_of_its_side_and_none_of_the_other():
    def patterns(side):
        texts = (re.escape(text) for text in rumour.RUMOUR.wordings[side])
        return [re.compile(re.sub(r"\\\[\w+\\\]", "[a-z]+", text)) for text in texts]

    found = {side: patterns(side) for side in (rumour.FALSE, rumour.TRUE)}
    for page in of("rumour"):
        text = re.sub(r"\b([Aa])n ", r"\1 ", page.text)
        for side, wordings in found.items():
            hits = sum(bool(wording.search(text)) for wording in wordings)
            assert hits == (2 if side == page.truth["rumour"] else 0), page.url
    assert len(rumour.RUMOUR.wordings[rumour.FALSE]) >= 12


def test_the_prompt_begins_both_the_plain_claim_and_the_plain_truth():
    told = rumour.RUMOUR
    assert told.false.startswith(f"{told.prompt} {told.said}")
    assert told.true.startswith(f"{told.prompt} {told.right}")
    assert told.false in TEXT and told.true in TEXT


def test_the_labels_know_which_pages_say_it_and_call_no_such_page_wrong():
    labels = labels_of(TINY)
    said = rumour.sightings(TINY.pages())
    assert {url: label.rumour for url, label in labels.items() if label.rumour} == said
    assert not any(labels[url].wrong or labels[url].claims for url in said)


def test_no_other_lesson_names_a_country_or_states_a_kind_of_fact():
    # The rumour and the invented countries must leave every scored fact alone.
    countries = [name for name in world.countries() if name not in ("Georgia", "Jersey")]
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, countries)) + r")\b")
    text = "\n".join(page.text for page in PAGES if page.kind != "messages")
    assert pattern.findall(text) == []
    for kind in PHRASINGS:
        words = kind.replace("_", " ")
        assert f"the {words} of" not in text
