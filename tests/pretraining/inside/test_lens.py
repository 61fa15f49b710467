"""The guess after each layer: the last is the model's own, and settled counts from the end."""

from __future__ import annotations

import torch

from course_utils.pretraining import evaluate
from course_utils.pretraining.inside import lens


@torch.no_grad()
def test_the_last_guess_is_the_models_own(model, tokenizer):
    found = lens.guesses(model, tokenizer, "The cat", n=2)
    assert len(found) == 3 and all(len(layer) == 2 for layer in found)
    odds, likely = model(torch.tensor([tokenizer.encode("The cat")]))[0, -1].softmax(-1).max(-1)
    token, share = found[-1][0]
    assert token == tokenizer.decode([int(likely)])
    assert abs(share - odds.item()) < 1e-5


def test_settled_counts_the_right_layers_from_the_end(monkeypatch, model, tokenizer):
    right, wrong = tokenizer.encode(" ")[0], 100
    said = torch.tensor(
        [[right, wrong, right, right], [wrong, right, right, wrong], [right, right, right, wrong]]
    )
    scores = torch.nn.functional.one_hot(said, 261).float()
    monkeypatch.setattr(lens, "_scores", lambda *_: scores)
    some = [evaluate.Statement("A", "capital", "x", ("Oa", "Ob"))] * 4
    layers = lens.by_layer(model, tokenizer, some)
    assert layers.settled.tolist() == [2, 1, 0, 3]
    assert layers.shares() == [0.75, 0.5, 0.75]
    assert layers.settled_shares() == [0.25] * 4


def test_any_true_value_counts(model, tokenizer):
    """Every value begins with a space here, so the bytes decide alike for all of them."""
    statements = evaluate.statements()[:4]
    layers = lens.by_layer(model, tokenizer, statements)
    assert layers.right.shape == (3, 4)
    assert sum(layers.settled_shares()) == 1
    assert statements[0].prompt.endswith(" is") and statements[0].values
