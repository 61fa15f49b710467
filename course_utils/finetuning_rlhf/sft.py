"""Supervised finetuning: the base model learns to answer, from examples of questions and replies.

The loss counts the replies' tokens only, and every batch holds some pages of the pretraining as
well (replay), so that what was read is not forgotten. Leaves out where the examples come from
(chat_data.py). Taught in notebook 04, section "Show it how to answer".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils import checks
from course_utils.finetuning_rlhf.chat_format import Example, example_ids
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import fingerprint
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.history import History, StepResult
from course_utils.pretraining.loss import head_loss
from course_utils.pretraining.train import Trainer, train
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import PAD

# A batch is of whole numbers, so weights are thousandths.
UNIT = 1_000  # the weight of a token of a reply as short as this:
SHORT_REPLY = 12  # tokens
DAMPING = 0.25  # 0: every token counts alike; 1: every reply does
REPLAYED = 400  # the weight of a replayed token
REPLAY_ROWS = 4  # of a batch, as pages of the pretraining; the others are chat
LOSS_ROWS = 32  # examples that `reply_loss` looks at together


def _weights(mask: Sequence[bool]) -> np.ndarray:
    """What each token of an example counts, in thousandths; 0 where the mask has none.

    A long reply counts more than a short one, but less for each of its tokens: otherwise a story
    would outweigh ten answers.
    """
    mask = np.asarray(mask, dtype=np.int64)
    return mask * max(1, round(UNIT * (SHORT_REPLY / max(1, mask.sum())) ** DAMPING))


def config(scale: str, model: TransformerConfig, seed: int = 0) -> TrainConfig:
    """The settings of finetuning at a scale; REPLAY_ROWS rows of a batch are replay.

    AdamW alone: Muon turns every table in all directions alike, and forgets more of what was read.

    Raises:
        ValueError: there is no such scale.
    """
    tokens = min(256, model.context_tokens)
    sizes = {"tiny": (20, 8), "laptop": (1200, 10), "gpu": (1200, 32)}  # (steps, batch) of each
    if scale not in sizes:
        raise ValueError(f"There is no scale {scale!r}; use {', '.join(map(repr, sizes))}.")
    steps, batch = sizes[scale]
    return TrainConfig(
        model,
        steps=steps,
        batch=batch,
        context_tokens=tokens,
        muon=False,
        adamw_lr=0.014,
        warmup_steps=10,
        warmdown=0.8,
        seed=seed,
        eval_every=100,
    )


class ChatBatches:
    """Batches of chat examples, several to a row, and rows of the pretraining pages.

    Args:
        examples: prompts with replies; each is seen once before any is seen again.
        tokenizer: the model's own.
        replay: rows of the pretraining text, as many as are wanted in a batch; None for none.
        rows: chat rows in a batch.
        context_tokens: T, tokens a row.
        seed: the same seed gives the same rows in the same order.

    Raises:
        ValueError: there are no examples, one is longer than a row, or the replayed rows are of
            another length.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        tokenizer: TextTokenizer,
        replay: Batches | None = None,
        rows: int = 4,
        context_tokens: int = 256,
        seed: int = 0,
    ) -> None:
        if not examples:
            raise ValueError("There are no examples; finetuning needs at least one.")
        checks.whole("rows", rows, least=1)
        checks.whole("context_tokens", context_tokens, least=1)
        checks.whole("seed", seed)
        if replay is not None and replay.context_tokens != context_tokens:
            raise ValueError(
                f"Replayed rows have {replay.context_tokens} tokens, chat rows {context_tokens}.\n"
                f"Make the replay's batches with context_tokens={context_tokens}."
            )
        self.rows, self.context_tokens, self.replay = rows, context_tokens, replay
        self.seed = seed
        # encoded once; a batch only copies
        self._pairs = [
            example_ids(tokenizer, example.prompt.turns, example.reply) for example in examples
        ]
        # the longest decides: an example is never cut
        longest = max(len(ids) for ids, _ in self._pairs)
        if longest > context_tokens + 1:
            raise ValueError(
                f"An example has {longest} tokens, but a row has {context_tokens}.\n"
                "Leave it out, or use a longer context."
            )
        self.largest_id = max(max(ids) for ids, _ in self._pairs)
        if replay is not None:
            self.largest_id = max(self.largest_id, replay.largest_id)
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._queue: list[int] = []

    def next(self) -> Tensor:
        """The next batch: (2, B, T + 1), token ids and, for each, how much the loss counts it."""
        ids = np.full((self.rows, self.context_tokens + 1), PAD, dtype=np.int64)
        counted = np.zeros_like(ids)  # padding is not counted
        # whole examples go into a row until the next one would not fit
        for row in range(self.rows):
            filled = 0
            while filled + len(self._pairs[self._waiting()][0]) <= self.context_tokens + 1:
                tokens, mask = self._pairs[self._queue.pop()]
                ids[row, filled : filled + len(tokens)] = tokens
                counted[row, filled : filled + len(tokens)] = _weights(mask)
                filled += len(tokens)
        both = torch.from_numpy(np.stack((ids, counted)))  # (2, B, T + 1)
        if self.replay is None:
            return both
        # of replayed pages every token counts, as in pretraining
        pages = self.replay.next()
        return torch.cat((both, torch.stack((pages, torch.full_like(pages, REPLAYED)))), dim=1)

    def _waiting(self) -> int:
        """The example that comes next."""
        # all examples in a new order once the last round is used up
        if not self._queue:
            self._queue = self._random.permutation(len(self._pairs)).tolist()
        return self._queue[-1]

    def fingerprints(self) -> dict[str, str]:
        """What the rows depend on, a line each; see pretraining/fingerprint.py."""
        replayed = self.replay.fingerprints() if self.replay else {"pages": "none"}
        return {
            "examples": fingerprint.of_json(self._pairs),
            "chat rows per batch": str(self.rows),
            "tokens per chat row": str(self.context_tokens),
            "seed of the examples": str(self.seed),
        } | {f"replayed {name}": line for name, line in replayed.items()}

    def state_dict(self) -> dict:
        """Where the stream stands, as plain numbers that JSON can hold."""
        return {
            "random": self._random.bit_generator.state,
            "queue": list(self._queue),
            "replay": self.replay.state_dict() if self.replay else None,
        }

    def load_state_dict(self, state: Mapping) -> None:
        """Goes on from where `state_dict` was taken."""
        # the order that was drawn counts too: the seed alone does not tell where it stands
        self._random.bit_generator.state = state["random"]
        self._queue = list(state["queue"])
        if self.replay:
            self.replay.load_state_dict(state["replay"])


