"""A prediction: what will come out, and how sure you are; the cell that computes it tells.

`predict("spam-activation")` shows the controls below the question, and at the end of the cell that
computes it `reveal("spam-activation", worst)` tells how it went. Headless both are silent. Left
out: the questions (challenges/questions.py), and what was said (challenges/path.py).
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Sequence
from html import escape

import ipywidgets

from course_utils import runtime, workspace
from course_utils.challenges import path, questions
from course_utils.challenges.questions import Answer, Question
from course_utils.ui.picture import Bundle

__all__ = ["Predictions", "Prompt", "own_answers", "predict", "reveal"]

ASKED = "line-height:1.4;font-weight:bold"
LABEL_PX = 80
LONG_LETTERS, LINE = 20, "min(240px, 98%)"  # two such buttons do not fit beside each other
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
TOO_LATE = (
    "The cell that computes it has already run, so an answer does not count any more. "
    "You may give one all the same."
)


def predict(*question_ids: str) -> Predictions | None:
    """The controls of one or more questions: a cell's last line. Headless there is nothing.

    Args:
        question_ids: of a stage's exercises/predictions.toml.

    Raises:
        KeyError: there is no such question.
    """
    asked = [questions.find(question_id) for question_id in question_ids]
    return None if runtime.headless() else Predictions([Prompt(one) for one in asked])


def reveal(question_id: str, computed: object) -> None:
    """Compare what was computed with what was said before; only the first time counts.

    Args:
        question_id: of a stage's exercises/predictions.toml.
        computed: one of the question's values, or a number.

    Raises:
        KeyError: there is no such question.
        ValueError: this cannot be its answer.
    """
    question = questions.find(question_id)
    outcome = question.outcome(computed)
    if runtime.headless():
        return
    try:
        made = path.compute(question, outcome)
    except workspace.ArtifactError as error:
        print(f"(This prediction could not be written down. {error})")
        return
    for prompt in list(Prompt.alive):
        if prompt.question.id == question_id:
            prompt.refresh()
    if made.counts:
        print(f"Your prediction: {question.asks} {verdict(question, made)}")


def own_answers() -> tuple[tuple[float, bool], ...]:
    """How sure the reader was, 0..1, and whether it was right, of all that counts.

    Headless there are none, so that a run gives the same on every machine.
    """
    return () if runtime.headless() else path.counted()


def verdict(question: Question, made: path.Prediction) -> str:
    """What became of an answer, in a sentence or two."""
    said = f"You said {question.words(made.said)}, {made.sure} % sure."
    if made.outcome is None:
        return f"{said} Run the cell that computes it, and you will see."
    return f"{said} {_compared(question, made.said, made.outcome)}"


class Predictions:
    """The prompts of one cell, one below the other."""

    def __init__(self, prompts: list[Prompt]) -> None:
        self.prompts = prompts

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        box = ipywidgets.VBox([prompt.box for prompt in self.prompts])
        asked = " ".join(prompt.question.asks for prompt in self.prompts)
        return {**box._repr_mimebundle_(), "text/plain": f"Prediction (live): {asked}"}, {}


class Prompt:
    """The controls of one question: an answer, how sure, a button, and what is known so far."""

    # Those that a cell still shows, so that another cell can tell them what it computed.
    alive: weakref.WeakSet[Prompt] = weakref.WeakSet()

    def __init__(self, question: Question) -> None:
        self.question = question
        self.answer = _choice(question) if question.options else _entry(question)
        # Buttons too: Jupyter takes the arrow keys of a list or a slider for its own.
        self.sure = _buttons(
            [(f"{share} %", share) for share in question.shares],
            [_share(question, share) for share in question.shares],
            "Over many predictions, so many percent should be right.",
            "66px",
        )
        self.button = ipywidgets.Button(
            description="Predict", tooltip="Write this down before the answer is computed."
        )
        self.state = ipywidgets.HTML(layout={"max_width": "100%"})
        self.button.on_click(lambda _: self.press())
        asked = ipywidgets.HTML(f'<div style="{ASKED}">{escape(question.asks)}</div>')
        self.box = ipywidgets.VBox(
            [
                asked,
                _named("Answer", self.answer) if question.options else self.answer,
                _named("How sure?", self.sure),
                self.button,
                self.state,
            ],
            layout={"max_width": "520px", "overflow": "hidden"},
        )
        self.box.add_class("anatomy-prediction")
        self.alive.add(self)
        self.refresh()

    def press(self) -> None:
        """Take the answer, or say what is missing."""
        said, problem = self._read()
        if problem:
            return self._tell(problem)
        try:
            counts = path.say(self.question, said, self.sure.value)
        except workspace.ArtifactError as error:
            return self._tell(f"This could not be written down. {error}")
        if counts:
            return self.refresh()
        outcome = path.load().predictions[self.question.id].outcome
        self._tell(
            f"{TOO_LATE.split('. ')[0]}. You said {self.question.words(said)}. "
            f"{_compared(self.question, said, outcome)}"
        )

    def refresh(self) -> None:
        """Show what is written down of this question."""
        made = path.load().predictions.get(self.question.id, path.Prediction())
        if made.said is not None:
            self.answer.value = (
                made.said if self.question.options else self.question.words(made.said)
            )
            self.sure.value = made.sure
            self.button.description = "Predicted" if made.counts else "Change it"
            self._tell(verdict(self.question, made))
        elif made.outcome is not None:
            self._tell(TOO_LATE)
        # What counts cannot be changed any more.
        for control in (self.answer, self.sure, self.button):
            control.disabled = made.counts

    def _read(self) -> tuple[Answer | None, str]:
        """The answer, and what is wrong with it in a sentence; one of the two is empty."""
        said = self.answer.value
        if not self.question.options:
            said = as_number(said, self.question.unit)
            if said is None:
                return None, f"{self.answer.value!r} is not a number; write one such as 12 or 0.5."
        if said is None:
            return None, "Choose an answer first."
        if self.sure.value is None:
            return None, "Say how sure you are, too."
        return said, ""

    def _tell(self, words: str) -> None:
        self.state.value = f'<div style="line-height:1.4">{escape(words)}</div>'


def as_number(text: str, unit: str = "") -> float | None:
    """A number as a person types it, such as "1,200", "12 %" or "about 5"; None where it is none.

    Args:
        text: what was typed.
        unit: what may stand behind it.
    """
    plain = text.strip().removeprefix("about").removesuffix(unit).strip()
    if THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _compared(question: Question, said: Answer, outcome: Answer) -> str:
    """What was computed, and whether the answer was right."""
    right = question.right(said, outcome)
    text = f"Computed: {question.words(outcome)}. {'Right' if right else 'Not right'}"
    if not question.options and said != outcome:
        unit = "points" if question.unit == "%" else question.unit
        off = f"{abs(said - outcome):.3g} {unit}".strip()
        within = f"{question.tolerance:g} {unit}".strip()
        text += f": {off} off" + (f", and up to {within} counts as right" if right else "")
    return text + "."


def _choice(question: Question) -> ipywidgets.ToggleButtons:
    """One button an option; long ones stand one below the other."""
    is_long = max(map(len, question.options)) > LONG_LETTERS
    tooltips = [f"I predict: {option}" for option in question.options]
    return _buttons(question.options, tooltips, "What will come out?", LINE if is_long else "auto")


def _buttons(
    options: Sequence, tooltips: Sequence[str], tooltip: str, width: str
) -> ipywidgets.ToggleButtons:
    """Buttons of which one is chosen, none at first; width is CSS, of each."""
    return ipywidgets.ToggleButtons(
        options=list(options),
        value=None,
        tooltips=list(tooltips),
        tooltip=tooltip,
        style={"button_width": width},
        layout={"flex": "1 1 0%", "min_width": "0"},
    )


def _named(name: str, buttons: ipywidgets.ToggleButtons) -> ipywidgets.HBox:
    """The name before its buttons, in line with that of a text field."""
    # ipywidgets' own name for them stands above, and ui/js/view.css comes only with a lab.
    fixed = {"flex": f"0 0 {LABEL_PX}px", "display": "flex", "justify_content": "flex-end"}
    label = ipywidgets.Label(name, layout={**fixed, "margin": "2px 6px 2px 2px"})
    return ipywidgets.HBox([label, buttons], layout={"align_items": "flex-start"})


def _entry(question: Question) -> ipywidgets.Text:
    within = f", right within {question.tolerance:g}" if question.tolerance else ""
    unit = {"": "", "%": " from 0 to 100"}.get(question.unit, f" of {question.unit}")
    return ipywidgets.Text(
        placeholder=f"a number{unit}{within}",
        description="Answer",
        tooltip="A number; Tab goes on to how sure you are.",
        style={"description_width": f"{LABEL_PX}px"},
        layout={"width": "360px", "max_width": "100%"},
    )


def _share(question: Question, share: int) -> str:
    """What a share means: "a guess", "right 7 times in 10", "certain"."""
    words = {question.shares[0]: "a guess", 100: "certain"}
    return words.get(share, f"right {share // 10} times in 10")
