"""Agreement of labels, against small examples whose numbers are known."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf.agreement import (
    Share,
    agreement,
    contradictions,
    left_share,
    longer_share,
    warning,
    with_other,
    with_self,
)

from .pairs import labelled, swapped


def test_kappa_of_the_textbook_table() -> None:
    # 50 applications, read by two: 20 times both yes, 15 both no, 5 and 10 differ.
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = agreement(first, second)
    assert (found.count, found.of) == (35, 50)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_one_for_the_same_zero_for_chance_and_below_it_negative() -> None:
    assert agreement("abab", "abab").kappa == 1
    assert agreement("aabb", "abab").kappa == 0
    assert agreement("abab", "baba").kappa == -1


def test_kappa_says_nothing_where_all_labels_are_the_same_or_there_is_none() -> None:
    same = agreement("aaaa", "aaaa")
    assert (same.value, same.kappa) == (1.0, None) and "kappa" not in str(same)
    nothing = agreement("", "")
    assert (nothing.value, nothing.interval, nothing.kappa) == (None, None, None)
    assert str(nothing) == "none yet"
    with pytest.raises(ValueError, match="2 labels of one judge and 1"):
        agreement("ab", "a")


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # by hand, from the formula of Wilson 1927
    [(10, 20, 0.2993, 0.7007), (20, 20, 0.8389, 1.0), (0, 5, 0.0, 0.4345)],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert Share(count, of).interval == pytest.approx((low, high), abs=1e-4)


def test_the_words_say_how_many_and_how_sure() -> None:
    assert str(Share(15, 20)) == "15 of 20 (75%, perhaps 53% to 89%)"


def test_agreement_with_another_takes_pairs_in_the_same_places_and_each_once() -> None:
    mine = [labelled("left", 0), labelled("both_bad", 1), labelled("right", 2)]
    mine.append(swapped(mine[0], "right"))
    theirs = [labelled("left", 0), labelled("both_good", 1), labelled("left", 2)]
    theirs += [labelled("left", 3), swapped(theirs[0], "left")]
    found = with_other(mine, theirs)
    assert (found.count, found.of) == (2, 3)


def test_who_always_takes_the_left_one_contradicts_himself_every_time() -> None:
    first = [labelled("left", number) for number in range(6)]
    again = [swapped(one, "left") for one in first]
    assert (with_self(first + again).count, with_self(first + again).of) == (0, 6)
    assert contradictions(first + again) == 6
    assert left_share(first + again).value == 1


def test_who_takes_the_same_reply_agrees_with_himself_and_a_tie_is_no_contradiction() -> None:
    first = [labelled("left", 0), labelled("right", 1), labelled("both_good", 2)]
    again = [swapped(first[0], "right"), swapped(first[1], "both_bad")]
    again.append(swapped(first[2], "both_bad"))
    found = with_self([*first, *again])
    assert (found.count, found.of) == (2, 3)
    assert contradictions([*first, *again]) == 0


def test_the_newest_of_two_labels_counts() -> None:
    labels = [labelled("left", 0), labelled("right", 0)]
    assert with_other(labels, [labelled("right", 0)]).value == 1
    assert left_share(labels).value == 0


def test_imported_labels_were_shown_on_no_side() -> None:
    labels = [labelled("left", 0, "import"), labelled("right", 1)]
    assert (left_share(labels).count, left_share(labels).of) == (0, 1)


def test_the_longer_reply_is_the_one_with_more_words() -> None:
    labels = [
        labelled("left", 0, left="a b c", right="ddddddddd"),
        labelled("right", 1, left="a b c", right="d"),
        labelled("left", 2, left="a", right="d"),
        labelled("both_good", 3, left="a b", right="d"),
        labelled("right", 4, left="a b", right=""),
    ]
    assert (longer_share(labels).count, longer_share(labels).of) == (1, 3)


def test_labels_that_say_nothing_of_the_replies_are_told() -> None:
    sided = [labelled("right", number) for number in range(10)]
    assert "on the right every time" in warning(sided)
    assert warning(sided[:9]) == "" and warning([*sided, labelled("left", 10)]) == ""
    first = [labelled("left", number) for number in range(4)]
    turned = [swapped(one, "left") for one in first[:2]]
    same = [swapped(one, "right") for one in first[2:]]
    assert "in 2: a model" in warning([*first, *turned, *same])
    assert warning([*first, *turned[:1], *same]) == "" and warning([]) == ""


def test_ties_alone_are_told_as_soon_as_there_are_many() -> None:
    ties = [labelled(("both_good", "both_bad")[number % 2], number) for number in range(10)]
    assert "All 10 labels say both good or both bad" in warning(ties)
    assert warning(ties[:9]) == "" and warning([*ties, labelled("left", 10)]) == ""
