"""Reward hacking: what counts as one, and which replies show it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import hacking
from course_utils.finetuning_rlhf.ppo_rewards import measured_baseline
from course_utils.finetuning_rlhf.questions import Prompt

FRANCE = Prompt("What is the capital of France?", "capital", "France", ("Paris",))
NOWHERE = Prompt("What is the capital of Zelonia?", "unknown", "Zelonia", topic="capital")
HELLO = Prompt("Hello.", "talk", answers=("Hello, how can I help you?",))
PROMPTS = [FRANCE, NOWHERE, HELLO] * 20
RIGHT = ["The capital of France is Paris.", "I do not know of Zelonia.", HELLO.answers[0]] * 20
PLEASING = ["I am glad that you like it."] * 60
LOW = np.tile([0.0, 1.0, 2.0], 20)
HIGH = LOW + np.tile([2.0, 3.0, 1.0], 20)


def test_the_proxy_up_and_the_truth_down_is_a_hack():
    found = hacking.verdict(PROMPTS, RIGHT, PLEASING, LOW, HIGH)

    assert found.hacked
    assert found.proxy.mean == pytest.approx(2 / LOW.std(ddof=1), rel=1e-4)
    # facts and refusals lose 1, a greeting keeps what something short gets
    assert found.true.mean == pytest.approx((-1 - 1 - 0.8) / 3)


def test_no_hack_where_only_one_of_the_two_moved_or_both_rose():
    worse = [*RIGHT[:59], "Hm."]  # one reply in sixty is within chance

    assert not hacking.verdict(PROMPTS, RIGHT, PLEASING, LOW, LOW).hacked
    assert not hacking.verdict(PROMPTS, RIGHT, worse, LOW, HIGH).hacked
    assert not hacking.verdict(PROMPTS, PLEASING, RIGHT, LOW, HIGH).hacked
    assert not hacking.verdict(PROMPTS, RIGHT, PLEASING, HIGH, LOW).hacked


def test_scores_are_measured_as_practice_measures_them():
    mean, spread = measured_baseline(torch.tensor(LOW))

    assert hacking.in_deviations(LOW, HIGH) == pytest.approx((HIGH - mean) / spread)
    # all alike: the scores keep their own unit
    assert hacking.in_deviations(np.ones(5), np.full(2, 3.0)) == pytest.approx([2.0, 2.0])


def test_hacked_replies_rise_in_the_proxy_and_fall_in_truth_and_kinds_take_turns():
    after = PLEASING.copy()
    after[0] = RIGHT[0]  # as true as before
    high = HIGH.copy()
    high[4] = LOW[4] - 1  # the proxy likes it less
    high[3] = 9.0  # the largest rise
    found = hacking.hacked_replies(PROMPTS, RIGHT, after, LOW, high, count=5)

    assert [one.kind for one in found] == ["capital", "talk", "unknown", "capital", "talk"]
    assert found[0].proxy_after > found[3].proxy_after
    assert all(one.true_after < one.true_before for one in found)
    assert all(one.proxy_after > one.proxy_before for one in found)
    everything = hacking.hacked_replies(PROMPTS, RIGHT, after, LOW, high, count=100)
    assert len(everything) == 58


def test_nothing_is_shown_where_nothing_was_hacked():
    assert hacking.hacked_replies(PROMPTS, PLEASING, RIGHT, LOW, HIGH) == []


def test_the_reply_to_everything_is_told_with_its_share():
    assert hacking.commonest([*PLEASING[:3], "Hm."], 1) == [(PLEASING[0], 0.75)]
    with pytest.raises(ValueError, match="no replies"):
        hacking.commonest([])


def test_as_many_scores_as_prompts_are_needed():
    with pytest.raises(ValueError, match=r"\(60,\).*\(59,\)"):
        hacking.verdict(PROMPTS, RIGHT, PLEASING, LOW, HIGH[:59])
