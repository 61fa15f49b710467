"""From a model's scores to the next token: penalty, temperature, three cuts, and a fair draw.

The order is that of transformers' `generate`: repetition penalty, temperature, top-k, top-p,
min-p (`_steps` below is that list). Others cut in another order: vLLM by min-p before top-k and
top-p, llama.cpp heats last. Leaves out the loop that calls it (generate.py) and beam search.
Taught in notebook 05, section "Choosing the next token".

Shape letters: B rows, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_utils import checks
from course_utils.tokenization.special_tokens import END

SMALLEST_TEMPERATURE = 1e-20  # below it float32 would divide by zero; it is greedy long before


@dataclass(frozen=True)
class SamplingConfig:
    """How tokens are chosen, and when to stop.

    Attributes:
        temperature: 0 takes the likeliest token; 1 follows the model's own probabilities; above
            1 the unlikely ones gain.
        top_k: choose among the k likeliest only; None among all.
        top_p: choose among the likeliest that together reach this probability; None among all.
        min_p: choose among those at least this share as likely as the likeliest; None among all.
        repetition_penalty: above 1 makes tokens that stand in the text already (prompt included)
            less likely, below 1 more; 1 leaves them as they are.
        seed: of the draws; the same seed and prompt give the same tokens.
        max_new_tokens: end after so many new tokens.
        stop_ids: end at one of these tokens, which is not part of the text.

    Raises:
        ValueError: a setting is outside of what it can be.
    """

    temperature: float = 0.8
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0
    seed: int = 0
    max_new_tokens: int = 128
    stop_ids: tuple[int, ...] = (END,)

    def __post_init__(self) -> None:
        hint = "0 takes the likeliest token every time; 0.8 is usual."
        checks.number("temperature", self.temperature, least=0, hint=hint)
        hint = "None chooses among all tokens."
        if self.top_k is not None:
            checks.whole("top_k", self.top_k, least=1, hint=hint)
        if self.top_p is not None:
            checks.number("top_p", self.top_p, above=0, most=1, hint=hint)
        if self.min_p is not None:
            checks.share("min_p", self.min_p, hint=hint)
        hint = "1 changes nothing; 1.2 makes what was said already less likely."
        checks.number("repetition_penalty", self.repetition_penalty, above=0, hint=hint)
        checks.whole("seed", self.seed)
        checks.whole("max_new_tokens", self.max_new_tokens, least=1)
        if not isinstance(self.stop_ids, tuple):
            raise ValueError(
                f"stop_ids is {self.stop_ids!r}; give a tuple of token ids, such as ({END},)."
            )
        for number, token in enumerate(self.stop_ids):
            checks.whole(f"stop_ids[{number}]", token)


@dataclass(frozen=True)
class Stage:
    """The scores after one step of the way from a model's scores to probabilities.

    Attributes:
        name: "logits" for the model's own, then the five steps in their order.
        setting: what the step is set to; None for the logits and for a step that is off.
        scores: (B, V) float32 after it; minus infinity for what is cut.
    """

    name: str
    setting: float | None
    scores: Tensor

    @property
    def probabilities(self) -> Tensor:
        """(B, V) how likely each token would be drawn if this step were the last."""
        return torch.softmax(self.scores, -1)

    @property
    def kept(self) -> Tensor:
        """(B, V) whether a token can still be drawn."""
        return self.scores > -torch.inf


def stages(
    logits: Tensor, config: SamplingConfig, seen: Sequence[Sequence[int]] | None = None
) -> list[Stage]:
    """What each step makes of the scores, in the order in which they are applied.

    Args:
        logits: (B, V) scores of the next token; minus infinity forbids a token.
        config: the steps' settings.
        seen: the B rows' token ids so far; the repetition penalty alone needs them.

    Returns:
        Six stages: the logits, then repetition penalty, temperature, top-k, top-p, min-p. One
        that is off has the scores of the one before it. The last one's probabilities are those
        that `choose` draws from.

    Raises:
        ValueError: see `probabilities`.
    """
    _check_logits(logits)
    return [Stage("logits", None, logits.float()), *_stages(logits.float(), config, seen)]


def probabilities(
    logits: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition_penalty: float = 1.0,
    seen: Sequence[Sequence[int]] | None = None,
) -> Tensor:
    """How likely each token is to be drawn: penalty, temperature, top-k, top-p, min-p.

    Args:
        logits: (B, V) scores of the next token; minus infinity forbids a token.
        temperature: the scores are divided by it; 0 puts everything on the likeliest token.
        top_k: all but the k likeliest get probability 0; of those alike the first ids stay.
        top_p: the likeliest tokens are kept until they reach this probability together; the one
            that reaches it stays, and of those alike the first ids do.
        min_p: kept is what has at least this share of the likeliest token's probability.
        repetition_penalty: a score above 0 of a token in `seen` is divided by it, one below 0
            multiplied.
        seen: the B rows' token ids so far; needed where the penalty is not 1.

    Returns:
        (B, V) float32; every row sums to 1 and has at least one token above 0.

    Raises:
        ValueError: a setting is outside of what it can be, the shape is not (B, V), a score is
            infinite or no number, a row forbids every token, or the penalty lacks the ids that it
            needs.

    Source: Keskar and others 2019 (penalty); Fan and others 2018 (top-k); Holtzman and others
    2020 (top-p); Nguyen and others 2024 (min-p).
    """
    config = SamplingConfig(temperature, top_k, top_p, min_p, repetition_penalty)
    _check_logits(logits)
    return shaped(logits, config, seen)


def choose(
    logits: Tensor,
    config: SamplingConfig,
    generators: Sequence[torch.Generator],
    seen: Sequence[Sequence[int]] | None = None,
) -> Tensor:
    """One token a row. A row's draw comes from its own generator, whoever its neighbours are.

    A row's probabilities lie end to end on a stick of length 1; a random number points somewhere
    on it, and the token there is the one. The draw is made on the CPU, so that a seed means the
    same on every device.

    Args:
        logits: (B, V) scores of the next token; minus infinity forbids a token.
        config: temperature, top_k, top_p, min_p and repetition_penalty are used.
        generators: B generators on the CPU (see `row_generator`); each gives one number, or none
            at temperature 0.
        seen: the B rows' token ids so far; needed where the penalty is not 1.

    Returns:
        (B,) token ids on the CPU.

    Raises:
        ValueError: see `probabilities`; or there is not one generator a row.
    """
    if len(generators) != len(logits):
        raise ValueError(
            f"There are {len(logits)} rows and {len(generators)} generators; give one a row."
        )
    _check_logits(logits)
    if config.temperature == 0:
        return _penalise(logits.float(), config.repetition_penalty, seen).argmax(-1).cpu()
    chances = shaped(logits, config, seen)
    ends = chances.cpu().double().cumsum(-1)  # (B, V), where each token's piece of stick ends
    draws = [torch.rand(1, generator=own, dtype=torch.float64).item() for own in generators]
    # 1 - draw is above 0 and at most 1: it never points at a token of probability 0, nor beyond.
    points = (1 - torch.tensor(draws, dtype=torch.float64))[:, None] * ends[:, -1:]  # (B, 1)
    return torch.searchsorted(ends, points).squeeze(-1)


def row_generator(seed: int, row_seed: int) -> torch.Generator:
    """The random numbers of one row, from the seed of the run and the row's own."""
    state = np.random.SeedSequence((seed, row_seed)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]))


