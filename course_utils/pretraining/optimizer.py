"""The optimizers: Muon for hidden matrices, AdamW for the rest, and the learning-rate schedule.

`AdamW` is written out to be read; `optimizers` uses torch's own, which takes the same steps
faster. Leaves out gradient clipping (train.py). Taught in notebook 03, section "Start the long
run".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from course_utils.pretraining.config import TrainConfig


class AdamW(torch.optim.Optimizer):
    """Each number moves by its average gradient over that gradient's usual size.

    Args:
        params: the weights to train.
        lr: learning rate, about how far a number moves in one step.
        betas: how much of the old averages is kept, of the gradient and of its square.
        eps: keeps the division finite.
        weight_decay: the share of lr by which every weight shrinks a step.

    Source: Loshchilov and Hutter 2019, algorithm 2.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        settings = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Moves every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, group)

    def _move(self, weight: Tensor, group: dict) -> None:
        state, (beta1, beta2) = self.state[weight], group["betas"]
        # A weight's averages begin when it first gets a gradient.
        if not state:
            state.update(step=0, mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
        state["step"] += 1
        # Moving averages of the gradient and of its square.
        state["mean"].lerp_(weight.grad, 1 - beta1)
        state["square"].mul_(beta2).addcmul_(weight.grad, weight.grad, value=1 - beta2)
        # The averages start at zero, so early on they are too small; this undoes it.
        mean = state["mean"] / (1 - beta1 ** state["step"])
        square = state["square"] / (1 - beta2 ** state["step"])
        # Decay first, apart from the gradient: that is the W in AdamW.
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.sub_(group["lr"] * mean / (square.sqrt() + group["eps"]))


def orthogonalize(matrices: Tensor, steps: int = 5) -> Tensor:
    """Makes all singular values of each matrix about 1 (0.7 to 1.2), keeping its directions.

    Args:
        matrices: (N, rows, columns).
        steps: Newton-Schulz iterations, products of matrices only.

    Returns:
        The same shape.

    Source: Jordan and others 2024, "Muon", with its coefficients.
    """
    a, b, c = 3.4445, -4.7750, 2.0315  # Jordan's; values end near 1, not at it
    # The smaller side is multiplied, so tall matrices lie down meanwhile.
    tall = matrices.size(-2) > matrices.size(-1)
    x = matrices.mT if tall else matrices
    # Scaled so that no singular value is above 1, from where the iterations work.
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):  # x becomes a x + (b p + c p p) x, where p = x x^T
        p = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(p, p, p, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x  # (N, rows, columns)


class Muon(torch.optim.Optimizer):
    """Moves a matrix equally far in every direction that its gradient points to.

    Args:
        params: two-dimensional weights.
        lr: learning rate.
        momentum: how much of the old average gradient is kept.
        weight_decay: the share of lr by which every weight shrinks a step.

    Source: Jordan and others 2024, "Muon"; Nesterov momentum.
    """

    def __init__(
        self, params: Iterable, lr: float = 0.03, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        settings = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, settings)
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.ndim != 2:
                    raise ValueError(
                        f"Muon got a weight of shape {tuple(weight.shape)}; it works on matrices "
                        "only.\nGive vectors, such as the norms' weights, to AdamW."
                    )

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Moves every matrix that has a gradient."""
        for group in self.param_groups:
            by_shape = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    by_shape[weight.shape].append(weight)
            for (rows, columns), weights in by_shape.items():
                # Matrices of one shape go through the iterations together: fewer, larger products.
                update = orthogonalize(torch.stack([self._nesterov(w, group) for w in weights]))
                distance = group["lr"] * max(1, rows / columns) ** 0.5  # tall matrices go further
                for weight, direction in zip(weights, update, strict=True):
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.add_(direction, alpha=-distance)

    def _nesterov(self, weight: Tensor, group: dict) -> Tensor:
        state, momentum = self.state[weight], group["momentum"]
        if not state:
            state["mean"] = torch.zeros_like(weight)
        # A moving average, and a look ahead along it.
        state["mean"].lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(state["mean"], momentum)


def optimizers(model: nn.Module, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, torch's AdamW for embedding, head and norms.

    Args:
        model: a Transformer; weights that are frozen (no requires_grad) are left out.
        config: its muon_lr, adamw_lr, muon (use Muon at all) and weight_decay are used.

    Returns:
        One or two optimizers; every group remembers its full rate as "base_lr".

    Raises:
        ValueError: every weight is frozen.
    """
    # Muon is for matrices that mix, the blocks' own; a table's rows each stand for one token
    inside, tables, vectors = [], [], []
    for name, weight in model.named_parameters():
        if not weight.requires_grad:
            continue
        if weight.ndim != 2:
            vectors.append(weight)
        else:
            (inside if config.muon and ".layers." in name else tables).append(weight)
    if not (inside or tables or vectors):
        raise ValueError(
            "Every weight of this model is frozen, so there is nothing to train.\n"
            "model.requires_grad_(True) lets all of them learn again."
        )
    # norms are not decayed: their weights belong near 1
    decay = config.weight_decay
    groups = [{"params": tables, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    # One pass over all weights, where there is one.
    fused = next(model.parameters()).device.type in ("cpu", "cuda")
    chosen: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(groups, lr=config.adamw_lr, betas=(0.9, 0.95), fused=fused)
    ]
    if inside:
        chosen.append(Muon(inside, lr=config.muon_lr, weight_decay=decay))
    # the schedule multiplies these full rates
    for optimizer in chosen:
        for group in optimizer.param_groups:
            group["base_lr"] = group["lr"]
    return chosen


def schedule(step: int, steps: int, warmup_steps: int = 20, warmdown: float = 0.6) -> float:
    """The share of the full learning rate at a step: up, level, then down to nearly zero.

    Args:
        step: 0 to steps - 1.
        steps: how many there are in all.
        warmup_steps: how many steps the way up takes.
        warmdown: which share of all steps, at the end, the way down takes; 0 for none.

    Returns:
        Above 0, at most 1.
    """
    # A way up and a way down; in between both are 1, and the rate is level.
    up = min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
    down = min(1.0, (1 - step / steps) / warmdown) if warmdown else 1.0
    return up * down


def set_learning_rate(optimizers: Iterable[torch.optim.Optimizer], factor: float) -> None:
    """Sets every group's rate to this factor times its full one."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            # where nobody said so, the rate that it was made with is the full one
            group["lr"] = group.setdefault("base_lr", group["lr"]) * factor
