"""The model's inner numbers: the residual stream, attention weights, and heads switched off.

Left out: what they are good for, which the files beside this one measure. The hooks are taken off
again, also after an error. For notebook 03, section "What does it know?";
no cell shows it yet.

Shape letters: L blocks, B rows, T tokens, C width, H heads, D head width.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from course_utils.model.transformer import Transformer, rotate
from course_utils.tokenization.special_tokens import PAD

Head = tuple[int, int]  # block and head, both counted from 0


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
def attention(model: Transformer, tokens: Tensor) -> Tensor:
    """How much every token looks at each token up to itself, head by head.

    Args:
        model: any.
        tokens: (B, T) token ids.

    Returns:
        (L, B, H, T, T) weights; [..., i, j] is what token i takes from token j, and rows sum to 1.
    """
    maps: list[Tensor] = []
    with ExitStack() as hooks:
        for block in model.model.layers:
            handle = block.self_attn.register_forward_pre_hook(
                lambda part, given: maps.append(_weights(part, *given[:3]))
            )
            hooks.callback(handle.remove)
        model.hidden(tokens.to(model.lm_head.weight.device))
    return torch.stack(maps)


def _weights(part: torch.nn.Module, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The softmax rows that the fast kernel of `Attention.forward` does not hand out."""
    B, T, C = x.shape
    query, keys = (
        rotate(table(x).view(B, T, part.heads, C // part.heads).transpose(1, 2), cos, sin)
        for table in (part.q_proj, part.k_proj)
    )
    scores = query @ keys.transpose(-1, -2) / math.sqrt(C // part.heads)  # (B, H, T, T)
    later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
    return scores.masked_fill(later, -math.inf).softmax(-1)


@contextmanager
def heads_off(model: Transformer, heads: Iterable[Head]) -> Iterator[None]:
    """Inside, what these heads found reaches nobody: their part is 0 before the heads are joined.

    Args:
        model: it is as before afterwards.
        heads: (block, head) of each.

    Raises:
        ValueError: the model has no such head.
    """
    config, by_block = model.config, {}
    width = config.width // config.heads
    for layer, head in heads:
        if not (0 <= layer < config.layers and 0 <= head < config.heads):
            raise ValueError(
                f"There is no head {head} in block {layer}: this model has {config.layers} blocks "
                f"of {config.heads} heads, both counted from 0."
            )
        by_block.setdefault(layer, []).append(slice(head * width, (head + 1) * width))
    with ExitStack() as hooks:
        for layer, parts in by_block.items():
            out = model.model.layers[layer].self_attn.o_proj
            hooks.callback(out.register_forward_pre_hook(_silence(parts)).remove)
        yield


def _silence(parts: list[slice]):
    def hook(_: torch.nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
        found = given[0].clone()  # (B, T, C), the heads side by side
        for part in parts:
            found[..., part] = 0
        return (found,)

    return hook


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
