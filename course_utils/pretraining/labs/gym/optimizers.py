"""The Training Gym's three optimizers, one learning rate for all, and copies of their moments.

What each of them does is in `pretraining.optimizer`. Notebook 03, section "Start the long run".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from course_utils.model.transformer import Transformer
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.optimizer import optimizers

OPTIMIZERS = ("Muon + AdamW", "AdamW", "SGD")
MOMENTUM = 0.9
Moments = list[dict[int, dict[str, object]]]


def make_optimizers(model: Transformer, name: str) -> list[torch.optim.Optimizer]:
    """Fresh optimizers of a model, without moments.

    Args:
        model: all its weights are trained.
        name: one of OPTIMIZERS.

    Raises:
        ValueError: there is no such optimizer.
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"There is no optimizer {name!r}; there are {', '.join(OPTIMIZERS)}.")
    # Tables and vectors apart, because only tables decay.
    if name == "SGD":
        matrices = [weight for weight in model.parameters() if weight.ndim == 2]
        vectors = [weight for weight in model.parameters() if weight.ndim != 2]
        groups = [{"params": matrices}, {"params": vectors}]
        return [torch.optim.SGD(groups, lr=0.1, momentum=MOMENTUM)]
    # The other two are those that the course trains with.
    context = model.config.context_tokens
    muon = name == OPTIMIZERS[0]
    return optimizers(model, TrainConfig(model=model.config, context_tokens=context, muon=muon))


def set_rates(chosen: Sequence[torch.optim.Optimizer], rate: float, decay: float) -> None:
    """The reader's learning rate and weight decay for every group; vectors do not shrink."""
    for optimizer in chosen:
        for group in optimizer.param_groups:
            group["lr"] = rate
            group["weight_decay"] = decay if group["params"][0].ndim == 2 else 0.0


def copy_moments(chosen: Sequence[torch.optim.Optimizer]) -> Moments:
    """Copies of all moments, by optimizer and number of the weight."""
    return [
        {index: _copy(state) for index, state in optimizer.state_dict()["state"].items()}
        for optimizer in chosen
    ]


def restore_moments(chosen: Sequence[torch.optim.Optimizer], moments: Moments) -> None:
    """Give the optimizers copies of the moments that `copy_moments` took."""
    for optimizer, states in zip(chosen, moments, strict=True):
        # Rates and decays stay those of now.
        groups = optimizer.state_dict()["param_groups"]
        state = {index: _copy(moment) for index, moment in states.items()}
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def _copy(state: dict[str, object]) -> dict[str, object]:
    return {
        name: value.clone() if isinstance(value, torch.Tensor) else value
        for name, value in state.items()
    }
