"""Scores the collection against the truth that the Little Web knows of each page.

The only file of this package that may see labels: no step that collects imports it.
Left out: scoring a crawl of the real web, of which nobody knows the truth.
Taught in notebook 01, section "How good was it?".

What the figures mean (each also as *_holdout, over the pages of templates that no rule was made
on):
- extract_f1: words of the extracted text against words of the true text as bags, F1 a page, mean
  over the crawled pages that have a true text and are not junk.
- quality_recall: of the junk pages that were crawled, those that the language or quality step
  dropped. quality_precision: of the English pages that the quality step dropped, those that are
  junk.
- near_duplicate_recall: of the copies with a true similarity of at least 0.8 whose original also
  reached the deduplication, those that do not stand in the corpus beside their original.
  near_duplicate_precision: of the pages dropped as copies, those whose true text is at least 0.7
  similar to the true text of the page that was kept in their place.
- pii_recall and pii_precision: e-mail addresses, phone numbers, IP addresses and cards, exact to
  the letter, in the extracted text before any filter (what extraction loses cannot leak). Names of
  people are labelled too, but privacy.py does not look for them: they do not count here.
- language_recall and language_precision: pages in another language that were dropped for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from course_utils.data_collection import steps
from course_utils.data_collection.clean import privacy
from course_utils.data_collection.clean.language import LANGUAGE
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.dedup.shingles import jaccard, shingle_sets

MASKED_KINDS = ("email", "phone", "ip", "card")
COPY_SIMILARITY = 0.8  # a copy, for recall
LIKE_SIMILARITY = 0.7  # alike, for precision: a little more is let pass
WORD = re.compile(r"\w+")


class Label(Protocol):
    """What the Little Web knows of a page; littleweb.truth.labels.Label has these fields."""

    text: str
    language: str
    junk: str | None
    pii: tuple[tuple[str, str], ...]
    copy_of: str | None
    similarity: float | None
    holdout: bool


def scores(corpus: Corpus, labels: Mapping[str, Label]) -> dict[str, float | None]:
    """The figures of the report card.

    Args:
        corpus: straight from collect(); one that was loaded has no text before the filters.
        labels: address -> what is true of the page.

    Returns:
        "collection.extract_f1" and so on; None where there was nothing to score.

    Raises:
        ValueError: the corpus has no extracted texts, or none of its pages has a label.
    """
    # Only pages that were both crawled and labelled can be scored.
    crawled = {url: labels[url] for url in corpus.extracted if url in labels}
    if not crawled:
        raise ValueError(
            f"none of {len(corpus.extracted)} extracted pages has a label. Score the corpus that "
            "collect() returned, against the labels of the seed and scale that were crawled."
        )
    values: dict[str, float | None] = {}
    # Twice: over the pages that the rules were made on, and over those that nobody looked at.
    for ending, holdout in (("", False), ("_holdout", True)):
        part = {url: label for url, label in crawled.items() if label.holdout == holdout}
        figures = {
            "extract_f1": extract_f1(corpus, part),
            **_named("quality", quality(corpus, part)),
            **_named("language", language(corpus, part)),
            **_named("near_duplicate", near_duplicates(corpus, part, crawled)),
            **_named("pii", pii(corpus, part)),
            "pii_recall_with_names": pii(corpus, part, (*MASKED_KINDS, "name"))[1],
        }
        values |= {f"collection.{name}{ending}": value for name, value in figures.items()}
    return values


def _named(name: str, pair: tuple[float | None, float | None]) -> dict[str, float | None]:
    return {f"{name}_precision": pair[0], f"{name}_recall": pair[1]}


def _share(hits: float, total: float) -> float | None:
    return hits / total if total else None


def word_f1(text: str, truth: str) -> float:
    """F1 of two texts as bags of words: 1 for the same words, 0 for none in common."""
    # As bags: the order of words does not count.
    ours, theirs = Counter(WORD.findall(text)), Counter(WORD.findall(truth))
    shared = (ours & theirs).total()
    return 2 * shared / (ours.total() + theirs.total()) if shared else 0.0


def extract_f1(corpus: Corpus, labels: Mapping[str, Label]) -> float | None:
    """Mean F1 of the extracted texts of pages that are not junk."""
    pages = [
        word_f1(corpus.extracted[url], label.text)
        for url, label in labels.items()
        if label.junk is None and label.text
    ]
    return _share(sum(pages), len(pages))


def quality(corpus: Corpus, labels: Mapping[str, Label]) -> tuple[float | None, float | None]:
    """Precision and recall of dropping junk."""
    # Where each page was lost, if it was.
    step_of = {dropped.document.url: dropped.step for dropped in corpus.dropped}
    junk = [url for url, label in labels.items() if label.junk is not None]
    # Junk that the extraction or the language step takes out is gone as well.
    caught = sum(
        step_of.get(url) in (steps.EXTRACT, steps.LANGUAGE, steps.QUALITY) for url in junk
    )
    # Pages in other languages are another step's to find.
    dropped = [
        url
        for url, label in labels.items()
        if step_of.get(url) == steps.QUALITY and label.language == LANGUAGE
    ]
    right = sum(labels[url].junk is not None for url in dropped)
    return _share(right, len(dropped)), _share(caught, len(junk))


def language(corpus: Corpus, labels: Mapping[str, Label]) -> tuple[float | None, float | None]:
    """Precision and recall of dropping pages in other languages; junk is not counted."""
    dropped = {gone.document.url for gone in corpus.dropped if gone.step == steps.LANGUAGE}
    foreign = {url for url, label in labels.items() if label.language != LANGUAGE}
    # Junk may be dropped by either step.
    judged = {url for url, label in labels.items() if label.junk is None}
    hits = len(dropped & foreign & judged)
    return _share(hits, len(dropped & judged)), _share(hits, len(foreign & judged))


def near_duplicates(
    corpus: Corpus, labels: Mapping[str, Label], everything: Mapping[str, Label]
) -> tuple[float | None, float | None]:
    """Precision and recall of dropping copies.

    Args:
        corpus: straight from collect().
        labels: the pages that are scored.
        everything: all crawled pages, for the originals of copies.
    """
    step_of = {dropped.document.url: dropped.step for dropped in corpus.dropped}
    # Recall: of the true pairs that reached the deduplication, those that lost a page.
    copies = (dedup.EXACT, dedup.NEAR)
    # True copies by the label's similarity, whose original was crawled too.
    pairs = [
        (url, label.copy_of)
        for url, label in labels.items()
        if label.copy_of in everything and (label.similarity or 0.0) >= COPY_SIMILARITY
    ]
    # A page that another step dropped never came to be compared.
    judged = [pair for pair in pairs if all(step_of.get(url, copies[0]) in copies for url in pair)]
    # One of the two has to go, either one.
    caught = sum(any(url in step_of for url in pair) for pair in judged)
    # Precision: of the pages that were dropped for another, those that are truly like it.
    right = wrong = 0
    for dropped in corpus.dropped:
        # A drop counts where both pages are labelled: only then can their true texts be compared.
        url, instead = dropped.document.url, dropped.instead
        if url in labels and instead in everything:
            texts = (everything[url].text, everything[instead].text)
            alike = jaccard(*shingle_sets(texts)) >= LIKE_SIMILARITY
            right, wrong = right + alike, wrong + (not alike)
    return _share(right, right + wrong), _share(caught, len(judged))


def pii(
    corpus: Corpus, labels: Mapping[str, Label], kinds: tuple[str, ...] = MASKED_KINDS
) -> tuple[float | None, float | None]:
    """Precision and recall of masks, a string at a time.

    Args:
        corpus: straight from collect().
        labels: the pages that are scored.
        kinds: what counts as private. Strings that extraction had lost already do not count.
    """
    hits = masked = true = 0
    for url, label in labels.items():
        text = corpus.extracted[url]
        found = Counter((span.kind, span.text) for span in privacy.find(text))
        # What is labelled, as often as it still stands in the extracted text.
        wanted = Counter(
            {
                (kind, string): min(count, text.count(string))
                for (kind, string), count in Counter(map(tuple, label.pii)).items()
                if kind in kinds
            }
        )
        hits += (found & wanted).total()
        masked += found.total()
        true += wanted.total()
    return _share(hits, masked), _share(hits, true)
