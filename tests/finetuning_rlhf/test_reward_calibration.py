"""Calibration of margins: bins by hand, honest and loud margins, overrated replies."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import reward, reward_calibration
from course_utils.finetuning_rlhf.annotator import Preference
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

DRAW = np.random.default_rng(0)
PROMPTS = [Prompt("Hm?", "talk"), Prompt("Go on.", "talk"), Prompt("Hello.", "talk")]


def test_bins_hold_as_many_pairs_each_from_near_to_far():
    found = reward_calibration.bins([0.1, -0.2, 2.0, -3.0, 2.5, 0.0], count=2)

    assert [one.count for one in found] == [3, 3]
    assert found[0].margin == pytest.approx(0.1) and found[1].margin == pytest.approx(2.5)
    # right, wrong and even; right, right and wrong
    assert (found[0].right, found[1].right) == pytest.approx((0.5, 2 / 3))
    assert found[1].sure == pytest.approx(np.mean(1 / (1 + np.exp([-2.0, -3.0, -2.5]))))
    assert found[1].standard_error == pytest.approx((2 / 9 / 3) ** 0.5)


def test_labels_drawn_by_the_sigmoid_are_calibrated_and_doubled_margins_are_not():
    apart = DRAW.exponential(1.5, size=8_000)
    signed = np.where(DRAW.random(8_000) < 1 / (1 + np.exp(-apart)), apart, -apart)
    honest, loud = (reward_calibration.bins(factor * signed) for factor in (1, 2))

    assert reward_calibration.error(honest) < 0.02 < 0.05 < reward_calibration.error(loud)
    assert all(abs(one.sure - one.right) < 4 * one.standard_error for one in honest)
    assert all(one.sure > one.right for one in loud)


def test_a_bin_that_is_right_throughout_is_not_without_error():
    (found,) = reward_calibration.bins([5.0, 6.0], count=1)

    assert found.right == 1 and found.standard_error == pytest.approx(0.25)


def test_there_are_no_more_bins_than_pairs_and_none_of_nothing():
    assert len(reward_calibration.bins([1.0, 2.0], count=6)) == 2
    for wrong in ([], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="are numbers"):
            reward_calibration.bins(wrong)


def test_margins_are_chosen_less_rejected():
    size = TransformerConfig(
        261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=64
    )
    model, tokenizer = RewardModel(Transformer(size)), FastTokenizer()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    pairs = [Preference(prompt, "Yes, please.", "No", False) for prompt in PROMPTS]
    scores = [
        reward.score(model, tokenizer, PROMPTS, [text] * 3) for text in ("Yes, please.", "No")
    ]

    found = reward_calibration.margins(model, tokenizer, pairs)
    assert found == pytest.approx(scores[0] - scores[1]) and (found != 0).all()
    assert np.mean(found > 0) == reward.accuracy(model, tokenizer, pairs)


def test_a_reply_is_overrated_beside_a_truly_better_one_to_the_same_prompt():
    replies = [["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]]
    scores = [[3.0, 0.0, 9.0], [0.0, 1.0, 4.0], [1.0, 5.0, 0.0]]
    true = [[0.0, 1.0, 1.0], [1.0, 0.6, 0.2], [0.6, 0.0, 0.0]]
    first, second = reward_calibration.overrated(PROMPTS, replies, scores, true)

    # to the third prompt scores and judge say the same
    assert (first.reply, first.passed_over, first.lead) == ("h", "b", 5.0)
    assert (second.reply, second.passed_over, second.lead) == ("a", "d", 3.0)
    assert (second.true, second.true_passed_over) == (0.0, 1.0)
    assert reward_calibration.overrated(PROMPTS, replies, scores, true, count=1) == [first]


def test_one_number_a_reply_is_needed():
    with pytest.raises(ValueError, match=r"3 prompts.*\(2, 3\)"):
        reward_calibration.overrated(PROMPTS, [["a"] * 3], np.zeros((2, 3)), np.zeros((1, 3)))
