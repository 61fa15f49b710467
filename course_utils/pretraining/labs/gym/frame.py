"""What a frame of the Training Gym says: the curves of a run, two words on them, and a sample.

It keeps what training tells it and thins it for the view; it trains nothing, and the drawing is in
lab.js. Here too is the picture that stands for the lab where there is no browser.
Notebook 03, section "Train it".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure

from course_utils.model.sampling import SamplingConfig, choose, row_generator
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END
from course_utils.ui import Curve
from course_utils.ui.style import BLUE, GREY, RED, sheet, styled

# The record of a run.
VALIDATION_EVERY = 10  # steps between two evaluations, the first before step 1
SMOOTHING = 0.2  # share of a new value in the running means
POINTS, VALIDATION_POINTS, PREVIOUS_POINTS = 300, 200, 200
MAX_MARKS = 40
ONE_DRAG_STEPS = 15  # moves of a slider that lie closer together are one mark

# The words on a run.
READY, WARMING, CONVERGING = "System ready", "warming up", "converging"
PLATEAU, RISING, DIVERGED = "plateau", "rising", "diverged"
WARM_STEPS = 20
MIN_WINDOW, MAX_WINDOW = 10, 100

# The sample.
PROMPT_TOKENS = 16  # of a prompt, at most, with the end token before it
NEW_TOKENS = 32
EVERY_STEPS = 60  # a new sample begins
DRAWN = SamplingConfig(temperature=0.7)

VALIDATION_LINE = {"color": RED, "marker": "o", "markersize": 4, "linestyle": "--"}


class Run:
    """The curves of a run, its evaluations on the validation rows, and where the rate was moved.

    Step 1 is the first.
    """

    def __init__(self) -> None:
        self.losses, self.smooth = Curve(), Curve()
        self.accuracy, self.norms = Curve(), Curve()
        self.validation_losses, self.validation_accuracy = Curve(), Curve()
        self.marks: list[tuple[int, float]] = []  # (the first step with it, the new rate)
        self.rate: float | None = None

    def __len__(self) -> int:
        return len(self.losses)

    def add(self, loss: float, accuracy: float, norm: float, rate: float) -> None:
        """Take in one step."""
        self._mark(rate)
        # The running means begin at the first value, not at zero.
        for curve, value in ((self.smooth, loss), (self.accuracy, accuracy)):
            before = curve.last
            curve.add(value if before is None else before + SMOOTHING * (value - before))
        self.losses.add(loss)
        self.norms.add(norm)

    def add_validation(self, loss: float, accuracy: float) -> None:
        """Take in one evaluation on the validation rows."""
        self.validation_losses.add(loss)
        self.validation_accuracy.add(accuracy)

    @property
    def validation_is_due(self) -> bool:
        """Whether the evaluations so far end before this step's."""
        return len(self.validation_losses) <= len(self) // VALIDATION_EVERY

    def cut(self, step: int) -> None:
        """Forget all after a step."""
        for curve in (self.losses, self.smooth, self.accuracy, self.norms):
            curve.cut(step)
        for curve in (self.validation_losses, self.validation_accuracy):
            curve.cut(1 + step // VALIDATION_EVERY)  # one before the first step
        self.marks = [mark for mark in self.marks if mark[0] <= step]

    def facts(self) -> dict[str, object]:
        """Its words and single numbers of now; None where there is none yet."""
        return {
            "step": len(self),
            "status": training_status(self.losses.values()),
            "loss": self.smooth.last,
            "validation_loss": self.validation_losses.last,
            "accuracy": self.accuracy.last,
            "norm": self.norms.last,
            "rate_used": self.rate,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """What the view draws; at most 300 points a curve."""
        steps, losses = self.losses.thin(POINTS)
        evaluations, validation_losses = self.validation_losses.thin(VALIDATION_POINTS)
        return {
            "steps": steps,
            "losses": losses,
            "smooth": self.smooth.thin(POINTS)[1],
            "accuracy": self.accuracy.thin(POINTS)[1],
            "norms": self.norms.thin(POINTS)[1],
            "validation_steps": (evaluations - 1) * VALIDATION_EVERY,
            "validation_losses": validation_losses,
            "validation_accuracy": self.validation_accuracy.thin(VALIDATION_POINTS)[1],
            "mark_steps": np.array([step for step, _ in self.marks]),
            "mark_rates": np.array([rate for _, rate in self.marks]),
        }

    def as_previous(self) -> dict[str, np.ndarray]:
        """What stays of it in the view of the run after it."""
        steps, smooth = self.smooth.thin(PREVIOUS_POINTS)
        evaluations, validation_losses = self.validation_losses.thin(PREVIOUS_POINTS)
        return {
            "previous_steps": steps,
            "previous_smooth": smooth,
            "previous_validation_steps": (evaluations - 1) * VALIDATION_EVERY,
            "previous_validation_losses": validation_losses,
        }

    def _mark(self, rate: float) -> None:
        """Note where the learning rate was moved; the moves of one drag are one mark."""
        step = len(self) + 1
        if self.rate not in (None, rate):
            # A drag of the slider is one decision: its last rate, at the step where it began.
            if self.marks and step - self.marks[-1][0] <= ONE_DRAG_STEPS:
                step = self.marks.pop()[0]
            self.marks = [*self.marks, (step, rate)][-MAX_MARKS:]
        self.rate = rate


def training_status(losses: Sequence[float]) -> str:
    """Two words for a run, computed from its losses and never scripted.

    The latest losses, two thirds of the run but at most 200, are cut in two. Where the means of
    the two parts differ by more than two standard errors the loss falls ("converging") or rises;
    otherwise it is a "plateau". The first 20 steps are "warming up".

    Args:
        losses: one a step, in nats per token, from the first step on.

    Returns:
        "diverged" where the last loss is no number, or ten times the usual and above the first,
        or where the last ten are worse than the first by a nat; else one of the words above;
        "System ready" before the first step.
    """
    values = np.asarray(losses, dtype=float)
    if not len(values):
        return READY
    # Divergence is told at once, whatever the trend.
    if _diverged(values):
        return DIVERGED
    if len(values) < WARM_STEPS:
        return WARMING
    # The latest third against the third before it, as far as these go.
    window = min(MAX_WINDOW, max(MIN_WINDOW, len(values) // 3))
    earlier, later = values[-2 * window : -window], values[-window:]
    # The difference counts only where it is beyond what noise makes.
    fall = earlier.mean() - later.mean()
    noise = math.sqrt((earlier.var() + later.var()) / window)
    if abs(fall) <= 2 * noise or abs(fall) < 1e-6:
        return PLATEAU
    return CONVERGING if fall > 0 else RISING


def _diverged(values: np.ndarray) -> bool:
    last = values[-1]
    # The latest losses: one that is no number is enough.
    if not np.isfinite(values[-WARM_STEPS:]).all():
        return True
    before = values[-WARM_STEPS - 1 : -1]
    if len(before) and last > 10 * np.median(before) and last > values[0]:
        return True
    return bool(len(values) > 10 and values[-10:].mean() > values[0] + 1)


class Sample:
    """A text that grows by one token a step, so that writing never holds training up.

    Each token comes from the weights of its own step; so there is no KV cache, for the weights
    change under it.

    Args:
        tokenizer: of the model.
        prompt: what is gone on from; the end token stands before it.
        seed: of the sampling; training has random numbers of its own.
    """

    def __init__(self, tokenizer: TextTokenizer, prompt: str, seed: int = 0) -> None:
        self._tokenizer, self._prompt, self._seed = tokenizer, prompt, seed
        self.begin(0)

    def begin(self, step: int) -> None:
        """Start a new text at a step."""
        self._ids = [END, *self._tokenizer.encode(self._prompt)][:PROMPT_TOKENS]
        self._prompt_tokens, self.step, self.done = len(self._ids), step, False
        self._generator = row_generator(self._seed, step)

    def write(self, model: Transformer, step: int) -> None:
        """Write one token with the weights of a step, or begin anew where it is time."""
        if self.done:
            # A finished text stays for a while, so that it can be read.
            if step % EVERY_STEPS:
                return
            self.begin(step)
        token = next_token(model, self._ids, self._generator)
        if token is None:
            self.done = True
            return
        if token != END:
            self._ids.append(token)
        self.done = token == END or len(self._ids) >= self._prompt_tokens + NEW_TOKENS

    @property
    def text(self) -> str:
        """The prompt, and what was written so far; empty before the first token."""
        if len(self._ids) == self._prompt_tokens:
            return ""
        return self._tokenizer.decode(self._ids[1:])


@torch.no_grad()
def next_token(model: Transformer, ids: Sequence[int], generator: torch.Generator) -> int | None:
    """One token drawn after those of a text; None where the model's scores are not numbers."""
    row = torch.tensor([ids], device=model.lm_head.weight.device)  # (1, T)
    logits = model.next_logits(row)  # (1, V)
    if not bool(torch.isfinite(logits).all()):
        return None
    return int(choose(logits, DRAWN, [generator]))


@styled
def gym_run(curves: Mapping[str, Sequence[float]]) -> Figure:
    """Loss, accuracy of the next token, and length of the gradient over the steps.

    Args:
        curves: "steps" with "losses", "smooth", "accuracy" and "norms" of the same length, and
            "validation_steps" with "validation_losses" and "validation_accuracy", which may be
            empty.

    Raises:
        ValueError: there is no step.
    """
    if not len(curves["steps"]):
        raise ValueError("The run has no steps yet; train first, then draw it.")
    title = "the Training Gym: loss, accuracy and gradient"
    figure, (loss, accuracy, norm) = sheet(title, height=2.8, columns=3, widths=(3, 2, 2))
    # Every step's values.
    steps = curves["steps"]
    loss.plot(steps, curves["losses"], color=BLUE, alpha=0.35, linewidth=0.8)
    loss.plot(steps, curves["smooth"], color=BLUE, linewidth=1.8, label="training")
    percent = [100 * share for share in curves["accuracy"]]
    accuracy.plot(steps, percent, color=BLUE, linewidth=1.8)
    norm.plot(steps, curves["norms"], color=GREY, linewidth=1.2)
    # The evaluations, which a run without validation rows lacks.
    steps = curves["validation_steps"]
    if len(steps):
        loss.plot(steps, curves["validation_losses"], label="validation", **VALIDATION_LINE)
        percent = [100 * share for share in curves["validation_accuracy"]]
        accuracy.plot(steps, percent, **VALIDATION_LINE)
    loss.set(title="loss", xlabel="step", ylabel="nats per token", ylim=(0, None))
    accuracy.set(title="next token right", xlabel="step", ylabel="percent", ylim=(0, None))
    norm.set(title="gradient", xlabel="step", ylabel="length before clipping", ylim=(0, None))
    loss.legend()
    return figure
