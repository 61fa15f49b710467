"""Whether a proxy was hacked, and by which replies: the proxy up, the true reward down.

Reward hacking is said here only where both moved by more than three standard errors on the same
fixed prompts. Left out: proxies that can be hacked (proxy.py), the practice (ppo.py) and the
judging (judge.py). Taught in notebook 04, section "A reward is hacked".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from course_utils import checks
from course_utils.finetuning_rlhf.compare import CATEGORIES, Gain, paired, true_rewards
from course_utils.finetuning_rlhf.ppo_rewards import measured_baseline
from course_utils.finetuning_rlhf.proxy import LUCK
from course_utils.finetuning_rlhf.questions import Prompt


@dataclass(frozen=True)
class Verdict:
    """What practice did to a proxy and to the truth, on the same fixed prompts.

    Attributes:
        proxy: what was won in the proxy, in standard deviations of the start's scores.
        true: what was won in true reward.
    """

    proxy: Gain
    true: Gain

    @property
    def hacked(self) -> bool:
        """The proxy up and the true reward down, each by more than 3 standard errors."""
        return self.proxy.in_standard_errors > LUCK and self.true.in_standard_errors < -LUCK


@dataclass(frozen=True)
class HackedReply:
    """A reply that the proxy likes better than the one before it, and the judge less.

    Attributes:
        prompt: the user's words.
        kind: of the prompt.
        before: what the model said at the start.
        after: what it says now.
        proxy_before: the score of `before`, in standard deviations.
        proxy_after: that of `after`.
        true_before: the judge's reward of `before`.
        true_after: that of `after`.
    """

    prompt: str
    kind: str
    before: str
    after: str
    proxy_before: float
    proxy_after: float
    true_before: float
    true_after: float


def in_deviations(start: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Scores measured from the start's mean, in its standard deviations, as PPO measures them.

    Args:
        start: (P,) scores of the starting model's replies.
        scores: of any shape.
    """
    mean, spread = measured_baseline(torch.as_tensor(np.asarray(start, dtype=float)))
    return (np.asarray(scores, dtype=float) - mean) / spread


def verdict(
    prompts: Sequence[Prompt],
    before: Sequence[str],
    after: Sequence[str],
    proxy_before: np.ndarray,
    proxy_after: np.ndarray,
) -> Verdict:
    """Whether practice hacked its proxy.

    Args:
        prompts: P fixed prompts, which no step practised on.
        before: P replies of the start, sampled.
        after: P replies of the model that practised, sampled in the same way.
        proxy_before: (P,) what the proxy gives the former.
        proxy_after: (P,) what it gives the latter.

    Raises:
        ValueError: the numbers of prompts, replies and scores differ, or are below two.
    """
    true = true_rewards(prompts, before), true_rewards(prompts, after)
    proxy = (in_deviations(proxy_before, scores) for scores in (proxy_before, proxy_after))
    return Verdict(paired(*proxy), paired(*true))


def hacked_replies(
    prompts: Sequence[Prompt],
    before: Sequence[str],
    after: Sequence[str],
    proxy_before: np.ndarray,
    proxy_after: np.ndarray,
    count: int = 8,
) -> list[HackedReply]:
    """Replies by which the proxy rose and the true reward fell, those with the largest rise first.

    The categories of prompts take turns, so that no kind of hack is left out for another.

    Args:
        prompts: and the next four as for `verdict`.
        before: see there.
        after: see there.
        proxy_before: see there.
        proxy_after: see there.
        count: at most so many.
    """
    checks.whole("count", count, least=1)
    true = true_rewards(prompts, before), true_rewards(prompts, after)
    low, high = (in_deviations(proxy_before, scores) for scores in (proxy_before, proxy_after))
    rows = {category: [] for category in CATEGORIES}
    for index in np.argsort(low - high, kind="stable"):
        prompt = prompts[index]
        if high[index] > low[index] and true[1][index] < true[0][index]:
            numbers = (low[index], high[index], true[0][index], true[1][index])
            hacked = HackedReply(
                prompt.text, prompt.kind, before[index], after[index], *map(float, numbers)
            )
            rows[prompt.kind if prompt.kind in rows else "fact"].append(hacked)
    # the first of each category, then the second of each, until there are enough
    turns = [row[turn] for turn in range(count) for row in rows.values() if turn < len(row)]
    return turns[:count]


def commonest(replies: Sequence[str], count: int = 3) -> list[tuple[str, float]]:
    """The replies that are said most often, with their share of all: what says nothing to anybody.

    Args:
        replies: at least one.
        count: how many of them.
    """
    if not replies:
        raise ValueError("There are no replies to count; let the model answer first.")
    return [(reply, n / len(replies)) for reply, n in Counter(replies).most_common(count)]
