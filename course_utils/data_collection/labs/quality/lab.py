"""The quality lab: move the rules' thresholds, see precision, recall and who changes sides.

Every page was measured once (trial.py), so a move costs a few comparisons. The answer key
is handed in by the notebook; the rules never see it.
Left out: finding the best thresholds by search, which would tune them to this web.
Taught in notebook 01, section "Garbage in, garbage out".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.data_collection.labs.quality.dials import BY_NAME, DIALS
from course_utils.data_collection.labs.quality.trial import PAGES, Trial
from course_utils.data_collection.scoring.score import Label
from course_utils.ui import bundle, pack, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, button, sized
from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled

SWEEP = 41  # values along the drawn slider
LISTED = 24  # pages that changed sides and are shown
PICTURED = ("phrase", "stop_words")


class QualityView(StaticLabView):
    """The drawing: two curves over one slider, and the pages that changed sides."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class QualityLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        texts: URL -> extracted text, before any filter.
        truth: URL -> label, the answer key; pages without one, and pages in other languages
            (which another step drops), are left out.
        max_pages: of more, every second or third in the order of their URLs is taken.

    Raises:
        ValueError: no page is left.
    """

    title = "Quality lab: thresholds, precision and recall"
    view_class = QualityView

    def __init__(
        self, texts: Mapping[str, str], truth: Mapping[str, Label], max_pages: int = 2_000
    ) -> None:
        # Every page is measured here, once; a slider then costs comparisons only.
        self.trial = Trial(texts, truth, max_pages)
        defaults = {dial.name: dial.default for dial in DIALS}
        self.compared = dict(defaults)  # the thresholds that the list compares with
        super().__init__({**defaults, "across": PICTURED[0], "pages": next(iter(PAGES))})

    @property
    def bounds(self) -> dict[str, float]:
        """Rule's name -> its bound, at the sliders' places."""
        return self.trial.bounds(self.settings)

    @property
    def figures(self) -> dict[str, float | None]:
        """The filter's "precision", "recall" and "f1" at these thresholds, on the chosen pages."""
        return self.trial.figures(self.settings)

    def moved(self) -> list[dict[str, str]]:
        """The pages that changed sides: "url", "side", "reason", first "words"; see trial.py."""
        return self.trial.moved(self.settings, self.compared)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Ten sliders, what is drawn, which pages count, and two buttons."""
        self.sliders = {dial.name: self._slider(dial.name) for dial in DIALS}
        self.across = ipywidgets.Dropdown(
            options=[(dial.words, dial.name) for dial in DIALS],
            value=self.settings["across"],
            description="Drawn along",
            tooltip="Which slider the two curves go along; the one moved last",
            **sized(96, 280),
        )
        self.pages = ipywidgets.Dropdown(
            options=list(PAGES),
            value=self.settings["pages"],
            description="Counted",
            tooltip="Whether pages count that nobody looked at while the rules were made",
            **sized(96, 300),
        )
        buttons = [
            button("Usual thresholds", "undo", "Put every slider back", self.go_back),
            button(
                "Compare with these",
                "flag",
                "From now on list the pages that change sides against these thresholds",
                self.compare,
            ),
        ]
        choices = [self.steer(self.across, "across"), self.steer(self.pages, "pages")]
        return [wrapping_row([*self.sliders.values()]), wrapping_row([*choices, *buttons])]

    def go_back(self) -> None:
        """Put every slider back to its default, and compare with that."""
        with self.at_once():
            # A slider that moves becomes the one drawn along; this is put back too.
            across = self.across.value
            for name, slider in self.sliders.items():
                slider.value = BY_NAME[name].default
            self.across.value = across
            self.compared = {dial.name: dial.default for dial in DIALS}

    def compare(self) -> None:
        """List changes against the thresholds of this moment from now on."""
        self.compared = {dial.name: self.settings[dial.name] for dial in DIALS}
        self.redraw()

    def frame(self) -> bytes:
        """The figures, the curves along the chosen slider, and the first pages of the list."""
        trial, dial = self.trial, BY_NAME[self.settings["across"]]
        # What is dropped counts only among the pages that are counted.
        counted = trial.counted(self.settings)
        dropped = trial.dropped(self.settings) & counted
        places, precision, recall = trial.along(dial.name, self.settings, SWEEP)
        # The pages that changed sides, mistakes first; the view shows some of them.
        moved = self.moved()
        facts = {
            **self.figures,
            "pages": int(counted.sum()),
            "junk": int((trial.junk & counted).sum()),
            "caught": int((dropped & trial.junk).sum()),
            "lost": int((dropped & ~trial.junk).sum()),
            "dial": dial.words,
            "high": dial.high,
            "value": self.settings[dial.name],
            "compared": self.compared[dial.name],
            "moved": moved[:LISTED],
            "more": max(0, len(moved) - LISTED),
        }
        return pack(facts, {"places": places, "precision": precision, "recall": recall})

    def picture(self) -> Figure:
        """Precision and recall along two of the sliders, the others at their defaults."""
        panels = {
            BY_NAME[name].words: (
                *self.trial.along(name, self.settings, SWEEP),
                BY_NAME[name].default,
            )
            for name in PICTURED
        }
        return threshold_curves(panels)

    def as_text(self) -> str:
        """Precision and recall at the sliders' places, and along the pictured sliders."""
        figures = self.figures
        lines = [f"{len(self.trial.urls):,} pages, {int(self.trial.junk.sum())} of them junk"]
        lines.append(
            f"precision {_in_words(figures['precision'])}, recall {_in_words(figures['recall'])}"
        )
        # Few places are enough in words.
        for name in PICTURED:
            lines.append(f"along {BY_NAME[name].words!r}:")
            for place, precision, recall in zip(
                *self.trial.along(name, self.settings, 5), strict=True
            ):
                part = f"precision {_in_words(precision)}, recall {_in_words(recall)}"
                lines.append(f"  {place:>5.2f}: {part}")
        return "\n".join(lines)

    def change(self, setting: str, value: object) -> None:
        """Take a new setting and draw it; a moved slider is also the one drawn along."""
        self.settings[setting] = value
        # What was moved last is what the reader wants to see along.
        if setting in BY_NAME and self.across.value != setting:
            self.across.value = setting  # this draws
        else:
            self.redraw()

    def _slider(self, name: str) -> ipywidgets.Widget:
        dial = BY_NAME[name]
        # Whole numbers for counts, as many digits as the step has for shares.
        whole = dial.step == 1
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        slider = kind(
            value=dial.default,
            min=0,
            max=dial.high,
            step=dial.step,
            description=dial.words,
            tooltip=dial.tooltip,
            readout_format="d" if whole else (".1f" if dial.step == 0.1 else ".2f"),
            **sized(108, 310),
        )
        return self.steer(slider, name)


