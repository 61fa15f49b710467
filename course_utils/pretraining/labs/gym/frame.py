"""What a frame of the Training Gym says: curves of a run, words on them, a sample, its heads.

It keeps what training tells it and thins it for the view; it trains nothing, and the drawing is in
lab.js, that where there is no browser in figure.py.
Notebook 03, section "Start the long run".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from course_utils.model.attention import attention_maps
from course_utils.model.sampling import SamplingConfig, choose, row_generator
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END
from course_utils.ui import Curve

# The record of a run.
VALIDATION_EVERY = 10  # steps between two evaluations, the first before step 1
SMOOTHING = 0.2  # share of a new value in the running means
POINTS, VALIDATION_POINTS, PREVIOUS_POINTS = 300, 200, 200
MAX_MARKS = 40
ONE_DRAG_STEPS = 15  # moves of a slider that lie closer together are one mark

# The words on a run.
READY, WARMING, CONVERGING = "System ready", "warming up", "converging"
PLATEAU, RISING, DIVERGED = "plateau", "rising", "diverged"
MEANINGS = {
    READY: "nothing is trained yet; press Play",
    WARMING: "too few steps to judge",
    CONVERGING: "the loss falls by more than its noise",
    PLATEAU: "the loss neither falls nor rises by more than its noise",
    RISING: "the loss rises by more than its noise",
    DIVERGED: "the loss has exploded, or is worse than guessing",
}
WARM_STEPS = 20
MIN_WINDOW, MAX_WINDOW = 10, 100

# The sample.
PROMPT_TOKENS = 16  # of a prompt, at most, with the end token before it
NEW_TOKENS = 32
EVERY_STEPS = 60  # a new sample begins
DRAWN = SamplingConfig(temperature=0.7)

SENTENCE_TOKENS = 16  # of the sentence that heads look around in; their maps fill half a frame


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
        status = training_status(self.losses.values())
        return {
            "step": len(self),
            "status": status,
            "meaning": MEANINGS[status],
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


class Looking:
    """Where the heads look in one sentence that stays the same, read off when it is asked for.

    Args:
        tokenizer: of the model.
        sentence: its first 16 tokens are looked at, the end token before them counted.

    Raises:
        ValueError: the sentence is empty.
    """

    def __init__(self, tokenizer: TextTokenizer, sentence: str) -> None:
        if not sentence.strip():
            raise ValueError("sentence is empty; give a few words in which heads can look around.")
        self._ids = [END, *tokenizer.encode(sentence)][:SENTENCE_TOKENS]
        self.text = tokenizer.decode(self._ids[1:])

    def weights(self, model: Transformer) -> np.ndarray:
        """The attention of all heads with the weights of now: (L, H, T, T)."""
        return attention_maps(model, self._ids).numpy()

    def facts(self, weights: np.ndarray, step: int) -> dict[str, object]:
        """What a view needs to know of them, and the words above them."""
        layers, heads, tokens, _ = weights.shape
        words = f"After step {step}, in \u201c{self.text}\u201d ({tokens} tokens)"
        return {
            "step": step,
            "words": words,
            "layers": layers,
            "heads": heads,
            "tokens": tokens,
        }


@torch.no_grad()
def next_token(model: Transformer, ids: Sequence[int], generator: torch.Generator) -> int | None:
    """One token drawn after those of a text; None where the model's scores are not numbers."""
    row = torch.tensor([ids], device=model.lm_head.weight.device)  # (1, T)
    logits = model.next_logits(row)  # (1, V)
    if not bool(torch.isfinite(logits).all()):
        return None
    return int(choose(logits, DRAWN, [generator]))
