"""Rng: the same draws for the same seed, everywhere, and fair ones."""

import pytest

from course_utils.littleweb.rng import Rng, seed_number


def test_seed_number_is_the_start_of_sha256_as_a_number():
    # sha256("0/stories/17") begins with these 16 hexadecimal digits (worked out with sha256sum).
    assert f"{seed_number('0/stories/17'):016x}" == "7f368e63796c13f9"
    assert seed_number(7) == seed_number("7")


def test_draws_of_a_seed_are_the_ones_on_every_python_version():
    rng = Rng("fixed")
    deck = list(range(8))
    rng.shuffle(deck)
    drawn = [deck, rng.sample("abcdefgh", 3), rng.integer(1, 6), rng.choice("xyz")]
    assert drawn == [[7, 3, 0, 1, 5, 2, 6, 4], ["b", "g", "h"], 2, "z"]


def test_a_child_stream_does_not_move_its_parent():
    with_child, without = Rng(3), Rng(3)
    with_child.child("page").random()
    assert with_child.random() == without.random()
    assert Rng(3).child("a").random() != Rng(3).child("b").random()


def test_integer_reaches_both_ends_and_nothing_beyond():
    rng = Rng(1)
    assert {rng.integer(2, 4) for _ in range(200)} == {2, 3, 4}


def test_shuffle_reaches_all_orders_about_equally_often():
    rng, counts = Rng(5), {}
    for _ in range(6000):
        items = [1, 2, 3]
        rng.shuffle(items)
        counts[tuple(items)] = counts.get(tuple(items), 0) + 1
    assert len(counts) == 6
    assert all(850 < count < 1150 for count in counts.values())  # 1000 each, 5 deviations


def test_sample_draws_different_items_and_leaves_the_source_alone():
    items = list(range(10))
    drawn = Rng(2).sample(items, 10)
    assert sorted(drawn) == items == list(range(10))
    assert drawn != items


def test_weighted_follows_the_weights_and_never_takes_a_zero():
    rng = Rng(9)
    drawn = [rng.weighted("abc", [1, 0, 3]) for _ in range(4000)]
    assert "b" not in drawn
    assert 0.71 < drawn.count("c") / 4000 < 0.79


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda rng: rng.below(0), "n >= 1"),
        (lambda rng: rng.choice([]), "empty"),
        (lambda rng: rng.sample([1, 2], 3), "3 of 2"),
        (lambda rng: rng.weighted("ab", [1]), "2 items"),
        (lambda rng: rng.weighted("ab", [0, 0]), "above 0"),
    ],
)
def test_an_impossible_draw_says_what_is_wrong(draw, words):
    with pytest.raises(ValueError, match=words):
        draw(Rng(0))