def shaped(logits: Tensor, config: SamplingConfig, seen: Sequence[Sequence[int]] | None) -> Tensor:
    """(B, V) probabilities after all steps of a config; see `probabilities`."""
    *_, last = _stages(logits.float(), config, seen)
    return last.probabilities


def _stages(
    scores: Tensor, config: SamplingConfig, seen: Sequence[Sequence[int]] | None
) -> Iterator[Stage]:
    """Step after step; one that is off hands on what it was given."""
    for name, setting, off, apply in _steps(config, seen):
        on = setting is not None and setting != off
        scores = apply(scores, setting) if on else scores
        yield Stage(name, setting if on else None, scores)


def _steps(
    config: SamplingConfig, seen: Sequence[Sequence[int]] | None
) -> tuple[tuple[str, float | None, float | None, Callable[[Tensor, float], Tensor]], ...]:
    """The pipeline: each step's name, setting, the setting that is off, and what it does."""

    def penalise(scores: Tensor, penalty: float) -> Tensor:
        return _penalise(scores, penalty, seen)

    return (
        ("repetition penalty", config.repetition_penalty, 1, penalise),
        ("temperature", config.temperature, None, _heat),
        ("top-k", config.top_k, None, _keep_top_k),
        ("top-p", config.top_p, 1, _keep_top_p),
        ("min-p", config.min_p, 0, _keep_min_p),
    )


