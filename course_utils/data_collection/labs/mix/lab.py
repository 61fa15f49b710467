"""The mix lab: one slider a source, and what the model would read in training.

The default mix stays what it is: only "Use this mix" chooses another, and only `use` hands it on.
The numbers are made in effect.py.
Left out: training on it (notebook 03), and what a model knows then.
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.figures import name_rows
from course_utils.data_collection.labs.mix.effect import KINDS, OTHER, Effect, Sources, compare
from course_utils.data_collection.mix import MixConfig
from course_utils.ui import bundle, pack, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, button, sized
from course_utils.ui.style import BLUE, GREY, ORANGE, label_bars, sheet, styled

STEPS = 1_000  # notebook 03's at the laptop scale,
TOKENS_A_STEP = 8 * 256  # and its tokens per step
STEP_CHOICES = (100, 200, 500, 1_000, 2_000, 5_000, 10_000)
RECITES = 200  # readings of every page from which a note warns
NOTHING = "Nothing has a share. Move at least one slider away from 0."


class MixView(StaticLabView):
    """The drawing: two bars a source, and the statistics of what is read."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class MixLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        corpus: whose training documents are mixed; its own mix is where the sliders start.
        steps: of training.
        bytes_per_token: how many bytes of text one token stands for.

    Raises:
        ValueError: the corpus has no training documents, or steps is no positive number.
    """

    title = "Mix lab: what the model will read"
    view_class = MixView

    def __init__(self, corpus: Corpus, steps: int = STEPS, bytes_per_token: float = 4.0) -> None:
        if steps < 1:
            raise ValueError(f"steps is {steps}; training takes at least 1.")
        self.sources = Sources(corpus.train, bytes_per_token)
        # The exact weights are kept: a slider can only stand near them.
        self._exact = {name: corpus.mix.get(name, 0.0) for name in self.names}
        self.defaults = {name: _place(weight) for name, weight in self._exact.items()}
        self.chosen: dict[str, float] | None = None
        super().__init__(
            {**{_key(name): self.defaults[name] for name in self.names}, "steps": steps}
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The sources, sorted."""
        return self.sources.names

    @property
    def mix(self) -> dict[str, float]:
        """Source -> weight at the sliders' places; sums to 1, sources at 0 are left out.

        Raises:
            ValueError: every slider is at 0.
        """
        # The sliders are shares against each other, so they are brought to a sum of 1.
        weights = {name: weight for name, weight in self._weights().items() if weight > 0}
        if not weights:
            raise ValueError(f"{NOTHING} A mix needs one source at least.")
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}

    @property
    def config(self) -> MixConfig:
        """The mix at the sliders' places as settings for `collect`; no other source gets a share.

        Raises:
            ValueError: every slider is at 0.
        """
        return MixConfig(weights=tuple(self.mix.items()), others=0.0)

    @property
    def effect(self) -> Effect:
        """What the sliders' mix does; see effect.py."""
        return self._effect(self._weights())

    def choose(self) -> None:
        """Take the sliders' mix as the one to use; with all sliders at 0 nothing changes."""
        if any(self._weights().values()):
            self.chosen = self.mix
        self.redraw()

    def use(self, corpus: Corpus) -> Corpus:
        """The corpus with the chosen mix; as it was where no mix was chosen.

        Args:
            corpus: the one that the lab was made of.

        Raises:
            ValueError: the chosen mix has a source that this corpus lacks.
        """
        if self.chosen is None:
            return corpus
        # A source without pages could not be drawn from.
        sources = {document.source for document in corpus.train}
        if missing := sorted(set(self.chosen) - sources):
            raise ValueError(
                f"the chosen mix has a share for {missing[0]!r}, and this corpus has "
                f"{', '.join(sorted(sources)) or 'no source'}. Make a lab of this corpus: "
                "mix_lab(corpus)."
            )
        return replace(corpus, mix=dict(self.chosen))

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """One slider a source, the steps of training, and two buttons."""
        self.sliders = {name: self._slider(name) for name in self.names}
        self.steps = ipywidgets.SelectionSlider(
            options=sorted({*STEP_CHOICES, self.settings["steps"]}),
            value=self.settings["steps"],
            description="Training steps",
            tooltip=f"How long training goes on, {TOKENS_A_STEP:,} tokens per step",
            **sized(104, 340),
        )
        self.steer(self.steps, "steps")
        # Choosing is apart from moving, so that playing changes nothing.
        buttons = [
            button("Use this mix", "check", "Hand this mix to the next cell", self.choose),
            button(
                "Usual mix",
                "undo",
                "Put the sliders back; what was chosen stays chosen",
                self.go_back,
            ),
        ]
        return [wrapping_row([*self.sliders.values()]), wrapping_row([self.steps, *buttons])]

    def go_back(self) -> None:
        """Put every source's slider back to the corpus's own mix."""
        with self.at_once():
            for name, slider in self.sliders.items():
                slider.value = self.defaults[name]

    def frame(self) -> bytes:
        """Each source's share and readings, the statistics, and those of the corpus's own mix."""
        # Beside the corpus's own mix, with its exact weights.
        effect, default = self.effect, self._effect(self._exact)
        total = self.sources.bytes.sum() or 1
        facts = {
            "names": self.names,
            "kinds": [KINDS.get(name, OTHER) for name in self.names],
            "documents": self.sources.documents.tolist(),
            "steps": self.settings["steps"],
            "tokens": float(effect.tokens.sum()),
            "rows": compare(effect, default),
            "note": self._note(effect),
            "chosen": self.chosen,
        }
        # What there is, what is drawn, and how often that reads each page.
        arrays = {
            "text": self.sources.bytes / total,
            "shares": effect.shares,
            "tokens": effect.tokens,
            "times": effect.times,
        }
        return pack(facts, arrays)

    def picture(self) -> Figure:
        """Each source's share of the text and of training, and how often its pages are read."""
        effect = self.effect
        text = self.sources.bytes / (self.sources.bytes.sum() or 1)
        return mix_effect(self.names, text, effect.shares, effect.times)

    def as_text(self) -> str:
        """What each source and the whole is like, a line each."""
        effect = self.effect
        lines = [
            f"{name:<10} {100 * share:5.1f} % of training, {tokens / 1e6:5.2f} M tokens, "
            f"each page read {times:6.1f} times"
            for name, share, tokens, times in zip(
                self.names, effect.shares, effect.tokens, effect.times, strict=True
            )
        ]
        lines += [f"{words}: {now}" for words, now, _ in compare(effect, effect)]
        return "\n".join(lines)

    def _slider(self, name: str) -> ipywidgets.FloatSlider:
        slider = ipywidgets.FloatSlider(
            value=self.settings[_key(name)],
            min=0,
            max=100,
            step=0.5,
            description=name,
            tooltip=f"How much of training is {name}, against the other sliders",
            readout_format=".1f",
            **sized(104, 340),
        )
        return self.steer(slider, _key(name))

    def _weights(self) -> dict[str, float]:
        """The sliders' places, and the corpus's own exact weights where none was moved."""
        places = {name: self.settings[_key(name)] for name in self.names}
        return dict(self._exact) if places == self.defaults else places

    def _effect(self, weights: dict[str, float]) -> Effect:
        tokens = self.settings["steps"] * TOKENS_A_STEP
        return self.sources.effect([weights[name] for name in self.names], tokens)

    def _note(self, effect: Effect) -> str:
        if not effect.shares.any():
            return NOTHING
        # The gravest first: learnt by heart, then left out, then cut short.
        times = dict(zip(self.names, effect.times, strict=True))
        most_read, least_read = max(times, key=times.get), min(times, key=times.get)
        if times[most_read] > RECITES:
            return (
                f"Every page of {most_read} is read {times[most_read]:,.0f} times: the "
                "model will recite it rather than learn from it."
            )
        # What is left out entirely comes before what is read in part.
        unread = [name for name, share in zip(self.names, effect.shares, strict=True) if not share]
        if unread:
            return f"Never read: {', '.join(unread)}."
        if times[least_read] < 1:
            return (
                f"Training ends before {least_read} is read through once: about "
                f"{100 - 100 * times[least_read]:.0f} % of it is never seen."
            )
        return ""


