"""DPO: the chat model learns from pairs of replies at once, with no reward model and no practice.

How much likelier a reply became than it was for the starting model is taken for its score, and the
loss is the reward model's. Leaves out label smoothing, where pairs come from (annotator.py) and
how a run is interrupted (checkpoint.py). Taught in notebook 04, section "Other roads".

Shape letters: B pairs, T tokens.
Source: Rafailov and others 2023.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils import checks, runtime
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.policy_trainer import PolicyTrainer, explains_memory
from course_utils.finetuning_rlhf.reward import Pair, batches_of_like_length, pad
from course_utils.finetuning_rlhf.rollouts import log_probabilities
from course_utils.model.transformer import Transformer
from course_utils.pretraining import fingerprint, memory
from course_utils.pretraining.checkpoint import TrainingDiverged, take_steps
from course_utils.pretraining.optimizer import schedule
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END

CHECKED_PAIRS = 4  # of a batch, looked at once more after the step


class DPODiverged(TrainingDiverged):
    """The policy or its loss is no number any more; the last good weights are back."""


def dpo_loss(
    chosen: Tensor,
    rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    beta: float,
) -> tuple[Tensor, Tensor]:
    """The loss of each pair, and how far its chosen reply is ahead.

    Args:
        chosen: (B,) log-probability of the whole chosen reply under the model, in nats.
        rejected: (B,) that of the rejected one.
        reference_chosen: (B,) the first under the starting model.
        reference_rejected: (B,) the second under the starting model.
        beta: score for each nat; the leash of DPO: the higher, the nearer the model stays.

    Returns:
        (loss, margin), (B,) each: -log sigmoid(margin), and the difference of the two scores. At
        the start the margin is 0 and the loss log 2.

    Source: Rafailov and others 2023, equation 7.
    """
    # a reply's score: how much likelier the model finds it than it did at the start
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return -F.logsigmoid(margin), margin


@dataclass(frozen=True)
class DPOConfig:
    """The settings of DPO. The defaults are the laptop scale."""

    steps: int = 80
    batch: int = 32  # pairs a step
    beta: float = 0.1
    lr: float = 1e-4  # of AdamW
    warmdown: float = 0.6  # share of the steps, the last ones, in which the rate falls towards 0
    grad_clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch"):
            checks.whole(name, getattr(self, name), least=1)
        for name in ("lr", "grad_clip"):
            checks.number(name, getattr(self, name), above=0)
        hint = "At 0 every pair is a coin's throw and nothing is learnt; more holds tighter."
        checks.number("beta", self.beta, above=0, hint=hint)
        checks.share("warmdown", self.warmdown)
        checks.whole("seed", self.seed)


@dataclass(frozen=True)
class DPOResult:
    """What one step showed, before its weights moved; means over its pairs."""

    step: int
    loss: float  # nats per pair
    right: float  # share of pairs whose chosen reply is ahead; alike counts half
    chosen: float  # nats by which the chosen reply is likelier than at the start
    rejected: float  # and the rejected one; both may fall
    seconds: float

    @property
    def progress(self) -> str:
        """The words for the line of progress."""
        return f"loss {self.loss:.3f}, {self.right:.0%} right"


@dataclass
class DPOHistory:
    """The course of a run, one entry a step."""

    loss: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    chosen: list[float] = field(default_factory=list)
    rejected: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def steps_taken(self) -> int:
        """How many steps are noted."""
        return len(self.loss)

    def add(self, result: DPOResult) -> None:
        """Notes one step."""
        for name in ("loss", "right", "chosen", "rejected"):
            getattr(self, name).append(getattr(result, name))
        self.seconds += result.seconds


class PairBatches:
    """Pairs of replies as rows of ids, in batches of like length; every epoch has its own order.

    Args:
        tokenizer: the model's own.
        pairs: N preferences. Of prompts nothing is learnt, and an empty reply is its end token.
        batch: pairs in a batch.
        context_tokens: what the model reads at most.
        seed: of the order.

    Raises:
        ValueError: there are no pairs, or one is too long.
    """

    def __init__(
        self,
        tokenizer: TextTokenizer,
        pairs: Sequence[Pair],
        batch: int,
        context_tokens: int,
        seed: int = 0,
    ) -> None:
        if not pairs:
            raise ValueError("There are no pairs to learn from; label at least one.")
        self.batch, self.seed = min(batch, len(pairs)), seed
        asked = [conversation_ids(tokenizer, pair.prompt.turns) for pair in pairs]
        self.starts = [len(ids) for ids in asked]
        self.rows = [
            tuple([*ids, *tokenizer.encode(reply), END] for reply in (pair.chosen, pair.rejected))
            for ids, pair in zip(asked, pairs, strict=True)
        ]
        # the last token is foretold, and not read
        longest = max(len(row) for pair in self.rows for row in pair) - 1
        if longest > context_tokens:
            raise ValueError(
                f"A prompt with its reply has {longest} tokens, but the model reads "
                f"{context_tokens} at most.\nLeave that pair out."
            )

    def of_step(self, step: int) -> list[int]:
        """The numbers of the pairs of a step: each once before any again."""
        epoch, index = divmod(step, math.ceil(len(self.rows) / self.batch))
        random = np.random.Generator(np.random.PCG64([self.seed, epoch]))
        return batches_of_like_length(self.rows, self.batch, random)[index]

    def table(self, pairs: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Some pairs as one table: ids (2 b, T), and (2 b, T - 1) True at the replies' tokens.

        The chosen replies come first, then the rejected ones, both in the order of `pairs`.
        """
        rows = [self.rows[pair][side] for side in (0, 1) for pair in pairs]
        starts = torch.tensor([self.starts[pair] for pair in pairs] * 2)[:, None]
        ends = torch.tensor([len(row) for row in rows])[:, None]
        tokens = pad(rows)
        position = torch.arange(1, tokens.size(1))  # of the token that is foretold
        return tokens, (position >= starts) & (position < ends)

    def fingerprints(self) -> dict[str, str]:
        """What the batches depend on, a line each; see pretraining/fingerprint.py."""
        pairs = zip(self.starts, self.rows, strict=True)
        return {"pairs": fingerprint.of_json([[start, *pair] for start, pair in pairs])}


