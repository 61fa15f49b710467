"""The scale lab's controls: series, years and records for the fit; seven for the calculator.

They hold the reader's values and call one function when any changes; they calculate nothing.
Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import ipywidgets

from course_utils import economics, facts
from course_utils.economics import TrainingRun
from course_utils.facts import Fact
from course_utils.ui import wrapping_row

YEARS = (2017, 2026)
LOG_STEP = 0.02  # of the logarithmic sliders, in powers of ten: about 5 percent
STYLE = {"description_width": "92px"}
WIDTH = "min(330px, 98%)"
STRETCH = {"flex": "1 1 auto", "width": "auto", "min_width": "0"}
SERIES = (("parameters", "parameters"), ("training compute", "compute"), ("tokens", "tokens"))


class Controls:
    """The reader's choices.

    Args:
        series: a name of economics.SERIES.
        years: the first and the last year that is fitted.
        model: a published model with known parameters and tokens.
        changed: called after every change.

    Raises:
        ValueError: a choice is none that there is.
    """

    def __init__(
        self, series: str, years: tuple[int, int], model: str, changed: Callable[[], None]
    ) -> None:
        # Only models that a run can be calculated for.
        self._models = {
            model.name: model
            for model in economics.models()
            if model.used_parameters and model.tokens
        }
        _refuse(series, years, model, self._models)
        self._changed, self._quiet = changed, False
        self._exact: dict[str, float] = {}  # by the slider's name: what it was set to
        # The controls stand at their first values before anybody listens to them.
        self._fit_controls(series, years, model)
        self._calculator()
        self._start_from()
        for control in self._all():
            control.observe(self._tell, names="value")
        self.model.observe(self._start_from, names="value")

    def run(self) -> TrainingRun:
        """What the calculator is asked."""
        return TrainingRun(
            parameters=self._value(self.parameters),
            tokens=self._value(self.tokens),
            hardware=self.hardware.value,
            chips=self._value(self.chips),
            utilisation=self.utilisation.value / 100,
            dollars_a_chip_hour=self.price.value,
        )

    def published(self) -> dict[str, Fact]:
        """What is published of the chosen model's run."""
        return economics.published(self._models[self.model.value])

    def rows(self) -> list[ipywidgets.Widget]:
        """The controls as they stand above the view."""
        return [
            wrapping_row([self.series, _pair(self.years, self._span), self.records]),
            wrapping_row([self.model, self.hardware, self.utilisation, self.price]),
            wrapping_row(
                [_pair(*pair) for pair in zip(self._sliders(), self._words, strict=True)]
            ),
        ]

    def _all(self) -> Sequence[ipywidgets.Widget]:
        chosen = (self.series, self.years, self.records, self.hardware)
        return (*chosen, *self._sliders(), self.utilisation, self.price)

    def _sliders(self) -> tuple[ipywidgets.FloatLogSlider, ...]:
        return (self.parameters, self.tokens, self.chips)

    def _fit_controls(self, series: str, years: tuple[int, int], model: str) -> None:
        # What is drawn and fitted.
        self.series = ipywidgets.ToggleButtons(
            options=SERIES,
            value=series,
            tooltips=["How large", "How much was computed", "How much was read"],
            style={"button_width": "auto"},
        )
        self.years = ipywidgets.IntRangeSlider(
            value=years,
            min=YEARS[0],
            max=YEARS[1],
            description="Years fitted",
            tooltip="The line is fitted to the models of these years only",
            readout=False,
            style=STYLE,
            layout=STRETCH,
        )
        self._span = _words()
        self.records = ipywidgets.Checkbox(
            value=False,
            description="only record holders",
            indent=False,
            tooltip="Fit only the models that were the largest when they came out",
            layout={"width": "auto"},
        )
        # Where the calculator begins.
        self.model = ipywidgets.Dropdown(
            options=list(self._models),
            value=model,
            description="Start from",
            tooltip="Set the sliders to a published model; what is published stands beside it",
            style=STYLE,
            layout={"width": WIDTH},
        )

    def _calculator(self) -> None:
        self.parameters = _log_slider("Parameters", 6, 13, "Those that one token uses")
        self.tokens = _log_slider("Tokens", 8, 14, "Read in training")
        self.chips = _log_slider("Chips", 0, 7, "How many work at once")
        self._words = [_words() for _ in self._sliders()]
        self.hardware = ipywidgets.Dropdown(
            options=list(economics.hardware()),
            description="Hardware",
            tooltip="Which chip; its peak and watts are the makers'",
            style=STYLE,
            layout={"width": "min(220px, 98%)"},
        )
        self.utilisation = _slider("Utilisation %", 40, 5, 70, 1, ".0f", "Share of the peak used")
        self.price = _slider("Dollars/hour", 2, 0.5, 12, 0.1, ".1f", "Rent of one chip")
        self._set(self.chips, 1024)

    def _value(self, slider: ipywidgets.FloatLogSlider) -> float:
        """What the slider was set to, where it only stands on the step next to it.

        The browser moves a slider to its nearest step and says so, which would round 405 billion.
        """
        # Within half a step of what was set, the slider still means that number.
        exact = self._exact.get(slider.description, slider.value)
        near = abs(math.log10(slider.value / exact)) <= LOG_STEP * 0.51
        return exact if near else slider.value

    def _set(self, slider: ipywidgets.FloatLogSlider, value: float) -> None:
        self._exact[slider.description] = slider.value = float(value)

    def _start_from(self, _change: object = None) -> None:
        """Set the sliders to the chosen model; one answer for all of them."""
        model = self._models[self.model.value]
        # Each slider that moves would ask for an answer of its own.
        self._quiet = True
        try:
            self._set(self.parameters, model.used_parameters.value)
            self._set(self.tokens, model.tokens.value)
            self.hardware.value = economics.chip_of(model) or self.hardware.value
            known = facts.load().get(f"{model.key}_gpus")
            if known:
                self._set(self.chips, known.value)
        finally:
            self._quiet = False
        self._say()
        if _change:
            self._changed()

    def _tell(self, _change: object) -> None:
        # While the sliders are set to a model, one answer is given for all of them.
        if not self._quiet:
            self._say()
            self._changed()

    def _say(self) -> None:
        # The readouts in words: a logarithmic slider's own would be a power of ten.
        self._span.value = " to ".join(str(year) for year in self.years.value)
        for label, slider in zip(self._words, self._sliders(), strict=True):
            value = self._value(slider)
            label.value = facts.number(float(f"{value:.3g}") if value >= 1e4 else round(value))


