"""The challenges of notebook 04: which tokens count, the loss of a preference, PPO's clip.

Cases and the words of the frame only; the right answers are in reference.py, and what a
wrong one betrays is in mistakes.py.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.finetuning_rlhf.exercises import mistakes
from course_utils.finetuning_rlhf.exercises.reference import (
    ASSISTANT,
    END,
    USER,
    clipped_objective,
    mask_replies,
    preference_loss,
)


def _conversations() -> Iterator[tuple[list[int]]]:
    yield ([1, 70, 71, 2, 80, 81, 0],)
    yield ([1, 70, 2, 0],)  # an empty reply still ends
    yield ([1, 70, 2, 80, 0, 1, 71, 72, 2, 81, 82, 0],)  # two turns
    yield ([1, 70, 2, 80, 0, 3, 3, 3],)  # padding behind the end
    yield ([1, 70, 2, 80, 81],)  # a reply that was cut
    yield ([1, 70, 71],)  # no reply at all
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
    yield 0.0, 0.0  # a tie: log 2
    yield -1.0, -3.0
    yield 1000.0, 0.0  # nothing is left of the loss
    yield 0.0, 1000.0  # exp(1000) overflows
    draw = random.Random(0)
    for _ in range(10):
        yield round(draw.uniform(-4, 4), 2), round(draw.uniform(-4, 4), 2)


def _moves() -> Iterator[tuple[float, float, float, float]]:
    yield -1.0, -1.0, 2.0, 0.2  # no move: the ratio is 1
    yield -0.9, -1.0, 2.0, 0.2  # within the clip
    yield -0.5, -1.0, 2.0, 0.2  # too far for the better: clipped
    yield -2.0, -1.0, 2.0, 0.2  # for the worse: counts in full
    yield -2.0, -1.0, -2.0, 0.2  # a bad token made rarer: clipped
    yield -0.5, -1.0, -2.0, 0.2  # a bad token made likelier: counts in full
    draw = random.Random(0)
    for _ in range(20):
        old = round(draw.uniform(-3, -0.7), 2)
        move = round(draw.uniform(-0.6, 0.6), 2)
        yield round(old + move, 2), old, round(draw.uniform(-2, 2), 2), draw.choice((0.1, 0.3))


CHALLENGES = (
    Challenge(
        "finetuning.mask_replies",
        "Mark the tokens that the loss counts",
        1,
        8,
        "Go from left to right and remember whether the model is speaking.",
        compare(mask_replies, _conversations, mistakes.of_mask_replies),
    ),
    Challenge(
        "finetuning.preference_loss",
        "Write the loss of one preference so that it never overflows",
        2,
        10,
        "exp of a large number overflows, exp of a very negative one is 0: use the sign.",
        compare(preference_loss, _scores, mistakes.of_preference_loss),
    ),
    Challenge(
        "finetuning.clipped_objective",
        "Hold a token's change back as PPO does",
        2,
        12,
        "Compute the ratio, a clipped copy of it, both times the advantage, and take the smaller.",
        compare(clipped_objective, _moves, mistakes.of_clipped_objective),
    ),
)
