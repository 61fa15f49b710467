"""Recall: rows hold what is asked for, and both kinds of readers read all of it."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining import recall


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("things", "distance"), [(1, 0), (4, 7), (16, 3)])
def test_the_box_asked_for_holds_the_right_colour(things, distance):
    tokens, right = recall.rows(things, distance, 40, _generator())
    assert tokens.shape == (40, things + distance + 1)
    for row, colour in zip(tokens.tolist(), right.tolist(), strict=True):
        holds = dict(divmod(token - recall.HOLDS, recall.COLOURS) for token in row[:things])
        assert len(holds) == things
        assert all(token >= recall.FILLER for token in row[things:-1])
        assert holds[row[-1] - recall.ASKED] == colour
    assert 0 <= tokens.min() and tokens.max() < recall.VOCABULARY


def test_models_to_be_compared_have_about_as_many_parameters():
    models = (recall.attention(), recall.Recurrent("gru"), recall.Recurrent("rnn"))
    sizes = [sum(weights.numel() for weights in model.parameters()) for model in models]
    assert max(sizes) < 1.03 * min(sizes)


def test_the_gate_is_as_the_docstring_writes_it():
    reader = recall.Recurrent("gru", seed=3)
    cell, state, token = reader.cell, torch.randn(1, 42), torch.randn(1, 32)
    into = torch.nn.functional.linear(token, cell.weight_ih_l0, cell.bias_ih_l0).chunk(3, 1)
    from_state = torch.nn.functional.linear(state, cell.weight_hh_l0, cell.bias_hh_l0).chunk(3, 1)
    reset, z = ((a + b).sigmoid() for a, b in zip(into[:2], from_state[:2], strict=True))
    new = (into[2] + reset * from_state[2]).tanh()
    _, after = cell(token[None], state[None])
    assert torch.allclose(after[0], z * state + (1 - z) * new, atol=1e-6)


def test_one_seed_gives_the_same_model_and_leaves_torchs_own_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second = recall.Recurrent(seed=2), recall.Recurrent(seed=2)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first.head.weight, second.head.weight)
    assert not torch.equal(first.head.weight, recall.Recurrent(seed=3).head.weight)


def test_training_repeats_itself(one_thread):
    losses = recall.learn(recall.attention(), steps=6)
    assert losses == recall.learn(recall.attention(), steps=6)
    assert len(losses) == 6


def test_a_reader_that_knows_is_always_right_and_one_that_guesses_in_a_quarter():
    class Knows:
        def next_logits(self, tokens):
            box = tokens[:, -1:] - recall.ASKED
            held = tokens[:, :4] - recall.HOLDS
            colour = (held % recall.COLOURS)[held // recall.COLOURS == box]
            return torch.nn.functional.one_hot(colour, recall.VOCABULARY).float()

    class Guesses:
        def next_logits(self, tokens):
            return torch.eye(recall.VOCABULARY)[[0] * len(tokens)]

    assert recall.accuracy(Knows(), things=4, distance=5) == 1
    assert recall.accuracy(Guesses(), things=4, distance=5) == pytest.approx(0.25, abs=0.08)


@pytest.mark.parametrize(("things", "distance"), [(0, 4), (17, 4), (2, -1), (1.5, 3)])
def test_rows_that_cannot_be_made_are_refused(things, distance):
    with pytest.raises(ValueError, match="things|distance"):
        recall.rows(things, distance, 2, _generator())


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="'gru' or 'rnn'"):
        recall.Recurrent("lstm")
