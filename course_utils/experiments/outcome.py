"""What the ablation measured: one outcome a form of the crawl, and the table that shows them.

Left out: how it is measured (ablation.py) and its picture (figures.py).
Taught in notebook 01, section "What it does to the model".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from course_utils.pretraining.scores import FactScores

# How far seeds alone move the difference between one form and the next: the largest standard
# deviation of the three differences over five seeds (benchmarks/results/ablation.md).
SPREAD = {
    "bits_per_byte": 0.034,
    "junk_samples": 0.045,
    "private_samples": 0.015,
    "copied_samples": 0.028,
    "fact_accuracy": 0.105,
}
MEASURES = {  # name -> (heading, whether it is a share)
    "bits_per_byte": ("bits/byte", False),
    "junk_samples": ("junk", True),
    "private_samples": ("private", True),
    "copied_samples": ("copied", True),
    "fact_accuracy": ("facts", True),
}
CLEAR = 2.0  # a difference is clear when it is more than so many times the spread


@dataclass(frozen=True)
class Outcome:
    """One model's marks.

    Args:
        form: "raw", "filtered", "deduplicated" or "clean".
        documents, text_bytes: what it was trained on.
        passes: how many times over it read that.
        bits_per_byte: on true text that no form holds; lower is better.
        junk_samples: share of its samples that a judge takes for junk.
        private_samples: share of its samples with an e-mail address, phone number and so on.
        copied_samples: share of its samples of which more than half stands in its training text
            word for word, in one run.
        overlap: the longest such run as a share of a sample's words, mean.
        facts: statements about the slice's countries, completed.
        samples: what it wrote.
    """

    form: str
    documents: int
    text_bytes: int
    passes: float
    bits_per_byte: float
    junk_samples: float
    private_samples: float
    copied_samples: float
    overlap: float
    facts: FactScores = field(repr=False)
    samples: tuple[str, ...] = field(repr=False)

    @property
    def fact_accuracy(self) -> float:
        """The share of facts completed rightly."""
        return self.facts.accuracy


@dataclass(frozen=True)
class Ablation:
    """The outcomes of all forms; print it for the table.

    Args:
        outcomes: in the order raw, filtered, deduplicated, clean.
        junk_pages: share of junk among the pages of the raw form.
        web_junk_pages: the same over the whole crawl.
        seed: of the training.
    """

    outcomes: tuple[Outcome, ...]
    junk_pages: float
    web_junk_pages: float
    seed: int

    @property
    def majority_baseline(self) -> float:
        """The share of facts that the most common answer of each kind gets right."""
        return self.outcomes[0].facts.majority_baseline

    @property
    def spread(self) -> dict[str, float]:
        """Mark -> how far seeds alone move the difference between one form and the next."""
        return dict(SPREAD)

    def unclear(self) -> list[tuple[str, str, str]]:
        """(measure, form, next form) where the difference is within what seeds alone make."""
        pairs = zip(self.outcomes, self.outcomes[1:], strict=False)
        return [
            (name, earlier.form, later.form)
            for earlier, later in pairs
            for name in MEASURES
            if abs(getattr(earlier, name) - getattr(later, name)) <= CLEAR * SPREAD[name]
        ]

    def __str__(self) -> str:
        # A row for each form, below it what seeds alone make of each mark.
        heads = "".join(f"{heading:>11}" for heading, _ in MEASURES.values())
        lines = [f"{'trained on':<14}{'pages':>6}{'kB':>6}{'passes':>8}{heads}"]
        for outcome in self.outcomes:
            kilobytes = outcome.text_bytes / 1e3
            size = f"{outcome.documents:>6,}{kilobytes:>6.0f}{outcome.passes:>8.1f}"
            lines.append(f"{outcome.form:<14}{size}{self._marks(outcome)}")
        spread = "".join(f"{'±' + _as_text(name, SPREAD[name]):>11}" for name in MEASURES)
        lines.append(f"{'seeds alone (earlier study)':<34}{spread}")
        lines.append(
            f"{self.junk_pages:.0%} of the raw pages are junk or not English "
            f"({self.web_junk_pages:.0%} of the whole crawl)."
        )
        lines.append(f"One answer for all gets {self.majority_baseline:.0%} of the facts.")
        return "\n".join(lines)

    def _marks(self, outcome: Outcome) -> str:
        """An outcome's row; a mark that differs from the row above no more than seeds do has ~."""
        unclear = {(name, form) for name, _, form in self.unclear()}
        return "".join(
            f"{('~' if (name, outcome.form) in unclear else '') + _as_text(name, value):>11}"
            for name in MEASURES
            for value in [getattr(outcome, name)]
        )


def _as_text(name: str, value: float) -> str:
    return f"{value:.0%}" if MEASURES[name][1] else f"{value:.2f}"
