"""The pairs that a person is shown: two samples, answers to another question, and contrasts.

Two samples of one model are alike in much: a model that saw nothing else does not learn what they
share. So some replies are shown beside an answer to another question, and some pairs are made
from the web's truth, each with the one difference that has to be told. Left out: who chooses
(annotator.py) and what is learnt from it (reward.py). Taught in notebook 04, section "Which reply
is better?".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_utils.finetuning_rlhf import chat_data, reward, rollouts
from course_utils.finetuning_rlhf.annotator import (
    Annotator,
    Preference,
    Tastes,
    label,
    label_mismatched,
)
from course_utils.finetuning_rlhf.chat_writers import refusal, statement
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.littleweb.rng import Rng
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

PAIRS = {"tiny": 60, "laptop": 3_072, "gpu": 6_144}
MISMATCHED, CONTRASTS = 0.15, 0.35  # shares of the pairs; the others are two samples


def collect(
    model: Transformer,
    tokenizer: TextTokenizer,
    count: int,
    seed: int,
    annotator: Annotator,
    prompts: Sequence[Prompt] | None = None,
) -> list[Preference]:
    """Pairs as an annotator labelled them; those that seem alike are left out.

    Args:
        model: the finetuned model, which writes the replies.
        tokenizer: its own.
        count: how many pairs are shown.
        seed: of the prompts and of the sampling.
        annotator: who chooses.
        prompts: to sample replies to; None draws them.
    """
    contrasts, mismatched = round(count * CONTRASTS), round(count * MISMATCHED)
    if prompts is None:
        prompts = chat_data.training_prompts(count - contrasts - mismatched, seed)
    first, second = (
        rollouts.replies(model, tokenizer, prompts, 1.0, 1000 * seed + number) for number in (1, 2)
    )
    pairs = label(prompts, first, second, annotator)
    few = slice(0, mismatched)
    pairs += label_mismatched(prompts[few], first[few], annotator)
    shown = chat_data.contrast_pairs(contrasts, seed)
    return pairs + label(*map(list, zip(*shown, strict=True)), annotator)


def without_noise(pairs: Sequence[Preference], seed: int = 0) -> list[Preference]:
    """The same pairs as a person labels them who neither slips nor overlooks anything."""
    exact = Annotator(seed, noise=0.0, tastes=Tastes(overlooked=0.0))
    prompts, chosen, rejected = (
        [getattr(one, name) for one in pairs] for name in ("prompt", "chosen", "rejected")
    )
    return label(prompts, chosen, rejected, exact)


def told_apart(
    scorer: reward.RewardModel, tokenizer: TextTokenizer, seed: int, count: int = 200
) -> float:
    """How often a right reply scores higher than a refusal in a strange name.

    Args:
        scorer: a trained reward model.
        tokenizer: its own.
        seed: of the split of the countries, which decides what is held out.
        count: how many held-out questions and utterances.
    """
    nothing = dict.fromkeys(vars(chat_data.Mixture()), 0.0)
    mixture = chat_data.Mixture(**(nothing | {"facts": 0.7, "talk": 0.3}))
    prompts = chat_data.holdout_prompts(count, seed, "told apart", mixture)
    rng = Rng(f"{seed}/told apart")
    right = [
        one.answers[0] if one.kind == "talk" else statement(one.kind, one.country, one.answers[0])
        for one in prompts
    ]
    strange = [
        f"{refusal(chat_data.strange_name(rng))} I have not read about it." for _ in prompts
    ]
    ahead = reward.score(scorer, tokenizer, prompts, right)
    ahead = ahead - reward.score(scorer, tokenizer, prompts, strange)
    return float(np.mean(ahead > 0))
