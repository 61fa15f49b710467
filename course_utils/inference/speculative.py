"""Speculative decoding: a cheap draft guesses some tokens, the model checks them all in one call.

What is written is what the model alone would write: greedy the very same tokens, drawn the same
distribution. Leaves out batches and trees of guesses. The drafts are in drafts.py. Taught in
notebook 05, section "A draft".

Shape letters: K guesses, V vocabulary.

Source: Leviathan, Kalman and Matias 2023, arXiv:2211.17192; Chen et al. 2023, arXiv:2302.01318.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from course_utils import checks
from course_utils.inference.prefix import PrefixCache
from course_utils.model import generate
from course_utils.model.generate import LENGTH, STOP, one_thread
from course_utils.model.sampling import SamplingConfig, row_generator, shaped
from course_utils.model.transformer import Transformer


class Draft(Protocol):
    """What guesses; drafts.py has some."""

    def probabilities(self, ids: Sequence[int]) -> Tensor | None:
        """(V,) how likely each token is to follow a text, or None where it has no idea."""


@dataclass(frozen=True)
class Speculation:
    """What was written after one prompt, and what it took.

    Attributes:
        ids: the new tokens, without the one that ended it.
        finish: STOP when the model ended by itself, LENGTH when its room was used up.
        calls: how often the model computed; without a draft it computes once a token.
        guessed: how many tokens the draft offered.
        accepted: how many of them the model took.
    """

    ids: list[int]
    finish: str
    calls: int
    guessed: int
    accepted: int

    @property
    def tokens(self) -> int:
        """How many tokens were chosen, the one that ended it included."""
        return len(self.ids) + (self.finish == STOP)

    @property
    def tokens_per_call(self) -> float:
        """New tokens per call of the model; 1 without a draft."""
        return self.tokens / self.calls

    @property
    def acceptance(self) -> float:
        """The share of the guesses that the model took; 0 where there were none."""
        return self.accepted / max(1, self.guessed)


def speculate(
    model: Transformer | PrefixCache,
    prompt: Sequence[int],
    draft: Draft,
    config: SamplingConfig | None = None,
    *,
    guesses: int = 4,
    row_seed: int = 0,
) -> Speculation:
    """Continues one prompt with the help of a draft.

    Args:
        model: the model that decides, in `eval` mode; or a PrefixCache that stays between replies.
        prompt: token ids, at least one.
        draft: what guesses.
        config: how to choose and when to stop; None for SamplingConfig().
        guesses: K, how many tokens the draft may offer per call, at least 1.
        row_seed: a number beside config.seed. Drawn tokens differ from the engine's of the same
            seed, because other random numbers decide; they have the same distribution.

    Returns:
        The tokens, with the calls that they took.

    Raises:
        ValueError: the prompt is no token ids, or fills the context, or guesses is below 1.
    """
    config = config or SamplingConfig()
    reader = model if isinstance(model, PrefixCache) else PrefixCache(model)
    checks.whole("guesses", guesses, least=1, hint="Without a draft, use the engine.")
    # Made and not run: it refuses what cannot be continued, in the engine's words.
    generate.steps(reader.model, [prompt], lambda: config, row_seeds=[row_seed])
    ids = list(map(int, prompt))
    end = min(reader.model.config.context_tokens, len(ids) + config.max_new_tokens)
    begun, calls_before, guessed, accepted = len(ids), reader.calls, 0, 0
    generator = row_generator(config.seed, row_seed)
    with one_thread():
        while True:
            # The draft goes first. Each call gives one token more than was guessed right.
            offered = _offered(draft, ids, min(guesses, end - len(ids) - 1), config, generator)
            text = ids + [token for token, _ in offered]
            logits = reader.logits(text, last=len(offered) + 1)  # (K + 1, V)
            chosen = _checked(logits, ids, offered, config, generator)
            # The text ends at the first stop token, whatever was guessed behind it.
            stops = [place for place, token in enumerate(chosen) if token in config.stop_ids]
            guessed += len(offered)
            accepted += min(len(chosen) - 1, stops[0] + 1) if stops else len(chosen) - 1
            ids += chosen[: stops[0]] if stops else chosen
            if stops or len(ids) >= end:
                finish, calls = STOP if stops else LENGTH, reader.calls - calls_before
                return Speculation(ids[begun:], finish, calls, guessed, accepted)


def seconds_per_token(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    drafts: Mapping[str, Draft | None],
    config: SamplingConfig,
    *,
    guesses: int = 4,
) -> dict[str, float]:
    """Processor seconds per new token with each draft, all by the same cache and calls.

    Args:
        model: in `eval` mode.
        prompts: token ids, continued one after the other; reading them counts as part of the time.
        drafts: name -> draft; None writes token by token.
        config: how to choose and when to stop.
        guesses: see `speculate`.
    """
    seconds = {}
    for name, draft in drafts.items():
        reader, tokens = PrefixCache(model), 0
        reader.write(prompts[0], config)  # only warms up
        started = time.process_time()
        for row, prompt in enumerate(prompts):
            if draft is None:
                tokens += sum(1 for _ in reader.steps(prompt, lambda: config, row_seed=row))
            else:
                options = {"guesses": guesses, "row_seed": row}
                tokens += speculate(reader, prompt, draft, config, **options).tokens
        seconds[name] = (time.process_time() - started) / tokens
    return seconds


def _offered(
    draft: Draft,
    ids: list[int],
    count: int,
    config: SamplingConfig,
    generator: torch.Generator,
) -> list[tuple[int, Tensor]]:
    """Up to so many guesses, each with the draft's probabilities that it was drawn from."""
    offered: list[tuple[int, Tensor]] = []
    for _ in range(count):
        likely = draft.probabilities(ids + [token for token, _ in offered])
        if likely is None:
            break
        greedy = config.temperature == 0
        token = int(likely.argmax()) if greedy else draw(likely, generator)
        offered.append((token, likely))
    return offered


