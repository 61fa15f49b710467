"""HTML for a page: a template, a charset that may be wrong, and tags that may be broken.

Left out: the text (the sites), sending it (server.py).
A perfect extractor gets `Page.text` back from the bytes; headings, infobox, table and everything
around the text do not count.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

from course_utils.littleweb import smalltalk
from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng


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
LONG_STYLE_BYTES = 150_000  # most of the page, so the text begins far behind its start


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
    # Each draw in a fixed order: a draw more or less would change all that follow.
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
    # A charset that cannot hold the text gives way; the text never does.
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
    # Each fault is one that browsers forgive, so that the text stays what it was.
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


MENU = ("Home", "About us", "News", "Archive", "Contact", "Help", "Shop", "Sign in", "Newsletter")
TEASERS = (
    "Ten photographs of the week", "What our readers say", "The quiz of the month",
    "How we work", "Most read today", "A look behind the scenes",
)  # fmt: skip
COOKIES = (
    "We use cookies to make this site better. You can accept or refuse them.",
    "This site stores cookies on your computer. Read more in our privacy policy.",
)
ADS = (
    "Advertisement: new shoes for old feet, now in every town.",
    "Sponsored: a holiday by the lake from 99 dollars.",
    "Advertisement: the kettle that thinks for you.",
)


def cookie_banner(rng: Rng) -> str:
    """The banner that asks about cookies before anything can be read."""
    text = f"<p>{rng.choice(COOKIES)}</p><button>Accept all</button> <button>Refuse</button>"
    return f'<div class="cookie-banner" id="cookie-consent">{text}</div>\n'


def _inline(text: str, rng: Rng) -> str:
    """A paragraph's text, escaped, with up to two words set apart as authors do."""
    words = escape(text, quote=False).split(" ")
    # At most two words, and only whole ones: punctuation is never set apart.
    for _ in range(rng.below(3)):
        i, tag = rng.below(len(words)), rng.choice(("em", "b", "strong"))
        if words[i].isalpha():
            words[i] = f"<{tag}>{words[i]}</{tag}>"
    return " ".join(words)


def _text(page: Page, rng: Rng, start: str = "<p>", end: str = "</p>") -> str:
    """The main text; a paragraph of several lines is a program or its output."""
    rows = []
    for paragraph in page.paragraphs:
        # What has line breaks is a program, whose spaces count.
        if "\n" in paragraph:
            rows.append(f"<pre><code>{escape(paragraph, quote=False)}</code></pre>")
        else:
            rows.append(f"{start}{_inline(paragraph, rng)}{end}")
    return "\n".join(rows) + "\n"


def _list(links: Sequence[str], texts: Sequence[str]) -> str:
    """A list of links."""
    pairs = zip(links, texts, strict=True)
    rows = (f'<li><a href="{escape(link)}">{escape(text)}</a></li>' for link, text in pairs)
    return f"<ul>{''.join(rows)}</ul>"


def _menu(rng: Rng) -> str:
    """The navigation bar, which leads back to the front page."""
    labels = MENU[: rng.integer(4, len(MENU))]
    return f'<nav class="main-menu">{_list(["/"] * len(labels), labels)}</nav>\n'


def _related(page: Page) -> str:
    """The page's own links."""
    if not page.links:
        return ""
    # A link's text is its address in words.
    names = [
        link.rsplit("/", 1)[-1].removesuffix(".html").replace("-", " ") for link in page.links
    ]
    return f'<div class="related-links"><h3>See also</h3>{_list(page.links, names)}</div>\n'


def _aside(extras: frozenset[str], rng: Rng) -> str:
    """Teasers and an advertisement beside the text."""
    if "sidebar" not in extras:
        return ""
    teasers = _list(["/"] * 3, rng.sample(TEASERS, 3))
    advert = f'<div class="advert ad-box">{rng.choice(ADS)}</div>' if "ads" in extras else ""
    return f'<aside class="sidebar"><h3>Popular</h3>{teasers}{advert}</aside>\n'


def _comments(extras: frozenset[str], rng: Rng) -> str:
    """What readers wrote below the page."""
    if "comments" not in extras:
        return ""
    rows = []
    for _ in range(rng.integer(1, 5)):
        # Comments take their sentences from the forum's everyday talk.
        kinds = ("aside", "doubt", "thanks")[: rng.integer(1, 3)]
        said = " ".join(smalltalk.say(kind, rng) for kind in kinds)
        rows.append(f'<li class="comment"><div class="comment-body"><p>{said}</p></div></li>')
    head = f"<h3>{len(rows)} comments</h3>"
    return f'<section id="comments" class="comments">{head}<ol>{"".join(rows)}</ol></section>\n'


