"""The site mirror: copies and near-copies of other pages, graded by how much was changed.

Left out: how copies are found again (data_collection/dedup). A page's truth holds `copy_of`
(address), `similarity` (Jaccard similarity of the two texts' sets of five words in a row,
computed) and `grade`; what a copied forum page said wrongly or gave away comes along as `wrong`
and `pii`.
Taught in notebook 01, section "Saying it once".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from course_utils.littleweb.page import Page
from course_utils.littleweb.phrasings import PHRASINGS, render
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

HOST = "http://mirror.littleweb.test"
NGRAM_WORDS = 5
CHANGED = {"words_1": 0.01, "words_3": 0.03, "words_5": 0.05, "words_10": 0.10}
GRADES = {"exact": 4, "markup": 4, "words_1": 5, "words_5": 3, "words_10": 3, "half": 3,
          "topic": 2, "words_3": 1, "reordered": 2, "framed": 2}  # fmt: skip
HOLDOUT_GRADES = ("words_3", "reordered", "framed")
# what a text spinner puts in place of a common word; names, numbers and facts stay as they are
SPUN = dict(
    pair.split(":")
    for pair in (
        "the:this a:one an:one of:from in:within and:plus is:remains are:remain was:became "
        "to:towards with:alongside for:towards on:upon at:near by:through it:that that:which "
        "but:yet so:thus very:really then:afterwards when:once where:wherever had:owned "
        "has:holds have:hold said:told they:these he:somebody she:somebody they:those who:that "
        "not:never all:every big:large small:little little:small good:fine old:aged long:lengthy "
        "many:several some:certain about:around after:following before:until from:out "
        "because:since under:below over:above went:walked came:arrived saw:noticed "
        "found:discovered made:built took:carried gave:handed day:morning house:home people:folk "
        "also:too which:that most:nearly other:different new:recent more:further only:just "
        "will:shall can:may one:single two:both"
    ).split()
)
INTROS = (
    "We found this elsewhere and liked it so much that we keep a copy here for our readers.",
    "Reposted with thanks to whoever wrote it in the first place.",
    "The following has been going around, and somebody asked us to save it.",
)
OUTROS = (
    "If you wrote this and want it taken down, leave a note at the front desk.",
    "End of the copy. There are more in the archive.",
)


def word_ngrams(text: str) -> set[tuple[str, ...]]:
    """The set of five words in a row of a text, in lower case; shorter texts give one entry."""
    words = re.findall(r"\w+", text.lower())
    last = max(1, len(words) - NGRAM_WORDS + 1)
    return {tuple(words[i : i + NGRAM_WORDS]) for i in range(last)}


def jaccard(first: str, second: str) -> float:
    """How much two texts share: common five-word runs by all five-word runs, 0..1.

    Source: Broder 1997, On the resemblance and containment of documents.
    """
    runs, others = word_ngrams(first), word_ngrams(second)
    return len(runs & others) / len(runs | others)


def _spin(paragraphs: Sequence[str], rate: float, rng: Rng) -> list[str]:
    """Change a share of all words, at least one, by swapping in another common word."""
    # Words and the white space between them take turns; (paragraph, token) finds a word.
    tokens = [re.split(r"(\s+)", paragraph) for paragraph in paragraphs]
    words = [(p, t) for p, row in enumerate(tokens) for t in range(0, len(row), 2)]
    common = [(p, t) for p, t in words if tokens[p][t] in SPUN]
    wanted = max(1, round(rate * len(words)))
    for p, t in rng.sample(common, min(wanted, len(common))):
        tokens[p][t] = SPUN[tokens[p][t]]
    return ["".join(row) for row in tokens]


def _markup(paragraphs: Sequence[str], rng: Rng) -> list[str]:
    """The same words with other paragraph breaks and curly quotes."""
    curly = [re.sub(r'"([^"]*)"', "“\\1”", paragraph) for paragraph in paragraphs]
    if any("\n" in paragraph for paragraph in curly):
        return curly  # a program stays a paragraph of its own
    if len(curly) > 2:
        return [" ".join(curly[i : i + 2]) for i in range(0, len(curly), 2)]
    sentences = [
        s for paragraph in curly for s in re.split(r"(?<=[a-z][.!?]) (?=[A-Z])", paragraph)
    ]
    return sentences if rng.happens(0.5) else [" ".join(sentences)]


def _half(paragraphs: Sequence[str]) -> list[str]:
    """The first half of the words, to the nearest end of a sentence."""
    left = sum(len(paragraph.split()) for paragraph in paragraphs) / 2
    halved = []
    for paragraph in paragraphs:
        sentences = []
        for sentence in re.split(r"(?<=[.!?]) ", paragraph):
            words = len(sentence.split())
            if left > words / 2:
                sentences.append(sentence)
            left -= words
        halved.append(" ".join(sentences))
    return halved


def _topic(country: str, rng: Rng) -> list[str]:
    """A text of its own about the same country."""
    facts = world.fact_table()
    known = [facts[country, kind] for kind in world.FACT_KINDS if (country, kind) in facts]
    rng.shuffle(known)
    claims = [render(rng.choice(PHRASINGS[f.kind]), country, f.values[0]) for f in known]
    name = world.name_in_text(country)
    opening = rng.choice(
        (f"A reader asked us to write a few lines about {name}, so here they are.",
         f"Our pupils collected what they know about {name} for the school newspaper.",
         f"This card about {name} hung in our hallway for a year before somebody typed it in.")
    )  # fmt: skip
    middle = len(claims) // 2
    return [opening, " ".join(claims[:middle]), " ".join(claims[middle:])]


def _country(source: Page) -> str | None:
    """The country that a page is about, if it is about one."""
    facts = source.truth.get("facts")
    return str(source.truth.get("country") or (facts[0][0] if facts else "")) or None


def _copied(source: Page, grade: str, rng: Rng) -> list[str]:
    """The paragraphs of a copy of that grade."""
    paragraphs = list(source.paragraphs)
    if grade in CHANGED:
        return _spin(paragraphs, CHANGED[grade], rng)
    if grade == "markup":
        return _markup(paragraphs, rng)
    if grade == "half":
        return _half(paragraphs)
    if grade == "topic":
        return _topic(_country(source) or "France", rng)
    if grade == "reordered":
        return paragraphs[1:] + paragraphs[:1]
    if grade == "framed":
        return [rng.choice(INTROS), *paragraphs, rng.choice(OUTROS)]
    return paragraphs


def _carried(source: Page, text: str) -> dict[str, object]:
    """What the source's truth says that still holds for the copy's text."""
    carried: dict[str, object] = {}
    # Each occurrence of personal data counts once, so a value that was met is blanked.
    left = text
    pii = []
    for kind, value in source.truth.get("pii", ()):
        if value in left:
            left = left.replace(value, " ", 1)
            pii.append((kind, value))
    if pii:
        carried["pii"] = tuple(pii)
    claims = source.truth.get("wrong", ())
    wrong = tuple((*fact, said, true) for *fact, said, true in claims if said in text)
    named = source.truth.get("mentions", ())
    mentions = tuple(name for name in named if world.name_in_text(name) in text)
    carried |= {"mentions": mentions} if mentions else {}
    return carried | ({"wrong": wrong} if wrong else {})


def _page(source: Page, number: int, rng: Rng) -> Page:
    """The mirror's page of that number, a copy of the source."""
    # Only a page about a country can be followed by another text about it.
    grades: Mapping[str, int] = dict(GRADES)
    if _country(source) is None:
        grades = {grade: weight for grade, weight in GRADES.items() if grade != "topic"}
    grade = rng.weighted(tuple(grades), tuple(grades.values()))
    paragraphs = [paragraph for paragraph in _copied(source, grade, rng) if paragraph]
    text = "\n\n".join(paragraphs)
    truth = {"copy_of": source.url, "similarity": jaccard(text, source.text), "grade": grade}
    return Page(
        url=f"{HOST}/archive/{number}.html", site="mirror", kind="copy", title=source.title,
        paragraphs=tuple(paragraphs), language=source.language,
        holdout=source.holdout or grade in HOLDOUT_GRADES, truth=truth | _carried(source, text),
    )  # fmt: skip


def pages(seed: int | str, count: int, sources: Iterable[Page], start: int = 0) -> list[Page]:
    """The copies; no page is copied twice, and each site is copied about equally often.

    Args:
        seed: of the whole web.
        count: how many copies; fewer if there are fewer sources.
        sources: pages of the other sites, in their fixed order.
        start: number of the first one; a later round of pages starts where one ended.

    Returns:
        pages in the order of their numbers.
    """
    rng = Rng(f"{seed}/mirror")
    order = Rng(f"{seed}/mirror/from/{start}") if start else rng
    # The sites take turns, each with its pages in random order.
    sites: dict[str, list[Page]] = {}
    for source in sources:
        sites.setdefault(source.site, []).append(source)
    for site in sites.values():
        order.shuffle(site)
    turns = [site[turn] for turn in range(count) for site in sites.values() if turn < len(site)]
    return [_page(s, n, rng.child(n)) for n, s in enumerate(turns[:count], start)]
