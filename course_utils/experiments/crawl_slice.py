"""A closed slice of the crawl in four forms, from raw to clean, for the ablation of notebook 01.

The slice is small enough for a model of 0.2 million weights: 30 countries of the atlas and the
same share of the forum, with all their copies. Every hundred of these pages bring along as many
pages of spam, of other languages and of bare lists as a hundred good pages of the whole crawl do,
so the raw form is as dirty as the crawl, counted in pages. The forms:
- raw: what extraction gave, nothing removed.
- filtered: without the pages that the language and quality steps dropped.
- deduplicated: what the pipeline left: private data masked, repeated lines and copies gone too.
- clean: what the answer key has of the good pages: true text, no copy, no false answer, private
  data masked. It is the upper bound.
Some good pages are held out of all four, to be scored on.
Left out: models and scores (ablation.py).
Taught in notebook 01, section "What it does to the model".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from course_utils.data_collection.clean.language import LANGUAGE
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import source_of
from course_utils.data_collection.scoring.score import MASKED_KINDS, Label

FORMS = ("raw", "filtered", "deduplicated", "clean")
ATLAS, FORUM = "atlas", "forum"
COUNTRIES = 30
HELD_OUT_SHARE = 0.15
JUDGED_PAGES = 400  # pages outside the slice, for each side, that a judge learns from


@dataclass(frozen=True)
class Slice:
    """Four forms of one slice.

    Args:
        countries: names of the atlas's folders, such as "france".
        texts: form -> its documents, in an order of their own.
        holdout: true texts of good pages that stand in none of the forms.
        pages: what the answer key says of the pages of the raw form: url -> whether it is junk.
        web_junk: the share of junk among all pages of the crawl.
        others: (text, whether junk) of pages outside the slice, for a judge to learn from.
    """

    countries: tuple[str, ...]
    texts: Mapping[str, list[str]]
    holdout: list[str]
    pages: Mapping[str, bool] = field(repr=False)
    web_junk: float
    others: list[tuple[str, bool]] = field(repr=False)

    @property
    def junk(self) -> float:
        """The share of junk among the pages of the raw form."""
        return sum(self.pages.values()) / len(self.pages)


def rank(url: str) -> str:
    """A page's place in the order in which pages are taken; the same on every machine."""
    return hashlib.sha256(f"slice/{url}".encode()).hexdigest()


def is_junk(label: Label | None) -> bool:
    """Whether the answer key has no good English text for a page: spam, foreign, a bare list."""
    return label is None or label.junk is not None or label.language != LANGUAGE


def folder_of(url: str) -> str:
    """The last folder of an address: "france" for an atlas page about France."""
    return url.rsplit("/", 2)[-2]


def cut(corpus: Corpus, labels: Mapping[str, Label], countries: int = COUNTRIES) -> Slice:
    """Cuts a slice out of a crawl and makes its four forms.

    Args:
        corpus: straight from collect(); one that was loaded has no text before the filters.
        labels: url -> what is true of the page.
        countries: how many.

    Raises:
        ValueError: the corpus has no extracted texts, or no page of the atlas.
    """
    # Which countries: those whose folders come first in the order of taking pages.
    crawled = {url: labels.get(url) for url in sorted(corpus.extracted, key=rank)}
    folders = {folder_of(url) for url, label in crawled.items() if _is(label, url, ATLAS)}
    if not folders:
        raise ValueError(
            f"none of {len(crawled)} extracted pages is of the atlas. Cut the corpus that "
            "collect() returned after a crawl of the Little Web, with the labels of its seed."
        )
    chosen = sorted(sorted(folders, key=rank)[:countries])
    # Their pages, and the same share of the forum.
    part = [url for url, label in crawled.items() if _is(label, url, ATLAS)]
    part = [url for url in part if folder_of(url) in chosen]
    threads = [url for url, label in crawled.items() if _is(label, url, FORUM)]
    part += threads[: round(len(threads) * len(chosen) / len(folders))]
    # As much junk as the whole crawl has beside so many good pages, and all copies.
    good = sum(label is not None and _is(label, url) for url, label in crawled.items())
    beside = _beside(crawled, len(part) / good)
    raw = sorted([*_with_copies(part, crawled), *beside], key=rank)
    # Held out of every form, to be scored on.
    held = _held_out(part, crawled)
    return Slice(
        tuple(chosen),
        _forms(corpus, crawled, [url for url in raw if url not in held]),
        [crawled[url].text for url in held],
        {url: is_junk(crawled[url]) for url in raw if url not in held},
        sum(map(is_junk, crawled.values())) / len(crawled),
        _others(corpus, crawled, {*raw}),
    )


