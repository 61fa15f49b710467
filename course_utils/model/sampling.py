"""From a model's scores to the next token: temperature, top-k, top-p, and a fair draw.

Leaves out the loop that calls it (generate.py), penalties for repetition and beam search. Taught
in notebook 05, section "Choosing the next token".

Shape letters: B rows, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        seed: of the draws; the same seed and prompt give the same tokens.
        max_new_tokens: end after so many new tokens.
        stop_ids: end at one of these tokens, which is not part of the text.

    Raises:
        ValueError: a setting is outside of what it can be.
    """

    temperature: float = 0.8
    top_k: int | None = None
    top_p: float | None = None
    seed: int = 0
    max_new_tokens: int = 128
    stop_ids: tuple[int, ...] = (END,)

    def __post_init__(self) -> None:
        _check_shaping(self.temperature, self.top_k, self.top_p)
        checks.whole("seed", self.seed)
        checks.whole("max_new_tokens", self.max_new_tokens, least=1)
        if not isinstance(self.stop_ids, tuple):
            raise ValueError(
                f"stop_ids is {self.stop_ids!r}; give a tuple of token ids, such as ({END},)."
            )
        for number, token in enumerate(self.stop_ids):
            checks.whole(f"stop_ids[{number}]", token)


def probabilities(
    logits: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Tensor:
    """How likely each token is to be drawn: temperature first, then top-k, then top-p.

    Args:
        logits: (B, V) scores of the next token; minus infinity forbids a token.
        temperature: the scores are divided by it; 0 puts everything on the likeliest token.
        top_k: all but the k likeliest get probability 0; of those alike the first ids stay.
        top_p: the likeliest tokens are kept until they reach this probability together.

    Returns:
        (B, V) float32; every row sums to 1 and has at least one token above 0.

    Raises:
        ValueError: a setting is outside of what it can be, the shape is not (B, V), a score is
            infinite or no number, or a row forbids every token.

    Source: Fan and others 2018 (top-k); Holtzman and others 2020 (top-p).
    """
    _check_shaping(temperature, top_k, top_p)
    _check_logits(logits)
    scores = logits.float()
    # The limit of ever lower temperatures: all on the likeliest.
    if temperature == 0:
        return torch.zeros_like(scores).scatter_(-1, scores.argmax(-1, keepdim=True), 1.0)
    # Softmax does not change when a constant is taken away, and without a positive number in it
    # nothing can overflow, however small the temperature is.
    scores = scores - scores.amax(-1, keepdim=True)
    scores = scores / max(temperature, SMALLEST_TEMPERATURE)
    # What is cut gets minus infinity, so that softmax shares its part among the rest.
    if top_k is not None and top_k < scores.size(-1):
        scores = _keep_top_k(scores, top_k)
    if top_p is not None and top_p < 1:
        scores = _keep_top_p(scores, top_p)
    return torch.softmax(scores, -1)


def choose(
    logits: Tensor, config: SamplingConfig, generators: Sequence[torch.Generator]
) -> Tensor:
    """One token a row. A row's draw comes from its own generator, whoever its neighbours are.

    A row's probabilities lie end to end on a stick of length 1; a random number points somewhere
    on it, and the token there is the one. The draw is made on the CPU, so that a seed means the
    same on every device.

    Args:
        logits: (B, V) scores of the next token; minus infinity forbids a token.
        config: temperature, top_k and top_p are used.
        generators: B generators on the CPU (see `row_generator`); each gives one number, or none
            at temperature 0.

    Returns:
        (B,) token ids on the CPU.

    Raises:
        ValueError: see `probabilities`; or there is not one generator a row.
    """
    if len(generators) != len(logits):
        raise ValueError(
            f"There are {len(logits)} rows and {len(generators)} generators; give one a row."
        )
    if config.temperature == 0:
        _check_logits(logits)
        return logits.argmax(-1).cpu()
    chances = probabilities(logits, config.temperature, config.top_k, config.top_p)
    ends = chances.cpu().double().cumsum(-1)  # (B, V), where each token's piece of stick ends
    draws = [torch.rand(1, generator=own, dtype=torch.float64).item() for own in generators]
    # 1 - draw is above 0 and at most 1: it never points at a token of probability 0, nor beyond.
    points = (1 - torch.tensor(draws, dtype=torch.float64))[:, None] * ends[:, -1:]  # (B, 1)
    return torch.searchsorted(ends, points).squeeze(-1)


def row_generator(seed: int, row_seed: int) -> torch.Generator:
    """The random numbers of one row, from the seed of the run and the row's own."""
    state = np.random.SeedSequence((seed, row_seed)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]))


def _keep_top_k(scores: Tensor, top_k: int) -> Tensor:
    """(B, V) scores; all but the k highest of a row become -inf."""
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
    ordered, order = scores.sort(-1)  # the least likely first
    dropped = torch.softmax(ordered, -1).cumsum(-1) <= 1 - top_p
    dropped[:, -1] = False  # the likeliest always stays
    return scores.masked_fill(torch.zeros_like(dropped).scatter(-1, order, dropped), -torch.inf)


def _check_shaping(temperature: float, top_k: int | None, top_p: float | None) -> None:
    hint = "0 takes the likeliest token every time; 0.8 is usual."
    checks.number("temperature", temperature, least=0, hint=hint)
    if top_k is not None:
        checks.whole("top_k", top_k, least=1, hint="None chooses among all tokens.")
    if top_p is not None:
        checks.number("top_p", top_p, above=0, most=1, hint="None chooses among all tokens.")


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
