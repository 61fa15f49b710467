"""Which model answers better: true rewards by category, gains with their error, best of n.

Leaves out the judging (judge.py), the sampling (rollouts.py) and the training. Taught in notebook
04, sections "The judge" and "Practise, with a leash".
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from course_utils.finetuning_rlhf import judge, reward, rollouts
from course_utils.finetuning_rlhf.chat_format import Example, HasTurns, conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

CATEGORIES = ("fact", "story", "talk", "unknown")
MIN_REPLY_TOKENS = 16  # that a prompt has to leave room for
Item = TypeVar("Item")


@dataclass(frozen=True)
class Gain:
    """How far one set of replies is ahead of another, prompt by prompt.

    Attributes:
        mean: reward won, on average over the prompts; the judge's where nothing else is said.
        standard_error: of that mean; the pairs share their prompts, so it is of the differences.
        in_standard_errors: the mean in units of it; about 2 may be luck, above 3 is hardly so.
        win_rate: share of the prompts that are answered better; alike counts half.
    """

    mean: float
    standard_error: float
    in_standard_errors: float
    win_rate: float


def by_kind(prompts: Sequence[Prompt], replies: Sequence[str]) -> dict[str, float]:
    """The mean true reward by category of prompt, all six kinds of fact together, and of "all".

    Args:
        prompts: N prompts.
        replies: N replies, in the same order.

    Returns:
        CATEGORIES in their order, those that were asked, and "all".

    Raises:
        ValueError: the lists differ in length, or are empty.
    """
    rewards = defaultdict(list)
    # the six kinds of fact are one category here
    for prompt, value in zip(prompts, true_rewards(prompts, replies), strict=True):
        rewards[prompt.kind if prompt.kind in CATEGORIES else "fact"].append(value)
        rewards["all"].append(value)
    present = [category for category in (*CATEGORIES, "all") if category in rewards]
    return {category: float(np.mean(rewards[category])) for category in present}


def true_rewards(prompts: Sequence[Prompt], replies: Sequence[str]) -> np.ndarray:
    """The judge's reward of each reply: (N,).

    Raises:
        ValueError: the lists differ in length, or are empty.
    """
    if len(prompts) != len(replies) or not prompts:
        raise ValueError(
            f"There are {len(replies)} replies to {len(prompts)} prompts. "
            "Give one reply a prompt, in the same order, and at least one."
        )
    pairs = zip(prompts, replies, strict=True)
    return np.array([judge.true_reward(prompt, reply) for prompt, reply in pairs])


def figures(
    table: Mapping[str, Mapping[str, float]], greedy: Mapping[str, float]
) -> dict[str, float | dict[str, float]]:
    """The report card's true rewards, from notebook 04's table.

    Args:
        table: by_kind of "finetuned", "PPO", "best of 4" and "careful writer", sampled.
        greedy: the mean true reward of "finetuned" and "PPO" without sampling.
    """
    return {
        "sft": table["finetuned"]["all"],
        "ppo": table["PPO"]["all"],
        "best_writers": table["careful writer"]["all"],
        "best_of_n": table["best of 4"]["all"],
        "greedy_sft": greedy["finetuned"],
        "greedy_ppo": greedy["PPO"],
        "by_kind": {
            f"{name}, {kind}": value for name, row in table.items() for kind, value in row.items()
        },
    }


def gain(prompts: Sequence[Prompt], before: Sequence[str], after: Sequence[str]) -> Gain:
    """What is won by one set of replies over another to the same prompts.

    Args:
        prompts: N prompts.
        before: N replies of the model that is to be beaten.
        after: N replies of the other, sampled at the same temperature for a fair comparison.

    Raises:
        ValueError: the lists differ in length, or hold fewer than two prompts.
    """
    if len(prompts) < 2:
        raise ValueError(f"A spread needs at least 2 prompts; there are {len(prompts)}.")
    return paired(true_rewards(prompts, before), true_rewards(prompts, after))


def paired(before: np.ndarray, after: np.ndarray) -> Gain:
    """What is won prompt by prompt, whatever the rewards are: the judge's, or a proxy's.

    Args:
        before: (P,) rewards of the replies that are to be beaten.
        after: (P,) rewards of the others, to the same prompts in the same order.

    Raises:
        ValueError: the two differ in length, or hold fewer than two.
    """
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if before.shape != after.shape or before.ndim != 1 or len(before) < 2:
        raise ValueError(
            f"There are rewards of the shapes {before.shape} and {after.shape}; give one for each "
            "of the same two or more prompts."
        )
    # prompt by prompt: both answered the same, so the spread of the prompts cancels out
    ahead = after - before
    mean, error = float(ahead.mean()), float(ahead.std(ddof=1) / math.sqrt(len(ahead)))
    wins = float(np.mean((ahead > 0) + 0.5 * (ahead == 0)))  # alike counts half
    return Gain(mean, error, mean / error if error else 0.0, wins)


def best_of(
    model: Transformer,
    scorer: RewardModel,
    tokenizer: TextTokenizer,
    prompts: Sequence[Prompt],
    n: Sequence[int] = (1, 2, 4, 8),
    seed: int = 0,
    temperature: float = 1.0,
) -> dict[int, list[str]]:
    """Samples several replies a prompt and keeps the one that the reward model likes best.

    The candidates are sampled once: the best of 2 is chosen among the first two of the 8. One that
    was cut is scored without an end token, as PPO scores it.

    Args:
        model: the chat model.
        scorer: a trained reward model.
        tokenizer: the models' own.
        prompts: N prompts.
        n: how many candidates to choose from; 1 is plain sampling.
        seed: of the sampling.
        temperature: of the sampling.

    Returns:
        For each of n the N chosen replies.

    Raises:
        ValueError: a number of candidates is below 1.
    """
    found = scored_best_of(model, scorer, tokenizer, prompts, n, seed, temperature)
    return {count: replies for count, (replies, _) in found.items()}


def scored_best_of(
    model: Transformer,
    scorer: RewardModel,
    tokenizer: TextTokenizer,
    prompts: Sequence[Prompt],
    n: Sequence[int] = (1, 2, 4, 8),
    seed: int = 0,
    temperature: float = 1.0,
) -> dict[int, tuple[list[str], np.ndarray]]:
    """The same with the scores of the chosen replies, (N,) for each of n; see `best_of`."""
    if not n or min(n) < 1:
        raise ValueError(f"n is {list(n)}; choose among at least 1 candidate.")
    # all candidates once, then the best among the first few of them by the reward model
    written = [
        rollouts.replies_and_ends(model, tokenizer, prompts, temperature, seed + 100_003 * number)
        for number in range(max(n))
    ]
    candidates = [texts for texts, _ in written]
    scores = np.stack(
        [reward.score(scorer, tokenizer, prompts, texts, ended=ended) for texts, ended in written]
    )
    # the first few of the same candidates, so that a larger n never starts worse off
    best = {count: scores[:count].argmax(0) for count in n}  # (N,) each
    return {
        count: (
            [candidates[number][index] for index, number in enumerate(best[count])],
            scores[:count].max(0),
        )
        for count in n
    }


def short_enough(
    items: Sequence[Item], tokenizer: TextTokenizer, context_tokens: int
) -> list[Item]:
    """The prompts or examples that fit the model: all at the laptop scale, most at the tiny one.

    Args:
        items: prompts with their `turns`, or examples with a `prompt` and a `reply`.
        tokenizer: the model's own.
        context_tokens: T, what the model reads at a time; a prompt leaves room for a short reply.
    """
    return [item for item in items if _token_count(item, tokenizer) <= context_tokens]


def _token_count(item: Example | HasTurns, tokenizer: TextTokenizer) -> int:
    # an example has its reply; a prompt needs room for one
    if hasattr(item, "reply"):
        turns = [*item.prompt.turns, ("assistant", item.reply)]
        return len(conversation_ids(tokenizer, turns))
    return len(conversation_ids(tokenizer, item.turns)) + MIN_REPLY_TOKENS
