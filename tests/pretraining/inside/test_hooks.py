"""Hooks: what they hand out is what the model computes, and they leave nothing behind."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining.inside import hooks

IDS = torch.arange(5, 25).view(2, 10)


@torch.no_grad()
def test_the_last_stream_through_norm_and_head_is_the_models_answer(model):
    found = hooks.streams(model, IDS)
    assert found.shape == (3, 2, 10, 32)
    assert torch.equal(found[0], model.model.embed_tokens(IDS))
    assert torch.allclose(model.lm_head(model.model.norm(found[-1])), model(IDS), atol=1e-5)


def test_rows_of_any_length_get_the_stream_of_their_own_end(model):
    rows = [[7, 8, 9], [10], [11, 12, 13, 14, 15]]
    together = hooks.streams_at(model, rows, batch=2)
    alone = [hooks.streams(model, torch.tensor([row]))[:, 0, -1] for row in rows]
    assert torch.allclose(together, torch.stack(alone, dim=1), atol=1e-5)


@torch.no_grad()
def test_hooks_come_off_after_an_error(model):
    with pytest.raises(ValueError, match="not in this model's vocabulary"):
        hooks.streams(model, IDS + 500)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


@torch.no_grad()
def test_log_odds_are_those_of_a_row_alone(model):
    rows = [([7, 8, 9], [10, 11]), ([12], [13, 14, 15])]
    sums, said = hooks.log_odds(model, rows)
    odds = model(torch.tensor([[12, 13, 14, 15]]))[0].log_softmax(-1)
    assert sums[1].item() == pytest.approx((odds[0, 13] + odds[1, 14] + odds[2, 15]).item(), 1e-4)
    assert not said.all()
    likely = [int(model(torch.tensor([[7, 8, 9]]))[0, -1].argmax())]
    assert hooks.log_odds(model, [([7, 8, 9], likely)])[1].tolist() == [True]


@pytest.mark.parametrize("rows", [[], [[1], []]])
def test_no_rows_and_empty_rows_are_refused(rows):
    with pytest.raises(ValueError, match="every row needs a token"):
        hooks.padded(rows)
