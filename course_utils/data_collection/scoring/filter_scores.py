"""Scores any filter of junk against labels: precision and recall, and where to draw its line.

Labels and decisions are handed in, so a rule, a classifier and a person are scored alike.
Left out: what a mistake costs.
Taught in notebook 01, section "Other pages, other filters".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from course_utils.data_collection.clean import quality
from course_utils.data_collection.clean.quality_learned import LearnedQuality

THRESHOLDS = (0.5, 0.1)


def precision_recall(dropped: Sequence[bool], junk: Sequence[bool]) -> dict[str, float | None]:
    """How good a filter is; None where there is nothing to divide by.

    Args:
        dropped, junk: (N,) True for a page that the filter drops, and for one that is junk.

    Returns:
        "precision", "recall" and "f1".
    """
    gone, bad = np.asarray(dropped, bool), np.asarray(junk, bool)
    # What both name is a hit; F1 needs only that and the two counts together.
    hits, both = int((gone & bad).sum()), int(gone.sum() + bad.sum())
    return {
        "precision": hits / int(gone.sum()) if gone.any() else None,
        "recall": hits / int(bad.sum()) if bad.any() else None,
        "f1": 2 * hits / both if both else None,
    }


def threshold_for(
    probabilities: np.ndarray, junk: Sequence[bool], precision: float = 0.97
) -> float:
    """The lowest threshold whose drops are junk to this share; choose it on one web's pages.

    Args:
        probabilities: (N,) of junk.
        junk: (N,) True for junk.
        precision: at least this share of what is dropped shall be junk.

    Raises:
        ValueError: no threshold reaches it.
    """
    # Drop the surest first, one more each time; how many of those were right?
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum(np.asarray(junk, bool)[order]) / np.arange(1, len(order) + 1)
    # Precision may fall and rise again: the last place where it is good drops the most.
    good = np.flatnonzero(right >= precision)
    if not len(good):
        raise ValueError(
            f"no threshold reaches a precision of {precision}; the best is "
            f"{right.max(initial=0.0):.3f}. Ask for less, or train on more pages."
        )
    return float(probabilities[order[good[-1]]])


def against_rules(
    model: LearnedQuality,
    texts: Sequence[str],
    junk: Sequence[bool],
    thresholds: Sequence[float] = THRESHOLDS,
) -> dict[str, dict[str, float | None]]:
    """The quality rules and a trained classifier on the same pages.

    Args:
        model: from quality_learned.train; fair only if it was not trained on these pages.
        texts: N texts.
        junk: (N,) True for junk.
        thresholds: a page is dropped from this probability of junk on; one line each.

    Returns:
        "rules", "learned, 0.5" and so on -> precision_recall.
    """
    # Both filters on the same pages, in one form, so that the lines can be compared.
    by_filter = {"rules": precision_recall([not quality.judge(text).keep for text in texts], junk)}
    probabilities = model.probabilities(texts)
    for threshold in thresholds:
        dropped = probabilities >= threshold
        by_filter[f"learned, {threshold:g}"] = precision_recall(dropped, junk)
    return by_filter


def in_words(scores: Mapping[str, float | None]) -> str:
    """What precision_recall gives, rounded; the same on every machine."""
    shares = (
        f"{name} {'none' if scores[name] is None else format(scores[name], '.3f')}"
        for name in ("precision", "recall")
    )
    return ", ".join(shares)
