"""The right answers of notebook 05 agree with others who compute the same, or by hand."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch
from transformers import MinPLogitsWarper, TemperatureLogitsWarper

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.chat import Chat
from course_utils.inference.engine import Engine
from course_utils.inference.exercises import challenges as listed
from course_utils.inference.exercises import reference
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.fast import FastTokenizer


def test_min_p_is_that_of_transformers_where_the_cut_comes_first() -> None:
    logits = 3 * torch.randn(8, 12, generator=torch.Generator().manual_seed(0)).double()
    for share, temperature in ((0.05, 0.5), (0.2, 1.0), (0.4, 2.0), (0.9, 1.5)):
        cut = MinPLogitsWarper(share)(None, logits)
        theirs = TemperatureLogitsWarper(temperature)(None, cut).softmax(-1)
        for row, probabilities in zip(logits.tolist(), theirs.tolist(), strict=True):
            assert reference.min_p(row, share, temperature) == pytest.approx(probabilities)


def test_the_dial_has_no_jump_at_its_ends() -> None:
    logits = [2.0, -math.inf, 1.5, 0.0]
    for end, near in ((0, 1e-9), (math.inf, 1e12)):
        at_the_end = reference.softmax_with_temperature(logits, end)
        assert at_the_end == pytest.approx(
            reference.softmax_with_temperature(logits, near), abs=1e-9
        )
    assert reference.softmax_with_temperature(logits, math.inf) == pytest.approx(
        [1 / 3, 0, 1 / 3, 1 / 3]
    )


def test_the_turns_that_stay_are_those_of_the_chat(model, one_thread) -> None:
    engine = Engine(model, FastTokenizer())
    draw = random.Random(0)
    room = 48 - 8  # of the model's context, what is not kept for the reply
    left_out, exactly_full = set(), 0
    for _ in range(60):
        words = ["ab"[: draw.randint(1, 2)] * draw.randint(1, 5) for _ in range(9)]
        chat = Chat(engine, SamplingConfig(temperature=0, max_new_tokens=8), system=words[0])
        roles = ["user", "assistant"] * 4
        chat.turns = list(zip(roles, words[1:], strict=True))
        turns = [("system", words[0]), *chat.turns, ("user", "why")]
        lengths = _lengths(engine.tokenizer, turns)
        chat.reply("why")
        kept, _ = reference.cache_eviction(lengths, room, [])
        assert kept == [0, *range(1 + chat.left_out, 10)]
        left_out.add(chat.left_out)
        exactly_full += sum(lengths[turn] for turn in kept) == room
    assert len(left_out) > 2 and exactly_full


def _lengths(tokenizer: FastTokenizer, turns: list[tuple[str, str]]) -> list[int]:
    """How many tokens each turn has: a sign, its text over bytes, and a space or an end sign."""
    lengths = [len(tokenizer.encode(text)) + 2 for _, text in turns]
    lengths[-1] += 1  # the sign behind which the model answers
    assert sum(lengths) == len(conversation_ids(tokenizer, turns))
    return lengths


def test_the_error_is_that_of_two_histograms() -> None:
    draw = np.random.default_rng(0)
    for bins in (3, 4, 10):
        sure = draw.random(200)
        right = draw.random(200) < 0.5  # too sure above one half, too little below
        sums = [
            np.histogram(sure, bins, (0, 1), weights=row.astype(float))[0] for row in (sure, right)
        ]
        assert reference.calibration_error(sure.tolist(), right.tolist(), bins) == pytest.approx(
            np.abs(sums[0] - sums[1]).sum() / 200
        )
    assert reference.calibration_error([0.75] * 4, [True, True, True, False], 4) == 0


def test_a_score_by_hand_and_what_its_parts_are_for() -> None:
    # One mention on a page of mean length: the gain is 1, and the rarity log(1 + 98.5 / 2.5).
    page = ["peru", "is", "far"]
    assert reference.bm25(["peru"], page, {"peru": 2}, 100, 3, 1.5, 0.75) == pytest.approx(
        math.log(40.4)
    )
    scores = [
        reference.bm25(["peru"], ["peru"] * n, {"peru": 2}, 100, 3, 1.5, 0.0) for n in range(1, 60)
    ]
    steps = np.diff(scores)
    assert (steps > 0).all() and (np.diff(steps) < 0).all()
    assert scores[-1] < 2.5 * math.log(40.4)
    short, long = (
        reference.bm25(["peru"], [*page, *["so"] * n], {"peru": 2}, 100, 9, 1.5, 0.75)
        for n in (1, 30)
    )
    assert short > long


def test_codes_are_those_of_torch_and_no_weight_is_off_by_more_than_half_a_step() -> None:
    weights = np.random.default_rng(0).normal(size=(6, 8))
    codes, scales, restored = reference.int8_weights(weights, 8)
    theirs = torch.fake_quantize_per_channel_affine(
        torch.from_numpy(weights).float(),
        torch.from_numpy(scales[:, 0]).float(),
        torch.zeros(6, dtype=torch.int32),
        0,
        -127,
        127,
    )
    assert restored == pytest.approx(theirs.numpy(), abs=1e-6)
    assert codes.dtype == np.int8 and abs(codes).max() == 127
    for group in (1, 2, 4):
        _, scales, restored = reference.int8_weights(weights, group)
        assert (abs(restored - weights) <= np.repeat(scales, group, 1) / 2 + 1e-12).all()


def test_a_draft_changes_nothing_about_what_is_said() -> None:
    draw = np.random.default_rng(1)
    grid = (np.arange(200) + 0.5) / 200
    p, q = draw.dirichlet(np.ones(4), size=2).tolist(), draw.dirichlet(np.ones(4)).tolist()
    said = np.zeros(4)
    for token, often in enumerate(q):
        for u in grid:
            for at in (grid[::4]).tolist():
                first = reference.speculative_acceptance(p, [q], [token], [u], at)[0]
                said[first] += often / len(grid) / len(grid[::4])
    assert said == pytest.approx(p[0], abs=0.02)
    assert abs(said - q).max() > 0.1


def test_no_case_is_decided_by_the_last_digit() -> None:
    for p, q, drafted, accept_at, draw_at in listed._drafts():
        weights = p[-1]
        for mine, theirs, token, u in zip(p, q, drafted, accept_at, strict=False):
            assert abs(u - mine[token] / theirs[token]) > 1e-4 or u == 0
            if u >= mine[token] / theirs[token]:
                weights = np.maximum(np.subtract(mine, theirs), 0)
                break
        assert abs(np.cumsum(weights) / sum(weights) - draw_at).min() > 1e-4
    for weights, group in listed._tables():
        _, scales, _ = reference.int8_weights(weights, group)
        exact = weights / np.where(scales == 0, 1, scales).repeat(group, 1)
        assert abs(exact - np.floor(exact) - 0.5).min() > 1e-4
    for logits, share, _ in listed._heated():
        ahead = np.exp(np.array(logits) - max(logits))
        assert (np.isclose(ahead, 1) | (abs(ahead - share) > 1e-4)).all()
    for sure, _, bins in listed._answers():
        for value in sure:  # on an edge only where floats are exact
            edge = value * bins
            assert abs(edge - round(edge)) > 1e-4 or bins & (bins - 1) == 0
