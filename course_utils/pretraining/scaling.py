"""Would a larger one be better: a ladder of sizes, a power law through it, a prediction.

All models of a ladder read the same rows in the same order, so that only their size differs.
Leaves out the dated study of larger runs (scaling_study.py) and the pictures (scaling_figures.py).
Taught in notebook 03, section "Would a larger one be better?".

Letters, as the literature has them: N parameters, D tokens read, C floating-point operations.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from course_utils import checks, runtime
from course_utils.economics.cost import FLOPS_A_PARAMETER_AND_TOKEN
from course_utils.economics.growth import student
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.checkpoint import TrainingDiverged
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import Trainer

FEWEST_SIZES = 4  # a line through two points fits perfectly, and one through three nearly always
FEWEST_STEPS = 20  # before that a loss says how a run began, not how large its model is
LAYERS, HEADS = 4, 4


@dataclass(frozen=True)
class Run:
    """What one model of a ladder came to.

    Attributes:
        width: numbers for a token between the layers.
        parameters: N, the table of tokens among them.
        tokens: D, that it read.
        flops: C = 6 N D.
        loss: on rows that it never trained on, nats per token.
        seconds: of its training.
        seed: of its first weights and of the order of the rows.
    """

    width: int
    parameters: int
    tokens: int
    flops: float
    loss: float
    seconds: float
    seed: int


@dataclass(frozen=True)
class PowerLaw:
    """loss = floor + factor * N ** -exponent, and how far its points lie from it.

    Attributes:
        factor: the loss above the floor that one single parameter would have.
        exponent: how fast the loss falls; 0.1: ten times the parameters, 21 % less of it.
        floor: nats that no size takes away.
        spread: standard deviation of the points around the line, in natural logarithms.
        middle: the mean logarithm of N, where the line is surest.
        width: the sum of squared distances from it.
        points: how many were fitted.
    """

    factor: float
    exponent: float
    floor: float
    spread: float
    middle: float
    width: float
    points: int

    def predict(self, parameters: float) -> float:
        """The loss of a model of this size, in nats per token."""
        checks.number("parameters", parameters, above=0)
        return self.floor + self.factor * parameters**-self.exponent

    def interval(self, parameters: float) -> tuple[float, float]:
        """Where the loss of one new run of this size should lie, 95 times in 100.

        It holds where the law goes on beyond its points as it was among them, which no fit can
        know; and it grows with the distance from them.
        """
        above = self.predict(parameters) - self.floor
        away = (math.log(parameters) - self.middle) ** 2 / self.width
        # As unsure as a mean, as a slope times the distance, and as any single run.
        error = self.spread * math.sqrt(1 / self.points + away + 1)
        reach = math.exp(student(self.points - 2) * error)
        return self.floor + above / reach, self.floor + above * reach

    def __str__(self) -> str:
        floor = f"{self.floor:.2f} + " if self.floor else ""
        return f"loss = {floor}{self.factor:.3g} x N^-{self.exponent:.3f}"


def size(vocab_size: int, width: int, context_tokens: int = 64) -> TransformerConfig:
    """A model of the course's shape and another width; 128 is the base model's.

    Depth and heads stay, so that one thing changes from size to size.

    Raises:
        ValueError: the width is no multiple of 8, so that four heads could not turn it in pairs.
    """
    checks.whole("width", width, least=2 * HEADS)
    inside = 16 * max(1, width // 6)  # about 8/3 of the width
    return TransformerConfig(
        vocab_size, width, LAYERS, HEADS, inside, context_tokens=context_tokens, tied=True
    )


def parameters(config: TransformerConfig) -> tuple[int, int]:
    """(inside the blocks, all): without and with the table of tokens and its like.

    The table is counted once where it is tied. In a small model it is most of the whole.
    """
    C, F = config.width, config.intermediate_size
    block = 4 * C * C + 3 * C * F + 2 * C  # attention, feed-forward, two norms
    tables = (1 if config.tied else 2) * config.vocab_size * C
    return config.layers * block, config.layers * block + tables + C


def flops(config: TransformerConfig, tokens: int) -> float:
    """C = 6 N D: what it takes to train a model on so many tokens.

    Each parameter multiplies and adds once per token going forward, and about twice as often going
    back. A tied table counts, for at the top it multiplies; attention's own products are left out.
    """
    return float(FLOPS_A_PARAMETER_AND_TOKEN * parameters(config)[1] * tokens)


def steps_for(sizes: Sequence[TransformerConfig], budget: float, tokens_per_step: int) -> int:
    """How many steps each model may take, so that all of them together keep to a budget.

    Args:
        sizes: all of them read equally many tokens.
        budget: floating-point operations for all together.
        tokens_per_step: rows times tokens per row.

    Raises:
        ValueError: the budget is not a number above 0, or gives too few steps to learn from.
    """
    checks.number("budget", budget, above=0, hint="It counts operations, such as 2e11.")
    each = sum(flops(config, tokens_per_step) for config in sizes)
    steps = int(budget / each)
    if steps < FEWEST_STEPS:
        raise ValueError(
            f"budget is {budget:.2g} operations, which gives each model {steps} steps; fewer than "
            f"{FEWEST_STEPS} show how a run began, and not how large its model is.\n"
            f"Use a budget of {FEWEST_STEPS * each:.2g} or more, or smaller models."
        )
    return steps


def settings(
    model: TransformerConfig, steps: int, batch: int, context_tokens: int, seed: int
) -> TrainConfig:
    """The course's recipe for another size and another number of steps.

    Muon's rate stays. The table's rate must not: with the base model's, a short run of a quarter
    of the width looks .8 nats worse than it need be, and the law would be one of the rate. So it
    goes with one over the root of the width and of the steps, near the best of those that were
    tried (benchmarks/results/scaling.md). Source of the idea: Yang and others 2022,
    arXiv:2203.03466.
    """
    base = TrainConfig.preset("laptop")
    factor = math.sqrt(base.model.width / model.width * base.steps / steps)
    return TrainConfig(
        model,
        steps=steps,
        batch=batch,
        context_tokens=context_tokens,
        adamw_lr=base.adamw_lr * factor,
        warmup_steps=min(base.warmup_steps, steps // 4),
        first_steps=0,  # no source comes first: every step draws from the whole mix
        seed=seed,
    )


def train_size(
    config: TrainConfig,
    tokens: Path | str | Mapping[str, np.ndarray],
    mix: Mapping[str, float],
    validation: Sequence[Tensor],
) -> tuple[Run, Transformer]:
    """Trains one model, and measures its loss on rows kept apart.

    Args:
        config: its settings, with the size and the number of steps.
        tokens: a folder of shards, or arrays of token ids by source.
        mix: how often each source is drawn.
        validation: batches of rows (B, T + 1).

    Raises:
        TrainingDiverged: a learning rate is too high for this size.
    """
    model = Transformer(config.model, seed=config.seed).to(runtime.device())
    rows = Batches(tokens, mix, config.batch, config.context_tokens, config.seed)
    trainer, started = Trainer(model, rows, config), time.perf_counter()
    for _ in range(config.steps):
        trainer.step()
    seconds = time.perf_counter() - started
    read = config.steps * config.batch * config.context_tokens
    loss, count = trainer.validate(validation), parameters(config.model)[1]
    work = flops(config.model, read)
    return Run(config.model.width, count, read, work, loss, seconds, config.seed), model


def run_ladder(
    sizes: Sequence[TransformerConfig],
    tokens: Path | str | Mapping[str, np.ndarray],
    mix: Mapping[str, float],
    validation: Sequence[Tensor],
    budget: float,
    batch: int = 8,
    seed: int = 0,
    finished: MutableMapping[tuple, Run] | None = None,
) -> list[Run]:
    """Trains a model of each size on the same rows, within one budget for all of them.

    Args:
        sizes: four or more, each larger than the one before, with one tokenizer.
        tokens: a folder of shards, or arrays of token ids by source.
        mix: how often each source is drawn.
        validation: batches of rows (B, T + 1) that no model trains on.
        budget: floating-point operations, of all sizes together: ten times as many, ten times
            the text for each.
        batch: rows per step.
        seed: of the first weights and of the order of the rows.
        finished: where each run is noted as soon as it is done. After Ctrl-C the same call with
            the same dict trains only what is missing.

    Returns:
        A run per size, in their order.

    Raises:
        ValueError: too few sizes, sizes that do not grow or have other tokenizers, or a budget
            that is too small.
        TrainingDiverged: a run left all bounds; those before it are in `finished`.
    """
    _check_sizes(sizes)
    context = min(config.context_tokens for config in sizes)
    steps = steps_for(sizes, budget, batch * context)
    finished = {} if finished is None else finished
    runs = []
    with runtime.Progress("models", len(sizes)) as progress:
        for model in sizes:
            key = (model, steps, batch, seed)
            if key not in finished:
                config = settings(model, steps, batch, context, seed)
                try:
                    finished[key] = train_size(config, tokens, mix, validation)[0]
                except TrainingDiverged as error:
                    raise TrainingDiverged(f"The model of width {model.width}: {error}") from None
            runs.append(finished[key])
            progress.advance(note=f"width {model.width}, loss {runs[-1].loss:.2f}")
    return runs


def _check_sizes(sizes: Sequence[TransformerConfig]) -> None:
    counts = [parameters(config)[1] for config in sizes]
    if len(counts) < FEWEST_SIZES:
        raise ValueError(
            f"There are {len(counts)} sizes, and a law needs {FEWEST_SIZES}: fewer would lie near "
            "a line by chance.\nAdd sizes, such as widths 16, 24, 32, 48."
        )
    if any(later <= before for before, later in zip(counts, counts[1:], strict=False)):
        raise ValueError(
            f"The sizes have {', '.join(f'{count:,}' for count in counts)} parameters; put them "
            "in order, each larger than the one before."
        )
    if len({config.vocab_size for config in sizes}) > 1:
        raise ValueError(
            "The sizes have different vocabularies, and a loss per token of one says nothing "
            "beside that of another.\nGive all of them the same vocab_size."
        )


def fit(sizes: Sequence[float], losses: Sequence[float], floor: float = 0.0) -> PowerLaw:
    """The straight line through the logarithms: loss - floor = factor * N ** -exponent.

    With the floor given this is plain least squares. To fit it too is tempting and, on a handful
    of points, hollow: see `floors`.

    Args:
        sizes: N of each run.
        losses: nats per token, in the same order.
        floor: nats below which no size comes; 0 is the plain line.

    Raises:
        ValueError: too few points, all of one size, or a loss that is not above the floor.
    """
    checks.number("floor", floor, least=0)
    if len(sizes) != len(losses) or len(set(sizes)) < FEWEST_SIZES:
        raise ValueError(
            f"There are {len(losses)} losses of {len(set(sizes))} different sizes, and a law "
            f"needs {FEWEST_SIZES} sizes or more, with a loss for each run."
        )
    N, above = np.asarray(sizes, dtype=float), np.asarray(losses, dtype=float) - floor
    if not (np.isfinite(N).all() and np.isfinite(above).all() and (N > 0).all()):
        raise ValueError("Sizes and losses must be finite numbers, and sizes above 0.")
    if not (above > 0).all():
        raise ValueError(f"floor is {floor:g}, but a loss is {min(losses):.3f}; choose one below.")
    x, y = np.log(N), np.log(above)
    away = x - x.mean()
    slope = float((away * y).sum() / (away**2).sum())
    rest = y - y.mean() - slope * away
    return PowerLaw(
        factor=math.exp(float(y.mean()) - slope * float(x.mean())),
        exponent=-slope,
        floor=floor,
        # two degrees of freedom went into the line
        spread=math.sqrt(float((rest**2).sum()) / (len(x) - 2)),
        middle=float(x.mean()),
        width=float((away**2).sum()),
        points=len(x),
    )


def floors(
    sizes: Sequence[float], losses: Sequence[float], slack: float = 1.5, tried: int = 200
) -> list[PowerLaw]:
    """Laws with a floor that fit nearly as well as the best one, from the lowest floor up.

    Where they are many, and their exponents differ by a multiple, the points do not know the
    floor, and a formula with three parameters fitted to them means little.

    Args:
        sizes: N of each run.
        losses: nats per token.
        slack: how many times the best law's distance from the points is still near enough.
        tried: how many floors, evenly from 0 to just below the lowest loss.

    Raises:
        ValueError: as `fit`, or slack below 1.
    """
    checks.number("slack", slack, least=1)
    checks.whole("tried", tried, least=2)
    losses = np.asarray(losses, dtype=float)
    laws = [
        fit(sizes, losses, floor)
        for floor in np.linspace(0, losses.min(), tried, endpoint=False).tolist()
    ]
    # Distances in nats, so that laws with different floors can be compared.
    distances = [
        float(np.abs([law.predict(n) - loss for n, loss in zip(sizes, losses, strict=True)]).max())
        for law in laws
    ]
    enough = slack * min(distances) + 1e-9
    return [law for law, off in zip(laws, distances, strict=True) if off <= enough]


def left_out(sizes: Sequence[float], losses: Sequence[float]) -> list[float]:
    """How far each loss lies above what the others predict for its size, in nats.

    The last entry is the one that counts: it alone is a step beyond all the others.

    Raises:
        ValueError: there is not one point more than a fit needs.
    """
    kept = [[n for n in range(len(sizes)) if n != out] for out in range(len(sizes))]
    return [
        losses[out] - fit([sizes[n] for n in few], [losses[n] for n in few]).predict(sizes[out])
        for out, few in enumerate(kept)
    ]
