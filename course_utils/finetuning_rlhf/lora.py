"""LoRA: low-rank tables beside a model's frozen ones, trained in their place and then merged.

A table W stays as it is, and two narrow ones learn what is to be added, (alpha / rank) B A x to W
x, where A has `rank` rows and B `rank` columns. The names are those of Hugging Face's peft. Leaves
out the loop that trains them, which is finetuning's own (sft.py), their files (lora_files.py), and
tables for embedding, head and norms. Taught in notebook 04, section "Few numbers instead of all".

Shape letters: B sequences, T tokens, I numbers in, O numbers out, R the rank.
Source: Hu and others 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch import Tensor

from course_utils import checks
from course_utils.model.transformer import Transformer, TransformerConfig

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
FEED_FORWARD = ("gate_proj", "up_proj", "down_proj")
TABLES = (*ATTENTION, *FEED_FORWARD)  # of every block


@dataclass(frozen=True)
class LoRAConfig:
    """Which tables get low-rank ones beside them, and of what rank.

    Attributes:
        rank: R, rows of A and columns of B; more can learn more, and trains more numbers.
        alpha: what is added counts alpha / rank, so that another rank needs no other rate.
        tables: names out of TABLES, in every block.
        seed: of the first numbers of A; B begins with zeros, so that at first nothing is added.

    Raises:
        ValueError: a setting is outside of what it can be.
    """

    rank: int = 8
    alpha: float = 16.0
    tables: tuple[str, ...] = TABLES
    seed: int = 0

    def __post_init__(self) -> None:
        checks.whole("rank", self.rank, least=1, hint="It is how many rows the table A has.")
        checks.number("alpha", self.alpha, above=0, hint="Twice the rank is usual.")
        checks.whole("seed", self.seed)
        wrong = [name for name in self.tables if name not in TABLES]
        if isinstance(self.tables, str) or wrong or not self.tables:
            raise ValueError(
                f"tables is {self.tables!r}; give a tuple of names out of {', '.join(TABLES)}.\n"
                "Embedding, head and norms stay frozen."
            )


class LoRALinear(nn.Module):
    """A frozen table with a low-rank one beside it.

    Args:
        table: (O, I), frozen here.
        rank: R.
        alpha: what is added counts alpha / rank.
        generator: draws the first numbers of A.
    """

    def __init__(
        self, table: nn.Linear, rank: int, alpha: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.rank, self.alpha = rank, alpha
        self.in_features, self.out_features = table.in_features, table.out_features
        self.base_layer = table.requires_grad_(False)
        self.lora_A = nn.Linear(self.in_features, rank, bias=False)  # (R, I)
        self.lora_B = nn.Linear(rank, self.out_features, bias=False)  # (O, R)
        bound = 1 / math.sqrt(self.in_features)
        nn.init.uniform_(self.lora_A.weight, -bound, bound, generator=generator)
        nn.init.zeros_(self.lora_B.weight)  # so that the model begins as it was
        self.to(table.weight.device, table.weight.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) to (..., O): what the frozen table makes of x, and what is learnt beside it."""
        return self.base_layer(x) + self.alpha / self.rank * self.lora_B(self.lora_A(x))

    @property
    def weight(self) -> Tensor:
        """(O, I): both as one table, which makes the same of x."""
        learnt = self.lora_B.weight @ self.lora_A.weight  # (O, R) (R, I)
        return self.base_layer.weight + self.alpha / self.rank * learnt


def add_lora(model: Transformer, config: LoRAConfig | None = None) -> Transformer:
    """A copy of a model in which only new low-rank tables learn; at first it computes the same.

    sft.finetune trains it like any other: the optimizer takes the weights that are not frozen.

    Args:
        model: stays as it is.
        config: which tables and what rank; None for LoRAConfig().

    Raises:
        ValueError: the rank is above the shorter side of a table, or the model has low-rank tables
            already.
    """
    config = config or LoRAConfig()
    if low_rank_layers(model):
        raise ValueError(
            "This model has low-rank tables already.\nMerge them first: add_lora(merge(model))."
        )
    beside = copy.deepcopy(model).requires_grad_(False)
    generator = torch.Generator().manual_seed(config.seed)
    for name, table in tables_of(beside, config.tables).items():
        _check_rank(name, config.rank, min(table.in_features, table.out_features))
        _put(beside, name, LoRALinear(table, config.rank, config.alpha, generator))
    return beside


@torch.no_grad()
def merge(model: Transformer) -> Transformer:
    """An ordinary model that computes the same: what was learnt is added to the frozen tables.

    Args:
        model: one of add_lora, trained or not; stays as it is.

    Returns:
        A Transformer that save.save writes and all other parts take, free to learn again.

    Raises:
        ValueError: the model has no low-rank tables.
    """
    lora_of(model)  # refuses a plain one
    plain = copy.deepcopy(model)
    for name, layer in low_rank_layers(plain).items():
        layer.base_layer.weight.copy_(layer.weight)
        _put(plain, name, layer.base_layer)
    return plain.requires_grad_(True)


def lora_of(model: Transformer) -> LoRAConfig:
    """The rank, alpha and tables of a model's low-rank tables.

    Raises:
        ValueError: it has none.
    """
    layers = low_rank_layers(model)
    if not layers:
        raise ValueError("This model has no low-rank tables.\nadd_lora(model) gives it some.")
    first, names = next(iter(layers.values())), {name.rpartition(".")[2] for name in layers}
    return LoRAConfig(first.rank, first.alpha, tuple(name for name in TABLES if name in names))


def low_rank_layers(model: nn.Module) -> dict[str, LoRALinear]:
    """The tables that have low-rank ones beside them, by name."""
    modules = model.named_modules()
    return {name: module for name, module in modules if isinstance(module, LoRALinear)}


def tables_of(model: nn.Module, tables: tuple[str, ...] = TABLES) -> dict[str, nn.Linear]:
    """The plain tables of these kinds, by name, such as "model.layers.0.self_attn.q_proj"."""
    return {
        name: module
        for name, module in model.named_modules()
        if name.rpartition(".")[2] in tables and isinstance(module, nn.Linear)
    }


def frozen_weights(model: Transformer) -> dict[str, Tensor]:
    """The weights that stand beside the low-rank ones, under the names of the model without."""
    return {
        name.replace(".base_layer.", "."): weight
        for name, weight in model.state_dict().items()
        if ".lora_" not in name
    }


def numbers_trained(model: TransformerConfig, config: LoRAConfig) -> int:
    """How many numbers learn: rank times both sides of each table; nothing is built for it."""
    width, inner = model.width, model.intermediate_size
    sides = dict.fromkeys(ATTENTION, 2 * width)
    sides |= dict.fromkeys(FEED_FORWARD, width + inner)
    return model.layers * config.rank * sum(sides[name] for name in set(config.tables))


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    """Puts a module in the place of the one of that name."""
    parent, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(parent), attribute, module)


def _check_rank(name: str, rank: int, most: int) -> None:
    if rank > most:
        raise ValueError(
            f"rank is {rank}, but {name} has {most} numbers on its shorter side, and no table "
            f"has a higher rank than that.\nUse a rank from 1 to {most}."
        )
