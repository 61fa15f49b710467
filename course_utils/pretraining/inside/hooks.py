"""The model's inner numbers, a row or a batch of rows at a time: residual stream and log odds.

Left out: attention weights and heads switched off, which are in model/attention.py; and what all
this is good for, which the files beside this one measure. The hooks are taken off again, also
after an error. For notebook 03, section "What heads and layers do".

Shape letters: L blocks, B rows, T tokens, C width.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

import torch
from torch import Tensor

from course_utils.model.transformer import Transformer
from course_utils.tokenization.special_tokens import PAD


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Rows of different lengths as one batch; what is added behind a row changes nothing in it.

    Returns:
        (B, T) token ids and the (B,) place of each row's last token.

    Raises:
        ValueError: there is no row, or an empty one.
    """
    if not rows or not all(rows):
        raise ValueError("There must be at least one row, and every row needs a token.")
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])
    return ids, torch.tensor([len(row) - 1 for row in rows])


@torch.no_grad()
def streams(model: Transformer, tokens: Tensor) -> Tensor:
    """The residual stream: after the embedding, and after each block.

    Args:
        model: any.
        tokens: (B, T) token ids.

    Returns:
        (L + 1, B, T, C); number 0 is the embedding itself.
    """
    kept: list[Tensor] = []
    with ExitStack() as hooks:
        for part in (model.model.embed_tokens, *model.model.layers):
            handle = part.register_forward_hook(lambda _, __, out: kept.append(out.detach()))
            hooks.callback(handle.remove)
        model.hidden(tokens.to(model.lm_head.weight.device))
    return torch.stack(kept)


@torch.no_grad()
def streams_at(model: Transformer, rows: Sequence[Sequence[int]], batch: int = 64) -> Tensor:
    """The residual stream at the last token of every row: (L + 1, rows, C)."""
    kept = []
    for start in range(0, len(rows), batch):
        ids, last = padded(rows[start : start + batch])
        kept.append(streams(model, ids)[:, torch.arange(len(last)), last])
    return torch.cat(kept, dim=1)


@torch.no_grad()
def log_odds(
    model: Transformer, rows: Sequence[tuple[Sequence[int], Sequence[int]]], batch: int = 64
) -> tuple[Tensor, Tensor]:
    """How likely each continuation is after its prompt, and whether it is what the model says.

    Args:
        model: any.
        rows: (prompt, continuation) as token ids, neither empty.
        batch: rows scored together.

    Returns:
        (rows,) sums of the logarithms of the continuation's tokens, in nats; (rows,) whether each
        of its tokens was the likeliest one, so that the model, taking the likeliest, says it.
    """
    sums, said = [], []
    for start in range(0, len(rows), batch):
        some = rows[start : start + batch]
        ids, _ = padded([[*prompt, *more] for prompt, more in some])
        hidden = model.hidden(ids.to(model.lm_head.weight.device))  # (b, T, C)
        for row, (prompt, more) in enumerate(some):
            # Only where the continuation is foretold: the head is most of the work.
            places = hidden[row, len(prompt) - 1 : len(prompt) + len(more) - 1]
            odds = model.lm_head(places).float().cpu().log_softmax(-1)
            right = torch.tensor(list(more))
            sums.append(odds.gather(1, right[:, None]).sum())
            said.append(bool((odds.argmax(-1) == right).all()))
    return torch.stack(sums), torch.tensor(said)