def _place(weight: float) -> float:
    """Where a slider stands for a weight: in halves of a percent, and never at 0 for a share."""
    return max(0.5, round(200 * weight) / 2) if weight > 0 else 0.0


def _key(name: str) -> str:
    return f"share of {name}"


def mix_lab(corpus: Corpus, steps: int = STEPS, bytes_per_token: float = 4.0) -> MixLab:
    """The mix lab; put it on the last line of a cell.

    Args:
        corpus: whose training documents are mixed.
        steps: of training, 2,048 tokens each.
        bytes_per_token: how many bytes of text one token stands for.

    Returns:
        The lab, with `mix`, `effect`, `chosen` and `use(corpus)`.
    """
    return MixLab(corpus, steps, bytes_per_token)


@styled
def mix_effect(
    names: Sequence[str], text: Sequence[float], shares: Sequence[float], times: Sequence[float]
) -> Figure:
    """Each source in the text and in training, and how often its pages are read.

    Args:
        names: S sources.
        text: (S,) share of the text.
        shares: (S,) share of the training tokens.
        times: (S,) how often each page is read.

    Raises:
        ValueError: the lists do not have the same length, or are empty.
    """
    if not len(names) == len(text) == len(shares) == len(times) or not len(names):
        raise ValueError(
            f"got {len(names)} names, {len(text)} shares of the text, {len(shares)} of training "
            f"and {len(times)} readings; give one of each a source."
        )
    figure, (left, right) = sheet("what the mix does", height=0.9 + 0.4 * len(names), columns=2)
    # Left what it is by bytes and by training, right how often that is each page.
    rows = np.arange(len(names))
    left.barh(
        rows - 0.2,
        100 * np.asarray(text),
        0.36,
        color="white",
        edgecolor=GREY,
        hatch="////",
        label="of the text",
    )
    left.barh(rows + 0.2, 100 * np.asarray(shares), 0.36, color=BLUE, label="of training")
    left.set_xlabel("share in percent")
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    right.barh(rows, times, 0.6, color=ORANGE)
    label_bars(right, times, [f"{value:.1f}" for value in times], rows)
    right.set_xlabel("times each page is read")
    for axes in (left, right):
        name_rows(axes, names if axes is left else [""] * len(names))
    return figure
