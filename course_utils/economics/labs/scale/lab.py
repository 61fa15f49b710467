"""The lab of scale and money: models over the years with a fit, and the cost calculator.

What is calculated is in course_utils.economics, the controls are in controls.py, the
drawing in lab.js and chart.js. Nothing is trained, so there is no trainer: a
slider is answered at once. Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from course_utils import economics, facts, runtime
from course_utils.economics import Doubling, TrainingCost, TrainingRun
from course_utils.economics.labs.scale.controls import YEARS, Controls
from course_utils.economics.published import Point
from course_utils.ui import CellOutput, LabView, bundle, lifetime, pack
from course_utils.ui.picture import Picture
from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, PURPLE, sheet, styled

TITLE = "Scale lab: parameters, training computation and text over the years"
LINE_POINTS = 30  # enough for a band that curves
DAYS_A_YEAR = 365
NAMED = ("GPT-1", "GPT-3", "GPT-4", "Kimi K2")  # in every series, beside the record holders
ROWS = (  # a field of TrainingCost, its words, its unit
    ("flops", "FLOPs", ""),
    ("chip_hours", "chip-hours", ""),
    ("days", "all chips at work", " days"),
    ("dollars", "dollars", ""),
    ("energy_megawatt_hours", "electricity", " MWh"),
    ("town_years", "a town of 10,000", " years"),
)


class EconomicsView(LabView):
    """The drawing: the chart with the fit, and the calculator's table."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class EconomicsLab(CellOutput):
    """The lab as a cell's last line.

    Args:
        series: what is drawn first: "parameters", "compute" or "tokens".
        years: the first and the last year whose models are fitted.
        model: whose run the calculator begins with; a name such as "GPT-3".

    Raises:
        ValueError: there is no such series or model, or the years are not within 2017 to 2026.
    """

    title = TITLE

    def __init__(
        self,
        series: str = "compute",
        years: tuple[int, int] = YEARS,
        model: str = "GPT-3",
    ) -> None:
        # All series once: a change only chooses among them.
        self._points = {name: economics.series(name) for name in economics.SERIES}
        self.controls = Controls(series, years, model, self._answer)
        # No reader: one picture. Else a view, which the controls answer.
        if runtime.headless():
            self._shown = Picture.of(self.picture(), TITLE)
            return
        lifetime.retire_earlier()
        self.view = EconomicsView(labels=self._labels(), frame=self.frame())
        self._shown = ipywidgets.VBox([*self.controls.rows(), self.view])
        lifetime.keep_alive(self)

    @property
    def run(self) -> TrainingRun:
        """What the calculator is asked at this moment."""
        return self.controls.run()

    @property
    def cost(self) -> TrainingCost:
        """What it answers."""
        return economics.cost(self.run)

    @property
    def doubling(self) -> Doubling | None:
        """The fit of this moment; None where the span has too few models."""
        try:
            return economics.doubling(self._fitted())
        except ValueError:
            # Too few models are no error here: the reader may widen the span.
            return None

    def frame(self) -> bytes:
        """Everything that the view draws at this moment."""
        controls, fit = self.controls, self.doubling
        # Which points the line is fitted to, and the line.
        fitted = {point.name for point in self._fitted()}
        mask = [point.name in fitted for point in self._points[controls.series.value]]
        arrays = {"fitted": np.array(mask, dtype=float), **self._line(fit)}
        # What is said in words: the fit, and the calculator's table.
        told = {
            "series": controls.series.value,
            "fit": self._words(fit),
            "mine": math.log10(self._mine()),
            "model": controls.model.value,
            "chips": facts.number(round(self.run.chips)),
            **self._table(),
        }
        return pack(told, arrays)

    def picture(self) -> Figure:
        """The three series; the fit is drawn in the chosen one."""
        titles = {"parameters": "parameters", "compute": "FLOPs to train", "tokens": "tokens"}
        panels = {titles[name]: points for name, points in self._points.items()}
        fit = self.doubling
        return over_the_years(panels, {titles[self.controls.series.value]: fit} if fit else None)

    def _answer(self) -> None:
        """Let the view show what the controls say now."""
        self.view.frame = self.frame()

    def _fitted(self) -> list[economics.Point]:
        """The points that the reader wants fitted."""
        # Record holders first, then the span: a record is one among all years.
        first, last = self.controls.years.value
        points = self._points[self.controls.series.value]
        if self.controls.records.value:
            points = economics.records(points)
        return [point for point in points if first <= point.year < last + 1]

    def _words(self, fit: Doubling | None) -> str:
        if fit:
            return str(fit)
        return f"{len(self._fitted())} models in this span: too few for a fit; widen it"

    def _line(self, fit: Doubling | None) -> dict[str, np.ndarray]:
        """The fitted line and its band, as powers of ten, over the fitted models' years."""
        if fit is None:
            return {name: np.empty(0) for name in ("line_years", "line", "line_reach")}
        # The line ends where its models end: beyond them it would be a forecast.
        fitted_years = [point.year for point in self._fitted()]
        years = np.linspace(min(fitted_years), max(fitted_years), LINE_POINTS)
        return {
            "line_years": years,
            "line": np.log10([fit.value_at(year) for year in years]),
            "line_reach": np.log10([fit.factor_at(year) for year in years]),
        }

    def _mine(self) -> float:
        """The calculator's run in the unit of the chart."""
        run = self.run
        return {"parameters": run.parameters, "compute": self.cost.flops, "tokens": run.tokens}[
            self.controls.series.value
        ]

    def _table(self) -> dict[str, list]:
        """The calculator's rows: words, calculated, published, ratio."""
        told, known = self.cost, self.controls.published()
        rows = []
        for field, words, unit in ROWS:
            value, fact = getattr(told, field), known.get(field)
            # Beside what was published, and how far apart the two are.
            published = f"{facts.number(fact.value)} ({fact.certainty})" if fact else ""
            ratio = f"{value / fact.value:.2f}" if fact else ""
            # Less than a year of a town is told in days.
            if field == "town_years" and value < 1:
                value, unit = value * DAYS_A_YEAR, " days"
            rows.append([words, f"{readable(value)}{unit}", published, ratio])
        return {"rows": rows}

    def _labels(self) -> dict:
        """The points of all series, for the view; they never change."""
        return {
            name: {
                "unit": economics.SERIES[name],
                "points": [
                    [point.name, point.year, math.log10(point.value), point.certainty, point.words]
                    for point in points
                ],
                "named": [*NAMED, *(point.name for point in economics.records(points))],
            }
            for name, points in self._points.items()
        }


