"""What is wrong with an answer about a draft: what is accepted, and what is drawn at its end.

`of_speculative_acceptance` takes the answer, the right answer and the arguments, and gives None
when the two agree. The choice of a single token is in mistakes.py.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from course_utils.challenges.answers import Mistake, matching_mistake, whole_numbers
from course_utils.inference.exercises.reference import Row, drawn

Accepts = Callable[[float, float, float], bool]  # of p, q and the random number
Draw = Callable[[Row, Row, int], int]  # from a row of p and one of q, at a place of the draft


class Draft(NamedTuple):
    """The arguments of the challenge."""

    p: Sequence[Row]
    q: Sequence[Row]
    drafted: Sequence[int]
    accept_at: Row
    draw_at: float

    def said(self, accepts: Accepts | None = None, draw: Draw | None = None) -> list[int]:
        """What is said under a rule and with a draw, the right ones where none is given."""
        accepts = accepts or (lambda mine, theirs, u: u < mine / theirs)
        draw = draw or (lambda mine, theirs, _: drawn(more(mine, theirs), self.draw_at))
        said = []
        for place, token in enumerate(self.drafted):
            mine, theirs = self.p[place], self.q[place]
            if not accepts(mine[token], theirs[token], self.accept_at[place]):
                return [*said, draw(mine, theirs, place)]
            said.append(token)
        nothing = [0.0] * len(self.p[-1])
        return [*said, draw(self.p[-1], nothing, len(self.drafted) - 1)]

    def going_on(self) -> list[int]:
        """Another token in the place of each refused one, to the end of the draft."""
        said = []
        for place, token in enumerate(self.drafted):
            mine, theirs = self.p[place], self.q[place]
            refused = self.accept_at[place] >= mine[token] / theirs[token]
            said.append(drawn(more(mine, theirs), self.draw_at) if refused else token)
        return said


def more(mine: Row, theirs: Row) -> list[float]:
    """What one row has more than another, place by place; 0 where it has less."""
    return [max(a - b, 0.0) for a, b in zip(mine, theirs, strict=True)]


def apart(mine: Row, theirs: Row) -> list[float]:
    """How far two rows are apart, place by place."""
    return [abs(a - b) for a, b in zip(mine, theirs, strict=True)]


def of_speculative_acceptance(answer: object, expected: list[int], *case: object) -> str | None:
    """For speculative_acceptance."""
    said, draft = whole_numbers(answer, "token ids"), Draft(*case)
    if isinstance(said, str) or said == expected:
        return said if isinstance(said, str) else None
    # Ids and numbers of tokens that cannot be.
    vocabulary, most = len(draft.p[0]), len(draft.p)
    if not all(0 <= token < vocabulary for token in said):
        return f"There are tokens from 0 to {vocabulary - 1}, and others in your list."
    if len(said) > most:
        return f"A draft of {most - 1} tokens gives at most {most}; your list has {len(said)}."
    refused = len(expected) <= len(draft.drafted)
    known = [
        *_wrong_ends(draft, expected),
        *(_wrong_refusals(draft, expected) if refused else _wrong_last_draws(draft, expected)),
        *_wrong_rules(draft),
        *_wrong_draws(draft),
    ]
    return matching_mistake(said, known, operator.eq) or (
        "Go through the draft: accept a token if its number is below p / q. The first refusal "
        "ends it; one token is drawn there, or after the whole draft."
    )


def _wrong_ends(draft: Draft, expected: list[int]) -> list[Mistake]:
    """Nothing is drawn, or nothing refused."""
    return [
        (lambda: expected[:-1], "A token is missing: one more is drawn, whatever was accepted."),
        (lambda: [*draft.drafted], ALL_ACCEPTED),
        (lambda: [*draft.drafted, drawn(draft.p[-1], draft.draw_at)], ALL_ACCEPTED),
    ]


ALL_ACCEPTED = "Not every drafted token is accepted: its number has to be below p / q."


def _wrong_refusals(draft: Draft, expected: list[int]) -> list[Mistake]:
    """Something else than one token from what p has more, where a token was refused."""
    draw_at, on = draft.draw_at, "Stop at the first refusal: what follows was drafted behind it."

    def not_scaled_up(mine: Row, theirs: Row, _: int) -> int:
        reached = np.cumsum(more(mine, theirs))
        return int(min((reached <= draw_at).sum(), len(mine) - 1))

    tried: tuple[tuple[Draw, str], ...] = (
        (
            lambda mine, theirs, _: drawn(mine, draw_at),
            "After a refusal draw from what p has more than q, not from all of p: the draft has "
            "had its share already.",
        ),
        (
            not_scaled_up,
            "What p has more than q does not sum to 1: divide by its sum before you draw.",
        ),
        (
            lambda mine, theirs, _: drawn(apart(mine, theirs), draw_at),
            "Where q is above p nothing is left: max(p - q, 0), not the distance.",
        ),
        (
            lambda mine, theirs, _: drawn(more(theirs, mine), draw_at),
            "It is the other way round: draw from what p has more than q.",
        ),
    )
    return [
        (
            lambda: [*expected[:-1], draft.drafted[len(expected) - 1], expected[-1]],
            "The refused token is still there; another one is drawn in its place.",
        ),
        (draft.going_on, on),
        (lambda: [*draft.going_on(), drawn(draft.p[-1], draw_at)], on),
        *((lambda draw=draw: draft.said(draw=draw), words) for draw, words in tried),
    ]


def _wrong_last_draws(draft: Draft, expected: list[int]) -> list[Mistake]:
    """Another row than the last one of p, where the whole draft was accepted."""
    return [
        (
            lambda: [*expected[:-1], drawn(draft.q[-1], draft.draw_at)],
            "The token after the whole draft is drawn from the large model's last row.",
        ),
        (
            lambda: [*expected[:-1], drawn(draft.p[-2], draft.draw_at)],
            "p has one row more than there are drafted tokens; the last is for the token after.",
        ),
    ]


def _wrong_rules(draft: Draft) -> list[Mistake]:
    """Other rules of acceptance, each with the right draw."""
    tried: tuple[tuple[Accepts, str], ...] = (
        (
            lambda mine, theirs, u: mine >= theirs,
            "Where p is below q a token is not always refused: it is accepted with p / q.",
        ),
        (
            lambda mine, theirs, u: u < mine,
            "The draft has drawn it already, with q: accept it with p / q, not with p.",
        ),
        (
            lambda mine, theirs, u: u * mine < theirs,
            "The ratio is upside down: it is the large model's p over the draft's q.",
        ),
        (
            lambda mine, theirs, u: u >= mine / theirs,
            "It is the other way round: a token is accepted below p / q, refused above.",
        ),
    )
    return [(lambda rule=rule: draft.said(rule), words) for rule, words in tried]


def _wrong_draws(draft: Draft) -> list[Mistake]:
    """The right rule, and a token that was not drawn with the number for it."""
    tried: tuple[tuple[Draw, str], ...] = (
        (
            lambda mine, theirs, _: int(np.argmax(more(mine, theirs))),
            "The last token is drawn with draw_at; it need not be the likeliest.",
        ),
        (
            lambda mine, theirs, place: drawn(more(mine, theirs), draft.accept_at[place]),
            "The draw has a number of its own, draw_at: the other one has decided already.",
        ),
    )
    return [(lambda draw=draw: draft.said(draw=draw), words) for draw, words in tried]
