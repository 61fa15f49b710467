"""Questions of the exam and what their replies are worth: a share, by group, with the failures.

Left out: the questions and the rules, which the parts of the exam have (as_typed.py and so on).
Taught in notebook 05, section "What each stage gained".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from course_utils.finetuning_rlhf.questions import Prompt


@dataclass(frozen=True)
class Question:
    """One question of the exam.

    Args:
        prompt: what is said to the model, earlier turns included.
        group: what it is reported under: a habit of typing, a generator of names, an intent.
        right: texts of which a reply has to hold one, where the prompt does not say what is right.
        wrong: texts of which it may hold none.
    """

    prompt: Prompt
    group: str
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A reply that did not pass, and why, in a sentence."""

    question: Question
    reply: str
    why: str


@dataclass(frozen=True)
class Score:
    """What a part of the exam found.

    Attributes:
        by_group: the share of replies that passed, 0..1, of each group.
        counts: how many questions each group has.
        failures: the replies that did not pass, in the order of the questions.
    """

    by_group: dict[str, float]
    counts: dict[str, int]
    failures: tuple[Failure, ...]

    @property
    def share(self) -> float:
        """The share of all replies that passed, 0..1; 0 for no questions."""
        count = sum(self.counts.values())
        return (count - len(self.failures)) / count if count else 0.0


def score(
    questions: Sequence[Question],
    replies: Sequence[str],
    fault: Callable[[Question, str], str],
) -> Score:
    """Marks every reply.

    Args:
        questions: what was asked.
        replies: one a question, in the same order.
        fault: says what is wrong with a reply; an empty text lets it pass.

    Raises:
        ValueError: there are more or fewer replies than questions.
    """
    if len(questions) != len(replies):
        raise ValueError(
            f"There are {len(replies)} replies to {len(questions)} questions. "
            "Give one reply a question, in the same order."
        )
    counts: dict[str, int] = {}
    passed: dict[str, int] = {}
    failures = []
    for question, reply in zip(questions, replies, strict=True):
        why = fault(question, reply)
        counts[question.group] = counts.get(question.group, 0) + 1
        passed[question.group] = passed.get(question.group, 0) + (not why)
        if why:
            failures.append(Failure(question, reply, why))
    shares = {group: passed[group] / count for group, count in counts.items()}
    return Score(shares, counts, tuple(failures))
