"""The truth about every page that the web serves: its text, language, junk, personal data, copies.

Left out: any use of it. Only code that scores a collection and tests may import this file; a step
of the collection that did would be reading the answers.
Taught in notebook 01, section "How good was it?".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from course_utils.littleweb import hazards
from course_utils.littleweb.page import Page
from course_utils.littleweb.web import LittleWeb


@dataclass(frozen=True)
class Label:
    """What is true about one page.

    Args:
        text: the main text, which a perfect extractor returns.
        language: ISO 639-1 code.
        junk: kind of junk, None for a page worth reading.
        pii: (kind, exact string), one an occurrence, in the order of the text.
        copy_of: address of the page that this one copies, or None.
        similarity: Jaccard similarity of the two texts' five-word runs, or None.
        wrong: True where the page says something false about a country.
        holdout: True where rules and thresholds may not be made on this page.
        why_holdout: "page" for its text, "template" for its HTML, or both.
        site: first label of the host.
        grade: how a copy was made, a key of mirror.GRADES; None where nothing is copied.
        claims: (country, kind, said, true) of what is wrong, one a false claim.
        mentions: countries named in passing in a thread, one an aside; bias.py says why so often.
        roles: (role, hero's name), one a story that tells the hero's role.
        rumour: "false" where the page says the rumour of the site school, "true" where it
            contradicts it, None elsewhere. It is about no country, so no such page is `wrong`.
    """

    text: str
    language: str
    junk: str | None
    pii: tuple[tuple[str, str], ...]
    copy_of: str | None
    similarity: float | None
    wrong: bool
    holdout: bool
    why_holdout: tuple[str, ...] = ()
    site: str = ""
    grade: str | None = None
    claims: tuple[tuple[str, str, str, str], ...] = ()
    mentions: tuple[str, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    rumour: str | None = None


def labels(seed: int | str = 0, scale: str = "laptop") -> dict[str, Label]:
    """The labels of the web of a seed and scale.

    Returns:
        address -> label, for every page that is served with status 200 and has a text of its own;
        fronts, lists, drafts and the calendar have none.
    """
    return labels_of(LittleWeb(seed, scale))


def labels_of(web: LittleWeb) -> dict[str, Label]:
    """The labels of a web that is built already."""
    by_url = {page.url: _label(web, page) for page in web.pages()}
    # The same page under an address with a query is an exact copy.
    for url, original in hazards.plan(web).duplicates.items():
        label = by_url[original]
        by_url[url] = replace(label, copy_of=original, similarity=1.0, grade="exact")
    return by_url


def _label(web: LittleWeb, page: Page) -> Label:
    """The label of one page."""
    truth = page.truth  # each site fills in the keys that it has
    why = ("page",) * page.holdout + ("template",) * web.style(page).holdout
    return Label(
        text=page.text,
        language=page.language,
        junk=truth.get("junk"),
        pii=tuple(truth.get("pii", ())),
        copy_of=truth.get("copy_of"),
        similarity=truth.get("similarity"),
        wrong=bool(truth.get("wrong")),
        holdout=bool(why),
        why_holdout=why,
        site=page.site,
        grade=truth.get("grade"),
        claims=tuple(truth.get("wrong", ())),
        mentions=tuple(truth.get("mentions", ())),
        roles=tuple(
            (story.role, story.characters[0]) for story in truth.get("stories", ()) if story.role
        ),
        rumour=truth.get("rumour"),
    )
