"""The loss over the whole vocabulary, a block of rows at a time, with its gradient in one pass.

Scores for 2,048 tokens over a vocabulary of 4,096 are 32 MB, which a processor's cache does not
hold: computed, kept and read again they cost more than the arithmetic. A block stays in the cache,
and its gradient is ready before the next one begins. Left out: the GPU, where PyTorch's own is
faster. Taught in notebook 03, section "Start the long run".
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

ROWS = 128  # of a block; with a vocabulary of 4,096 its scores are 2 MB


def head_loss(
    hidden: Tensor, table: Tensor, targets: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy of the scores that a head gives, in nats per token.

    Args:
        hidden: (N, C) what the decoder says of each position.
        table: (V, C) the head's weight; the scores are hidden @ table.T.
        targets: (N,) the right token ids.
        weights: (N,) how much each position counts, above 0; None counts all alike.

    Returns:
        A number with a gradient: the weighted mean of `cross_entropy(hidden @ table.T, targets)`.
    """
    exact = hidden.dtype in (torch.float32, torch.float64)
    if hidden.device.type != "cpu" or not exact or torch.is_autocast_enabled("cpu"):
        if weights is None:
            return F.cross_entropy((hidden @ table.T).float(), targets)
        # in float32, for half precision cannot even count the positions
        weights = weights.float()
        each = F.cross_entropy((hidden @ table.T).float(), targets, reduction="none")
        return (each * weights).sum() / weights.sum()
    if weights is None:
        weights = hidden.new_ones(len(hidden))
    return _BlockedLoss.apply(hidden, table, targets, weights)


class _BlockedLoss(torch.autograd.Function):
    """Forward makes the gradients too; backward only hands them on."""

    @staticmethod
    def forward(ctx, hidden: Tensor, table: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        rows, wanted = len(hidden), any(ctx.needs_input_grad[:2])
        total = hidden.new_zeros(())
        by_hidden = torch.empty_like(hidden) if wanted else None
        # A frozen head needs no gradient of its own, which is a third of the work here.
        by_table = torch.zeros_like(table) if ctx.needs_input_grad[1] else None
        for start in range(0, rows, ROWS):
            block, right = hidden[start : start + ROWS], targets[start : start + ROWS, None]
            counts = weights[start : start + ROWS, None]  # (R, 1)
            logs = F.log_softmax(block @ table.T, dim=1)  # (R, V)
            total -= (logs.gather(1, right) * counts).sum()
            if wanted:
                # The gradient of the scores: the probabilities, less 1 at the right token.
                shares = logs.exp_().scatter_add_(1, right, logs.new_full(right.shape, -1.0))
                shares *= counts
                torch.mm(shares, table, out=by_hidden[start : start + ROWS])
                if by_table is not None:
                    by_table.addmm_(shares.T, block)
        ctx.gradients = (by_hidden, by_table, weights.sum())
        return total / weights.sum()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        by_hidden, by_table, total = ctx.gradients
        share = gradient / total
        return by_hidden * share, None if by_table is None else by_table * share, None, None
