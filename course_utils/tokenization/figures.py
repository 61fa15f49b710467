"""Pictures of notebook 02: how long tokens are, and how far each one goes.

It tokenizes nothing; the figures come from the tokenizer and from `tokenization.compare`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, label_bars, sheet, styled


@styled
def token_lengths(lengths_bytes: Iterable[int]) -> Figure:
    """How many tokens of the vocabulary are 1, 2, 3 ... bytes long.

    Args:
        lengths_bytes: one length a token, each at least 1.

    Raises:
        ValueError: there are no tokens.
    """
    counts = Counter(int(length) for length in lengths_bytes)
    if not counts:
        raise ValueError("lengths_bytes is empty; give one length for each token of a vocabulary.")
    figure, (axes,) = sheet("how many bytes the tokens of the vocabulary stand for")
    lengths = range(min(counts), max(counts) + 1)
    axes.bar(lengths, [counts[length] for length in lengths], color=BLUE, width=0.8)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("length in bytes")
    axes.set_ylabel("tokens")
    return figure


@styled
def bytes_per_token(by_tokenizer: Mapping[str, float], own: str = "") -> Figure:
    """How many bytes of text one token stands for, tokenizer by tokenizer.

    Args:
        by_tokenizer: name -> bytes per token, on the same text.
        own: the name whose bar is filled; the others are hatched.

    Raises:
        ValueError: there is no tokenizer.
    """
    if not by_tokenizer:
        raise ValueError("by_tokenizer is empty; give {'name': bytes per token}.")
    figure, (axes,) = sheet(
        "bytes that one token stands for", height=0.7 + 0.36 * len(by_tokenizer)
    )
    rows, values = range(len(by_tokenizer)), list(by_tokenizer.values())
    bars = axes.barh(rows, values, color="white", edgecolor=GREY, hatch="////", height=0.7)
    for bar, name in zip(bars, by_tokenizer, strict=True):
        if name == own:
            bar.set(facecolor=BLUE, edgecolor=BLUE, hatch="")
    label_bars(axes, values, [f"{value:.2f}" for value in values], rows)
    axes.set_yticks(rows, list(by_tokenizer))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("bytes per token (longer is better)")
    return figure
