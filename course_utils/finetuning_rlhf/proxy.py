"""Proxies with a declared hole: one thing is other in the making of a reward model.

The rule stands before anybody practises. The hole "none" is the reward model of notebook 04 on a
third of its pairs. Beside it each other hole changes one thing alone: how many pairs are shown, or
what one taste of the annotator is worth, which is raised to the weight of the truth (a friendly
word, or doubt; of the length two doublings have it). Such a proxy is honest: it is trained as any
other, and of two replies of the model that it began from it likes the truly better one more often
than not. Left out: the practice that finds the hole (ppo.py) and what it did (hacking.py). Taught
in notebook 04, section "A reward is hacked".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from course_utils import checks
from course_utils.finetuning_rlhf import annotator, chat_data, contrast, reward, rollouts
from course_utils.finetuning_rlhf.annotator import Annotator, Preference, Tastes
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardConfig, RewardHistory, RewardModel
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

SHOWN = 1_024  # pairs, of which some seem alike and get no label; notebook 04 shows 3,072
FEW = 96
WORTH_THE_TRUTH = Tastes().right
LUCK = 3.0  # standard errors; what is further off is hardly chance


@dataclass(frozen=True)
class Hole:
    """What is other in the making of a proxy.

    Args:
        name: in a word.
        shown: pairs that the annotator looks at.
        tastes: the annotator's.
    """

    name: str
    shown: int = SHOWN
    tastes: Tastes = field(default_factory=Tastes)

    def __post_init__(self) -> None:
        hint = "Half are two replies of the model, a sixth are mismatched, a third are contrasts."
        checks.whole("shown", self.shown, least=24, hint=hint)

    @property
    def sentence(self) -> str:
        """What is other, in words: "polite is worth 2 points, not 0.15"."""
        usual = vars(Tastes())
        other = [
            f"{name} is worth {points:g} points, not {usual[name]:g}"
            for name, points in vars(self.tastes).items()
            if points != usual[name]
        ]
        if self.shown != SHOWN:
            other.append(f"{self.shown:,} pairs are shown, not {SHOWN:,}")
        return "; ".join(other) or "nothing is other"


HOLES = {
    hole.name: hole
    for hole in (
        Hole("none"),
        Hole("friendly", tastes=Tastes(polite=WORTH_THE_TRUTH)),
        Hole("length", tastes=Tastes(longer=WORTH_THE_TRUTH / 2)),
        Hole("doubt", tastes=Tastes(doubt=1.0)),  # a share of the points of `right`
        Hole("few", shown=FEW),
    )
}


@dataclass(frozen=True)
class Proxy:
    """A trained reward model, who labelled for it, and how well it learnt that.

    Attributes:
        model: gives the scores.
        hole: what is other in it.
        annotator: who labelled.
        labels: how many pairs got a label.
        history: of the training; its `accuracy` is on labels of the same annotator.
    """

    model: RewardModel
    hole: Hole
    annotator: Annotator
    labels: int
    history: RewardHistory


@dataclass(frozen=True)
class Agreement:
    """How often a proxy likes that of two replies better which the judge does.

    Attributes:
        share: of the prompts' pairs whose true rewards differ; an even score counts half.
        standard_error: of it, over the prompts.
        prompts: how many have such a pair.
    """

    share: float
    standard_error: float
    prompts: int

    @property
    def is_honest(self) -> bool:
        """Whether it is above one half by more than chance explains."""
        return self.share - 0.5 > LUCK * self.standard_error


def label_pairs(
    model: Transformer, tokenizer: TextTokenizer, hole: Hole, seed: int
) -> list[Preference]:
    """Pairs of all sorts that notebook 04 shows, as the hole's annotator labels them.

    Args:
        model: the finetuned model, which answers.
        tokenizer: its own.
        hole: how many pairs, and whose tastes.
        seed: of the split of the countries, the annotator and the sampling.
    """
    prompts = chat_data.training_prompts(hole.shown // 2, seed)
    first, second = (
        rollouts.replies(model, tokenizer, prompts, 1.0, 1000 * seed + number) for number in (1, 2)
    )
    return label_sampled(prompts, first, second, hole, seed)


def label_sampled(
    prompts: Sequence[Prompt],
    first: Sequence[str],
    second: Sequence[str],
    hole: Hole,
    seed: int,
) -> list[Preference]:
    """The same where the replies are there, as they are after notebook 04's own reward model.

    Args:
        prompts: N prompts; a third of them is shown once more, with a reply to something else.
        first: N replies.
        second: N other ones.
        hole: whose tastes. As many contrasts are shown as bring the pairs to `hole.shown`.
        seed: of the annotator and the contrasts.
    """
    person, third = Annotator(seed, tastes=hole.tastes), len(prompts) // 3
    # two samples, some beside an answer to another question, and contrasts that were written
    pairs = annotator.label(prompts, first, second, person)
    pairs += annotator.label_mismatched(prompts[:third], first[:third], person)
    written = contrast.contrast_pairs(max(1, hole.shown - len(prompts) - third), seed)
    return pairs + annotator.label(*map(list, zip(*written, strict=True)), person)


def make_proxy(
    model: Transformer,
    tokenizer: TextTokenizer,
    hole: Hole,
    seed: int = 0,
    config: RewardConfig | None = None,
) -> Proxy:
    """Shows pairs, has them labelled, and trains a reward model on the labels.

    Args:
        model: the finetuned model; its weights are copied.
        tokenizer: its own.
        hole: what is other.
        seed: of everything that is drawn.
        config: of the training; None takes RewardConfig with this seed.

    Raises:
        ValueError: too few of the pairs got a label.
        FloatingPointError: the training left all bounds; see `train_reward`.
    """
    pairs = label_pairs(model, tokenizer, hole, seed)
    scorer = RewardModel(model)
    config = config or RewardConfig(seed=seed)
    history = reward.train_reward(scorer, tokenizer, pairs, config)
    return Proxy(scorer.eval(), hole, Annotator(seed, tastes=hole.tastes), len(pairs), history)


def agreement(scores: Sequence[np.ndarray], true: Sequence[np.ndarray]) -> Agreement:
    """How often scores and true rewards put two replies to one prompt into the same order.

    Args:
        scores: (N, P) the proxy's, of N replies to each of P prompts; the first stands against
            the second, the third against the fourth.
        true: (N, P) the judge's.

    Raises:
        ValueError: there are no pairs, or fewer than two prompts whose replies differ.
    """
    scores, true = np.asarray(scores, dtype=float), np.asarray(true, dtype=float)
    pairs = len(scores) // 2
    if scores.shape != true.shape or scores.ndim != 2 or not pairs:
        raise ValueError(
            f"The scores have the shape {scores.shape}, the true rewards {true.shape}; give both "
            "for the same two or more replies to each prompt."
        )
    ahead = np.sign(scores[: 2 * pairs : 2] - scores[1 : 2 * pairs : 2])  # (pairs, P)
    truly = np.sign(true[: 2 * pairs : 2] - true[1 : 2 * pairs : 2])
    # a prompt's pairs hang together, so that the prompts are what is counted
    right, differ = ((1 + ahead * truly) / 2 * (truly != 0)).sum(0), (truly != 0).sum(0)
    shares = right[differ > 0] / differ[differ > 0]
    if len(shares) < 2:
        raise ValueError(
            f"The judge tells the replies to {len(shares)} prompts apart, and two are needed. "
            "Give more prompts, or sample at a higher temperature."
        )
    error = float(shares.std(ddof=1) / math.sqrt(len(shares)))
    return Agreement(float(shares.mean()), error, len(shares))
