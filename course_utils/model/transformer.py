"""The transformer: a small decoder in the plain Llama layout, in full view.

Leaves out dropout, grouped keys and the KV cache itself (cache.py). The names are Hugging
Face's, so saving needs no translation. Taught in notebook 03, section "One sentence,
all the way through".

Shape letters: B sequences, T tokens, C width, H heads, D head width (C = H * D), F width inside
of the feed-forward layer, V vocabulary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from course_utils import checks

TABLE, HEAD = "model.embed_tokens.weight", "lm_head.weight"
TIED_NORM = 0.05  # the last norm's first weights where the head is the first table


@dataclass(frozen=True)
class TransformerConfig:
    """The size of a model. The defaults make 1.8 million parameters."""

    vocab_size: int = 4096  # V, how many different tokens there are
    width: int = 128  # C, how many numbers stand for a token between the layers
    layers: int = 4  # blocks of attention and feed-forward, one after the other
    heads: int = 4  # H, attention patterns that a layer computes side by side
    intermediate_size: int = 336  # F, the width inside the feed-forward layer, about 8/3 of C
    context_tokens: int = 256  # the longest sequence that the model can read
    rope_theta: float = 500_000.0  # base of the rotary positions: larger turns more slowly
    norm_eps: float = 1e-5  # keeps RMSNorm from dividing by zero
    tied: bool = False  # whether the last table is the first one: a token is written as it is read

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name == "tied":
                checks.flag(name, value)
            elif name in ("rope_theta", "norm_eps"):
                checks.number(name, value, above=0)
            else:
                checks.whole(name, value, least=1)
        if self.width % (2 * self.heads):
            raise ValueError(
                f"width {self.width} gives each of {self.heads} heads {self.width / self.heads:g} "
                f"numbers, which rotary positions turn in pairs.\nUse a width that is a multiple "
                f"of {2 * self.heads}."
            )

    def check_vocabulary(self, vocab_size: int) -> None:
        """Refuses a tokenizer of another vocabulary: its ids mean other texts here, or nothing.

        Args:
            vocab_size: the tokenizer's V.

        Raises:
            ValueError: the model has another.
        """
        if vocab_size != self.vocab_size:
            raise ValueError(
                f"The model knows {self.vocab_size} tokens and the tokenizer {vocab_size}.\nUse "
                "the tokenizer that the model was trained with: it lies in the model's folder."
            )


class Cache(Protocol):
    """What the model asks of a KV cache; cache.py has the one that is used."""

    length: int  # how many tokens of each row it holds

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Takes a layer's new keys and values, (B, H, T, D) each; gives all of them so far."""


class RMSNorm(nn.Module):
    """Scales each vector to an average square of 1. Source: Zhang and Sennrich 2019."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) to (..., C)."""
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


def rotary_angles(context_tokens: int, head_width: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosine and sine of every position's turn, each (T, D). Source: Su and others 2021."""
    speeds = theta ** (-torch.arange(0, head_width, 2) / head_width)  # (D / 2,)
    angles = torch.outer(torch.arange(context_tokens).float(), speeds).repeat(1, 2)  # (T, D)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns each pair (number i, number i + D/2) of every head by its position's angle."""
    return _Rotation.apply(x, cos, sin) if x.requires_grad else _turned(x, cos, sin)


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The turn itself: (first cos - second sin, second cos + first sin), each into its place."""
    turned, half = x * cos, x.size(-1) // 2
    turned[..., :half].addcmul_(x[..., half:], sin[..., half:], value=-1)
    turned[..., half:].addcmul_(x[..., :half], sin[..., :half])
    return turned


class _Rotation(torch.autograd.Function):
    """A turn, whose gradient is turned back: three passes over the numbers each way, no copies."""

    @staticmethod
    def forward(ctx, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _turned(x, cos, sin)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _turned(gradient, cos, -sin), None, None


def joined(x: Tensor, *projections: nn.Linear) -> tuple[Tensor, ...]:
    """What several projections make of x, by one product with all their tables at once.

    A processor multiplies one wide table faster than several narrow ones. For a single token the
    tables would cost more to join than that brings.
    """
    if x.size(-2) == 1:
        return tuple(projection(x) for projection in projections)
    tables = torch.cat([projection.weight for projection in projections])
    return F.linear(x, tables).split([p.out_features for p in projections], dim=-1)


def not_ahead(T: int, past: int, device: torch.device | None = None) -> Tensor:
    """(T, past + T): True where a new token may look: at all old ones, and up to itself."""
    return torch.ones(T, past + T, dtype=torch.bool, device=device).tril(past)


class Attention(nn.Module):
    """Every token gathers from the tokens before it what its query asks for."""

    def __init__(self, config: TransformerConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.heads = layer, config.heads
        self.q_proj = nn.Linear(config.width, config.width, bias=False)
        self.k_proj = nn.Linear(config.width, config.width, bias=False)
        self.v_proj = nn.Linear(config.width, config.width, bias=False)
        self.o_proj = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: Cache | None) -> Tensor:
        """(B, T, C) to (B, T, C)."""
        B, T, C = x.shape
        query, keys, values = self.project(x, cos, sin)
        # The tokens before come from the cache.
        if cache is not None:
            keys, values = cache.extend(self.layer, keys, values)
        # A single new token may look at everything; several may not look ahead.
        past = keys.size(2) - T
        mask = not_ahead(T, past, x.device) if past and T > 1 else None
        mixed = F.scaled_dot_product_attention(
            query, keys, values, attn_mask=mask, is_causal=T > 1 and mask is None
        )
        return self.o_proj(mixed.transpose(1, 2).reshape(B, T, C))

    def project(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, C) to queries, keys and values of every head, (B, H, T, D) each."""
        # What each token asks for, what it offers to be found by, and what it hands over.
        B, T, C = x.shape
        query, keys, values = (
            part.view(B, T, self.heads, C // self.heads).transpose(1, 2)  # (B, H, T, D)
            for part in joined(x, self.q_proj, self.k_proj, self.v_proj)
        )
        # Positions enter here, as angles.
        return rotate(query, cos, sin), rotate(keys, cos, sin), values


class FeedForward(nn.Module):
    """SwiGLU: a gate decides how much of each hidden number passes. Source: Shazeer 2020."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.width, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to (B, T, C), through (B, T, F)."""
        gate, up = joined(x, self.gate_proj, self.up_proj)
        return self.down_proj(F.silu(gate) * up)


class Block(nn.Module):
    """One layer: attention, then feed-forward, each added to what came in."""

    def __init__(self, config: TransformerConfig, layer: int) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.width, config.norm_eps)
        self.self_attn = Attention(config, layer)
        self.post_attention_layernorm = RMSNorm(config.width, config.norm_eps)
        self.mlp = FeedForward(config)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: Cache | None) -> Tensor:
        """(B, T, C) to (B, T, C)."""
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, cache)
        return x + self.mlp(self.post_attention_layernorm(x))  # (B, T, C)


