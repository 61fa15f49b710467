"""A handful of pages with an answer key, for tests of notebook 01's labs without a web."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from course_utils.data_collection import labs
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import Document, from_page

PROSE = (
    "The boat of the teacher waits in the harbour with a lamp that shines near pier {0}. "
    "In winter the river of that town is frozen, and nobody sails to the islands before May {0}. "
    "Most of the people have a garden, and some keep bees behind house number {0}."
)
SPAM = "cheap lamps are the best cheap lamps of all cheap lamps. " * 8
HTML = (
    "<html><head><style>p { x }</style><script>var the = 'boat';</script></head><body>"
    "<nav><a href='/'>Home</a> About</nav><p>{0}</p><p>Caf&eacute; of the town <b>is</b> open.</p>"
    "<p><a href='/x'>one more page to read here</a></p></body></html>"
)
TRUE = PROSE.format(1) + "\n\nCafé of the town is open."
PAGE = HTML.replace("{0}", PROSE.format(1))


def label(
    text: str, junk: str | None = None, language: str = "en", holdout: bool = False
) -> SimpleNamespace:
    """A page's truth, with the fields that the labs read."""
    return SimpleNamespace(text=text, junk=junk, language=language, holdout=holdout)


def texts() -> dict[str, str]:
    """Eight good pages, two of junk (one of a holdout kind) and one in French."""
    by_url = {f"http://atlas.test/{n}.html": PROSE.format(n) for n in range(8)}
    by_url["http://spam.test/0.html"] = SPAM
    by_url["http://spam.test/1.html"] = "lamp table chair window door floor roof " * 10
    by_url["http://world.test/fr"] = "Le bateau attend dans le port. " * 9
    return by_url


def truth() -> dict[str, SimpleNamespace]:
    """The labels of `texts`."""
    by_url = {url: label(text) for url, text in texts().items()}
    by_url["http://spam.test/0.html"] = label(SPAM, "keywords")
    by_url["http://spam.test/1.html"] = label("", "salad", holdout=True)
    by_url["http://world.test/fr"] = label("", language="fr")
    return by_url


def documents() -> list[Document]:
    """Six unlike documents, a copy and a near-copy."""
    words = "boat harbour garden teacher window bridge baker winter letter market river".split()
    made = []
    for number in range(6):
        text = " ".join(words[(number * 3 + at * (number + 2)) % 11] + str(at) for at in range(60))
        made.append(from_page(f"http://atlas.test/{number}.html", text))
    made.append(from_page("http://mirror.test/0.html", made[0].text))
    more = " and many more words that the first one does not have at its end"
    made.append(from_page("http://mirror.test/1.html", made[1].text + more))
    return made


def corpus(mix: dict[str, float] | None = None) -> Corpus:
    """Three sources of different sizes: atlas, stories and a source nobody knows."""
    pages = {"http://atlas.test/a": "The capital of France is Paris."}
    pages |= {f"http://stories.test/{n}": "The fox ran home. " * 20 for n in range(4)}
    pages["http://other.test/x"] = "Something else entirely."
    train = [from_page(url, text) for url, text in sorted(pages.items())]
    return Corpus(train, [], [], mix or {"atlas": 0.5, "stories": 0.4, "other": 0.1})


def quality() -> labs.QualityLab:
    """A lab of those pages."""
    return labs.quality_lab(texts(), truth())


def extraction() -> labs.ExtractionLab:
    """A lab of two pages, of which one has a label."""
    pages = {"http://atlas.test/1.html": PAGE, "http://forum.test/1.html": "<p>Who knows it?</p>"}
    return labs.extraction_lab(pages, {"http://atlas.test/1.html": label(TRUE)})


MAKERS: dict[str, Callable[[], object]] = {
    "quality": quality,
    "lsh": lambda: labs.lsh_lab(documents()),
    "mix": lambda: labs.mix_lab(corpus()),
    "extraction": extraction,
}
