"""What is wrong with an answer about a reply's tokens: how far they moved, what they earn.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. What is made of rewards is in advantage_mistakes.py, the other challenges of notebook 04
are in mistakes.py and preference_mistakes.py.

Shape letters: B replies, T tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    Mistake,
    array,
    matching_mistake,
    near,
    number,
)


def of_kl_estimate(
    answer: object, expected: float, new: Tensor, start: Tensor, mask: Tensor
) -> str | None:
    """For kl_estimate."""
    value = number(answer, finite=False)
    if isinstance(value, str) or near(value, expected):
        return value if isinstance(value, str) else None
    if not mask.any():
        return "All replies are empty here, and none has moved: return 0.0."
    if math.isnan(value) and new.isnan().any():
        return "nan times 0 is nan: choose the tokens, as in new[mask], instead of multiplying."
    if not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITE
    new, start = new.double(), start.double()
    known = [
        *_wrong_distances(new, start, mask),
        *_wrong_sums(start - new, mask, expected * len(mask)),
    ]
    return matching_mistake(value, known, near) or (
        "For each token of a reply: r - 1 - log r, with log r = start - new. Add them up, and "
        "divide by the number of replies."
    )


def _wrong_distances(new: Tensor, start: Tensor, mask: Tensor) -> list[Mistake]:
    """Something else per token, added up and divided rightly."""
    new, start = new[mask], start[mask]
    ahead = start - new  # log r
    log_alone = "This is log r alone, right on average but of either sign: take r - 1 - log r."
    tried = (
        (lambda: -ahead, log_alone),
        (lambda: ahead, log_alone),
        (lambda: ahead.abs(), "This is how large log r is; take r - 1 - log r."),
        (lambda: ahead**2 / 2, "Half the square of log r is another estimate, for small moves."),
        (lambda: ahead + 1 - ahead.exp(), "The sign is wrong: r - 1 - log r is never below 0."),
        (
            lambda: (-ahead).exp() - 1 + ahead,
            "r is upside down: it is the probability at the start over the one now.",
        ),
        (lambda: ahead.exp() - 1 + ahead, "The logarithm is subtracted: r - 1 - log r."),
        (lambda: ahead.exp() - ahead, "Without the - 1 a token that has not moved counts as 1."),
        (
            lambda: start / new - 1 - (start / new).log(),
            "These are log-probabilities: r is exp(start - new).",
        ),
        (
            lambda: -new.exp() * ahead,
            "Sampled tokens come as often as they are likely: no probability multiplies them.",
        ),
    )
    return [(lambda each=each: (each().sum() / len(mask)).item(), words) for each, words in tried]


def _wrong_sums(ahead: Tensor, mask: Tensor, total: float) -> list[Mistake]:
    """The right distance of each token, added up or divided in another way."""
    each = ahead.expm1() - ahead
    filled = int(mask.any(1).sum())
    means = [row[counted].mean() for row, counted in zip(each, mask, strict=True) if counted.any()]
    return [
        (
            lambda: total / int(mask.sum()),
            "This is a mean over tokens. A reply's distance is the sum over its tokens.",
        ),
        (
            lambda: total / mask.numel(),
            "This divides by all places, the prompts among them; divide by the number of replies.",
        ),
        (
            lambda: (sum(means) / len(means)).item(),
            "This is the mean of the replies' means. Within a reply, tokens are added up.",
        ),
        (lambda: total, "This is the sum over all replies; divide by their number."),
        (
            lambda: total / filled,
            "An empty reply has moved by 0, and counts where the mean is taken.",
        ),
        (
            lambda: (each.sum() / len(mask)).item(),
            "These are all tokens, of prompts and padding too; only those of replies count.",
        ),
    ]


def of_token_rewards(
    answer: object,
    expected: Tensor,
    moved: Tensor,
    mask: Tensor,
    scores: Sequence[float],
    ended: Sequence[bool],
    kl_coefficient: float,
    cut_penalty: float,
) -> str | None:
    """For token_rewards."""
    given = array(answer, tuple(expected.shape))
    if isinstance(given, str) or near(given, expected.numpy()):
        return given if isinstance(given, str) else None
    empty = ~mask.any(1).numpy()
    if not near(given[empty], 0):
        return "A row without a token of a reply earns nothing, whatever its score: leave it at 0."
    cost = -kl_coefficient * moved.double() * mask
    bare = torch.tensor(scores, dtype=torch.float64)[:, None]
    cut = cut_penalty * (~torch.tensor(ended))[:, None].double()
    known = [
        *_wrong_costs(moved.double(), mask, kl_coefficient, bare - cut),
        *_wrong_places(cost, mask, bare - cut),
        *_wrong_penalties(cost, mask, bare, cut, cut_penalty),
    ]
    return matching_mistake(given, known, near) or (
        "Each token of a reply gets -kl_coefficient * moved; the last one also gets the score, "
        "less cut_penalty if the reply was cut."
    )


def _last(mask: Tensor) -> Tensor:
    """(B, T): True at the last token of each reply."""
    return mask & (mask.flip(1).cumsum(1).flip(1) == 1)


def _wrong_costs(
    moved: Tensor, mask: Tensor, kl_coefficient: float, scores: Tensor
) -> list[Mistake]:
    """Other prices of the leash than the right ones, with the score where it belongs."""
    last, cost = _last(mask), -kl_coefficient * moved * mask
    tried = (
        (-cost, "The leash is a price: a token that became likelier loses."),
        (-kl_coefficient * moved, "What stands outside replies was not chosen and costs nothing."),
        (0 * cost, "The leash is missing: each token of a reply pays its price."),
        (cost * ~last, "The last token pays its price as well: add the score to it."),
        (cost * last, "Each token of a reply pays its price, not only the last one."),
        (
            cost.sum(1, keepdim=True) * last,
            "Each token pays for itself; here the last one pays for all.",
        ),
        (-moved * mask, "kl_coefficient is missing: it is the price of a nat."),
    )
    return [(lambda costs=costs: costs + scores * last, words) for costs, words in tried]


def _wrong_places(cost: Tensor, mask: Tensor, scores: Tensor) -> list[Mistake]:
    """The right price, and the score somewhere else."""
    last = _last(mask)
    first = mask & (mask.cumsum(1) == 1)
    end = torch.zeros_like(mask)
    end[:, -1] = True
    tried = (
        (
            end,
            "The score belongs to a reply's own last token, which need not be in the last column.",
        ),
        (first, "The score comes at the end: the last token of a reply gets it, not the first."),
        (mask, "The score is paid once, at the last token, and not at each of them."),
        (last.roll(1, 1), "The score is one place too late: the last token of a reply gets it."),
        (last.roll(-1, 1), "The score is one place too early: the last token of a reply gets it."),
        (0 * last, "The score is missing: the last token of a reply gets it."),
    )
    return [(lambda places=places: cost + scores * places, words) for places, words in tried]


def _wrong_penalties(
    cost: Tensor, mask: Tensor, bare: Tensor, cut: Tensor, cut_penalty: float
) -> list[Mistake]:
    """The right price and place, and another penalty."""
    last = _last(mask)
    only = "Only a reply that was cut loses the penalty, one whose `ended` is False."
    tried = (
        ((bare - cut_penalty + cut) * last, only),
        ((bare - cut_penalty) * last, only),
        (bare * last, "A reply that was cut loses cut_penalty, at its last token."),
        ((bare + cut) * last, "The penalty is lost: subtract it from the score."),
        (bare * last - cut * mask, "The penalty is lost once, at the last token of the reply."),
        (
            torch.where(cut > 0, -cut, bare) * last,
            "A reply that was cut keeps its score, less the penalty.",
        ),
        (torch.where(cut > 0, 0 * bare, bare) * last, "A reply that was cut keeps its score."),
    )
    return [(lambda paid=paid: cost + paid, words) for paid, words in tried]
