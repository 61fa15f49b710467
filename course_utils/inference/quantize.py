"""Weights in fewer bits: each is rounded to a small whole number, times a scale that many share.

Plain rounding to the nearest, symmetric about 0, after training. Leaves out what mends the
rounding by looking at activations (GPTQ, AWQ), quantized activations, and kernels that multiply
packed numbers directly. Taught in notebook 05, section "Fewer bits".

Shape letters: R rows (output channels), C columns, G groups of columns with one scale each.

Source: Dettmers et al. 2022, arXiv:2208.07339, for 8 bits by channel; Dettmers and Zettlemoyer
2023, arXiv:2212.09720, for 4 bits by group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from course_utils import checks
from course_utils.model.transformer import HEAD, TABLE, Transformer, TransformerConfig

MOST_BITS, LEAST_BITS = 8, 2
SIDE_BY_SIDE = 8  # so many codes fill as many whole bytes as each has bits
SMALLEST_SCALE = torch.finfo(torch.float16).tiny


@dataclass(frozen=True)
class QuantizationConfig:
    """How weights are rounded.

    Attributes:
        bits: of each code, 2 to 8; the codes go from -(2^(bits-1) - 1) to the same above 0.
        group_columns: so many neighbouring weights of a row share a scale; None for whole rows.
        tables: whether the token table and the head are rounded too.

    Raises:
        ValueError: a setting is outside of what it can be.
    """

    bits: int = 8
    group_columns: int | None = None
    tables: bool = True

    def __post_init__(self) -> None:
        checks.whole("bits", self.bits, least=LEAST_BITS)
        checks.number("bits", self.bits, most=MOST_BITS, hint="float16 has 16, float32 has 32.")
        if self.group_columns is not None:
            checks.whole("group_columns", self.group_columns, least=1, hint="None: whole rows.")
        checks.flag("tables", self.tables)

    @property
    def largest_code(self) -> int:
        """127 for 8 bits, 7 for 4 bits, 1 for 2 bits."""
        return 2 ** (self.bits - 1) - 1


@dataclass(frozen=True)
class QuantizedTable:
    """One matrix of weights in fewer bits.

    Attributes:
        packed: (R, bytes) uint8: the codes, each moved up to be no less than 0, side by side.
        scales: (R, G) float16: what a code of 1 is worth.
        columns: C.
        config: how it was made.
    """

    packed: Tensor
    scales: Tensor
    columns: int
    config: QuantizationConfig

    @property
    def nbytes(self) -> int:
        """Bytes of codes and scales."""
        return self.packed.nbytes + self.scales.nbytes

    def codes(self, rows: Tensor | slice = slice(None)) -> Tensor:
        """The whole numbers: (R, C) int64, or of some rows only."""
        codes = unpack(self.packed[rows], self.config.bits, self.columns)
        return codes - self.config.largest_code

    def dequantize(self, rows: Tensor | slice = slice(None)) -> Tensor:
        """The weights as they are now: code times scale, (R, C) float32, or of some rows only."""
        return self.codes(rows).float() * self.scale_of_each(rows)

    def scale_of_each(self, rows: Tensor | slice = slice(None)) -> Tensor:
        """(R, C) float32: the scale of every weight, or (R, 1) where a row has one."""
        scales = self.scales[rows].float()
        if scales.size(-1) == 1:
            return scales
        return scales.repeat_interleave(self.config.group_columns, -1)[..., : self.columns]


def quantize(weights: Tensor, config: QuantizationConfig | None = None) -> QuantizedTable:
    """Rounds a matrix: no weight moves by more than half of its scale.

    Args:
        weights: (R, C) finite numbers; a row is what makes one output.
        config: None for 8 bits and one scale a row.

    Returns:
        Codes and scales. A scale is the largest amount of its group over the largest code.

    Raises:
        ValueError: the shape is another, a weight is not finite, or too large for float16 scales.
    """
    config = config or QuantizationConfig()
    if weights.dim() != 2 or not weights.numel():
        raise ValueError(
            f"weights has shape {tuple(weights.shape)}; expected a matrix (R, C) with numbers in "
            "it.\nNorms and biases are small: leave them as they are."
        )
    # Columns that fill up the last group are 0, and dropped again below.
    R, C = weights.shape
    width = min(config.group_columns or C, C)
    groups = F.pad(weights.detach().float(), (0, -C % width)).view(R, -1, width)  # (R, G, width)
    scales = (groups.abs().amax(-1) / config.largest_code).clamp(min=SMALLEST_SCALE).half()
    if not torch.isfinite(scales).all():
        raise ValueError(
            "A weight is not a finite number, or too large for a scale in float16 (65,504).\n"
            "The model is damaged, most often by training at too high a learning rate."
        )
    codes = (groups / scales.float()[..., None]).round().int()
    codes = codes.clamp(-config.largest_code, config.largest_code).view(R, -1)[:, :C]
    return QuantizedTable(pack(codes + config.largest_code, config.bits), scales, C, config)


def pack(codes: Tensor, bits: int) -> Tensor:
    """Puts small numbers side by side: at 4 bits two in a byte, the first in its lower half.

    Args:
        codes: (R, C) whole numbers from 0 to 2^bits - 1.
        bits: of each, 1 to 8.

    Returns:
        (R, bytes) uint8; eight codes take as many bytes as each has bits, and a row is filled up
        to a multiple of eight.
    """
    R, C = codes.shape
    eights = F.pad(codes.long(), (0, -C % SIDE_BY_SIDE)).view(R, -1, SIDE_BY_SIDE)
    # Eight codes in one long number, then that number cut into bytes.
    joined = (eights << (bits * torch.arange(SIDE_BY_SIDE))).sum(-1, keepdim=True)
    return ((joined >> (8 * torch.arange(bits))) & 255).to(torch.uint8).view(R, -1)


def unpack(packed: Tensor, bits: int, columns: int) -> Tensor:
    """What `pack` put side by side: (R, bytes) uint8 to (R, columns) int64."""
    if bits == 8:  # nothing stands side by side
        return packed[..., :columns].long()
    pieces = packed.long().unflatten(-1, (-1, bits))  # (R, eights, bits)
    joined = (pieces << (8 * torch.arange(bits))).sum(-1, keepdim=True)
    codes = (joined >> (bits * torch.arange(SIDE_BY_SIDE))) & (2**bits - 1)
    return codes.flatten(-2)[..., :columns]


@dataclass(frozen=True)
class QuantizedModel:
    """A whole model in fewer bits.

    Attributes:
        config: its size.
        quantization: how its matrices were rounded.
        tables: name of a weight -> that matrix in fewer bits.
        plain: name of a weight -> what stayed as it was: the norms, and the token table and head
            where the quantization leaves them out.
    """

    config: TransformerConfig
    quantization: QuantizationConfig
    tables: dict[str, QuantizedTable] = field(repr=False)
    plain: dict[str, Tensor] = field(repr=False)

    @classmethod
    def of(cls, model: Transformer, config: QuantizationConfig | None = None) -> QuantizedModel:
        """Rounds every matrix of a model, which stays as it is.

        Raises:
            ValueError: see `quantize`.
        """
        config = config or QuantizationConfig()
        tables, plain = {}, {}
        for name, weight in model.state_dict().items():
            if weight.dim() == 2 and (config.tables or name not in (TABLE, HEAD)):
                tables[name] = quantize(weight.cpu(), config)
            else:
                plain[name] = weight.detach().cpu().clone()
        return cls(model.config, config, tables, plain)

    @property
    def nbytes(self) -> int:
        """Bytes of all weights: codes, scales, and what stayed."""
        kept = [*self.tables.values(), *self.plain.values()]
        return sum(part.nbytes for part in kept)

    @property
    def bits_per_weight(self) -> float:
        """Bits of a weight, its share of the scales and of what stayed included."""
        weights = sum(one.packed.size(0) * one.columns for one in self.tables.values())
        return 8 * self.nbytes / (weights + sum(one.numel() for one in self.plain.values()))

    def restore(self) -> Transformer:
        """A model of the rounded weights in float32: as fast as before, and as large in memory."""
        weights = {name: table.dequantize() for name, table in self.tables.items()}
        model = Transformer(self.config)
        model.load_state_dict(weights | self.plain)
        return model.eval()

    def packed(self) -> Transformer:
        """A model that keeps its matrices packed, and unpacks each whenever it is multiplied.

        Small in memory; slower, because here every product first makes the floats anew.
        """
        model = Transformer(self.config)
        model.load_state_dict(self.plain, strict=False)
        # The head of a tied model is its first table.
        tables = dict(self.tables)
        if self.config.tied and TABLE in tables:
            tables[HEAD] = tables[TABLE]
        for name, table in tables.items():
            parent, _, child = name.removesuffix(".weight").rpartition(".")
            kind = PackedEmbedding if name == TABLE else PackedLinear
            setattr(model.get_submodule(parent), child, kind(table))
        return model.eval()

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """What a file has to hold: codes and scales by their weight's name, and what stayed."""
        for name, table in self.tables.items():
            yield f"{name}.packed", table.packed
            yield f"{name}.scales", table.scales
        yield from self.plain.items()


class PackedLinear(nn.Module):
    """A product with a matrix that lies packed: its floats are made anew for every product."""

    def __init__(self, table: QuantizedTable) -> None:
        super().__init__()
        self.table, self.out_features = table, table.packed.size(0)

    @property
    def weight(self) -> Tensor:
        """(R, C) float32, made anew whenever it is asked for."""
        return self.table.dequantize()

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) to (..., R)."""
        return F.linear(x, self.weight)


class PackedEmbedding(nn.Module):
    """A token table that lies packed: only the rows that are asked for become floats."""

    def __init__(self, table: QuantizedTable) -> None:
        super().__init__()
        self.table = table

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) token ids to (B, T, C)."""
        return self.table.dequantize(tokens.flatten()).unflatten(0, tokens.shape)