class Decoder(nn.Module):
    """Embedding, blocks and the last norm."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.width)
        self.layers = nn.ModuleList(Block(config, layer) for layer in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_eps)
        head_width = config.width // config.heads
        cos, sin = rotary_angles(config.context_tokens, head_width, config.rope_theta)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, tokens: Tensor, cache: Cache | None) -> Tensor:
        """(B, T) token ids to (B, T, C)."""
        # Positions go on where the cache ends.
        past = cache.length if cache is not None else 0
        x, end = self.embed_tokens(tokens), past + tokens.size(1)  # (B, T, C)
        for block in self.layers:
            x = block(x, self.cos[past:end], self.sin[past:end], cache)
        return self.norm(x)


def _without_head(model: nn.Module, state: dict, prefix: str, _: dict) -> None:
    """Takes the head's table out of what is saved, where it is the first one."""
    state.pop(f"{prefix}{HEAD}", None)


def _with_head(model: nn.Module, state: dict, prefix: str, *_: object) -> None:
    """Puts it back before weights are loaded."""
    state[f"{prefix}{HEAD}"] = state.get(f"{prefix}{TABLE}", model.model.embed_tokens.weight)


class Transformer(nn.Module):
    """The whole model, its starting weights drawn from the seed alone."""

    def __init__(self, config: TransformerConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        self.lm_head = nn.Linear(config.width, config.vocab_size, bias=False)
        if config.tied:
            self.lm_head.weight = self.model.embed_tokens.weight
            # One table has one name, in checkpoints and files too.
            self.register_state_dict_post_hook(_without_head)
            self.register_load_state_dict_pre_hook(_with_head)
        self._start_weights(torch.Generator().manual_seed(seed))

    def _start_weights(self, generator: torch.Generator) -> None:
        for name, weight in self.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight", "lm_head.weight")):
                nn.init.zeros_(weight)  # so that at first every block passes its input through
            elif "embed_tokens" in name:
                nn.init.normal_(weight, generator=generator)
            elif weight.ndim == 2:
                bound = 1 / math.sqrt(weight.size(1))
                nn.init.uniform_(weight, -bound, bound, generator=generator)
        if self.config.tied:  # the table's numbers are large for a head: scores begin near even
            nn.init.constant_(self.model.norm.weight, TIED_NORM)

    def forward(self, tokens: Tensor, cache: Cache | None = None) -> Tensor:
        """The scores of the next token after every position.

        Args:
            tokens: (B, T) token ids; with a cache only new ones, one or several a call.
            cache: keys and values of the tokens before: see cache.py.

        Returns:
            (B, T, V) logits.

        Raises:
            ValueError: the sequence is too long, or an id is not in the vocabulary.
        """
        return self.lm_head(self.hidden(tokens, cache))

    def hidden(self, tokens: Tensor, cache: Cache | None = None) -> Tensor:
        """What the head reads: (B, T) token ids to (B, T, C); arguments and errors as above."""
        self.check(tokens, cache.length if cache is not None else 0)
        return self.model(tokens, cache)

    def next_logits(self, tokens: Tensor, cache: Cache | None = None) -> Tensor:
        """The scores after the last position alone: (B, T) token ids to (B, V).

        The head is most of the work and nearly all of the memory of a long prompt, and who writes
        needs one position of it. Arguments and errors are those of `forward`.
        """
        return self.lm_head(self.hidden(tokens, cache)[:, -1])

    def check(self, tokens: Tensor, past: int) -> None:
        """Refuses what this model cannot read: (B, T) token ids after so many cached ones.

        Raises:
            ValueError: see `forward`.
        """
        limit, size = self.config.context_tokens, self.config.vocab_size
        total = past + tokens.size(1)
        if total > limit:
            raise ValueError(
                f"The sequence has {total} tokens, but this model was made for up to {limit}.\n"
                f"Pass at most {limit}, or train with TransformerConfig(context_tokens={total})."
            )
        if tokens.device.type == "cpu":  # on a GPU, looking would make every step wait
            low, high = (int(value) for value in tokens.aminmax())
            if low < 0 or high >= size:
                raise ValueError(
                    f"Token id {low if low < 0 else high} is not in this model's vocabulary of "
                    f"{size} (0 to {size - 1}).\nUse the tokenizer that it was trained with."
                )

    def count(self) -> int:
        """How many numbers training can change."""
        return sum(weight.numel() for weight in self.parameters())