def _foot(page: Page) -> str:
    """The last lines of a page."""
    text = f"© {page.site} · Imprint · Terms of use · Privacy"
    return f'<footer class="site-footer"><p>{text}</p></footer>'


def _tables(page: Page) -> tuple[str, str]:
    """The infobox and the table, each empty where the page has none."""
    # Tables beside the text: an extractor is to leave them out.
    box = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in page.infobox
    )
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in page.table
    )
    infobox = f'<table class="infobox">{box}</table>\n' if box else ""
    return infobox, f'<table class="data">{rows}</table>\n' if rows else ""


def _title(page: Page) -> str:
    """The page's heading."""
    return f"<h1>{escape(page.title)}</h1>\n"


def _semantic(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """A page of today, with a tag for every part."""
    infobox, table = _tables(page)
    head = f"<header>{_menu(rng)}{_title(page)}</header>\n"
    main = f"<main><article>\n{infobox}{_text(page, rng)}{table}</article></main>\n"
    rest = _related(page) + _aside(extras, rng) + _comments(extras, rng)
    return head + main + rest + _foot(page)


def _blog(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """A blog's post, all in divisions with the usual class names."""
    infobox, table = _tables(page)
    head = f'<div id="header">{_menu(rng)}</div>\n<div class="post">'
    line = f'<header class="entry-header">{_title(page)}</header>\n'
    text = f"{infobox}{_text(page, rng)}{table}"
    text = f'{line}<div class="entry-content">\n{text}</div></div>\n'
    rest = _comments(extras, rng) + _aside(extras, rng) + _related(page)
    return f"{head}{text}{rest}{_foot(page)}"


def _wiki(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """An encyclopedia's page, with a box beside the text and the menu after it."""
    infobox, table = _tables(page)
    head = f'<header class="page-header">{_title(page)}</header>\n'
    text = f"{infobox}{_text(page, rng)}{table}"
    text = f'<div id="content" class="body-content">\n{text}</div>\n'
    notes = f'<div class="navbox">{_related(page)}</div>\n'
    return head + text + notes + _menu(rng) + _aside(extras, rng) + _foot(page)


def _news(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """A newspaper's page: the heading inside the article, buttons to share, teasers below."""
    infobox, table = _tables(page)
    share = '<div class="share-buttons social"><a href="/">Share</a> <a href="/">Print</a></div>\n'
    text = f"<article>\n{_title(page)}{share}{_text(page, rng)}{infobox}{table}</article>\n"
    rest = _related(page) + _aside(extras, rng) + _comments(extras, rng)
    return _menu(rng) + text + rest + _foot(page)


def _bare(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """A page without any boilerplate, as people wrote them by hand."""
    infobox, table = _tables(page)
    text = _title(page) + _text(page, rng) + infobox + table
    return f"{text}<hr>\n{_related(page)}{_comments(extras, rng)}"


def _frames(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """A page of the nineties: one big table, the menu on its left."""
    infobox, table = _tables(page)
    left = f'<td width="20%" class="menu">{_menu(rng)}{_aside(extras, rng)}</td>'
    text = f"{_title(page)}<div>{_text(page, rng)}</div>{infobox}{table}{_related(page)}"
    return f'<table width="100%"><tr>{left}<td>{text}</td></tr></table>\n{_foot(page)}'


def _blocks(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """A page from a site builder: every paragraph is a block in blocks."""
    infobox, table = _tables(page)
    start, end = '<div class="block"><div class="block-text"><p>', "</p></div></div>"
    text = f'<div class="page-body" role="main">\n{_text(page, rng, start, end)}</div>\n'
    rest = infobox + table + _aside(extras, rng) + _comments(extras, rng) + _related(page)
    return f'{_menu(rng)}<div class="hero">{_title(page)}</div>\n{text}{rest}{_foot(page)}'


def _breaks(page: Page, extras: frozenset[str], rng: Rng) -> str:
    """An old forum's page: no paragraphs, only line breaks."""
    infobox, table = _tables(page)
    text = f'<div class="content">\n{_text(page, rng, "", "<br><br>")}</div>\n'
    rest = infobox + table + _comments(extras, rng) + _related(page)
    return f"{_menu(rng)}<div class='head'>{_title(page)}</div>\n{text}{rest}{_foot(page)}"


BODIES: dict[str, Callable[[Page, frozenset[str], Rng], str]] = {
    "semantic": _semantic, "blog": _blog, "wiki": _wiki, "news": _news, "bare": _bare,
    "frames": _frames, "blocks": _blocks, "breaks": _breaks,
}  # fmt: skip
