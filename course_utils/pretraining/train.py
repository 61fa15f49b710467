"""Training: one step at a time, and a whole run of them.

Leaves out the settings (config.py), the data (batches.py), the optimizers (optimizer.py), and how
a run is interrupted and goes on (checkpoint.py). Taught in notebook 03, section "Start the long
run".
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor

from course_utils import runtime
from course_utils.model.transformer import Transformer
from course_utils.pretraining import memory
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.checkpoint import TrainingDiverged, take_steps
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.history import History, StepResult
from course_utils.pretraining.loss import head_loss
from course_utils.pretraining.optimizer import optimizers, schedule, set_learning_rate

__all__ = ["History", "StepResult", "TrainConfig", "Trainer", "TrainingDiverged", "train"]


class Trainer:
    """Trains a model one step at a time, so that a live lab can act between steps.

    Args:
        model: trained in place, on the device where it is.
        batches: where rows come from.
        config: the settings; `muon_lr` and `adamw_lr` are full rates under the schedule.

    Raises:
        ValueError: the rows hold ids that the model does not know, or are too long for it.
    """

    def __init__(self, model: Transformer, batches: Batches, config: TrainConfig) -> None:
        self.model, self.batches, self.config = model, batches, config
        if hasattr(batches, "largest_id"):  # finetuning's rows have it too
            _check_rows(model, "rows", batches.largest_id, batches.context_tokens)
        self.optimizers = optimizers(model, config)
        self.step_number = 0
        self.updating = False  # True while weights change: an interruption then is not clean
        self.rate_scale = 1.0  # a lab's slider may turn all rates up or down
        self.batches_state = batches.state_dict()  # as of the last whole step
        self._best = math.inf
        self._good = {name: value.clone() for name, value in model.state_dict().items()}

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.lm_head.weight.device

    @runtime.fast_products()
    def step(self) -> StepResult:
        """Draws a batch, computes the loss and its gradients, changes the weights.

        Raises:
            TrainingDiverged: the loss is not a number, or far worse than guessing; or its gradient
                is not finite, and then no weight is changed by it.
        """
        started, config = time.perf_counter(), self.config
        # forward: the loss of a fresh batch
        self.model.train()
        rows = self.batches.next()  # (..., B, T + 1)
        loss = self._loss(rows)
        value = self._healthy(loss.item())  # raises where the loss is lost
        # backward: every weight's gradient, none longer than the limit allows
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        limit = config.grad_clip or math.inf
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), limit))
        if not math.isfinite(norm):
            self._give_up(f"The gradient became {norm:.3g}", f"the loss was {value:.3g}")
        # update: at this step's share of the full learning rates
        step = min(self.step_number, config.steps - 1)
        factor = schedule(step, config.steps, config.warmup_steps, config.warmdown)
        factor *= self.rate_scale
        set_learning_rate(self.optimizers, factor)
        self.updating = True
        for optimizer in self.optimizers:
            optimizer.step()
        self.step_number += 1
        # The stream's place counts only with the weights that it led to.
        self.batches_state = self.batches.state_dict()
        self.updating = False
        tokens, seconds = rows[..., 1:].shape[-2:].numel(), time.perf_counter() - started
        return StepResult(self.step_number, value, factor, norm, seconds, tokens)

    def _loss(self, rows: Tensor) -> Tensor:
        """Mean cross-entropy of rows (B, T + 1), in nats per token."""
        rows = rows.to(self.device, non_blocking=True)
        half = self.config.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16) if half else nullcontext():
            hidden = self.model.hidden(rows[:, :-1]).flatten(0, 1)  # (B * T, C)
            return head_loss(hidden, self.model.lm_head.weight, rows[:, 1:].flatten())

    @torch.no_grad()
    def validate(self, validation: Iterable[Tensor]) -> float:
        """Mean loss over batches of rows that training never sees, in nats per token."""
        self.model.eval()
        losses = [float(self._loss(rows)) for rows in validation]
        return sum(losses) / len(losses)

    def state_dict(self) -> dict:
        """All that going on exactly needs: "tensors" by name, and plain numbers."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        # An optimizer's averages by the number of the optimizer and of the weight; what is no
        # tensor, such as a count of steps, stays the plain number that it is.
        numbers = {}
        for number, optimizer in enumerate(self.optimizers):
            for index, state in optimizer.state_dict()["state"].items():
                for name, value in state.items():
                    kept = tensors if isinstance(value, Tensor) else numbers
                    kept[f"optimizer.{number}.{index}.{name}"] = value
        return {
            "tensors": tensors,
            "numbers": numbers,
            "step": self.step_number,
            "batches": self.batches_state,
            "config": asdict(self.config),
        }

    def load_state_dict(self, state: dict) -> None:
        """Goes on from where `state_dict` was taken, under the same settings."""
        # the names say whose each tensor is: "model.<weight>", "optimizer.<number>.<index>.<key>"
        weights, moments = {}, [{} for _ in self.optimizers]
        for name, value in (state["tensors"] | state["numbers"]).items():
            kind, rest = name.split(".", 1)
            if kind == "model":
                weights[rest] = value
            else:
                number, index, key = rest.split(".")
                moments[int(number)].setdefault(int(index), {})[key] = value
        # everything goes back where it was taken from
        self.model.load_state_dict(weights)
        for optimizer, state_of_weights in zip(self.optimizers, moments, strict=True):
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": state_of_weights, "param_groups": groups})
        self.batches.load_state_dict(state["batches"])
        self.step_number, self.batches_state = state["step"], state["batches"]
        self._good = {name: value.clone() for name, value in self.model.state_dict().items()}

    def recover(self) -> bool:
        """Whether the weights are those of a whole step: half an update cannot be undone."""
        return not self.updating

    def _healthy(self, loss: float) -> float:
        guessing = math.log(self.config.model.vocab_size)
        if math.isfinite(loss) and loss < guessing + 2:
            self._best = min(loss, self._best)
            if self.step_number % 10 == 0 and loss < self._best + 1:
                for name, value in self.model.state_dict().items():
                    self._good[name].copy_(value)
            return loss
        self._give_up(f"The loss became {loss:.3g}", f"guessing alone has {guessing:.3g}")

    def _give_up(self, what: str, beside: str) -> NoReturn:
        """Back to the last good weights, with advice."""
        self.model.load_state_dict(self._good)
        raise TrainingDiverged(
            f"{what} at step {self.step_number + 1}, where {beside}.\n"
            f"{_blame(self.config, self.rate_scale)} The model is back at its last good weights."
        )


