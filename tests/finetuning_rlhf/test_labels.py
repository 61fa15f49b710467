"""Labels: what is shown in which order, what the script says, and what is trained on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils.finetuning_rlhf.annotator import Annotator, Preference, Tastes
from course_utils.finetuning_rlhf.labels import (
    CHOICES,
    Item,
    Label,
    as_turns,
    pair_text,
    preferences,
    schedule,
    scripted,
    standing,
)
from course_utils.finetuning_rlhf.questions import Prompt

from .pairs import capitals, labelled, swapped

SURE = Tastes(overlooked=0.0)


def test_some_pairs_come_again_with_their_sides_swapped_and_not_soon() -> None:
    items = schedule(*capitals(), most=40)
    assert len(items) == 40 and len({item.key for item in items}) == 40
    places = {item.key: at for at, item in enumerate(items)}
    again = [item for item in items if item.again]
    assert len(again) == 9
    for item in again:
        turns, left, right = item.key
        first = places[turns, right, left]
        assert not items[first].again and places[item.key] - first >= 6


def test_about_half_of_the_first_replies_stand_on_the_left_and_a_seed_decides() -> None:
    prompts, right, wrong = capitals()
    lefts = [item.left in right for item in schedule(prompts, right, wrong) if not item.again]
    assert 8 < sum(lefts) < 23
    assert schedule(prompts, right, wrong, 1) == schedule(prompts, right, wrong, 1)
    assert schedule(prompts, right, wrong, 1) != schedule(prompts, right, wrong, 2)


def test_more_pairs_leave_the_beginning_as_it_was() -> None:
    some, all_ = schedule(*capitals(12)), schedule(*capitals(31))
    assert all_[: len(some)] == some


def test_equal_replies_and_pairs_that_came_before_are_left_out() -> None:
    prompt, other = Prompt("Hm?", "talk"), Prompt("So?", "talk")
    asked = [prompt, prompt, prompt, other]
    items = schedule(asked, ["a", "b", "c", "a"], ["b", "a", "c", "b"])
    assert [(item.prompt, {item.left, item.right}) for item in items] == [
        (prompt, {"a", "b"}),
        (other, {"a", "b"}),
    ]


@pytest.mark.parametrize(
    ("first", "second", "most", "message"),
    [
        (["a"], ["a", "b"], 9, "1 prompts, 1 and 2 replies"),
        (["a"], ["a"], 9, "None of 1 pairs has two different replies"),
        ([" \n"], [""], 9, "None of 1 pairs has two different replies"),
        (["a"], ["a "], 9, "None of 1 pairs has two different replies"),
        (["a"], ["b"], 0, "most is 0"),
    ],
)
def test_pairs_that_cannot_be_shown_are_refused(first, second, most, message) -> None:
    with pytest.raises(ValueError, match=message):
        schedule([Prompt("Hm?", "talk")], first, second, most=most)


def test_a_label_knows_the_better_reply_and_a_tie_has_none() -> None:
    said = {one: labelled(one) for one in CHOICES}
    assert (said["left"].chosen, said["left"].rejected) == ("L0", "R0")
    assert (said["right"].chosen, said["right"].rejected) == ("R0", "L0")
    for tie in ("both_good", "both_bad"):
        assert said[tie].tie and said[tie].chosen is None and said[tie].rejected is None
    with pytest.raises(ValueError, match="choice is 'lfet'"):
        labelled("lfet")


def test_the_script_says_what_the_annotator_says_and_its_slips_are_marked() -> None:
    items = schedule(*capitals(), most=40)
    steady = scripted(items, Annotator(0, noise=0.0, tastes=SURE))
    assert all(one.chosen.startswith("The capital") and not one.slip for one in steady)
    noisy = scripted(items, Annotator(0, noise=0.3, tastes=SURE))
    assert 4 < sum(one.slip for one in noisy) < 20
    for one, other in zip(steady, noisy, strict=True):
        assert (one.chosen == other.chosen) != other.slip


def test_the_script_asked_twice_slips_elsewhere() -> None:
    items = schedule(*capitals(), most=40)
    said = {one.key: one for one in scripted(items, Annotator(0, noise=0.3, tastes=SURE))}
    twice = [(said[item.key], said[item.label("left").swapped]) for item in items if item.again]
    assert len({one.slip == before.slip for one, before in twice}) == 2


def test_replies_that_seem_alike_are_both_good_or_both_bad() -> None:
    prompt = capitals(1)[0][0]
    right = ["The capital of Land0 is Town0.", "Town0 is the capital of Land0."]
    items = [Item(prompt, *right), Item(prompt, "Hm", "So")]
    said = scripted(items, Annotator(0, noise=0.0, tastes=SURE))
    assert [one.choice for one in said] == ["both_good", "both_bad"]


def test_of_labels_for_one_pair_the_newest_stands() -> None:
    first, other = labelled("left", 0), labelled("left", 1)
    newest, turned = replace(first, choice="right"), swapped(first, "left")
    assert standing([first, other, newest, turned]) == [other, newest, turned]


def test_preferences_have_the_known_prompts_and_no_ties() -> None:
    prompts, right, wrong = capitals(1)
    known = Label(tuple(prompts[0].turns), wrong[0], right[0], "right")
    earlier = (("user", "Hello."), ("assistant", "Hi."), ("user", "Why?"))
    unknown = Label(earlier, "a", "b", "left")
    found = preferences([known, labelled("both_bad"), unknown], {known.turns: prompts[0]})
    assert [(one.prompt.turns, one.chosen, one.rejected) for one in found] == [
        (known.turns, right[0], wrong[0]),
        (earlier, "a", "b"),
    ]
    assert found[0].prompt is prompts[0]


def test_a_pair_in_words_marks_the_reply_that_was_meant_where_the_script_slipped() -> None:
    prompt = Prompt("What is the\ncapital?", "talk")
    plain = Preference(prompt, "Rome. " * 9, " ", False)
    assert pair_text(plain, 12).splitlines() == [
        "What is the\N{HORIZONTAL ELLIPSIS}",
        "  + Rome. Rome.\N{HORIZONTAL ELLIPSIS}",
        "  - (an empty reply)",
    ]
    items = schedule(*capitals(), most=40)
    said = preferences(scripted(items, Annotator(0, noise=0.5)))
    marked = ["this one was meant" in pair_text(one).splitlines()[2] for one in said]
    assert marked == [one.flipped for one in said] and 0 < sum(marked) < len(said)


def test_conversations_are_read_as_they_are_trained_on() -> None:
    messages = [
        {"role": role, "content": "Hm."} for role in ("system", "user", "assistant", "user")
    ]
    assert [role for role, _ in as_turns(messages)] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize(
    ("messages", "wrong"),
    [
        ([], r"the prompt is \[\]"),
        ([{"role": "user"}], "the prompt holds"),
        ([{"role": "user", "content": " "}], "the prompt holds"),
        ([{"role": "assistant", "content": "a"}], "has the roles assistant"),
        ([{"role": "user", "content": "a"}] * 2, "has the roles user, user"),
        ([{"role": "system", "content": "a"}], "has the roles system"),
        (
            [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
            "the user speaks last",
        ),
    ],
)
def test_a_prompt_out_of_its_order_is_refused(messages: list, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        as_turns(messages)


def test_a_prompt_that_could_not_be_read_back_is_not_shown() -> None:
    empty = Prompt("Why?", "talk", before=(("user", "Hm?"), ("assistant", "")))
    with pytest.raises(ValueError, match="the prompt holds"):
        schedule([empty], ["a"], ["b"])
