"""The LSH lab: bands and rows, the S-curve they make, and the copies that they find or miss.

The curve is a promise about any pair; the bars are the reader's own pairs. Pairs come from
pairs.py.
Left out: which of two copies stays (dedup.near_copies).
Taught in notebook 01, section "Saying it once".
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup.dedup import DedupConfig
from course_utils.data_collection.dedup.minhash import PERMUTATIONS
from course_utils.data_collection.document import Document
from course_utils.data_collection.labs.lsh.figure import s_curve
from course_utils.data_collection.labs.lsh.pairs import MIN_ROWS, Pairs, before_deduplication
from course_utils.ui import assets, pack, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, button, sized

MAX_ROWS = 16
BINS = 20  # bars from similarity 0 to 1
LISTED = 12
LISTED_URLS = 4
EDGES = np.linspace(0, 1, BINS + 1)


class LshView(StaticLabView):
    """The drawing: the S-curve over the reader's pairs, and the clusters."""

    _esm = assets(__file__, ".js", shared=("static_lab",))
    _css = assets(__file__, ".css", shared=("static_lab",))


class LshLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        documents: of any corpus, copies among them.
    """

    title = "LSH lab: bands, rows and the copies they find"
    view_class = LshView

    def __init__(self, documents: Sequence[Document]) -> None:
        self.pairs = Pairs(documents)
        config = DedupConfig()
        self.defaults = {
            "rows": PERMUTATIONS // config.bands,
            "bands": config.bands,
            "threshold": config.threshold,
        }
        super().__init__(self.defaults)

    @property
    def met(self) -> np.ndarray:
        """(P,) bool: which of pairs.members meet in a bucket, at these bands and rows."""
        return self.pairs.met(self.settings["bands"], self.settings["rows"])

    @property
    def figures(self) -> dict[str, int]:
        """What these settings find: pairs of copies in all, found, missed; pairs compared."""
        copies, met = self.pairs.similarity >= self.settings["threshold"], self.met
        return {
            "copies": int(copies.sum()),
            "found": int((copies & met).sum()),
            "missed": int((copies & ~met).sum()),
            "compared": int(met.sum()),
            "possible": self.pairs.possible,
        }

    def clusters(self) -> list[dict[str, object]]:
        """What is found, as clusters of copies: "urls", "lowest", "highest"; see pairs.py."""
        return self.pairs.clusters(self._copies() & self.met)

    def missed(self) -> list[tuple[float, str, str]]:
        """(similarity, URL, URL) of the copies that never meet, the most alike first."""
        lost = np.flatnonzero(self._copies() & ~self.met)
        rows = [
            (
                float(self.pairs.similarity[pair]),
                *(self.pairs.documents[number].url for number in self.pairs.members[pair]),
            )
            for pair in lost
        ]
        return sorted(rows, key=lambda row: (-row[0], *row[1:]))

    def bars(self) -> tuple[np.ndarray, np.ndarray]:
        """(20,) pairs that met and (20,) that did not, by similarity in steps of 0.05."""
        met, similarity = self.met, self.pairs.similarity
        return np.histogram(similarity[met], EDGES)[0], np.histogram(similarity[~met], EDGES)[0]

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Rows, bands, the threshold, and the way back."""
        self.rows = ipywidgets.IntSlider(
            value=self.settings["rows"],
            min=MIN_ROWS,
            max=MAX_ROWS,
            description="Rows a band",
            tooltip="Places that must all agree; more rows let fewer strangers meet",
            **sized(92, 340),
        )
        self.bands = ipywidgets.IntSlider(
            value=self.settings["bands"],
            min=1,
            max=PERMUTATIONS // self.settings["rows"],
            description="Bands",
            tooltip=f"Chances to meet; bands x rows is at most {PERMUTATIONS} places",
            **sized(92, 340),
        )
        self.threshold = ipywidgets.FloatSlider(
            value=self.settings["threshold"],
            min=0.3,
            max=1,
            step=0.05,
            description="A copy from",
            tooltip="Jaccard similarity from which two documents count as copies",
            readout_format=".2f",
            **sized(92, 340),
        )
        self.rows.observe(self._change_rows, names="value")
        self.steer(self.bands, "bands")
        self.steer(self.threshold, "threshold")
        back = button("Usual settings", "undo", "Put every slider back", self.go_back)
        return [wrapping_row([self.rows, self.bands, self.threshold, back])]

    def go_back(self) -> None:
        """Put every slider back to the pipeline's settings."""
        with self.at_once():
            for name, value in self.defaults.items():
                getattr(self, name).value = value

    def frame(self) -> bytes:
        """The curve's settings, the bars, the clusters and what is missed."""
        found, lost = self.bars()
        clusters, missed = self.clusters(), self.missed()
        listed = [
            {**cluster, "urls": cluster["urls"][:LISTED_URLS], "size": len(cluster["urls"])}
            for cluster in clusters[:LISTED]
        ]
        facts = {
            **self.settings,
            **self.figures,
            "documents": len(self.pairs.documents),
            "clusters": listed,
            "clusters_in_all": len(clusters),
            "missed_pairs": missed[:LISTED],
        }
        return pack(facts, {"found": found, "lost": lost})

    def picture(self) -> Figure:
        """The S-curve, and the bars of the pairs that met and did not."""
        found, lost = self.bars()
        return s_curve(
            self.settings["bands"], self.settings["rows"], self.settings["threshold"], found, lost
        )

    def as_text(self) -> str:
        """Where the curve passes a half, and what becomes of the reader's pairs."""
        bands, rows = self.settings["bands"], self.settings["rows"]
        counts = self.figures
        half = (1 - 0.5 ** (1 / bands)) ** (1 / rows)  # where the curve is 0.5
        return (
            f"{bands} bands of {rows}: half of the pairs at similarity {half:.2f} meet\n"
            f"{counts['found']} of {counts['copies']} pairs of copies found, in "
            f"{len(self.clusters())} clusters; {counts['compared']:,} of {counts['possible']:,} "
            "pairs compared"
        )

    def _change_rows(self, change: dict) -> None:
        """More rows leave room for fewer bands."""
        with self.at_once():
            max_bands = PERMUTATIONS // change["new"]
            self.settings["rows"] = change["new"]
            # The setting first: a slider that is cut short reports its new value by itself.
            self.settings["bands"] = min(self.settings["bands"], max_bands)
            self.bands.max = max_bands

    def _copies(self) -> np.ndarray:
        return self.pairs.similarity >= self.settings["threshold"]


def lsh_lab(documents: Corpus | Sequence[Document]) -> LshLab:
    """The LSH lab; put it on the last line of a cell.

    Args:
        documents: a corpus, of which the documents before deduplication are taken; or documents.

    Returns:
        The lab, with `figures`, `clusters()` and `missed()`.
    """
    if isinstance(documents, Corpus):
        documents = before_deduplication(documents)
    return LshLab(documents)
