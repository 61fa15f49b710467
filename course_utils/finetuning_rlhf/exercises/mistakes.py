"""What is wrong with an answer to a challenge of notebook 04, in words that fit the mistake.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    close,
    kind,
    matching_mistake,
    number,
    plain,
)
from course_utils.finetuning_rlhf.exercises.reference import (
    ASSISTANT,
    END,
    clipped_objective,
    preference_loss,
    smaller,
)

LARGE = 30.0  # scores further apart than this overflow in some way of writing the loss
WITHOUT_CLIP = "This is the product without the clip, the larger of the two: take the smaller one."
BELOW_0 = " Below 0 the smaller ratio gives the larger product: compare after multiplying."
LOGARITHMS = "These are log-probabilities: the ratio of the probabilities is exp(new - old)."


def of_mask_replies(answer: object, expected: list[bool], ids: Sequence[int]) -> str | None:
    """For mask_replies."""
    given = plain(answer)
    if not isinstance(given, (list, tuple)):
        return f"Return a list of {len(expected)} truth values, not {kind(answer)}."
    if len(given) != len(expected):
        return f"There are {len(expected)} tokens, and the list has {len(given)} values."
    if list(given) == expected:
        return None
    # Whole patterns first: all turned round, or all one place late.
    given = [bool(value) for value in given]
    if given == [not value for value in expected]:
        return "It is the other way round: True is for what the loss counts."
    if given == [*expected[1:], False]:
        return "The 2 itself is not said by the model, and the 0 at the end is: count the 0."
    # Then the places that are wrong: left out, or counted for nothing.
    wrong = [at for at, value in enumerate(given) if value != expected[at]]
    if not wrong:
        return "Each value has to be True or False, or 1 or 0: the list holds something else."
    if all(expected[at] for at in wrong):
        if all(ids[at] == END for at in wrong):
            return "The model has to learn to stop: the 0 that ends a reply is one of its tokens."
        return "Some tokens of replies are left out. Every reply of the conversation counts."
    if all(ids[at] == ASSISTANT for at in wrong):
        return "The 2 opens the reply and is not said by the model: it does not count."
    return "What the user says, the signs 1 and 2, and what follows a reply's 0 do not count."


def of_preference_loss(
    answer: object, expected: float, chosen: float, rejected: float
) -> str | None:
    """For preference_loss."""
    value = number(answer, finite=False)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    if not math.isfinite(value) and abs(chosen - rejected) < LARGE:
        return NAN if math.isnan(value) else INFINITE
    if not math.isfinite(value):
        return "Large scores overflow: for a large x, -log(sigmoid(-x)) is x + log(1 + exp(-x))."
    # What usual mistakes would have given, each with its words.
    ahead = chosen - rejected
    known = [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (
            lambda: math.exp(-expected),
            "This is the probability of the choice; the loss is minus its logarithm.",
        ),
        (
            lambda: expected / math.log(2),
            "This is in bits. Use the natural logarithm, so that it is in nats.",
        ),
        (
            lambda: preference_loss(rejected, chosen),
            "The two are swapped: the loss is small where the chosen reply has more.",
        ),
        (
            lambda: max(0.0, 1 - ahead),
            "A straight line with a corner is another loss. Here: minus the log of the sigmoid.",
        ),
        (lambda: -ahead, "This is how far the scores are apart: the sigmoid comes next."),
        (
            lambda: (1 - math.exp(-expected)) ** 2,
            "This squares the error. The loss is minus the logarithm of the probability.",
        ),
    ]
    return matching_mistake(value, known) or (
        "Take the chosen score minus the rejected one, its sigmoid, and minus the logarithm."
    )


def of_clipped_objective(
    answer: object, expected: float, new: float, old: float, advantage: float, clip: float
) -> str | None:
    """For clipped_objective."""
    value = number(answer)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    # What usual mistakes would have given, each with its words.
    ratio = math.exp(new - old)
    kept = min(max(ratio, 1 - clip), 1 + clip)
    known = [
        (
            lambda: -expected,
            "Only the sign is wrong: this is made large.",
        ),
        (
            lambda: kept * advantage,
            "This is clipped always. Take the smaller of the two, so that a move for the worse "
            "counts in full.",
        ),
        (lambda: ratio * advantage, WITHOUT_CLIP + (BELOW_0 if advantage < 0 else "")),
        (
            lambda: clipped_objective(old, new, advantage, clip),
            "The ratio is upside down: the new probability over the old one, exp(new - old).",
        ),
        (lambda: smaller(new - old, advantage, clip), LOGARITHMS),
        (lambda: smaller(new / old, advantage, clip), LOGARITHMS),
    ]
    return matching_mistake(value, known) or (
        "The ratio is exp(new - old); both it and the clipped one are times the advantage."
    )