class ChatTrainer(Trainer):
    """A trainer whose loss counts what the batch says."""

    def _loss(self, batch: Tensor) -> Tensor:
        """Weighted mean loss, in nats: of replies and of all replayed tokens."""
        ids, counted = batch.to(self.device, non_blocking=True)  # each (B, T + 1)
        hidden = self.model.model(ids[:, :-1], None)  # (B, T, D)
        # scores for the whole vocabulary are dear, so only counted tokens get some: n of B * T
        here = counted[:, 1:].bool()
        weights = counted[:, 1:][here].float()  # (n,)
        return head_loss(hidden[here], self.model.lm_head.weight, ids[:, 1:][here], weights)


def finetune(
    model: Transformer,
    batches: ChatBatches,
    config: TrainConfig,
    folder: Path | str | None = None,
    on_step: Callable[[StepResult], None] | None = None,
) -> History:
    """Finetunes a model in place; Ctrl-C, checkpoints and errors as in pretraining.train.

    Args:
        model: the base model; afterwards the chat model. Only what is not frozen learns, so that
            one of lora.add_lora is trained by the same call.
        batches: chat and replay.
        config: see `config`.
        folder: for checkpoints; an interrupted run goes on from there.
        on_step: called after every step.

    Returns:
        The course of the run.

    Raises:
        ValueError: rows hold ids that the model does not know, or are too long for it.
        TrainingDiverged: a learning rate is too high.
    """
    return train(model, batches, config, folder=folder, on_step=on_step, trainer=ChatTrainer)


@torch.no_grad()
def reply_loss(model: Transformer, tokenizer: TextTokenizer, examples: Sequence[Example]) -> float:
    """How surprised a model is by replies that it has not seen, to compare models with.

    Every token of a reply counts alike, the mark that ends it too, and nothing else counts.

    Args:
        model: any, one of lora.add_lora too; it is only read.
        tokenizer: the model's own.
        examples: prompts with replies.

    Returns:
        The mean over all tokens of all replies, in nats per token.

    Raises:
        ValueError: there are no examples, or one is longer than what the model reads.
    """
    if not examples:
        raise ValueError("There are no examples; a loss needs at least one.")
    pairs = [example_ids(tokenizer, one.prompt.turns, one.reply) for one in examples]
    pairs.sort(key=lambda pair: len(pair[0]))  # so that little is filled up
    longest, most = len(pairs[-1][0]), model.config.context_tokens
    if longest > most + 1:
        raise ValueError(
            f"An example has {longest} tokens, but the model reads {most}.\nLeave it out."
        )
    device, nats, count = model.lm_head.weight.device, 0.0, 0
    for start in range(0, len(pairs), LOSS_ROWS):
        rows = pairs[start : start + LOSS_ROWS]
        ids = np.full((len(rows), len(rows[-1][0])), PAD, dtype=np.int64)
        counted = np.zeros(ids.shape, dtype=bool)
        for row, (tokens, mask) in enumerate(rows):
            ids[row, : len(tokens)], counted[row, : len(tokens)] = tokens, mask
        tokens, here = (torch.from_numpy(one).to(device) for one in (ids, counted[:, 1:]))
        hidden = model.model(tokens[:, :-1], None)[here]  # (n, D)
        scores = model.lm_head(hidden).float()  # (n, V)
        nats += float(F.cross_entropy(scores, tokens[:, 1:][here], reduction="sum"))
        count += len(hidden)
    return nats / count
