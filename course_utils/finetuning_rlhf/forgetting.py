"""What finetuning forgets: the base model's own text and skills, measured before and after.

Finetuning can be done with pages of the pretraining in every batch (replay) or without, and on all
weights or on low-rank tables; `tune` does any of the four on the same conversations. Leaves out
how well the result chats (compare.py, judge.py). Taught in notebook 04, section "Show it how to
answer".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.finetuning_rlhf import sft
from course_utils.finetuning_rlhf.chat_format import Example
from course_utils.finetuning_rlhf.lora import LoRAConfig, add_lora, merge
from course_utils.model.transformer import Transformer
from course_utils.pretraining import evaluate
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.history import StepResult
from course_utils.tokenization.interface import TextTokenizer


@dataclass(frozen=True)
class Reading:
    """How well a model still does what pretraining taught it.

    Attributes:
        bits_per_byte: of text that no training saw; lower is better.
        facts: the share of statements such as "The capital of France is" that it completes.
        stories: the share of sampled stories that are coherent and no copy.
        by_source: bits per byte of each source's text.
    """

    bits_per_byte: float
    facts: float
    stories: float
    by_source: dict[str, float]

    def lost(self, before: Reading) -> dict[str, float]:
        """What was lost since `before`, above 0 where it got worse."""
        return {
            "bits_per_byte": self.bits_per_byte - before.bits_per_byte,
            "facts": before.facts - self.facts,
            "stories": before.stories - self.stories,
        }


def reading(
    model: Transformer,
    tokenizer: TextTokenizer,
    held_out: Mapping[str, tuple[np.ndarray, int]],
    corpus: Sequence[str],
    *,
    facts: Sequence[evaluate.Fact] | None = None,
    stories: int = 100,
    max_tokens: int = 65_536,
    seed: int = 0,
) -> Reading:
    """Measures a model on the base model's own ground, as notebook 03 does.

    Args:
        model: base or finetuned; merged where it is one of lora.add_lora, which is faster.
        tokenizer: the one that it was trained with.
        held_out: validation text by source, of evaluate.held_out.
        corpus: the documents of pretraining, to see which stories are copies.
        facts: those that are asked, as from evaluate.facts_of; None for all.
        stories: how many are sampled.
        max_tokens: of each source's text.
        seed: of the stories.
    """
    bits = evaluate.bits_per_byte(model, held_out, max_tokens)
    told = evaluate.story_coherence(model, tokenizer, corpus, stories, seed=seed)
    # whichever are asked, an answer counts as it does among all of them
    known = evaluate.fact_accuracy(model, tokenizer, facts, evaluate.statements())
    whole = bits.pop("all")
    return Reading(whole, known.accuracy, told.coherent, bits)


def tune(
    base: Transformer,
    examples: Sequence[Example],
    tokenizer: TextTokenizer,
    config: TrainConfig,
    pages: Batches | None = None,
    lora: LoRAConfig | None = None,
    on_step: Callable[[StepResult], None] | None = None,
) -> Transformer:
    """A copy of a base model, finetuned in one of the ways that are compared.

    Every way has config.batch less sft.REPLAY_ROWS rows of the same conversations per step, so
    that what differs is what was read besides, and what was free to learn.

    Args:
        base: stays as it is.
        examples: prompts with replies.
        tokenizer: the model's own.
        config: of sft.config, perhaps with fewer steps.
        pages: rows of the pretraining in every batch, best sft.REPLAY_ROWS of them; None for none.
        lora: low-rank tables learn, and are merged at the end; None lets all weights learn.
        on_step: called after every step.

    Returns:
        The chat model, an ordinary one, in `eval` mode.

    Raises:
        ValueError: the batch has no room for conversations beside sft.REPLAY_ROWS.
        TrainingDiverged: a learning rate is too high.
    """
    rows = config.batch - sft.REPLAY_ROWS
    if rows < 1:
        raise ValueError(
            f"batch is {config.batch}, of which {sft.REPLAY_ROWS} rows are kept for pages of the "
            f"pretraining.\nUse a batch of {sft.REPLAY_ROWS + 1} or more."
        )
    tuned = copy.deepcopy(base) if lora is None else add_lora(base, lora)
    chat = sft.ChatBatches(
        examples, tokenizer, pages, rows, config.context_tokens, seed=config.seed
    )
    sft.finetune(tuned, chat, config, on_step=on_step)
    return (tuned if lora is None else merge(tuned)).eval()