class Reference:
    """What the starting model says of every pair: asked once, so that it need not be kept.

    Args:
        model: the starting model.
        batches: N pairs.
    """

    def __init__(self, model: Transformer, batches: PairBatches) -> None:
        self.made_by = fingerprint.of_weights(model.state_dict())
        self.log_probabilities = torch.zeros(len(batches.rows), 2)  # (N, 2): chosen, rejected
        model.eval()
        for first in range(math.ceil(len(batches.rows) / batches.batch)):
            pairs = batches.of_step(first)  # every pair once
            with torch.no_grad():
                said, _ = reply_log_probabilities(model, *batches.table(pairs))
            self.log_probabilities[pairs] = torch.stack(said.chunk(2), dim=1).cpu()

    def fingerprints(self) -> dict[str, str]:
        """Whose likelihoods they are; see pretraining/fingerprint.py."""
        return {"reference": self.made_by}


def reply_log_probabilities(
    model: Transformer, tokens: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """How likely a model finds whole replies, in nats.

    Args:
        model: the one that is asked.
        tokens: (B, T) ids of prompts with replies.
        mask: (B, T - 1) True at the replies' tokens.

    Returns:
        (B,) of the replies, and (B, T - 1) of all tokens.
    """
    device = model.lm_head.weight.device
    each = log_probabilities(model, tokens.to(device))  # (B, T - 1)
    return (each * mask.to(device)).sum(1), each


class DPOTrainer(PolicyTrainer):
    """Takes DPO steps one at a time.

    Args:
        model: the chat model; trained in place. What it says now is the reference.
        tokenizer: its own.
        pairs: preferences, in any order.
        config: the settings. `lr` of this object may be changed between steps.

    Raises:
        ValueError: there are no pairs, one is too long for the model, or the tokenizer is of
            another vocabulary.
        OutOfMemory: the reference needs more memory than there is.
    """

    method, diverged, safe_lr = "DPO", DPODiverged, 1e-4
    memory_settings = ("batch",)

    def __init__(
        self,
        model: Transformer,
        tokenizer: TextTokenizer,
        pairs: Sequence[Pair],
        config: DPOConfig | None = None,
    ) -> None:
        model.config.check_vocabulary(tokenizer.vocab_size)
        config = config or DPOConfig()
        super().__init__({"model": model}, config)
        room = model.config.context_tokens
        self.batches = PairBatches(tokenizer, pairs, config.batch, room, config.seed)
        with memory.explained(batch=config.batch):
            self.reference = Reference(model, self.batches)
        self._good = self._copy()

    @explains_memory
    @runtime.fast_products()
    def step(self) -> DPOResult:
        """Moves the model towards the chosen replies of a batch and away from the rejected ones.

        Raises:
            DPODiverged: something is not a number, or beyond all bounds; the weights of the step
                before are back.
            OutOfMemory: it needs more memory than there is; those weights are back too.
        """
        started = time.perf_counter()
        pairs = self.batches.of_step(self.step_number)
        tokens, mask = self.batches.table(pairs)  # (2 B, T), (2 B, T - 1)
        self.model.train()
        said, each = reply_log_probabilities(self.model, tokens, mask)  # (2 B,)
        reference = self.reference.log_probabilities[pairs].to(said.device)  # (B, 2)
        chosen, rejected = said.chunk(2)
        losses, margin = dpo_loss(chosen, rejected, *reference.unbind(1), self.config.beta)
        self.optimizer.zero_grad(set_to_none=True)
        losses.mean().backward()
        self._apply()
        # some of the same replies once more: did the step throw the model off?
        few = slice(0, CHECKED_PAIRS)
        device = said.device
        self._check_policy(tokens[few].to(device), mask[few].to(device), each[few].detach())
        self.step_number += 1
        self._good = self._copy()
        moved = torch.stack((chosen, rejected), dim=1).detach() - reference  # (B, 2)
        return DPOResult(
            self.step_number,
            float(losses.detach().mean()),
            float(((margin > 0) + 0.5 * (margin == 0)).mean()),
            *moved.mean(0).tolist(),
            time.perf_counter() - started,
        )


def train_dpo(
    trainer: DPOTrainer, folder: Path | str | None = None, checkpoint_every: int = 50
) -> DPOHistory:
    """Takes all steps, from the beginning or from a checkpoint.

    Args:
        trainer: made with the same arguments when a run is resumed.
        folder: for checkpoints. A finished run leaves none.
        checkpoint_every: steps between checkpoints.

    Raises:
        DPODiverged: see DPOTrainer.step.
        OutOfMemory: see there; the state of the last whole step is saved first.
        KeyboardInterrupt: Ctrl-C; the state of the last whole step is saved first.
    """
    config, steps = trainer.config, trainer.config.steps

    def take_step() -> DPOResult:
        trainer.lr = config.lr * schedule(trainer.step_number, steps, 0, config.warmdown)
        return trainer.step()

    options = {"title": "DPO", "folder": folder, "checkpoint_every": checkpoint_every}
    return take_steps(trainer, steps, DPOHistory, take_step, DPOHistory.add, **options)
