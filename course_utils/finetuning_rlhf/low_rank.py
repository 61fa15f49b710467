"""How low the rank of a finetuning is: what it changed in each table, cut to fewer directions.

The change of a table, after less before, is taken apart by its singular values; the first R of
them make the nearest table of rank R (Eckart and Young 1936). So a slider over the rank shows what
LoRA's bet is worth before anything is trained. Leaves out training with a low rank (lora.py). For
notebook 04, whose rank lab shows it.

Shape letters: I numbers in, O numbers out, K the shorter of the two.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from course_utils import checks
from course_utils.finetuning_rlhf.lora import TABLES, tables_of
from course_utils.model.transformer import Transformer


@dataclass(frozen=True)
class Change:
    """One table's change: left * sizes @ right.

    Attributes:
        before: (O, I) the table as it was.
        left: (O, K) directions of what comes out.
        sizes: (K,) singular values, the largest first.
        right: (K, I) directions of what goes in.
    """

    before: Tensor
    left: Tensor
    sizes: Tensor
    right: Tensor

    def cut(self, rank: int) -> Tensor:
        """(O, I): the table with the nearest change of this rank."""
        return self.before + self.left[:, :rank] * self.sizes[:rank] @ self.right[:rank]


class Changes:
    """What finetuning changed in the tables of a model's blocks, ready to be cut to any rank.

    Args:
        base: the model before.
        finetuned: the same model after; both stay as they are.
        tables: which of every block's tables are cut.

    Raises:
        ValueError: the two are not of one size, or one has numbers that are none.
    """

    def __init__(
        self, base: Transformer, finetuned: Transformer, tables: tuple[str, ...] = TABLES
    ) -> None:
        if base.config != finetuned.config:
            raise ValueError(
                f"The models differ in size: {base.config} and {finetuned.config}.\n"
                "Give a model and what finetuning made of that one."
            )
        for name, model in (("base", base), ("finetuned", finetuned)):
            if not all(weight.isfinite().all() for weight in model.parameters()):
                raise ValueError(
                    f"The {name} model has weights that are not finite: its training diverged.\n"
                    "Train it again at a lower rate, or load another one."
                )
        self.finetuned = finetuned
        after = tables_of(finetuned, tables)
        self.tables = {
            name: _change(before.weight.detach(), after[name].weight.detach())
            for name, before in tables_of(base, tables).items()
        }

    @property
    def most(self) -> int:
        """The rank from which on nothing is cut."""
        return max(len(change.sizes) for change in self.tables.values())

    def kept(self, rank: int) -> float:
        """The share of all changes that a rank keeps, by the sum of squares; 1 where none is."""
        squares = [change.sizes.double().square() for change in self.tables.values()]
        total = sum(float(each.sum()) for each in squares)
        return sum(float(each[:rank].sum()) for each in squares) / total if total else 1.0

    def numbers(self, rank: int) -> int:
        """How many numbers two narrow tables of this rank would have, all tables together."""
        return sum(
            min(rank, len(change.sizes)) * sum(change.before.shape)
            for change in self.tables.values()
        )

    @property
    def all_numbers(self) -> int:
        """How many numbers the tables themselves have, which is what full finetuning trains."""
        return sum(change.before.numel() for change in self.tables.values())

    @torch.no_grad()
    def at(self, rank: int) -> Transformer:
        """The finetuned model with each table's change cut to a rank.

        Args:
            rank: 0 takes all of the change back, `most` and above leave all of it.

        Returns:
            A model of its own, in `eval` mode; embedding, head and norms are the finetuned ones.

        Raises:
            ValueError: the rank is no whole number from 0 up.
        """
        checks.whole("rank", rank)
        cut = copy.deepcopy(self.finetuned)
        for name, table in tables_of(cut).items():
            if name in self.tables:
                table.weight.copy_(self.tables[name].cut(rank))
        return cut.eval()


def _change(before: Tensor, after: Tensor) -> Change:
    """Both (O, I); taken apart in double precision, on the processor."""
    apart = torch.linalg.svd((after - before).double().cpu(), full_matrices=False)
    left, sizes, right = (part.to(before.device, before.dtype) for part in apart)
    return Change(before.clone(), left, sizes, right)
