"""Random draws from a seed: the same draws on every Python version and every system.

Left out: speed in bulk and statistical refinement. Only `random.Random(int).random()` is used,
because Python promises that its values stay the same; `shuffle`, `choice` and `sample` of the
standard library are allowed to change between versions, so they are written out here. Taught in
notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from collections.abc import MutableSequence, Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


def seed_number(seed: int | str) -> int:
    """A 64-bit number for any seed: the first eight bytes of its SHA-256.

    Args:
        seed: a number or a path of words such as "0/stories/17".

    Returns:
        0 <= number < 2**64, the same on every system.
    """
    # 64 of the 256 bits.
    return int.from_bytes(hashlib.sha256(str(seed).encode("utf-8")).digest()[:8], "big")


class Rng:
    """A stream of draws that depends on its seed alone.

    Child streams are made by naming them: `Rng(f"{seed}/stories/17")`. A change in one page's
    draws then leaves all other pages as they were.
    """

    def __init__(self, seed: int | str) -> None:
        """Start the stream of a seed; 7 and "7" are the same seed."""
        self.seed = seed
        self.random = random.Random(seed_number(seed)).random  # 0 <= value < 1, 53 bits

    def child(self, name: int | str) -> Rng:
        """The stream named below this one; drawing from it does not move this one."""
        return Rng(f"{self.seed}/{name}")

    def below(self, n: int) -> int:
        """A whole number 0 <= number < n.

        Raises:
            ValueError: n is below 1.
        """
        if n < 1:
            raise ValueError(
                f"below({n}): there is no whole number from 0 to {n - 1}. Use n >= 1."
            )
        return int(self.random() * n)

    def integer(self, low: int, high: int) -> int:
        """A whole number low <= number <= high, both ends included."""
        return low + self.below(high - low + 1)

    def happens(self, probability: float) -> bool:
        """True with this probability, in 0..1."""
        return self.random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """One of the items, each as likely as the others.

        Raises:
            ValueError: there are no items.
        """
        if not items:
            raise ValueError("choice() got an empty sequence; it needs at least one item.")
        # By hand: the standard library may change how it chooses.
        return items[int(self.random() * len(items))]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put the items into a random order, in place (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = int(self.random() * (last + 1))
            items[last], items[other] = items[other], items[last]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Several different items, in random order.

        Args:
            items: where to draw from.
            count: how many, at most len(items).

        Raises:
            ValueError: count is negative or above len(items).
        """
        if not 0 <= count <= len(items):
            raise ValueError(
                f"sample() was asked for {count} of {len(items)} items. Use 0 to {len(items)}."
            )
        # A copy, so that the caller's items keep their order.
        pool = list(items)
        for first in range(count):  # the first `count` steps of a shuffle are enough
            other = first + int(self.random() * (len(pool) - first))
            pool[first], pool[other] = pool[other], pool[first]
        return pool[:count]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One of the items, as likely as its weight says.

        Args:
            items: where to draw from.
            weights: one number >= 0 an item; they need not sum to 1.

        Raises:
            ValueError: the lengths differ, or no weight is above 0.
        """
        if len(items) != len(weights) or min(weights, default=0) < 0 or sum(weights) <= 0:
            raise ValueError(
                f"weighted() got {len(items)} items and the weights {list(weights)}. "
                "Give one weight >= 0 an item, at least one of them above 0."
            )
        # The draw falls into one of the stretches that the weights make on a line; rounding may
        # put it at the very end.
        ends = list(accumulate(weights))
        return items[min(bisect_right(ends, self.random() * ends[-1]), len(items) - 1)]
