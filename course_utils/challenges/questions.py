"""The questions that a reader answers before a cell computes the answer: what can be said to each.

One file a stage, exercises/predictions.toml, holds its questions; no file holds an answer, for
what a notebook computes decides. What a reader said is in path.py, the controls are in
ui/predictions.py.
"""

from __future__ import annotations

import difflib
import functools
import math
import numbers
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils import workspace
from course_utils.challenges.base import NOTEBOOKS

FILE = "predictions.toml"
Answer = str | float  # an option's words, or a number


@dataclass(frozen=True)
class Question:
    """One question; a choice where it has options, else a number.

    Attributes:
        id: words and hyphens, such as "spam-activation"; it never changes.
        stage: the notebook's name without its number.
        asks: the question in a few words; the whole of it stands in the notebook.
        options: what can be chosen.
        values: what a cell computes for each option, where that is not the option's own words.
            Numbers stand for what is nearest to them: 589 is "about 600".
        otherwise: the option for whatever else a cell computes; "" where there is none.
        unit: of a number, such as "%".
        tolerance: how far off a number may be and still be right, in its unit.
    """

    id: str
    stage: str
    asks: str
    options: tuple[str, ...] = ()
    values: tuple[object, ...] = ()
    otherwise: str = ""
    unit: str = ""
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if not self.asks.endswith("?") or len(self.options) == 1:
            raise ValueError(f"{self.id}: give a question, and two options or more, or none.")
        if len(self.values) not in (0, len(self.options)):
            raise ValueError(f"{self.id}: {len(self.values)} values, {len(self.options)} options.")
        if self.otherwise and self.otherwise not in self.options:
            raise ValueError(f"{self.id}: {self.otherwise!r} is none of the options.")
        if self.options and (self.unit or self.tolerance):
            raise ValueError(f"{self.id}: a choice has neither a unit nor a tolerance.")

    @property
    def shares(self) -> tuple[int, ...]:
        """How sure one can be, in percent: from mere guessing up to certainty."""
        guess = round(100 / len(self.options)) if self.options else 0
        return (guess, *(tens for tens in range(10, 101, 10) if tens > guess))

    def outcome(self, computed: object) -> Answer:
        """What a cell computed, as an answer to this question.

        Raises:
            ValueError: it answers another question.
        """
        # Numbers of NumPy and torch become plain ones.
        plain = computed.item() if hasattr(computed, "item") else computed
        if self.options:
            return self._option(plain)
        if not _is_number(plain) or not math.isfinite(plain):
            raise ValueError(f"{self.id} asks for a number, and {computed!r} was computed.")
        return float(plain)

    def right(self, said: Answer, outcome: Answer) -> bool:
        """Whether an answer is right; for a number: as near as the tolerance."""
        if self.options:
            return said == outcome
        # The last digits of a difference are not the reader's fault.
        return abs(said - outcome) <= self.tolerance + 1e-9

    def words(self, answer: Answer) -> str:
        """An answer as it is written: "about 600", "11.3 %"."""
        if self.options:
            return str(answer)
        whole = abs(answer) >= 1000 or float(answer).is_integer()
        text = f"{answer:,.0f}" if whole else f"{answer:.3g}"
        return f"{text} {self.unit}".strip()

    def holds(self, answer: object) -> bool:
        """Whether this can be an answer at all, as a file that was edited may not have one."""
        if self.options:
            return answer in self.options
        return _is_number(answer) and math.isfinite(answer)

    def _option(self, computed: object) -> str:
        """The option that a computed value stands for."""
        values = self.values or self.options
        if computed in values:
            return self.options[values.index(computed)]
        # Between numbers the nearest counts; by their ratio, as 589 is nearer to 600 than to 60.
        amounts = [value for value in values if _is_number(value)]
        if _is_number(computed) and len(amounts) == len(values):
            by_ratio = min(computed, *amounts) > 0
            scale = math.log if by_ratio else float
            gaps = [abs(scale(computed) - scale(amount)) for amount in amounts]
            return self.options[gaps.index(min(gaps))]
        if self.otherwise:
            return self.otherwise
        known = ", ".join(map(str, values))
        raise ValueError(f"{self.id}: {computed!r} was computed, and its answers are {known}.")


def listed(stage: str | None = None) -> tuple[Question, ...]:
    """All questions in the order of the notebooks, or those of one stage."""
    return tuple(one for one in _all().values() if stage in (None, one.stage))


def get(question_id: str) -> Question | None:
    """The question of this id, or None."""
    return _all().get(question_id)


def find(question_id: str) -> Question:
    """The question of this id.

    Raises:
        KeyError: there is none; the text names the nearest.
    """
    known = _all()
    if question_id in known:
        return known[question_id]
    near = difflib.get_close_matches(str(question_id), known, n=3, cutoff=0)
    raise KeyError(f"There is no question {question_id!r}; the nearest are {', '.join(near)}.")


def parse(stage: str, text: str) -> tuple[Question, ...]:
    """The questions of one file.

    Raises:
        ValueError: a question that has a field too many, too few, or one that does not fit.
    """
    found = []
    for name, entry in tomllib.loads(text).items():
        lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
        try:
            found.append(Question(id=name, stage=stage, **{**entry, **lists}))
        except TypeError as error:
            raise ValueError(f"{name} in {stage}'s {FILE}: {error}") from error
    return tuple(found)


@functools.cache
def _all() -> Mapping[str, Question]:
    """Each stage's file, read once."""
    questions = [
        question
        for notebook in NOTEBOOKS.values()
        for question in parse(notebook[3:], _path(notebook[3:]).read_text(encoding="utf-8"))
    ]
    return {question.id: question for question in questions}


def _path(stage: str) -> Path:
    return workspace.PACKAGE / stage / "exercises" / FILE


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
