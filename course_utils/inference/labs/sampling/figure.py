"""The sampling lab's picture where there is no browser: candidates before and after, and a text.

It computes nothing; the lab's own view is in lab.js beside it. Shape letters: N candidates,
T tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, drawable, label_bars, sheet, styled


@styled
def candidates_and_text(
    names: Sequence[str],
    plain: Sequence[float],
    shaped: Sequence[float],
    text: tuple[Sequence[str], Sequence[float]],
    title: str,
) -> Figure:
    """Candidates as the model scores them and as the sampler leaves them; a text's own shares.

    Args:
        names: N candidates, the likeliest first.
        plain: their N probabilities, 0..1, at temperature 1 with nothing cut.
        shaped: their N probabilities after all steps; 0 for what is cut.
        text: T tokens, and the model's own probability of each.
        title: what the picture shows.

    Raises:
        ValueError: there is no candidate, or the counts differ.
    """
    tokens, sure = text
    if not len(names) == len(plain) == len(shaped) > 0 or len(tokens) != len(sure):
        raise ValueError(
            f"{len(names)} names have {len(plain)} and {len(shaped)} probabilities, {len(tokens)} "
            f"tokens {len(sure)}; give each of them one."
        )
    figure, (left, right) = sheet(
        title, width=9.2, height=0.6 + 0.3 * max(len(names), 10), columns=2
    )
    # The sampler's bar lies in the outline of the model's own; what is cut is said in words.
    rows = np.arange(len(names))
    left.barh(rows, 100 * np.asarray(plain), 0.8, facecolor="none", edgecolor=GREY, hatch="////")
    left.barh(rows, 100 * np.asarray(shaped), 0.4, color=BLUE)
    ends = [100 * max(pair) for pair in zip(plain, shaped, strict=True)]
    words = [f"{share:.0%}" if share else "cut" for share in shaped]
    label_bars(left, ends, words, rows)
    left.set_yticks(rows, [drawable(name) for name in names], parse_math=False)
    left.invert_yaxis()
    left.grid(visible=False, axis="y")
    left.set(title="one token's candidates", xlabel="percent; hatched: the model's own")
    # The text from the top down, each token with its own probability.
    lines = np.arange(len(tokens))
    right.barh(lines, 100 * np.asarray(sure), 0.6, color=ORANGE)
    label_bars(right, [100 * share for share in sure], [f"{share:.0%}" for share in sure], lines)
    right.set_yticks(lines, [drawable(token) for token in tokens], parse_math=False)
    right.invert_yaxis()
    right.grid(visible=False, axis="y")
    right.set(title="a drawn text, token by token", xlabel="the model's own percent")
    return figure
