"""What the loss curve says about training, in two words: computed from the curve, never scripted.

It looks at losses alone. Notebook 03, section "Train it", in the Training Gym.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

READY, WARMING, CONVERGING = "System ready", "warming up", "converging"
PLATEAU, RISING, DIVERGED = "plateau", "rising", "diverged"
WARM_STEPS = 20
SHORTEST_WINDOW, LONGEST_WINDOW = 10, 100


def training_status(losses: Sequence[float]) -> str:
    """Two words for a run.

    The latest losses, two thirds of the run but at most 200, are cut in two. Where the means of
    the two parts differ by more than two standard errors the loss falls ("converging") or rises;
    otherwise it is a "plateau". The first 20 steps are "warming up".

    Args:
        losses: one a step, in nats a token, from the first step on.

    Returns:
        "diverged" where the last loss is no number, or ten times the usual and above the first,
        or where the last ten are worse than the first by a nat; else one of the words above;
        "System ready" before the first step.
    """
    values = np.asarray(losses, dtype=float)
    if not len(values):
        return READY
    if _diverged(values):
        return DIVERGED
    if len(values) < WARM_STEPS:
        return WARMING
    window = min(LONGEST_WINDOW, max(SHORTEST_WINDOW, len(values) // 3))
    earlier, later = values[-2 * window : -window], values[-window:]
    fall = earlier.mean() - later.mean()
    noise = math.sqrt((earlier.var() + later.var()) / window)
    if abs(fall) <= 2 * noise or abs(fall) < 1e-6:
        return PLATEAU
    return CONVERGING if fall > 0 else RISING


def _diverged(values: np.ndarray) -> bool:
    last = values[-1]
    if not np.isfinite(values[-WARM_STEPS:]).all():
        return True
    before = values[-WARM_STEPS - 1 : -1]
    if len(before) and last > 10 * np.median(before) and last > values[0]:
        return True
    return bool(len(values) > 10 and values[-10:].mean() > values[0] + 1)
