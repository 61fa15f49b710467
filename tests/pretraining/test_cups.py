"""The cups: the ball goes where it is put, and a model reads what the docstrings say."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining import cups


def test_the_ball_goes_where_hands_would_put_it():
    pairs, places = cups.games(30, torch.Generator().manual_seed(0))
    for swapped, seen in zip(pairs.tolist(), places.tolist(), strict=True):
        table = [at == seen[0] for at in range(cups.CUPS)]
        for number, expected in zip(swapped, seen[1:], strict=True):
            one, other = cups.PAIRS[number]
            table[one], table[other] = table[other], table[one]
            assert table.index(True) == expected


def test_places_or_dots_stand_between_the_swaps():
    pairs, places = torch.tensor([[0, 2, 1]]), torch.tensor([[0, 1, 2, 0]])
    swap = cups.SWAP
    assert cups.tokens(pairs, places, True).tolist() == [[0, swap, 1, swap + 2, 2, swap + 1]]
    dot = cups.DOT
    assert cups.tokens(pairs, places, False).tolist() == [[0, swap, dot, swap + 2, dot, swap + 1]]


class Perfect:
    """Knows every place, from what stands just before the swap."""

    def next_logits(self, read):
        place = cups.AFTER[read[:, -1] - cups.SWAP, read[:, -2].clamp(max=cups.CUPS - 1)]
        return torch.nn.functional.one_hot(place, cups.VOCABULARY).float()


def test_written_places_are_read_again_and_dots_say_nothing():
    assert cups.accuracy(Perfect(), written=True) == [1.0] * cups.SWAPS
    right = cups.accuracy(Perfect(), written=False)
    assert right[0] == 1 and max(right[1:]) < 0.6


def test_a_wrong_place_is_gone_on_from():
    class WrongOnce(Perfect):
        def next_logits(self, read):
            logits = super().next_logits(read)
            return logits.roll(1, 1)[:, : cups.CUPS] if read.size(1) == 2 else logits

    # From a cup that is not the ball's, a swap never leads to the ball's.
    right = cups.accuracy(WrongOnce(), written=True)
    assert right[0] < 0.7 and right[5] == right[0]


def test_training_repeats_itself_and_follows_its_seed(one_thread):
    first, second, other = (cups.learn(True, seed, layers=1, steps=3) for seed in (0, 0, 1))
    assert torch.equal(first.lm_head.weight, second.lm_head.weight)
    assert not torch.equal(first.lm_head.weight, other.lm_head.weight)


def test_a_game_without_swaps_is_refused():
    with pytest.raises(ValueError, match="swaps"):
        cups.games(1, torch.Generator(), swaps=0)
