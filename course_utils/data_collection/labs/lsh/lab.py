"""The LSH lab: bands and rows, the S-curve they make, and the copies that they find or miss.

The curve is a promise about any pair; the bars are the reader's own pairs.
Left out: which of two copies stays (dedup.near_copies).
Taught in notebook 01, section "Saying it once".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup.dedup import EXACT, NEAR, DedupConfig
from course_utils.data_collection.dedup.minhash import PERMUTATIONS, candidates, minhash_fast
from course_utils.data_collection.dedup.shingles import jaccard, shingle_sets
from course_utils.data_collection.document import Document
from course_utils.ui import bundle, pack, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, button, sized
from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled

MIN_ROWS = 2
MEASURED_FROM = 0.15  # estimated similarity from which the true one is computed


def before_deduplication(corpus: Corpus) -> list[Document]:
    """The documents that the two steps against copies were given, sorted by address."""
    copies = [dropped.document for dropped in corpus.dropped if dropped.step in (EXACT, NEAR)]
    return sorted([*corpus.documents, *copies], key=lambda document: document.url)


class Pairs:
    """The pairs of N documents that some choice of bands and rows would compare.

    Args:
        documents: any number; none, or one, have no pairs.

    Attributes:
        members: (P, 2) numbers of the documents.
        similarity: (P,) Jaccard similarity; below 0.15 an estimate from the signatures.
        agree: (K, P) bool, whether the two signatures have the same value in a place.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = list(documents)
        # Signed once: moving a slider only compares places of the signatures.
        sets = shingle_sets([document.text for document in documents])
        signatures = minhash_fast(sets, PERMUTATIONS)
        # Whatever meets in a band of two rows or more agrees in two neighbouring places.
        met = candidates(signatures, PERMUTATIONS // MIN_ROWS) if sets else ()
        # Both documents of each pair, in columns.
        self.members = np.array(sorted(met), np.int64).reshape(-1, 2)
        first, second = self.members.T
        self.agree = np.ascontiguousarray((signatures[first] == signatures[second]).T)  # (K, P)
        # An estimate for all, and the truth where it is worth the time.
        self.similarity = self.agree.mean(axis=0) if len(first) else np.empty(0)
        for pair in np.flatnonzero(self.similarity >= MEASURED_FROM):
            self.similarity[pair] = jaccard(sets[first[pair]], sets[second[pair]])

    @property
    def possible(self) -> int:
        """How many pairs there are in all, N (N - 1) / 2."""
        return len(self.documents) * (len(self.documents) - 1) // 2

    def met(self, bands: int, rows: int) -> np.ndarray:
        """(P,) bool: the pairs that agree in all rows of at least one band.

        Raises:
            ValueError: there are not so many places, or too few rows.
        """
        if bands < 1 or rows < MIN_ROWS or bands * rows > PERMUTATIONS:
            raise ValueError(
                f"{bands} bands of {rows} rows need {bands * rows} places; signatures have "
                f"{PERMUTATIONS}, and a band here has at least {MIN_ROWS} rows."
            )
        # One band in which all rows agree is enough.
        met = np.zeros(len(self.members), bool)
        for band in range(bands):
            met |= np.logical_and.reduce(self.agree[band * rows : (band + 1) * rows], axis=0)
        return met

    def clusters(self, chosen: np.ndarray) -> list[dict[str, object]]:
        """Documents that hang together by chosen pairs, the largest cluster first.

        Args:
            chosen: (P,) bool.

        Returns:
            "urls" in order, "lowest" and "highest" similarity of the chosen pairs, a cluster each.
        """
        # Union and find: documents of one cluster have the same top.
        leader: dict[int, int] = {}

        # The chain is shortened on the way, so that long ones are walked once.
        def top(number: int) -> int:
            while leader.setdefault(number, number) != number:
                leader[number] = leader[leader[number]]
                number = leader[number]
            return number

        pairs = np.flatnonzero(chosen)
        for pair in self.members[pairs].tolist():
            first, second = sorted(map(top, pair))
            leader[second] = first
        # Who belongs to a cluster, and how alike its pairs are.
        groups: dict[int, list[int]] = defaultdict(list)
        for number in sorted(leader):
            groups[top(number)].append(number)
        similarities: dict[int, list[float]] = defaultdict(list)
        for pair in pairs:
            cluster = top(int(self.members[pair, 0]))
            similarities[cluster].append(float(self.similarity[pair]))
        clusters = [
            {
                "urls": [self.documents[number].url for number in group],
                "lowest": min(similarities[first]),
                "highest": max(similarities[first]),
            }
            for first, group in groups.items()
        ]
        return sorted(clusters, key=lambda cluster: (-len(cluster["urls"]), cluster["urls"]))


MAX_ROWS = 16  # of the slider
BINS = 20  # bars from similarity 0 to 1
LISTED = 12  # clusters and missed pairs that are shown
LISTED_URLS = 4
EDGES = np.linspace(0, 1, BINS + 1)


class LshView(StaticLabView):
    """The drawing: the S-curve over the reader's pairs, and the clusters."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


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
        # The pipeline's own settings are where the sliders begin.
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
        """What is found, as clusters of copies: "urls", "lowest", "highest"; see `Pairs`."""
        return self.pairs.clusters(self._copies() & self.met)

    def missed(self) -> list[tuple[float, str, str]]:
        """(similarity, URL, URL) of the copies that never meet, the most alike first."""
        # Copies by similarity that share no band: what LSH pays for its speed.
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
        # The same edges for both, so that the bars can be stacked.
        return np.histogram(similarity[met], EDGES)[0], np.histogram(similarity[~met], EDGES)[0]

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Rows, bands, the threshold, and the way back."""
        self.rows = ipywidgets.IntSlider(
            value=self.settings["rows"],
            min=MIN_ROWS,
            max=MAX_ROWS,
            description="Rows per band",
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
        # Rows decide how many bands there is room for; the other two only redraw.
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
        # A page shows the first clusters only; their number is told in full.
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


@styled
def s_curve(
    bands: int, rows: int, threshold: float, met: Sequence[int], missed: Sequence[int]
) -> Figure:
    """The chance that LSH compares a pair, and the real pairs by similarity.

    Args:
        bands, rows: of the signatures.
        threshold: similarity from which two texts count as copies.
        met, missed: (B,) pairs that met and pairs that did not, in B equal steps from 0 to 1.

    Raises:
        ValueError: the two do not have the same length.
    """
    if len(met) != len(missed) or not len(met):
        raise ValueError(
            f"met has {len(met)} bars and missed {len(missed)}; give as many of both."
        )
    figure, (curve, bars) = sheet("the S-curve, and the pairs that meet", columns=2)
    # What is promised for any pair.
    similarity = np.linspace(0, 1, 101)
    curve.plot(similarity, 100 * (1 - (1 - similarity**rows) ** bands), color=BLUE, linewidth=2)
    curve.axvline(threshold, color=GREY, linestyle=":")
    curve.set_xlabel("similarity of a pair")
    curve.set_ylabel("chance to meet, percent")
    # What became of the reader's own.
    edges = np.arange(len(met)) / len(met)
    bars.bar(edges, met, 1 / len(met), align="edge", color=ORANGE, label="met")
    bars.bar(
        edges,
        missed,
        1 / len(met),
        bottom=np.asarray(met),
        align="edge",
        color="white",
        edgecolor=GREY,
        hatch="////",
        label="never met",
    )
    bars.set_yscale("symlog", linthresh=1)  # few pairs show beside many
    bars.axvline(threshold, color=GREY, linestyle=":")
    bars.set_ylim(bottom=0)
    bars.set_xlabel("similarity of a pair")
    bars.set_ylabel("pairs")
    bars.legend(loc="upper right")
    return figure
