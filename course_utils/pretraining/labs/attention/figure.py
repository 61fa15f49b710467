"""The attention lab's picture where there is no browser: all heads small, the chosen one large.

It computes nothing; the lab's own view is in lab.js beside it. Shape letters: L layers, H heads,
T tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from course_utils.ui.style import ORANGE, styled

INK = matplotlib.colormaps["Greys"].resampled(24)  # few shades, small files
CELL = 0.19  # inches of a token in the large map


@styled
def attention_heads(
    maps: np.ndarray, tokens: Sequence[str], chosen: tuple[int, int], title: str
) -> Figure:
    """Weights as ink: darker is more; as roots, so that small weights show.

    Args:
        maps: (L, H, T, T) attention weights.
        tokens: T tokens as text.
        chosen: layer and head of the large map.
        title: what the picture shows.

    Raises:
        ValueError: the shapes do not fit.
    """
    maps = np.asarray(maps, dtype=float)
    if maps.ndim != 4 or maps.shape[2:] != (len(tokens), len(tokens)) or not len(tokens):
        raise ValueError(
            f"maps are {maps.shape} for {len(tokens)} tokens; expected (L, H, T, T) for T tokens."
        )
    size = max(3.2, CELL * len(tokens) + 1.2)
    figure = Figure(figsize=(4.2 + size, size), dpi=72, layout="constrained", label=title)
    left, right = figure.subfigures(1, 2, width_ratios=(4.2, size))
    for side in draw_heads(left, maps)[tuple(chosen)].spines.values():
        side.set(visible=True, color=ORANGE, linewidth=3)
    large = right.subplots()
    _ink(large, maps[chosen])
    large.set_xticks(range(len(tokens)), tokens, rotation=90)
    large.set_yticks(range(len(tokens)), tokens)
    large.set(title=f"layer {chosen[0]}, head {chosen[1]}", xlabel="looks at", ylabel="token")
    return figure


def draw_heads(place: Figure | SubFigure, maps: np.ndarray) -> np.ndarray:
    """All heads of (L, H, T, T) small, a row a layer; returns their (L, H) axes."""
    layers, heads = maps.shape[:2]
    grid = place.subplots(layers, heads, squeeze=False)
    for layer, head in np.ndindex(layers, heads):
        axes = grid[layer, head]
        _ink(axes, maps[layer, head])
        axes.set(xticks=(), yticks=())
        if layer == 0:
            axes.set_title(f"head {head}", fontsize=9, fontweight="normal")
        if head == 0:
            axes.set_ylabel(f"layer {layer}", fontsize=9)
    return grid


def _ink(axes: Axes, weights: np.ndarray) -> None:
    """One head's map."""
    axes.imshow(np.sqrt(weights), cmap=INK, vmin=0, vmax=1, interpolation="nearest")
    axes.grid(visible=False)
