"""HTML for a page: a template, a charset that may be wrong, and tags that may be broken.

Left out: the templates themselves (templates.py), the text (the sites), sending it (server.py).
A perfect extractor gets `Page.text` back from the bytes; headings, infobox, table and everything
around the text do not count.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import html
from dataclasses import dataclass, replace

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.templates import BODIES, cookie_banner


@dataclass(frozen=True)
class Charset:
    """How a page is encoded and what it says about it; the two may differ.

    Args:
        encoding: of the bytes.
        header: charset in the Content-Type header, or None.
        meta: charset in a meta tag, or None.
    """

    encoding: str
    header: str | None
    meta: str | None


UTF_8 = Charset("utf-8", "utf-8", "utf-8")
CHARSETS = {  # how likely each is
    UTF_8: 40,
    Charset("utf-8", "utf-8", None): 15,
    Charset("utf-8", None, "utf-8"): 15,
    Charset("utf-8", None, None): 7,
    Charset("utf-8", "iso-8859-1", None): 4,
    Charset("iso-8859-1", "iso-8859-1", None): 6,
    Charset("windows-1252", None, "windows-1252"): 6,
    Charset("windows-1252", "utf-8", None): 3,
    Charset("windows-1252", None, None): 4,
}
FAULTS = ("unclosed_p", "unclosed_end", "stray", "ampersands", "capitals", "crossed", "attributes")
TEMPLATES = {"semantic": 5, "blog": 5, "wiki": 4, "news": 4, "bare": 2, "frames": 2,
             "blocks": 2, "breaks": 2}  # fmt: skip
HOLDOUT_TEMPLATES = ("blocks", "breaks")
LONG_STYLE_BYTES = 150_000


@dataclass(frozen=True)
class PageStyle:
    """How one page is drawn.

    Args:
        template: one of TEMPLATES.
        charset: one of CHARSETS.
        faults: which of FAULTS its HTML has.
        extras: which boilerplate stands around the text.
    """

    template: str
    charset: Charset
    faults: tuple[str, ...]
    extras: frozenset[str]

    @property
    def holdout(self) -> bool:
        """True for the templates that no extraction rule may be made on."""
        return self.template in HOLDOUT_TEMPLATES


def draw_style(rng: Rng) -> PageStyle:
    """How the page of this stream is drawn, before its text is known.

    Args:
        rng: the page's own stream; `render` with an equal stream draws the same style.
    """
    template = rng.weighted(tuple(TEMPLATES), tuple(TEMPLATES.values()))
    charset = rng.weighted(tuple(CHARSETS), tuple(CHARSETS.values()))
    faults = rng.sample(FAULTS, rng.integer(1, 3)) if rng.happens(0.3) else []
    shares = {"cookies": 0.4, "comments": 0.35, "ads": 0.3, "sidebar": 0.6, "long": 0.01}
    extras = frozenset(name for name in shares if rng.happens(shares[name]))
    return PageStyle(template, charset, tuple(faults), extras)


def render(page: Page, rng: Rng) -> tuple[bytes, str | None]:
    """The bytes of a page's HTML and the charset that the server's header claims.

    Args:
        page: what to draw.
        rng: the page's own stream; the same stream gives the same bytes.

    Returns:
        (HTML bytes, charset for the Content-Type header or None). The charset may be wrong.
    """
    # The style takes the first draws, so that `draw_style` alone foretells it.
    style = draw_style(rng)
    source = _document(page, style, rng)
    try:
        return source.encode(style.charset.encoding), style.charset.header
    except UnicodeEncodeError:  # the text does not fit: such a page is plain UTF-8
        style = replace(style, charset=UTF_8)
        return _document(page, style, rng).encode("utf-8"), "utf-8"


def _document(page: Page, style: PageStyle, rng: Rng) -> str:
    """The whole page as a string."""
    meta = f'<meta charset="{style.charset.meta}">' if style.charset.meta else ""
    css = "body { margin: 2em; font-family: serif }\n"
    # A very long style sheet: the text begins far behind the start of the page.
    if "long" in style.extras:
        rule = ".box%05d { color: #%06x; padding: %dpx }\n"
        count = LONG_STYLE_BYTES // len(rule % (0, 0, 0))
        css += "".join(rule % (n, n * 7919 % 16777216, n % 9) for n in range(count))
    head = f"{meta}<title>{html.escape(page.title)} - {page.site}</title><style>{css}</style>"
    body = BODIES[style.template](page, style.extras, rng)
    if "cookies" in style.extras:
        body = cookie_banner(rng) + body
    start = f'<!DOCTYPE html>\n<html lang="{page.language}">\n<head>{head}</head>\n<body>\n'
    end = "" if "unclosed_end" in style.faults else "\n</body>\n</html>\n"
    return start + _break(body, style.faults) + end


def _break(body: str, faults: tuple[str, ...]) -> str:
    """Make the HTML as careless as the faults say; the text a browser shows stays the same."""
    if "unclosed_p" in faults:
        body = body.replace("</p>\n<p>", "\n<p>")
    if "stray" in faults:
        body = body.replace("</p>", "</span></p></b>", 2)
    if "ampersands" in faults:
        body = body.replace("&amp;", "&")
    if "crossed" in faults:
        body = body.replace("<em>", "<b><em>").replace("</em>", "</b></em>")
    if "attributes" in faults:
        body = body.replace("<p>", '<p class=text align=left class="x">')
    if "capitals" in faults:
        for tag in ("p", "div", "a", "em", "ul", "li"):
            for old in (f"<{tag}>", f"</{tag}>"):
                body = body.replace(old, old.upper())
    return body
