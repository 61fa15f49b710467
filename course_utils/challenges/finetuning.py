"""The challenges of notebook 04: which tokens count, the loss of a preference, PPO's clip.

Reference answers and cases only, in plain Python for one row, pair or token at a time; training
uses the tensors of finetuning_rlhf.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from course_utils.challenges.base import Challenge, compare

TOLERANCE = 1e-6
END, USER, ASSISTANT = 0, 1, 2


def mask_replies(ids: Sequence[int]) -> list[bool]:
    """Which tokens of a conversation the loss of finetuning counts.

    Args:
        ids: T token ids; 1 begins what the user says, 2 begins a reply and 0 ends it.

    Returns:
        T values: True for the tokens of replies and for the 0 that ends each, else False.
    """
    counted, replying = [], False
    for one in ids:
        counted.append(replying)
        replying = one == ASSISTANT or (replying and one != END)
    return counted


def preference_loss(chosen: float, rejected: float) -> float:
    """The loss of one pair of replies, by Bradley and Terry: -log(sigmoid(chosen - rejected)).

    Args:
        chosen: the reward model's score of the reply that the person preferred.
        rejected: its score of the other; scores of any size, 1000 must not overflow.

    Returns:
        The loss in nats, 0 or more.
    """
    ahead = chosen - rejected
    return max(0.0, -ahead) + math.log1p(math.exp(-abs(ahead)))


def clipped_objective(new: float, old: float, advantage: float, clip: float) -> float:
    """PPO's objective for one token, to be made large.

    Args:
        new: the token's log-probability under the model now.
        old: its log-probability when the reply was sampled.
        advantage: how much better than expected the token was; below 0 for worse.
        clip: no gain from moving the probability by more than this share.

    Returns:
        The smaller of ratio * advantage and the same with the ratio kept within 1 - clip and
        1 + clip, where the ratio is the new probability over the old one.
    """
    ratio = math.exp(new - old)
    return min(ratio * advantage, min(max(ratio, 1 - clip), 1 + clip) * advantage)


def _conversations() -> Iterator[tuple[list[int]]]:
    yield ([1, 70, 71, 2, 80, 81, 0],)
    yield ([1, 70, 2, 0],)
    yield ([1, 70, 2, 80, 0, 1, 71, 72, 2, 81, 82, 0],)
    yield ([1, 70, 2, 80, 0, 3, 3, 3],)
    yield ([1, 70, 2, 80, 81],)
    yield ([1, 70, 71],)
    draw = random.Random(0)
    for _ in range(10):
        ids = []
        for _ in range(draw.randint(1, 3)):
            said, reply = (draw.choices(range(4, 90), k=draw.randint(1, 4)) for _ in range(2))
            ids += [USER, *said, ASSISTANT, *reply, END]
        yield (ids,)


def _scores() -> Iterator[tuple[float, float]]:
    yield 2.0, 0.5
    yield 0.5, 2.0
    yield 0.0, 0.0
    yield -1.0, -3.0
    yield 1000.0, 0.0
    yield 0.0, 1000.0
    draw = random.Random(0)
    for _ in range(10):
        yield round(draw.uniform(-4, 4), 2), round(draw.uniform(-4, 4), 2)


def _moves() -> Iterator[tuple[float, float, float, float]]:
    yield -1.0, -1.0, 2.0, 0.2
    yield -0.9, -1.0, 2.0, 0.2
    yield -0.5, -1.0, 2.0, 0.2
    yield -2.0, -1.0, 2.0, 0.2
    yield -2.0, -1.0, -2.0, 0.2
    yield -0.5, -1.0, -2.0, 0.2
    draw = random.Random(0)
    for _ in range(20):
        old = round(draw.uniform(-3, -0.7), 2)
        move = round(draw.uniform(-0.6, 0.6), 2)
        yield round(old + move, 2), old, round(draw.uniform(-2, 2), 2), draw.choice((0.1, 0.3))


def _same_mask(answer: object, expected: list[bool]) -> str | None:
    if isinstance(answer, (str, bytes)) or not hasattr(answer, "__len__"):
        return f"Return a list of {len(expected)} truth values, not a {type(answer).__name__}."
    given = [bool(one) for one in answer]
    if len(given) != len(expected):
        return f"There are {len(expected)} tokens, and the list has {len(given)} values."
    if given == expected:
        return None
    if given == [not one for one in expected]:
        return "It is the other way round: True is for what the loss counts."
    if given == [*expected[1:], False]:
        return "The 2 itself is not said by the model, and the 0 at the end is: count the 0."
    extra = sum(mine and not right for mine, right in zip(given, expected, strict=True))
    if not extra:
        return "Some tokens of replies are left out: the 0 that ends a reply is one of them."
    return "What the user says, the signs 1 and 2, and what follows a reply's 0 do not count."


def _number(answer: object) -> float | str:
    try:
        return float(answer)
    except (TypeError, ValueError):
        return f"Return one number, not a {type(answer).__name__}."


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _same_loss(answer: object, expected: float) -> str | None:
    value = _number(answer)
    if isinstance(value, str) or _close(value, expected):
        return value if isinstance(value, str) else None
    if not math.isfinite(value):
        return "Large scores overflow: for a large x, -log(sigmoid(-x)) is x + log(1 + exp(-x))."
    if _close(value, -expected):
        return "Only the sign is wrong: the loss is minus the logarithm."
    if _close(value, math.exp(-expected)):
        return "This is the probability of the choice; the loss is minus its logarithm."
    if _close(value * math.log(2), expected):
        return "This is in bits. Use the natural logarithm, so that it is in nats."
    if value > 0 and _close(math.exp(-expected) + math.exp(-value), 1):
        return "The two are swapped: the loss is small where the chosen reply has more."
    return "Take the chosen score minus the rejected one, its sigmoid, and minus the logarithm."


def _same_objective(answer: object, expected: float) -> str | None:
    value = _number(answer)
    if isinstance(value, str) or _close(value, expected):
        return value if isinstance(value, str) else None
    if _close(value, -expected):
        return "Only the sign is wrong: this is made large, its negative is the loss."
    if value > expected:
        return "Take the smaller of the two, ratio and clipped ratio, each times the advantage."
    return "The ratio is exp(new - old); both it and the clipped one are times the advantage."


CHALLENGES = (
    Challenge(
        "finetuning.mask_replies",
        "Mark the tokens that the loss counts",
        1,
        8,
        "Go from left to right and remember whether the model is speaking.",
        compare(mask_replies, _conversations, _same_mask),
    ),
    Challenge(
        "finetuning.preference_loss",
        "Write the loss of one preference so that it never overflows",
        2,
        10,
        "exp of a large number overflows, exp of a very negative one is 0: use the sign.",
        compare(preference_loss, _scores, _same_loss),
    ),
    Challenge(
        "finetuning.clipped_objective",
        "Hold a token's change back as PPO does",
        2,
        12,
        "Compute the ratio, a clipped copy of it, both times the advantage, and take the smaller.",
        compare(clipped_objective, _moves, _same_objective),
    ),
)
