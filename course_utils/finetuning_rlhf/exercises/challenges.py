"""The challenges of notebook 04: what is learnt from, losses of preferences, the parts of PPO.

Cases and the words of the frame only; the right answers are in reference.py, and what a
wrong one betrays is in the files of mistakes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import torch
from torch import Tensor

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.finetuning_rlhf.exercises import (
    advantage_mistakes,
    mistakes,
    practice_mistakes,
    preference_mistakes,
)
from course_utils.finetuning_rlhf.exercises.reference import (
    ASSISTANT,
    END,
    USER,
    Lora,
    clipped_gradient,
    dpo_loss,
    hold_out,
    join_loras,
    kl_estimate,
    leave_one_out,
    mask_replies,
    normalise_advantages,
    preference_loss,
    token_rewards,
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


def _loras() -> Iterator[tuple[Lora, Lora]]:
    first = torch.tensor([[1.0, 2, 0, 0, 1]]), torch.tensor([[1.0], [3], [0], [-1]]), 2.0
    a = torch.tensor([[0.0, 1, 3, 0, 1], [1, 0, -1, 2, 0]])
    yield first, (a, torch.tensor([[2.0, 0], [-1, 1], [1, 1], [0, 2]]), 3.0)
    draw = torch.Generator().manual_seed(0)
    # Rank and alpha of each.
    for one, two in (
        ((2, 4.0), (2, 1.0)),
        ((1, 0.5), (1, 2.0)),
        ((3, 1.5), (1, 0.5)),
        ((1, 0.0), (2, 1.0)),  # one that adds nothing
        ((2, 8.0), (4, 4.0)),
    ):
        yield _lora(draw, *one), _lora(draw, *two)


def _labelled() -> Iterator[tuple[list[str], float]]:
    yield ["Why?", "Who?", "Why?", "When?"], 0.25  # a prompt that comes again, more than asked for
    yield ["Why?", "Who?", "When?", "Where?"], 0.5  # exactly reached
    yield ["Why?", "Why?", "Why?", "Who?", "When?", "Where?"], 0.5  # a share of pairs
    yield ["What is it?", "Who ran?", "what is it?", "What  is it? "], 0.25  # in other letters
    yield ["Why?", "Who?", "Why?"], 0.0  # nothing
    yield ["Why?", "Who?", "Why?"], 1.0  # everything
    yield [], 0.5  # no pairs
    draw = random.Random(0)
    for _ in range(10):
        prompts = draw.choices(["Why?", "WHY?", "Who?", "who? ", "When?", "Where?", "How?"], k=9)
        yield prompts, draw.choice((0.125, 0.25, 0.5, 0.75))


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


def _practised() -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    new = -torch.tensor([[3.0, 1.0, 0.4, 2.0], [2.0, 0.5, 1.2, 4.0]])
    start = -torch.tensor([[1.0, 2.0, 1.0, 0.7], [5.0, 1.5, 0.3, 1.0]])
    mask = torch.tensor([[False, True, True, True], [False, True, True, False]])
    yield new, start, mask
    yield new.masked_fill(~mask, math.nan), start, mask  # nothing stands outside replies
    yield new, new, mask  # nothing has moved
    rows = [0, 1, 0]
    empty = torch.tensor([[False, False, True, True], [False] * 4, [True, False, False, False]])
    yield new[rows], start[rows], empty  # one of three is empty
    yield new[:1, 1:2], start[:1, 1:2], torch.tensor([[True]])  # one token
    yield new, start, torch.zeros(2, 4, dtype=torch.bool)  # empty replies alone
    draw = torch.Generator().manual_seed(0)
    for _ in range(6):
        yield (*(-_normal(draw, (3, 5)).abs() for _ in range(2)), _replies(draw, 3, 5))


def _earned() -> Iterator[tuple[Tensor, Tensor, list[float], list[bool], float, float]]:
    moved = torch.tensor([[2.0, 1.0, -0.4, 3.0], [1.0, 4.0, 0.6, -1.0]])
    mask = torch.tensor([[False, True, True, False], [False, False, True, True]])
    yield moved, mask, [2.0, -1.0], [True, True], 0.5, 1.5
    yield moved, mask, [2.0, -1.0], [True, False], 0.5, 1.5  # the second one was cut
    yield moved, mask, [2.0, -1.0], [True, False], 0.0, 1.5  # off the leash
    one = torch.tensor([[False, True, False, False], [False] * 4])
    yield moved, one, [1.0, 3.0], [False, False], 0.5, 1.0  # one token, and an empty row
    yield moved, mask, [0.0, 0.0], [False, False], 0.5, 0.0  # scores of 0, and cuts are free
    draw = torch.Generator().manual_seed(0)
    for _ in range(6):
        ended = (torch.rand(3, generator=draw) < 0.5).tolist()
        scores = [round(score, 1) for score in torch.randn(3, generator=draw).tolist()]
        yield _normal(draw, (3, 5)), _replies(draw, 3, 5), scores, ended, 0.25, 1.0


def _surprises() -> Iterator[tuple[Tensor, Tensor]]:
    advantages = torch.tensor([[7.0, 1.0, 2.0, -3.0], [5.0, 4.0, 0.0, 8.0]])
    mask = torch.tensor([[False, True, True, True], [False, True, True, False]])
    yield advantages, mask
    yield advantages, torch.ones(2, 4, dtype=torch.bool)  # everything counts
    yield torch.full((2, 3), 0.5), mask[:, 1:]  # all alike
    yield advantages, torch.tensor([[False] * 4, [False, True, False, False]])  # one token
    yield advantages, torch.zeros(2, 4, dtype=torch.bool)  # none
    yield torch.tensor([[3.0, -1.0]]), torch.tensor([[True, True]])  # two, in one reply
    draw = torch.Generator().manual_seed(0)
    for _ in range(6):
        yield _normal(draw, (3, 5)), _replies(draw, 3, 5)


def _moves() -> Iterator[tuple[float, float, float, float]]:
    yield -0.9, -1.0, 2.0, 0.2  # within the clip
    yield -1.0, -1.0, 2.0, 0.2  # no move: the ratio is 1
    yield -0.5, -1.0, 2.0, 0.2  # too far for the better: held
    yield -2.0, -1.0, 2.0, 0.2  # for the worse: counts in full
    yield -2.0, -1.0, -2.0, 0.2  # a bad token made rarer: held
    yield -0.5, -1.0, -2.0, 0.2  # a bad token made likelier: counts in full
    yield -0.5, -1.0, 0.0, 0.2  # neither good nor bad
    draw = random.Random(0)
    for _ in range(20):
        old = round(draw.uniform(-3, -0.7), 2)
        move = round(draw.uniform(-0.6, 0.6), 2)
        yield round(old + move, 2), old, round(draw.uniform(-2, 2), 2), draw.choice((0.1, 0.3))


def _pairs() -> Iterator[tuple[list[float], list[float], list[float], list[float], float]]:
    chosen, rejected = [-1.0, -2.0], [-1.5, -0.5, -2.0]
    yield chosen, rejected, [-2.0, -2.5], [-1.0, -0.6, -2.0], 0.5
    yield chosen, rejected, chosen, rejected, 0.5  # nothing has moved: log 2
    yield [], [-1.0, -0.5], [], [-0.3, -0.2], 2.0  # an empty reply
    yield [-1.0], [-0.5], [-0.4], [-1.5], 1.0  # one token each, moved the wrong way
    yield [-2.0] * 3, [-1.0], [-900.0] * 3, [-1.0], 1.0  # nothing is left of the loss
    yield [-900.0] * 3, [-1.0], [-2.0] * 3, [-1.0], 1.0  # exp(2694) overflows
    draw = random.Random(0)
    for _ in range(10):
        replies = [
            [round(draw.uniform(-3, 0), 1) for _ in range(draw.randint(1, 4))] for _ in "ab"
        ]
        starts = [[round(draw.uniform(-3, 0), 1) for _ in reply] for reply in replies]
        yield (*replies, *starts, draw.choice((0.1, 0.5, 2.0)))


def _groups() -> Iterator[tuple[list[str], list[float]]]:
    yield ["Why?", "Who?", "Why?", "Who?", "Why?"], [1.0, 0.5, 0.0, 0.25, 0.75]
    yield ["Why?", "Why?", "Who?", "Why?"], [1.0, 0.5, 0.75, 0.25]  # one was answered once
    yield ["Why?", "Why?", "Why?"], [0.5, 0.5, 0.5]  # all alike
    yield ["Why?"], [1.0]  # one reply
    yield ["Who?", "Why?"], [1.0, 0.5]  # nothing to compare with
    yield [], []  # no replies
    draw = random.Random(0)
    for _ in range(10):
        prompts = draw.choices(["Why?", "Who?", "When?", "How?"], k=8)
        yield prompts, [draw.randrange(9) / 8 for _ in prompts]


def _lora(draw: torch.Generator, rank: int, alpha: float) -> Lora:
    """A LoRA of whole numbers, for a table of 4 by 5."""
    tables = (torch.randint(-3, 4, shape, generator=draw) for shape in ((rank, 5), (4, rank)))
    return *(table.float() for table in tables), alpha


def _normal(draw: torch.Generator, shape: tuple[int, ...]) -> Tensor:
    """Normal numbers with one decimal, so that a message shows all of them."""
    return torch.randn(shape, generator=draw).mul(10).round() / 10


def _replies(draw: torch.Generator, rows: int, tokens: int) -> Tensor:
    """Masks of replies that begin and end anywhere; some are empty."""
    ends = torch.randint(0, tokens + 1, (2, rows, 1), generator=draw)
    places = torch.arange(tokens)
    return (places >= ends.amin(0)) & (places < ends.amax(0))  # (rows, tokens)


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
        compare(preference_loss, _scores, preference_mistakes.of_preference_loss),
    ),
    Challenge(
        "finetuning.hold_out",
        "Hold pairs out, and let no prompt leak",
        2,
        12,
        "Decide for each prompt, not for each pair; a set remembers which prompts are held out.",
        compare(hold_out, _labelled, mistakes.of_hold_out),
    ),
    Challenge(
        "finetuning.token_rewards",
        "Pay each token of a reply",
        2,
        15,
        "mask[row].nonzero() lists the tokens of a reply, and its last entry is where it ends.",
        compare(token_rewards, _earned, practice_mistakes.of_token_rewards),
    ),
    Challenge(
        "finetuning.normalise_advantages",
        "Bring advantages to one scale",
        2,
        10,
        "Mean and spread are of advantages[mask] alone; assign back to the same tokens.",
        compare(normalise_advantages, _surprises, advantage_mistakes.of_normalise_advantages),
    ),
    Challenge(
        "finetuning.clipped_gradient",
        "Say which tokens PPO still pushes",
        3,
        12,
        "Where the smaller of the two is a constant, its slope is 0; the slope of exp is exp.",
        compare(clipped_gradient, _moves, advantage_mistakes.of_clipped_gradient),
    ),
    Challenge(
        "finetuning.join_loras",
        "Make one LoRA of two",
        2,
        12,
        "B @ A is a sum of columns of B times rows of A, and such a sum can have more terms.",
        compare(
            join_loras,
            _loras,
            mistakes.of_join_loras,
            "an A and a B whose product is what both add together",
        ),
    ),
    Challenge(
        "finetuning.kl_estimate",
        "Estimate how far replies have moved",
        2,
        12,
        "Choose the tokens with the mask first; log r is the difference of two log-probabilities.",
        compare(kl_estimate, _practised, practice_mistakes.of_kl_estimate),
    ),
    Challenge(
        "finetuning.dpo_loss",
        "Learn from a pair without a reward model",
        2,
        12,
        "The score of a reply is beta times its nats now minus its nats at the start.",
        compare(dpo_loss, _pairs, preference_mistakes.of_dpo_loss),
    ),
    Challenge(
        "finetuning.leave_one_out",
        "Compare each reply with the others",
        2,
        10,
        "Add up the rewards per prompt and count them; then take out the reply's own.",
        compare(leave_one_out, _groups, advantage_mistakes.of_leave_one_out),
    ),
)