def _is(label: Label | None, url: str, site: str = "") -> bool:
    """Whether a page is a good original, of one site if it is named."""
    original = not is_junk(label) and label.copy_of is None
    return original and site in ("", source_of(url))


def _beside(crawled: Mapping[str, Label | None], share: float) -> list[str]:
    """That share of the junk of each site."""
    sites: dict[str, list[str]] = {}
    for url, label in crawled.items():
        if is_junk(label):
            kind = "no text" if label is None else source_of(url)
            sites.setdefault(kind, []).append(url)
    return [url for urls in sites.values() for url in urls[: round(share * len(urls))]]


def _with_copies(part: Sequence[str], crawled: Mapping[str, Label | None]) -> list[str]:
    """The pages and all pages that copy one of them, or copy a copy."""
    closed = dict.fromkeys(part)
    while True:
        copies = [
            url
            for url, label in crawled.items()
            if label is not None and label.copy_of in closed and url not in closed
        ]
        if not copies:
            return list(closed)
        closed |= dict.fromkeys(copies)


def _held_out(part: Sequence[str], crawled: Mapping[str, Label | None]) -> list[str]:
    """Pages to score on: true, without private data, and copied by nobody."""
    # A page whose copy is trained on would be no test.
    copied = {label.copy_of for label in crawled.values() if label is not None}
    fit = [
        url
        for url in part
        if url not in copied and not crawled[url].pii and not crawled[url].wrong
    ]
    return sorted(fit, key=rank)[:: round(1 / HELD_OUT_SHARE)]


def _forms(
    corpus: Corpus, crawled: Mapping[str, Label | None], urls: Sequence[str]
) -> dict[str, list[str]]:
    # Which pages the steps dropped, and what they left of the others.
    junk = {d.document.url for d in corpus.dropped if d.step in ("extract", "language", "quality")}
    left = {document.url: document.text for document in corpus.documents}
    raw = {url: corpus.extracted[url] for url in urls}
    forms = {
        "raw": raw.values(),
        "filtered": [text for url, text in raw.items() if url not in junk],
        "deduplicated": [left[url] for url in urls if url in left],
        "clean": [
            masked(crawled[url])
            for url in urls
            if _is(crawled[url], url) and not crawled[url].wrong
        ],
    }
    return {name: [text for text in forms[name] if text] for name in FORMS}


def masked(label: Label) -> str:
    """A page's true text with its private data masked, as the answer key knows them."""
    text = label.text
    # The longest first: a number may stand within a longer one.
    for kind, private in sorted(set(map(tuple, label.pii)), key=lambda pair: -len(pair[1])):
        if kind in MASKED_KINDS:
            text = text.replace(private, f"<{kind.upper()}>")
    return text


def _others(
    corpus: Corpus, crawled: Mapping[str, Label | None], inside: Iterable[str]
) -> list[tuple[str, bool]]:
    """Pages outside the slice, as many good ones as junk."""
    sides: dict[bool, list[str]] = {True: [], False: []}
    for url, label in crawled.items():
        if url not in inside:
            sides[is_junk(label)].append(corpus.extracted[url])
    # As many of each side as the smaller one has.
    pages = min(JUDGED_PAGES, *map(len, sides.values()))
    return [(text, junk) for junk, texts in sides.items() for text in texts[:pages]]
