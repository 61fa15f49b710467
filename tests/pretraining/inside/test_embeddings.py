"""Embeddings: sums that hold in a table made by hand are found, and given words are told apart."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining.inside import embeddings

CAPITALS = {"A": "a", "B": "b", "C": "c", "D": "d", "E": "e"}


class Letters:
    """One token a letter, from 270 on; a space is none."""

    def encode(self, text):
        return [270 + ord(letter) for letter in text.replace(" ", "")]

    def decode(self, ids):
        return "".join(chr(at - 270) for at in ids)


def made(model, step: float, own: float = 0.0):
    """Countries in all directions; a capital is a common step and one of its own from there."""
    draw = torch.Generator().manual_seed(0)
    table = torch.randn(400, 32, generator=draw) / 32**0.5
    # All at right angles to each other, so that nothing is near by luck.
    directions = torch.linalg.qr(torch.randn(32, 32, generator=draw))[0]
    for number, (country, capital) in enumerate(CAPITALS.items()):
        (here,), (there,) = Letters().encode(country), Letters().encode(capital)
        table[here] = directions[number]
        table[there] = table[here] + step * directions[-1] + own * directions[10 + number]
    model.model.embed_tokens = torch.nn.Embedding(400, 32, _weight=table)
    return model


def test_sums_that_hold_are_found(model):
    found = embeddings.capital_analogies(made(model, 0.1), Letters(), CAPITALS)
    assert found.plain == found.helped == 1 and not found.echoes
    assert found.count == 20 and found.names == 10
    assert found.random < 0.5


def test_without_a_common_step_the_given_country_comes_back_and_leaving_it_out_flatters(model):
    found = embeddings.capital_analogies(made(model, 0.0, own=0.3), Letters(), CAPITALS)
    assert found.plain == 0 and found.echoes == 1
    assert found.helped == found.country_alone == 1


def test_neighbours_leave_out_the_word_itself(model):
    found = embeddings.neighbours(made(model, 0.1), Letters(), "A", 2)
    assert found[0][0] == "a" and 0.9 < found[0][1] < 1
    with pytest.raises(ValueError, match="needs a word"):
        embeddings.neighbours(model, Letters(), " ")


def test_names_of_several_tokens_are_the_mean_of_their_rows():
    table = torch.randn(400, 4)
    rows = table[torch.tensor(Letters().encode("ab"))]
    assert torch.equal(embeddings.vector(table, Letters(), "a b"), rows.mean(0))


def test_short_leaves_out_long_names_and_names_in_names():
    given = {"Chad": "Oa", "Peru": "Limalima", "Oa": "Oa City", "Mali": "Bo"}
    assert embeddings.short(Letters(), given, 4) == {"Chad": "Oa", "Mali": "Bo"}
    with pytest.raises(ValueError, match="two countries"):
        embeddings.capital_analogies(None, Letters(), {"Chad": "Oa"})