def _blame(config: TrainConfig, scale: float) -> str:
    """Which learning rate to lower.

    Matrices that Muon throws far off make learning poor, but the norms keep the scores in bounds:
    it is AdamW's table of scores that explodes, so Muon is to blame only if AdamW's rate is usual.
    """
    default = TrainConfig()
    calm = config.adamw_lr * scale <= 2 * default.adamw_lr
    muon = config.muon and calm and config.muon_lr * scale > default.muon_lr
    name = "muon_lr" if muon else "adamw_lr"
    rate = getattr(config, name) * scale
    safe = min(getattr(default, name), rate / 3)
    return f"Lower {name}: it is {rate:g}; {safe:.2g} is a safe choice."


def _check_rows(model: Transformer, which: str, largest_id: int, tokens: int) -> None:
    """Refuses rows that a model cannot read before the first step, not when one is drawn."""
    known, limit = model.config.vocab_size, model.config.context_tokens
    if largest_id >= known:
        raise ValueError(
            f"The {which} hold token id {largest_id}, but the model has a vocabulary of {known} "
            f"(0 to {known - 1}).\nUse the tokenizer that wrote these tokens: make the model with "
            "TransformerConfig(vocab_size=tokenizer.vocab_size)."
        )
    if tokens > limit:
        raise ValueError(
            f"The {which} have {tokens} tokens, but the model reads at most {limit}.\nMake them "
            f"with context_tokens={limit}, or the model with "
            f"TransformerConfig(context_tokens={tokens})."
        )


def train(
    model: Transformer,
    batches: Batches,
    config: TrainConfig,
    validation: Iterable[Tensor] = (),
    folder: Path | str | None = None,
    on_step: Callable[[StepResult], None] | None = None,
    trainer: type[Trainer] = Trainer,
) -> History:
    """Trains to the end, with a progress line, from the beginning or from a checkpoint.

    Args:
        model: trained in place.
        batches: where rows come from; made with the same arguments when a run is resumed.
        config: the settings.
        validation: batches of rows (B, T + 1) from documents kept apart.
        folder: for checkpoints. Where it holds one of an interrupted run, that run goes on;
            a finished run leaves none.
        on_step: called after every step.
        trainer: the class that takes the steps; finetuning has its own.

    Returns:
        The whole course of the run, with the part before an interruption.

    Raises:
        ValueError: rows hold ids that the model does not know, or are too long for it.
        TrainingDiverged: a learning rate is too high.
        OutOfMemory: a step needs more memory than there is; the state is saved first.
        CheckpointError: the folder's checkpoint is damaged or of another run.
        KeyboardInterrupt: Ctrl-C; the state is saved first, so that the next call goes on.
    """
    taker, validation = trainer(model, batches, config), list(validation)
    for rows in validation:
        _check_rows(model, "validation rows", int(rows.max()), rows.size(-1) - 1)
    sizes = {"batch": config.batch, "context_tokens": config.context_tokens}

    def take_step() -> StepResult:
        with memory.explained(**sizes):
            return taker.step()

    def note(history: History, result: StepResult) -> None:
        history.add(result)
        step = result.step
        if validation and (step % config.eval_every == 0 or step == config.steps):
            with memory.explained(**sizes):
                loss = taker.validate(validation)
            history.val_steps.append(step)
            history.val_losses.append(loss)

    return take_steps(
        taker,
        config.steps,
        History,
        take_step,
        note,
        title="training",
        folder=folder,
        checkpoint_every=config.checkpoint_every,
        save_first=True,
        on_step=on_step,
    )