def _refuse(series: str, years: tuple[int, int], model: str, known: dict) -> None:
    # Each is refused by name, with what there is.
    names = [name for _, name in SERIES]
    if series not in names:
        raise ValueError(f"series is {series!r}; there are {', '.join(names)}.")
    if model not in known:
        raise ValueError(f"model is {model!r}; the calculator knows {', '.join(known)}.")
    first, last = years
    if not YEARS[0] <= first <= last <= YEARS[1]:
        raise ValueError(f"years is {years}; give two years from {YEARS[0]} to {YEARS[1]}.")


def _words() -> ipywidgets.Label:
    """The place for a slider's value in words."""
    return ipywidgets.Label(layout={"flex": "0 0 88px", "width": "88px"})


def _pair(slider: ipywidgets.Widget, words: ipywidgets.Label) -> ipywidgets.HBox:
    """A slider and its value, side by side in any window."""
    return ipywidgets.HBox([slider, words], layout={"width": "min(360px, 98%)"})


def _log_slider(words: str, low: int, high: int, tooltip: str) -> ipywidgets.FloatLogSlider:
    return ipywidgets.FloatLogSlider(
        value=10**low,
        min=low,
        max=high,
        step=LOG_STEP,
        readout=False,
        description=words,
        tooltip=tooltip,
        style=STYLE,
        layout=STRETCH,
    )


def _slider(
    words: str,
    value: float,
    low: float,
    high: float,
    step: float,
    digits: str,
    tooltip: str,
) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        value=value,
        min=low,
        max=high,
        step=step,
        readout_format=digits,
        description=words,
        tooltip=tooltip,
        style=STYLE,
        layout={"width": WIDTH},
    )