def _penalise(scores: Tensor, penalty: float, seen: Sequence[Sequence[int]] | None) -> Tensor:
    """(B, V) scores; those of tokens in the text so far move away from 0, or towards it, down."""
    if penalty == 1:
        return scores
    if seen is None or len(seen) != len(scores):
        given = "none" if seen is None else f"{len(seen)} rows"
        raise ValueError(
            f"repetition_penalty is {penalty}, and of the {len(scores)} rows of token ids so far "
            f"there are {given}.\nGive them as `seen`, one list of ids a row."
        )
    # A set of each row's ids: a token that stands there three times is not punished three times.
    again = torch.zeros_like(scores, dtype=torch.bool)
    for row, ids in enumerate(seen):
        wrong = [token for token in ids if not 0 <= token < scores.size(-1)]
        if wrong:
            raise ValueError(
                f"Row {row} of `seen` has the token {wrong[0]}; there are {scores.size(-1)} "
                f"scores, of the tokens 0 to {scores.size(-1) - 1}."
            )
        again[row, torch.as_tensor(ids, dtype=torch.long, device=scores.device)] = True
    lower = torch.where(scores < 0, scores * penalty, scores / penalty)
    return torch.where(again, lower, scores)


def _heat(scores: Tensor, temperature: float) -> Tensor:
    """(B, V) scores, the highest 0, divided by the temperature."""
    # The limit of ever lower temperatures: all on the likeliest.
    if temperature == 0:
        best = scores.argmax(-1, keepdim=True)
        return torch.full_like(scores, -torch.inf).scatter_(-1, best, 0.0)
    # Softmax does not change when a constant is taken away, and without a positive number in it
    # nothing can overflow, however small the temperature is.
    scores = scores - scores.amax(-1, keepdim=True)
    return scores / max(temperature, SMALLEST_TEMPERATURE)


def _keep_top_k(scores: Tensor, top_k: int) -> Tensor:
    """(B, V) scores; all but the k highest of a row become -inf, so that the rest share all."""
    if top_k >= scores.size(-1):
        return scores
    least = scores.topk(top_k).values[:, -1:]  # (B, 1)
    kept = scores >= least
    # More than k only where some are alike: the first ids stay, as greedy takes the first.
    if int(kept.sum()) > top_k * len(scores):
        alike = scores == least
        room = top_k - (scores > least).sum(-1, keepdim=True)  # (B, 1)
        kept &= ~alike | (alike.cumsum(-1) <= room)
    return scores.masked_fill(~kept, -torch.inf)


def _keep_top_p(scores: Tensor, top_p: float) -> Tensor:
    """(B, V) scores; those of the least likely tokens, up to 1 - top_p together, become -inf."""
    # The least likely first; among those alike the last id first, so that the first ids stay.
    ordered, order = (part.flip(-1) for part in scores.sort(dim=-1, descending=True, stable=True))
    dropped = torch.softmax(ordered, -1).cumsum(-1) <= 1 - top_p
    dropped[:, -1] = False  # the likeliest always stays
    return scores.masked_fill(torch.zeros_like(dropped).scatter(-1, order, dropped), -torch.inf)


def _keep_min_p(scores: Tensor, min_p: float) -> Tensor:
    """(B, V) scores; those of tokens under the share min_p of the likeliest one become -inf."""
    shares = torch.softmax(scores, -1)
    return scores.masked_fill(shares < min_p * shares.amax(-1, keepdim=True), -torch.inf)


def _check_logits(logits: Tensor) -> None:
    if logits.dim() != 2 or not logits.size(-1):
        raise ValueError(
            f"The scores have shape {tuple(logits.shape)}, expected (B, V): one row a text.\n"
            "For one position of one text use logits[None]."
        )
    # The sum is finite where every score is: measured, 1 in 40 of the cost of asking each of them.
    if torch.isfinite(logits.sum()):
        return
    # Minus infinity is how a mask forbids a token. A row's highest score tells all the rest: it is
    # NaN or infinity where one score is, and minus infinity where all are.
    wrong = ~torch.isfinite(logits.amax(-1))  # (B,)
    if not wrong.any():
        return
    row = int(wrong.int().argmax())
    damaged = int((logits[row].isnan() | logits[row].isposinf()).sum())
    if damaged:
        raise ValueError(
            f"{damaged} of {logits.size(-1)} scores in row {row} are not finite numbers, "
            "so no token can be chosen.\nThe model's weights are damaged, most often by training "
            "at too high a learning rate: load the last good ones."
        )
    raise ValueError(
        f"All {logits.size(-1)} scores in row {row} are minus infinity, so no token can be "
        "chosen.\nIf you mask tokens, leave at least one in every row; if not, the model's "
        "weights are damaged: load the last good ones."
    )
