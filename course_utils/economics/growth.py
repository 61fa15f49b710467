"""How fast something grows: a straight line through the logarithms, and how sure it is.

It knows nothing of models: points have a year and a value. It leaves out that the choice of points
is the larger doubt: whoever picks other models or other years gets another doubling time.
Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

FEWEST = 4  # a line through two points fits perfectly, and one through three nearly always does
MONTHS_A_YEAR = 12
# 97.5 % of Student's t for 1, 2, 3 ... degrees of freedom: 95 % lie between minus and plus this.
_STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


class Dated(Protocol):
    """A point of a series."""

    year: float
    value: float


P = TypeVar("P", bound=Dated)


@dataclass(frozen=True)
class Doubling:
    """A fitted growth.

    Attributes:
        months: until the value doubles; infinite where it does not grow.
        months_low: the fast end of the 95 % interval.
        months_high: its slow end; infinite where no growth at all would fit too.
        growth_a_year: how many times more each year.
        points: how many were fitted.
        middle_year: the mean year; there the line is surest.
        middle_log10: the line's height there, as a power of ten.
        slope_log10: powers of ten a year.
        spread_log10: how far points lie from the line, in powers of ten (standard deviation).
        slope_error_log10: standard error of the slope.
    """

    months: float
    months_low: float
    months_high: float
    growth_a_year: float
    points: int
    middle_year: float
    middle_log10: float
    slope_log10: float
    spread_log10: float
    slope_error_log10: float

    def value_at(self, year: float) -> float:
        """The line's value in a year."""
        return 10 ** (self.middle_log10 + self.slope_log10 * (year - self.middle_year))

    def factor_at(self, year: float) -> float:
        """The 95 % band of the line in a year, as a factor up and down."""
        # The line's height is as unsure as a mean, its slope the more so the further away.
        at_middle = self.spread_log10**2 / self.points
        away = (self.slope_error_log10 * (year - self.middle_year)) ** 2
        # From powers of ten to a factor.
        return 10 ** (student(self.points - 2) * math.sqrt(at_middle + away))

    def __str__(self) -> str:
        high = f"{self.months_high:.1f}" if math.isfinite(self.months_high) else "never"
        if not math.isfinite(self.months):
            return f"no growth ({self.points} models)"
        return (
            f"doubles every {self.months:.1f} months (95 %: {self.months_low:.1f} to {high}), "
            f"{self.growth_a_year:.1f} times a year, {self.points} models"
        )


def doubling(points: Sequence[Dated]) -> Doubling:
    """Fit a straight line to the logarithms of the values by least squares.

    Args:
        points: at least FEWEST, with positive values, not all of one moment.

    Raises:
        ValueError: there are too few points, all of one moment, or a value is not positive.
    """
    if len(points) < FEWEST:
        raise ValueError(
            f"There are {len(points)} models in this span, and a fit needs {FEWEST}: fewer would "
            f"lie near a line by chance. Widen the span of years."
        )
    # What the fit needs: years around their mean, and values as powers of ten.
    years = np.array([point.year for point in points], dtype=float)
    values = np.array([point.value for point in points], dtype=float)
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError("Every value must be positive and finite: a logarithm is taken.")
    away = years - years.mean()
    if not away.any():
        raise ValueError("All points are of one moment; growth needs at least two moments.")
    # Least squares: the slope, and how far the points lie from the line.
    heights = np.log10(values)
    slope = float((away * heights).sum() / (away**2).sum())
    # What the line leaves unexplained; two degrees of freedom went into the line.
    rest = heights - heights.mean() - slope * away
    spread = math.sqrt(float((rest**2).sum()) / (len(points) - 2))
    # The standard error of the slope, and the 95 % interval around it.
    error = spread / math.sqrt(float((away**2).sum()))
    # A steeper line doubles sooner, so the interval's ends change places.
    reach = student(len(points) - 2) * error
    return Doubling(
        months=_months(slope),
        months_low=_months(slope + reach),
        months_high=_months(slope - reach),
        growth_a_year=10**slope,
        points=len(points),
        middle_year=float(years.mean()),
        middle_log10=float(heights.mean()),
        slope_log10=slope,
        spread_log10=spread,
        slope_error_log10=error,
    )


def months_to_double(growth_a_year: float) -> float:
    """Months until a thing doubles that grows so many times a year; infinite up to 1."""
    if not growth_a_year > 0:
        raise ValueError(f"growth_a_year is {growth_a_year}; use 2 for twice as much each year.")
    return _months(math.log10(growth_a_year))


def records(points: Sequence[P]) -> tuple[P, ...]:
    """Those that were larger than all before them, in order of time."""
    kept: list[P] = []
    # In order of time, each compared with the largest so far.
    for point in sorted(points, key=lambda point: point.year):
        if not kept or point.value > kept[-1].value:
            kept.append(point)
    return tuple(kept)


def student(degrees: int) -> float:
    """How many standard errors 95 % lie within, for so many degrees of freedom."""
    if degrees < 1:
        raise ValueError(f"degrees is {degrees}; at least 1 is needed.")
    if degrees <= len(_STUDENT):
        return _STUDENT[degrees - 1]
    return 1.96 + 2.46 / degrees  # near Student's t where the table ends


def _months(slope_log10: float) -> float:
    # A line that does not rise never doubles.
    return MONTHS_A_YEAR * math.log10(2) / slope_log10 if slope_log10 > 0 else math.inf