def readable(value: float) -> str:
    """A calculated number with three digits, as people say it: 30.8 million, 0.55, 0.00012."""
    if value >= 1:
        return facts.number(float(f"{value:.3g}"))
    return f"{value:.2g}" if value >= 1e-6 else "under 0.000001"


# certainty -> marker, colour, whether it is filled
MARKS = {
    "measured": ("s", GREEN, True),
    "reported": ("o", BLUE, True),
    "estimated": ("^", ORANGE, False),
    "rumoured": ("D", PURPLE, False),
}


@styled
def over_the_years(
    panels: Mapping[str, Sequence[Point]],
    fits: Mapping[str, Doubling] | None = None,
    named: Sequence[str] = ("GPT-1", "GPT-3", "GPT-4"),
) -> Figure:
    """Values on a log axis over the years, one panel a series.

    Args:
        panels: title -> points.
        fits: title -> the fit that is drawn with its band.
        named: the models whose names are written.

    Raises:
        ValueError: there is no panel, or a certainty has no mark.
    """
    if not panels or not all(panels.values()):
        raise ValueError("There is nothing to draw: give at least one panel with points in it.")
    unknown = {point.certainty for points in panels.values() for point in points} - set(MARKS)
    if unknown:
        raise ValueError(
            f"There is no mark for {', '.join(unknown)}; there are {', '.join(MARKS)}."
        )
    figure, panel_axes = sheet(" and ".join(panels), width=9.4, height=3.6, columns=len(panels))
    for axes, (title, points) in zip(panel_axes, panels.items(), strict=True):
        _panel(axes, points, named)
        axes.set_title(title)
        if fits and title in fits:
            _line(axes, points, fits[title])
    # One legend for all panels: each mark once, in the order of certainty.
    handles = {}
    for axes in panel_axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    order = [name for name in (*MARKS, "fit, 95 %") if name in handles]
    figure.legend(
        [handles[name] for name in order], order, loc="outside lower center", ncols=len(order)
    )
    return figure


def _panel(axes: Axes, points: Sequence[Point], named: Sequence[str]) -> None:
    # The points, one mark a certainty.
    for certainty, (marker, colour, filled) in MARKS.items():
        own = [point for point in points if point.certainty == certainty]
        if own:
            axes.scatter(
                [point.year for point in own],
                [point.value for point in own],
                s=26,
                marker=marker,
                facecolor=colour if filled else "none",
                edgecolor=colour,
                label=certainty,
                zorder=3,
            )
    # The names of the few that a reader looks for.
    for point in points:
        if point.name in named:
            axes.annotate(
                point.name,
                (point.year, point.value),
                (0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
    axes.set_yscale("log")
    years = [point.year for point in points]
    axes.set_xlim(min(years) - 0.9, max(years) + 0.9)
    axes.xaxis.set_major_locator(MultipleLocator(2))
    axes.set_xlabel("year of publication")
    axes.margins(y=0.12)


def _line(axes: Axes, points: Sequence[Point], fit: Doubling) -> None:
    known = [point.year for point in points]
    years = np.linspace(min(known), max(known), 40)
    middle = np.array([fit.value_at(year) for year in years])
    factor = np.array([fit.factor_at(year) for year in years])
    axes.plot(years, middle, color=GREY, linestyle="--", label="fit, 95 %")
    axes.fill_between(years, middle / factor, middle * factor, color=GREY, alpha=0.15)