def _checked(
    logits: Tensor,
    ids: list[int],
    offered: list[tuple[int, Tensor]],
    config: SamplingConfig,
    generator: torch.Generator,
) -> list[int]:
    """The guesses that hold, and one token of the model's own behind them."""
    guesses = [token for token, _ in offered]
    seen = [ids + guesses[:count] for count in range(len(logits))]  # before each row's token
    rows = shaped(logits, config, seen)  # (K + 1, V)
    if config.temperature == 0:
        own = rows.argmax(-1).tolist()
        right = next((n for n, (token, _) in enumerate(offered) if token != own[n]), len(offered))
        return own[: right + 1]
    chosen: list[int] = []
    for (guess, likely), wanted in zip(offered, rows, strict=False):
        chosen.append(accept_or_replace(wanted, likely, guess, generator))
        if chosen[-1] != guess:
            return chosen
    # All of them held, so the last row of scores gives one more for nothing.
    return [*chosen, draw(rows[-1], generator)]


def accept_or_replace(
    wanted: Tensor, likely: Tensor, guess: int, generator: torch.Generator
) -> int:
    """The heart of it: the guess, or another token in its place, so that `wanted` is kept exactly.

    A guess that the model finds at least as likely as the draft does is taken. One that the draft
    offers too often is taken as often as it should come, and else replaced by a token that the
    draft offers too seldom.

    Args:
        wanted: (V,) the model's probabilities.
        likely: (V,) the draft's probabilities, from which the guess was drawn.
        guess: a token.
        generator: gives one number, or two if the guess is replaced.

    Returns:
        A token; over many guesses each comes as often as `wanted` says.
    """
    number = torch.rand(1, generator=generator, dtype=torch.float64).item()  # 0..1, below 1
    if number * float(likely[guess]) < float(wanted[guess]):
        return guess
    return draw(replacement(wanted, likely), generator)


def replacement(wanted: Tensor, likely: Tensor) -> Tensor:
    """What a refused guess is replaced from: how much too seldom the draft offers each token.

    Args:
        wanted: (V,) the model's probabilities.
        likely: (V,) the draft's.

    Returns:
        (V,) float64 probabilities; where the two are equal, and nothing is ever refused, `wanted`.
    """
    missing = (wanted.double() - likely.double()).clamp(min=0)
    total = missing.sum()
    return missing / total if total > 0 else wanted.double()


def outcome(wanted: Tensor, likely: Tensor) -> Tensor:
    """How often each token comes out of `accept_or_replace` in the end, without any chance.

    Args:
        wanted: (V,) the model's probabilities.
        likely: (V,) the draft's.

    Returns:
        (V,) float64: accepted or put in another's place. It is `wanted` again.
    """
    accepted = torch.minimum(wanted.double(), likely.double())
    return accepted + (1 - accepted.sum()) * replacement(wanted, likely)


def draw(chances: Tensor, generator: torch.Generator) -> int:
    """One token of (V,) probabilities, by one random number, as model/sampling.py draws."""
    ends = chances.double().cumsum(-1)
    point = (1 - torch.rand(1, generator=generator, dtype=torch.float64)) * ends[-1]
    return int(torch.searchsorted(ends, point))
