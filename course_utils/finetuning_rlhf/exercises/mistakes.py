"""What is wrong with an answer about what a model learns from: masks, adapters, held-out pairs.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The losses of pairs are in preference_mistakes.py, PPO is in practice_mistakes.py.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_utils.challenges.answers import (
    Mistake,
    array,
    kind,
    matching_mistake,
    near,
    plain,
)
from course_utils.finetuning_rlhf.exercises.reference import ASSISTANT, END, Lora

NO_TRUTHS = "Each value has to be True or False, or 1 or 0: the list holds something else."


def of_mask_replies(answer: object, expected: list[bool], ids: Sequence[int]) -> str | None:
    """For mask_replies."""
    given = _truths(answer, len(expected), "tokens")
    if isinstance(given, str) or given == expected:
        return given if isinstance(given, str) else None
    # Whole patterns first: all turned round, or all one place late.
    given = [bool(value) for value in given]
    if given == [not value for value in expected]:
        return "It is the other way round: True is for what the loss counts."
    if given == [*expected[1:], False]:
        return "The 2 itself is not said by the model, and the 0 at the end is: count the 0."
    # Then the places that are wrong: left out, or counted for nothing.
    wrong = [at for at, value in enumerate(given) if value != expected[at]]
    if not wrong:
        return NO_TRUTHS
    if all(expected[at] for at in wrong):
        if all(ids[at] == END for at in wrong):
            return "The model has to learn to stop: the 0 that ends a reply is one of its tokens."
        return "Some tokens of replies are left out. Every reply of the conversation counts."
    if all(ids[at] == ASSISTANT for at in wrong):
        return "The 2 opens the reply and is not said by the model: it does not count."
    return "What the user says, the signs 1 and 2, and what follows a reply's 0 do not count."


def _truths(answer: object, count: int, unit: str) -> list | str:
    """The answer as a list of so many values, or the sentence that says why it is none."""
    given = plain(answer)
    if not isinstance(given, (list, tuple)):
        return f"Return a list of {count} truth values, not {kind(answer)}."
    if len(given) != count:
        return f"There are {count} {unit}, and the list has {len(given)} values."
    return list(given)


def of_join_loras(
    answer: object, expected: tuple[Tensor, Tensor], first: Lora, second: Lora
) -> str | None:
    """For join_loras."""
    pair = answer if isinstance(answer, (list, tuple)) else plain(answer)
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        return "Return two things: the A and the B of the joint LoRA."
    shapes = [tuple(table.shape) for table in expected]
    tables = [array(table, shape) for table, shape in zip(pair, shapes, strict=True)]
    problem = next((table for table in tables if isinstance(table, str)), None)
    if problem:
        return _misshapen(pair, shapes, (first, second)) or problem
    # Many pairs have the right product.
    product, right = tables[1] @ tables[0], (expected[1].double() @ expected[0].double()).numpy()
    if near(product, right):
        return None
    return matching_mistake(product, _wrong_loras(first, second), near) or (
        "Each of the two adds alpha / rank * B @ A; what the joint one adds is the sum of both."
    )


def _misshapen(
    pair: Sequence, shapes: list[tuple[int, ...]], loras: tuple[Lora, Lora]
) -> str | None:
    """What tables of wrong shapes show; None where they are no tables."""
    given = [tuple(getattr(table, "shape", ())) for table in pair]
    if given == shapes or not all(len(shape) == 2 for shape in given):
        return None
    if given == shapes[::-1]:
        return "The two are exchanged: A comes first, then B."
    if given == [shape[::-1] for shape in shapes]:
        return "Rows and columns are exchanged: A is (rank, in) and B is (out, rank)."
    if given in [[tuple(table.shape) for table in lora[:2]] for lora in loras]:
        return (
            "The rank has not grown: added up, each A also meets the other B. The two stand "
            "beside each other."
        )
    return (
        f"A has to be {shapes[0]} and B {shapes[1]}, and they are {given[0]} and {given[1]}: the "
        "ranks add up, in and out stay."
    )


def _wrong_loras(first: Lora, second: Lora) -> list[Mistake]:
    (a1, b1, alpha1), (a2, b2, alpha2) = first, second
    r1, r2 = len(a1), len(a2)
    scale1, scale2 = alpha1 / r1, alpha2 / r2
    scaled = (
        ((1, 1), "The scales are missing: each B @ A counts alpha / rank times."),
        (
            (alpha1, alpha2),
            "alpha has to be divided by the rank, which is the number of A's rows.",
        ),
        (
            (alpha1 / (r1 + r2), alpha2 / (r1 + r2)),
            "Each alpha is divided by its own LoRA's rank, not by that of the joint one.",
        ),
        (
            (scale1**2, scale2**2),
            "The scales count twice: put them into A or into B, not into both.",
        ),
        ((scale2, scale1), "The scales are exchanged: each LoRA keeps its own."),
        ((scale1, scale1), "Both have the first one's scale; each LoRA has its own."),
        ((scale1, 1), "The second one's scale is missing."),
        ((scale1, 0), "The second one is missing: the sum is of both."),
        ((scale1 / 2, scale2 / 2), "This is the mean of the two; the joint one adds their sum."),
    )
    crossed = torch.cat([scale2 * b2, scale1 * b1], 1) @ torch.cat([a1, a2])
    mistakes = [
        (lambda one=one, two=two: one * (b1 @ a1) + two * (b2 @ a2), words)
        for (one, two), words in scaled
    ]
    if alpha1 and alpha2:
        upside = (b1 @ a1) / scale1 + (b2 @ a2) / scale2
        mistakes.append((lambda: upside, "The scale is upside down: alpha over rank."))
    order = "Row i of A belongs to column i of B: join both in the same order."
    return [*mistakes, (lambda: crossed, order)]


def of_hold_out(
    answer: object, expected: list[bool], prompts: Sequence[str], share: float
) -> str | None:
    """For hold_out."""
    given = _truths(answer, len(expected), "pairs")
    if isinstance(given, str) or given == expected:
        return given if isinstance(given, str) else None
    if any(value not in (0, 1) for value in given):
        return NO_TRUTHS
    known = _wrong_parts(expected, prompts, share)
    if words := matching_mistake(given, known, operator.eq):
        return words
    # What the parts themselves show.
    names = [_name(prompt) for prompt in prompts]
    parts = [
        {name for name, held in zip(names, given, strict=True) if held == value}
        for value in (True, False)
    ]
    if parts[0] & parts[1]:
        return (
            "A prompt leaks: it is in both parts, so that its held-out pair tests what was learnt "
            "by heart. Hold out all pairs of a prompt, or none."
        )
    if sum(given) < share * len(given):
        return "Fewer pairs are held out than the share says."
    return "Hold prompts out in the order in which they first come, until the share is reached."


def _name(prompt: str) -> str:
    return " ".join(prompt.lower().split())


def _wrong_parts(expected: list[bool], prompts: Sequence[str], share: float) -> list[Mistake]:
    """Prompts kept together, but not the right ones."""
    names, wanted = [_name(prompt) for prompt in prompts], share * len(prompts)

    def pairs(held: set[str], names: Sequence[str] = names) -> int:
        return sum(name in held for name in names)

    def spelt(spelling: Callable[[str], str]) -> Mistake:
        texts = [spelling(prompt) for prompt in prompts]
        return (
            lambda: _kept(texts, texts, lambda held, _: pairs(held, texts) >= wanted),
            "Prompts that differ in capitals or spaces alone are one prompt.",
        )

    return [
        (
            lambda: [not held for held in expected],
            "It is the other way round: True is for a pair that is held out.",
        ),
        *map(spelt, (str, str.lower, lambda prompt: " ".join(prompt.split()))),
        (
            lambda: _kept(names, names, lambda held, _: len(held) >= share * len(set(names))),
            "The share is one of pairs, not of prompts: each pair of a prompt counts.",
        ),
        (
            lambda: _kept(names, names, lambda held, _: pairs(held) > wanted),
            "One prompt too many: stop as soon as the share is reached.",
        ),
        (
            lambda: _kept(names, names, lambda held, name: pairs(held | {name}) > wanted),
            "At least this share is held out, so the last prompt may go beyond it.",
        ),
        (
            lambda: _kept(names, names[::-1], lambda held, _: pairs(held) >= wanted),
            "These are held out from the end; begin with the prompt that comes first.",
        ),
    ]


def _kept(
    names: Sequence[str], order: Sequence[str], enough: Callable[[set[str], str], bool]
) -> list[bool]:
    """The pairs held out, prompt by prompt in this order, until it is enough."""
    held: set[str] = set()
    for name in order:
        if enough(held, name):
            break
        held.add(name)
    return [name in held for name in names]
