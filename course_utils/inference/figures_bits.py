"""Pictures of memory and bits: the cache over context and rows, what rounding costs by bits.

They measure nothing; the numbers come from cache_memory.py and quantize.py. Taught in notebook 05,
sections "What the cache costs" and "Fewer bits".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, PURPLE, sheet, styled

LOOKS = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (GREEN, "^", "-."), (PURPLE, "D", ":"))
Line = Mapping[int, float]  # what is drawn over a whole number


@styled
def cache_memory(
    lines: Mapping[str, Line], limit: float | None = None, limit_name: str = "", unit: str = "GB"
) -> Figure:
    """The memory of a cache over the tokens of the context, a line per case; both axes by powers.

    Args:
        lines: name of a case -> tokens -> memory, above 0; at most four.
        limit: memory that there is; None draws none.
        limit_name: what has it.
        unit: of the memory.

    Raises:
        ValueError: there are no lines, or more than four, or one has no points.
    """
    _check_lines(lines)
    figure, (axes,) = sheet("memory of the cache over the context", height=3.0)
    _draw(axes, lines)
    if limit is not None:
        axes.axhline(limit, color=GREY, linestyle=":")
        axes.annotate(
            limit_name, (0.01, limit), (0, 4), xycoords=("axes fraction", "data"),
            textcoords="offset points", fontsize=9,
        )  # fmt: skip
    # Equal factors are equal distances: twice the tokens, twice the memory.
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    tokens = sorted({count for line in lines.values() for count in line})
    axes.set_xticks(tokens, [f"{count:,}" for count in tokens])
    axes.minorticks_off()
    axes.set(xlabel="tokens of the context", ylabel=f"memory, {unit}")
    axes.legend(loc="lower right")
    return figure


@styled
def fewer_bits(
    loss: Mapping[str, Line], right: Mapping[str, Line], unrounded: tuple[float, float]
) -> Figure:
    """Loss and right answers over the bits of a weight, a line per way to share scales.

    Args:
        loss: name of a way -> bits -> loss in bits per byte; at most four ways.
        right: the same names -> bits -> share of questions answered rightly, 0..1.
        unrounded: loss and share of the model before.

    Raises:
        ValueError: there are no ways, or more than four, or the two have other names.
    """
    _check_lines(loss)
    if set(loss) != set(right):
        raise ValueError(f"loss has {sorted(loss)}, right has {sorted(right)}; give both of each.")
    figure, axes = sheet("what is lost with fewer bits per weight", height=3.0, columns=2)
    percent = {
        name: {bits: 100 * share for bits, share in line.items()} for name, line in right.items()
    }
    before, right_before = unrounded
    titles = (("loss", "bits per byte"), ("right answers", "percent"))
    for one, lines, level, (title, unit) in zip(
        axes, (loss, percent), (before, 100 * right_before), titles, strict=True
    ):
        _draw(one, lines)
        one.axhline(level, color=GREY, linestyle=":", label="float32")
        one.set(title=title, ylabel=unit, xlabel="bits of a weight's code")
        bits = sorted({count for line in lines.values() for count in line})
        one.set_xticks(bits, [str(count) for count in bits])
    axes[1].set_ylim(-4, 104)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _draw(axes: Axes, lines: Mapping[str, Line]) -> None:
    # Told apart by mark and dashes too, not by colour alone.
    for (name, line), (colour, mark, dashes) in zip(lines.items(), LOOKS, strict=False):
        points: Sequence[int] = sorted(line)
        heights = [line[point] for point in points]
        axes.plot(points, heights, dashes, color=colour, marker=mark, label=name)


def _check_lines(lines: Mapping[str, Line]) -> None:
    if not 0 < len(lines) <= len(LOOKS) or not all(lines.values()):
        raise ValueError(
            f"There are {len(lines)} lines; give 1 to {len(LOOKS)}, each with a point or more."
        )