def _in_words(share: float | None) -> str:
    return "none" if share is None or np.isnan(share) else f"{share:.3f}"


def quality_lab(
    texts: Mapping[str, str], truth: Mapping[str, Label], max_pages: int = 2_000
) -> QualityLab:
    """The quality lab; put it on the last line of a cell.

    Args:
        texts: URL -> extracted text; `corpus.extracted`, say.
        truth: URL -> label of the same web.
        max_pages: at most so many are looked at.

    Returns:
        The lab, with `figures`, `bounds` and `moved()`.
    """
    return QualityLab(texts, truth, max_pages)


@styled
def threshold_curves(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, float]],
) -> Figure:
    """Precision and recall while one threshold goes from end to end.

    Args:
        panels: the threshold's name -> (S,) its values, (S,) precision (NaN where nothing is
            dropped), (S,) recall, and where the threshold stands by default.

    Raises:
        ValueError: there is no panel.
    """
    if not panels:
        raise ValueError("panels is empty; give at least one threshold with its curves.")
    figure, axes = sheet("precision and recall along two thresholds", columns=len(panels))
    # One panel a threshold, with the usual place marked.
    for part, (name, (places, precision, recall, default)) in zip(
        axes, panels.items(), strict=True
    ):
        part.plot(places, 100 * precision, color=BLUE, linewidth=2, label="precision")
        part.plot(places, 100 * recall, "--", color=ORANGE, linewidth=2, label="recall")
        part.axvline(default, color=GREY, linestyle=":", label="usual")
        part.set_xlabel(name)
        part.set_ylim(-3, 103)
    axes[0].set_ylabel("percent")
    axes[0].legend(loc="lower right")
    return figure
