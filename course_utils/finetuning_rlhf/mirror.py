"""A mirror of the annotator: the same candidates and the same recipe, and another taste.

What another person picks, or a reward model of their labels, is no worse made, only otherwise
meant.
Left out: proxies that are to be hacked (proxy.py), and practice. For notebook 04; no cell shows it
yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.finetuning_rlhf import annotator, compare, reward
from course_utils.finetuning_rlhf.annotator import Annotator, Preference, Tastes
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardConfig, RewardModel
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

# Somebody to whom the manner is worth more than the matter: friendly words and many of them.
CHATTY = Tastes(right=0.3, polite=2.0, length=0.0, longer=0.5)


@dataclass(frozen=True)
class Manner:
    """What some replies are like, each figure as (mean, standard error over the replies).

    Attributes:
        words: in a reply.
        friendly: share of the replies with a friendly word.
        true: the judge's reward.
    """

    words: tuple[float, float]
    friendly: tuple[float, float]
    true: tuple[float, float]

    def __str__(self) -> str:
        (words, words_error), (true, true_error) = self.words, self.true
        kind, kind_error = self.friendly
        return (
            f"{words:4.1f} ± {words_error:.1f} words, {kind:3.0%} ± {kind_error:2.0%} friendly, "
            f"true reward {true:.2f} ± {true_error:.2f}"
        )


def manner(prompts: Sequence[Prompt], replies: Sequence[str]) -> Manner:
    """How long, how friendly and how good some replies are.

    Args:
        prompts: N prompts, at least two.
        replies: N replies, in the same order.

    Raises:
        ValueError: the lists differ in length, or hold fewer than two.
    """
    if len(replies) < 2:
        raise ValueError(f"A spread needs at least 2 replies; there are {len(replies)}.")
    true = compare.true_rewards(prompts, replies)
    words = np.array([len(reply.split()) for reply in replies], dtype=float)
    friendly = np.array([annotator.is_friendly(reply) for reply in replies], dtype=float)
    return Manner(*map(_mean_and_error, (words, friendly, true)))


def _mean_and_error(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def picked_by(
    tastes: Tastes, prompts: Sequence[Prompt], candidates: Sequence[Sequence[str]]
) -> list[str]:
    """What a person of these tastes likes best, without slips and overlooked errors.

    It is the best of N by a reward model that has learnt the tastes perfectly.

    Args:
        tastes: of the person.
        prompts: P prompts.
        candidates: N times P replies; of two that are liked alike the first is taken.

    Raises:
        ValueError: there is no candidate, or not one reply a prompt.
    """
    if not candidates or any(len(said) != len(prompts) for said in candidates):
        raise ValueError(
            f"There are {[len(said) for said in candidates]} replies to {len(prompts)} prompts. "
            "Give one reply a prompt in each of the candidates, and at least one candidate."
        )
    person = Annotator(0, tastes=tastes)
    return [
        max(replies, key=lambda reply, asked=prompt: person.taste(asked, reply))
        for prompt, *replies in zip(prompts, *candidates, strict=True)
    ]


def other_taste(
    model: Transformer,
    tokenizer: TextTokenizer,
    pairs: Sequence[Preference],
    tastes: Tastes = CHATTY,
    config: RewardConfig | None = None,
) -> RewardModel:
    """A reward model of the same pairs, which somebody with other tastes labels anew.

    Args:
        model: the finetuned one; its weights are copied.
        tokenizer: its own.
        pairs: that were labelled before; which of the two was chosen is not looked at.
        tastes: of the other annotator.
        config: of the training; None takes RewardConfig().

    Raises:
        ValueError: too few of the pairs get a label.
    """
    config = config or RewardConfig()
    prompts = [pair.prompt for pair in pairs]
    # in an order that does not give the first label away
    shown = [sorted((pair.chosen, pair.rejected)) for pair in pairs]
    first, second = ([two[side] for two in shown] for side in (0, 1))
    person = Annotator(config.seed, tastes=tastes)
    scorer = RewardModel(model).to(model.lm_head.weight.device)
    reward.train_reward(scorer, tokenizer, annotator.label(prompts, first, second, person), config)
    return scorer.eval()
