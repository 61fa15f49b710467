"""Skills over the steps: facts, copied names and a sample, measured while a run trains.

`train(..., on_step=skills)` calls it after every step. It draws no random numbers and leaves the
model as it was, so the run is the same with and without it. Left out: the picture (figures.py),
and which heads do the copying (induction.py). For notebook 03, section "What does it know?".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from course_utils import checks, workspace
from course_utils.littleweb.rng import Rng
from course_utils.model.generate import generate, one_thread
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer
from course_utils.pretraining import checkpoint, evaluate
from course_utils.pretraining.inside import induction
from course_utils.tokenization.interface import TextTokenizer

FILE = checkpoint.NOTES.replace("*", "skills")
SAMPLE_TOKENS = 12


class StepTaken(Protocol):
    """What is needed of a step's result."""

    @property
    def step(self) -> int:
        """1 for the first step of a run."""


@dataclass(frozen=True)
class Point:
    """What a model could do after a step.

    Attributes:
        step: how many steps it had taken; 0 before the first.
        facts: the share of the asked facts that it gets right, 0..1.
        names: the share of names it has never seen that it copies to their end, 0..1.
        sample: how it goes on from the opening, taking the likeliest token each time.
    """

    step: int
    facts: float
    names: float
    sample: str


class Skills:
    """Measures a model every few steps of its training, and after the last.

    With 80 facts and 45 names a point takes 0.15 s at laptop scale on one core. What was measured
    lies beside the run's checkpoint and goes with it, so that an interrupted run goes on with all
    its points; a file there that is damaged, or of other questions, is put aside, and that is
    said.

    Args:
        model: the one that is trained, in place; before its first step, or to be resumed.
        tokenizer: the one that wrote its tokens.
        statements: all of them, as `evaluate.statements` gives them; `facts` of them are asked.
        names: text and name, as `induction.name_cases` gives them.
        steps: of the whole run.
        folder: the one that `train` gets for its checkpoints; None keeps nothing.
        every: steps between points; None for a twentieth of the run, but at least 10.
        opening: what the samples go on from.
        facts: how many facts are asked, all where there are fewer.
        seed: which ones.

    Attributes:
        points: by step, from 0 on; empty until a step was taken or points were found.

    Raises:
        ValueError: there are no statements or names, or a number cannot be.
        ArtifactError: the points cannot be written (when it is called).
    """

    def __init__(
        self,
        model: Transformer,
        tokenizer: TextTokenizer,
        statements: Sequence[evaluate.Statement],
        names: Sequence[tuple[str, str]],
        steps: int,
        folder: Path | str | None = None,
        *,
        every: int | None = None,
        opening: str = "The capital of France is",
        facts: int = 80,
        seed: int = 0,
    ) -> None:
        every = max(10, steps // 20) if every is None else every
        for name, value in {"steps": steps, "every": every, "facts": facts}.items():
            checks.whole(name, value, least=1)
        if not statements or not names:
            raise ValueError(
                f"There are {len(statements)} statements and {len(names)} names; measuring needs "
                "some of both. evaluate.statements() and induction.name_cases(45) give them."
            )
        self.model, self.tokenizer, self.steps, self.every = model, tokenizer, steps, every
        self.statements, self.names, self.opening = statements, names, opening
        self.asked = Rng(f"skills/{seed}").sample(statements, min(facts, len(statements)))
        self._file = None if folder is None else Path(folder) / FILE
        self.points = (self._file and workspace.read(self._file, self._parsed)) or []
        # Measured now, for after a step it is too late; a run that goes on has no use for it.
        self._untrained = self._measured(0)

    def __call__(self, result: StepTaken) -> None:
        """Measures after this step, if it is due; see `train`'s on_step."""
        # The step tells what counts: the first begins anew, and any other goes on from before it.
        first = result.step == 1
        kept = [point for point in self.points if point.step < result.step]
        self.points = [self._untrained] if first else kept
        # What was missed, as by a kernel that died while it was measured, is made up for.
        last = self.points[-1].step if self.points else -1
        if result.step // self.every > last // self.every or result.step == self.steps:
            try:
                point = self._measured(result.step)
            except KeyboardInterrupt:
                # These weights exist only now: the point is made before the run stops.
                self._keep(self._measured(result.step))
                raise
            self._keep(point)
        elif first:
            self._write()

    def _keep(self, point: Point) -> None:
        self.points.append(point)
        self._write()

    def _measured(self, step: int) -> Point:
        """All three measures of the weights as they are now; the model's mode is kept."""
        training, tokenizer = self.model.training, self.tokenizer
        self.model.eval()
        try:
            with one_thread():  # as fast as two for rows this few, and never in a queue for cores
                scores = evaluate.fact_accuracy(
                    self.model, tokenizer, self.asked, among=self.statements
                )
                names = induction.copied(self.model, tokenizer, self.names)
                (more,) = generate(
                    self.model,
                    [tokenizer.encode(self.opening)],
                    SamplingConfig(temperature=0, max_new_tokens=SAMPLE_TOKENS),
                )
        finally:
            self.model.train(training)
        return Point(step, scores.accuracy, names, tokenizer.decode(more.ids))

    def _questions(self) -> str:
        """A fingerprint of what is asked: points of other questions are not comparable."""
        asked = [[statement.prompt, *statement.values] for statement in self.asked]
        text = json.dumps([asked, [list(case) for case in self.names], self.opening])
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def _write(self) -> None:
        if self._file is not None:
            held = {"questions": self._questions(), "points": [asdict(p) for p in self.points]}
            self._file.parent.mkdir(parents=True, exist_ok=True)
            workspace.put(self._file, json.dumps(held, indent=1) + "\n")

    def _parsed(self, held: object) -> list[Point]:
        """The points of a file; its ValueError says why there are none."""
        try:
            questions, points = held["questions"], [Point(**point) for point in held["points"]]
            for point in points:
                checks.whole("step", point.step)
                checks.share("facts", point.facts)
                checks.share("names", point.names)
                checks.kind("sample", point.sample, str)
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"it holds no skills over steps ({error})") from None
        if questions != self._questions():
            raise ValueError("its points answer other facts, names or another opening")
        return sorted(points, key=lambda point: point.step)


def table(points: Sequence[Point], opening: str = "") -> str:
    """A row for each point: its step, both shares, and how the opening is continued.

    Args:
        points: as `Skills` has them.
        opening: what the samples went on from, for the head of their column.

    Returns:
        Lines of text.
    """
    lines = [f"{'step':>6}  {'facts':>5}  {'names':>5}  {opening} …".rstrip()]
    for point in points:
        words = " ".join(point.sample.split())
        lines.append(f"{point.step:>6,}  {point.facts:>5.0%}  {point.names:>5.0%}  {words}")
    return "\n".join(lines)
