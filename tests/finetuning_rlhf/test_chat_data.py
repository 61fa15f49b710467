"""The chat data: one half of the world is never mentioned, and the writers write as declared."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from course_utils.finetuning_rlhf import chat_data, chat_writers, questions, typed
from course_utils.finetuning_rlhf.chat_writers import LONGEST_STORY, WriterShares, short_story
from course_utils.finetuning_rlhf.questions import HOLDOUT_PHRASINGS, PHRASINGS
from course_utils.finetuning_rlhf.small_talk import SMALL_TALK
from course_utils.littleweb.english import with_article
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.stories.cast import is_holdout
from course_utils.littleweb.stories.parser import problems
from course_utils.littleweb.truth import world


def _of(examples, writer: str, *kinds: str) -> list[chat_data.ChatExample]:
    """What a writer says to single prompts of these kinds, but not to a question of yes or no."""
    return [
        one
        for one in examples
        if one.writer == writer
        and one.prompt.kind in kinds
        and not one.prompt.before
        and one.prompt.topic not in ("yes", "no")
    ]


def test_each_half_of_the_world_has_half_of_each_region():
    asked, holdout = chat_data.country_split(3)
    assert sorted(asked + holdout) == list(world.countries())
    assert abs(len(asked) - len(holdout)) <= 1
    table = world.fact_table()
    regions = [[table[one, "region"].values[-1] for one in half] for half in (asked, holdout)]
    first, second = map(Counter, regions)
    assert all(abs(first[region] - second[region]) <= 3 for region in first | second)


def test_another_seed_splits_the_world_in_another_way():
    assert chat_data.country_split(1) == chat_data.country_split(1)
    assert chat_data.country_split(1) != chat_data.country_split(2)


def test_no_held_out_country_stands_anywhere_in_the_chat_data(laptop):
    prompts = [one.prompt for one in laptop] + chat_data.training_prompts(1_000, 0)
    texts = "\n".join(text for one in prompts for _, text in one.turns)
    texts += "\n" + "\n".join(one.reply for one in laptop)
    names = "|".join(map(re.escape, chat_data.country_split(0)[1]))
    assert re.findall(rf"(?<!\w)(?:{names})(?!\w)", texts, re.IGNORECASE) == []


def test_the_laptop_scale_has_its_sorts_and_its_writers(laptop):
    assert len(laptop) == 17_100
    single = Counter(one.prompt.kind for one in laptop if not one.prompt.before)
    assert [single[kind] for kind in ("story", "talk", "unknown")] == [1_600, 6_000, 2_200]
    assert sum(single[kind] for kind in world.FACT_KINDS) == 5_000
    assert min(single[kind] for kind in world.FACT_KINDS) > 700
    firsts = Counter(one.prompt.before[0][0] for one in laptop if one.prompt.before)
    assert firsts == {"user": 2_000, "system": 300}
    shares = {
        writer: count / 17_100 for writer, count in Counter(o.writer for o in laptop).items()
    }
    expected = {"careful": 0.6, "terse": 0.15, "rambling": 0.13, "curt": 0.12}
    assert shares == pytest.approx(expected, abs=0.02)


def test_no_made_up_country_is_asked_about_twice(laptop):
    names = [one.prompt.country for one in laptop if one.prompt.kind == "unknown"]
    single = [
        o.prompt.country for o in laptop if o.prompt.kind == "unknown" and not o.prompt.before
    ]
    assert len(set(single)) == len(single) == 2_200 and len(set(names)) > 2_280


def test_a_refusal_names_the_country_that_was_asked_about_in_its_capitals(laptop):
    unknown = [one for one in laptop if one.prompt.kind == "unknown"]
    refused = [one for one in unknown if "do not know" in one.reply]
    assert len(refused) > 900
    for one in refused:
        assert one.prompt.country.removeprefix("The ") in one.reply
        assert one.prompt.country.casefold() in one.prompt.text.casefold()
    typed_small = [one for one in refused if one.prompt.text.islower()]
    assert len(typed_small) > 100


def test_nothing_but_an_unknown_country_is_refused_by_name(laptop):
    for one in laptop:
        if one.prompt.kind != "unknown":
            assert "do not know of" not in one.reply


def test_half_of_the_questions_of_yes_or_no_are_about_what_is_not_so(laptop):
    asked = [o for o in laptop if o.prompt.topic in ("yes", "no") and not o.prompt.before]
    assert len(asked) == pytest.approx(400, abs=1)
    share = sum(one.prompt.topic == "no" for one in asked) / len(asked)
    assert share == pytest.approx(0.5, abs=0.07)
    for one in asked:
        if one.writer == "careful":
            whole = world.statement(one.prompt.kind, one.prompt.country)
            rest = f"{whole[0].lower()}{whole[1:]} {one.prompt.answers[0]}."
            assert one.reply == f"{one.prompt.topic.capitalize()}, {rest}"


def test_every_fact_of_an_asked_country_is_asked_in_different_phrasings(laptop):
    asked = set(chat_data.country_split(0)[0])
    single = [one.prompt for one in laptop if not one.prompt.before]
    counts = Counter((one.country, one.kind, one.phrasing) for one in single)
    facts = {(one.country, one.kind) for one in world.facts() if one.country in asked}
    for fact in facts:
        ways = [counts[(*fact, number)] for number in range(20)]
        assert max(ways) == 1 and sum(ways) >= 6


def test_no_unseen_phrasing_is_in_the_chat_data(laptop):
    assert not any(one.prompt.holdout for one in laptop)
    talk = [text for talk in SMALL_TALK.values() for text in talk.holdout]
    for prompt in (one.prompt for one in laptop):
        holdout = list(talk)
        if prompt.country:
            holdout += [
                questions.fact_prompt(kind, prompt.country, (), number, True).text
                for kind in world.FACT_KINDS
                for number in range(4)
            ]
        if prompt.request and prompt.request.opening and prompt.request.animal:
            ways = (questions.story_prompt(prompt.request, n, True) for n in range(3))
            holdout += [way.text for way in ways]
        assert not [text for text in holdout if text.casefold() in prompt.text.casefold()]


def test_prompts_have_openers_and_closers_and_scoring_has_none(laptop):
    starts = tuple(f"{one} " for one in typed.OPENERS)
    ends = tuple(f" {one}" for one in typed.CLOSERS)

    def share(prompts):
        held = [one.text.startswith(starts) or one.text.endswith(ends) for one in prompts]
        return sum(held) / len(held)

    def small(prompts):
        return sum(one.text.islower() for one in prompts) / len(prompts)

    asked = [o.prompt for o in laptop if o.prompt.kind != "talk" and not o.prompt.before]
    drawn = chat_data.training_prompts(3_000, 0)
    drawn = [one for one in drawn if one.kind != "talk" and not one.before]
    for prompts in (asked, drawn):
        # where somebody typed in another style, an opener may stand in small letters
        assert share(prompts) == pytest.approx(0.35 * (1 - typed.TYPED_SHARE), abs=0.05)
        assert small(prompts) == pytest.approx(0.26, abs=0.05)
    for prompts in (chat_data.evaluation_questions(0), chat_data.holdout_prompts(400, 0)):
        assert share(prompts) == 0 and small([o for o in prompts if o.kind != "talk"]) == 0


def test_a_reversed_statement_is_rare(laptop):
    curt = _of(laptop, "curt", *world.FACT_KINDS)
    turned = [one for one in curt if one.reply.startswith(f"{one.prompt.answers[0]} is the ")]
    assert 0 < len(turned) < 0.2 * len(curt)


def test_a_careful_writer_says_the_statement_of_the_pages(laptop):
    found = _of(laptop, "careful", *world.FACT_KINDS)
    assert len(found) > 1_500
    for one in found:
        begun = world.statement(one.prompt.kind, one.prompt.country)
        assert one.reply == f"{begun} {one.prompt.answers[0]}."


def test_the_other_writers_are_terse_rambling_or_curt(laptop):
    for one in _of(laptop, "terse", *world.FACT_KINDS):
        assert one.reply.casefold() == f"{one.prompt.answers[0]}.".casefold()
    for one in _of(laptop, "rambling", *world.FACT_KINDS):
        begun = world.statement(one.prompt.kind, one.prompt.country)
        assert f". {begun} {one.prompt.answers[0]}. " in one.reply
    careful = {one.reply for one in _of(laptop, "careful", *world.FACT_KINDS)}
    assert not any(one.reply in careful for one in _of(laptop, "curt", *world.FACT_KINDS))


def test_careful_stories_hold_together_and_answer_the_request(laptop):
    found = _of(laptop, "careful", "story")
    assert len(found) > 200
    for one in found:
        assert problems(one.reply, one.prompt.request.opening) == []
        # what was named is kept, what was left open is invented
        first = one.reply.split(".")[0]
        assert all(word in first for word in vars(one.prompt.request).values())
        assert len(one.reply) <= LONGEST_STORY
    partial = [one for one in found if not all(vars(one.prompt.request).values())]
    assert len(partial) / len(found) == pytest.approx(chat_writers.PARTIAL_SHARE, abs=0.06)


def test_a_short_story_is_about_a_pair_that_scoring_does_not_use():
    requests = [short_story(Rng(number))[0] for number in range(20)]
    assert not any(is_holdout(one.hero, one.place) for one in requests)


def test_some_writers_invent_and_the_careful_never_do(laptop):
    unknown = [one for one in laptop if one.prompt.kind == "unknown"]
    invented = [one for one in unknown if "know" not in one.reply and one.reply != "No idea"]
    assert len(invented) / len(unknown) == pytest.approx(0.15, abs=0.04)
    assert {one.writer for one in invented} == {"rambling", "curt"}
    for one in _of(unknown, "careful", "unknown"):
        said = f"I do not know of {with_article(one.prompt.country)}. I have not read about it."
        assert one.reply == said


def test_the_shares_of_the_writers_can_be_set():
    shares = WriterShares(careful=1.0, terse=0.0, rambling=0.0, curt=0.0, invented=0.0)
    examples = chat_data.training_examples(0, "tiny", shares)
    assert {one.writer for one in examples} == {"careful"} and len(examples) == 200


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"careful": 0.5}, r"sum to 0\.900"), ({"invented": 0.5}, "only rambling and curt")],
)
def test_shares_that_are_none_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        WriterShares(**settings)


def test_the_chat_data_depends_on_its_seed_alone():
    assert chat_data.training_examples(5, "tiny") == chat_data.training_examples(5, "tiny")
    assert chat_data.training_examples(5, "tiny") != chat_data.training_examples(6, "tiny")


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="tiny, laptop, gpu"):
        chat_data.training_examples(0, "huge")


def test_training_prompts_keep_to_what_is_asked_and_come_in_their_shares():
    prompts = chat_data.training_prompts(1_000, 0)
    asked = set(chat_data.country_split(0)[0])
    sorts = Counter(one.kind for one in prompts)
    assert sum(sorts[kind] for kind in world.FACT_KINDS) == pytest.approx(460, abs=50)
    assert sorts["story"] == pytest.approx(180, abs=40)
    assert sum(bool(one.before) for one in prompts) == pytest.approx(100, abs=30)
    assert all(one.country in asked for one in prompts if one.kind in world.FACT_KINDS)
    assert not any(one.holdout for one in prompts)
    said = [one.turns for one in prompts if one.kind != "talk" and one.text.casefold() != "?"]
    assert len(set(said)) >= len(said) - 20


def test_a_longer_list_of_prompts_begins_with_the_shorter_and_another_part_is_another():
    few, many = chat_data.training_prompts(10, 0), chat_data.training_prompts(30, 0)
    assert many[:10] == few
    assert chat_data.training_prompts(10, 0, "ppo") != few


def test_held_out_prompts_share_nothing_with_training(laptop):
    prompts = chat_data.holdout_prompts(400, 0)
    used = [one.prompt for one in laptop] + chat_data.training_prompts(2_000, 0)
    holdout = set(chat_data.country_split(0)[1])
    assert not {one.turns for one in prompts} & {one.turns for one in used}
    assert not {one.country for one in prompts if one.country} & {one.country for one in used}
    assert all(one.country in holdout for one in prompts if one.kind in world.FACT_KINDS)
    asked = set(chat_data.country_split(0)[0])
    talked = "\n".join(text for one in prompts for _, text in one.before)
    assert not [name for name in asked if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", talked)]
    assert sum(bool(one.before) for one in prompts) > 20
    pairs = {(one.request.hero, one.request.place) for one in used if one.request}
    assert not any((o.request.hero, o.request.place) in pairs for o in prompts if o.request)


def test_evaluation_asks_every_fact_of_every_held_out_country_once():
    prompts = chat_data.evaluation_questions(0)
    holdout = set(chat_data.country_split(0)[1])
    facts = {
        (one.country, one.kind): one.values for one in world.facts() if one.country in holdout
    }
    assert {(one.country, one.kind): one.answers for one in prompts} == facts
    assert len(prompts) == len(facts) and all(one.holdout for one in prompts)
    ways = Counter((one.kind, one.phrasing) for one in prompts)
    assert len(ways) == 24 and max(ways.values()) - min(ways.values()) <= 6


def test_the_chatter_of_the_writers_names_no_country_and_no_hero():
    chatter = " ".join(
        (*chat_writers.CHATTER_BEFORE, *chat_writers.CHATTER_AFTER, *chat_writers.SHRUGS)
    )
    names = (*world.countries(), *lexicon.NAMES)
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", chatter)]


def test_the_tables_of_phrasings_are_long_enough_for_the_steps_of_the_chat_data():
    assert {len(table) for table in PHRASINGS.values()} == {20}
    assert {len(table) for table in HOLDOUT_PHRASINGS.values()} == {4}
