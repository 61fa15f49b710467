"""The site spam: pages that no model should learn from, of several kinds of junk.

Left out: how a quality filter tells them (data_collection/clean/quality.py). A page's truth holds
`junk`, the kind; the kinds in HOLDOUT_KINDS are for scoring only.
Taught in notebook 01, section "Garbage in, garbage out".
"""

from __future__ import annotations

from collections.abc import Callable

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng

HOST = "http://spam.littleweb.test"
THINGS = (
    "watches", "sofas", "sneakers", "mattresses", "phone cases", "vitamins", "loans", "curtains",
    "cruises", "printers", "sunglasses", "lawn mowers", "ringtones", "office chairs", "handbags",
)  # fmt: skip
TOWNS = "Northport Eastvale Millbrook Stonefield Lakeside Fairhaven Redhill Greenford".split()
PRAISE = (
    "cheap", "best", "discount", "buy", "online", "free shipping", "top rated", "low price",
    "sale", "bargain", "outlet", "deal", "coupon", "order now", "review", "near me",
)  # fmt: skip
FRAMES = (
    "Looking for {k}? Our {k} are the best {k} you can buy, because {k} is what we do.",
    "{K} in {t}: compare {k}, order {k} and save on {k} today.",
    "Why pay more for {k} when {k} from the {k} experts are on sale?",
    "Everybody loves {k}. Buy {k} now, buy {k} later, but buy {k}.",
    "Our customers in {t} say: {k}, {k} and again {k}!!!",
    "Click here for {k} >>> {k} <<< 100% {k} guaranteed!!!",
)
SITES = "deals zone hub planet store mart point depot world direct club".split()
LATIN = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua ut enim ad minim veniam quis nostrud exercitation ullamco "
    "laboris nisi ut aliquip ex ea commodo consequat duis aute irure dolor in reprehenderit in "
    "voluptate velit esse cillum dolore eu fugiat nulla pariatur"
).split()
NOUNS = (
    "window budget river carpet engine lemon paper bridge doctor gravel music spoon ticket winter "
    "pocket metal garden signal pepper ladder cotton market button copper island mirror rocket"
).split()
BOILERPLATE = {
    "parked": (
        "The domain {d} is parked free of charge. The owner has not put up a site yet.",
        "This domain may be for sale. Click here to make an offer for {d}.",
        "Related searches: {k} | {j} | {k} {t} | {j} online",
        "Renew {d} before it expires. All rights reserved.", "Powered by domain parking.",
    ),
    "login": (
        "You must be logged in to view this page.",
        "Forgot your password? Click here to reset it.",
        "Not a member yet? Register now, it is free.", "Remember me on this computer. Log in.",
        "By signing in you agree to our terms of use and privacy policy.",
        "Enter the code that we sent to you. Resend code.",
    ),
    "cookies": (
        "We use cookies to improve your experience on {d}. By continuing you accept cookies.",
        "Manage preferences. Accept all. Reject all. Save and close.",
        "Strictly necessary cookies are always active. Marketing cookies help our partners.",
        "Please enable JavaScript and cookies to continue.",
        "Read our cookie policy. Privacy policy.",
    ),
    "error": (
        "Error establishing a database connection.",
        "Warning: include(header.php): failed to open.",
        "The page you are looking for could not be found. Error code {n}.",
        "This page is under construction. Please come back later.", "Back to the home page.",
        "Notice: undefined index: page in line {n}.",
    ),
}  # fmt: skip


def _keywords(rng: Rng) -> list[str]:
    """A few search words in every sentence, again and again."""
    # One search word for the whole page, whatever the sentences around it.
    key = f"{rng.choice(PRAISE)} {rng.choice(THINGS)}"
    town = rng.choice(TOWNS)
    lines = []
    # Frames without a repeat within a sentence, so that the keyword is what repeats.
    for _ in range(rng.integer(4, 9)):
        frames = rng.sample(FRAMES, rng.integer(2, 4))
        text = " ".join(f.format(k=key, K=key.capitalize(), t=town) for f in frames)
        tail = ", ".join(f"{rng.choice(PRAISE)} {key}" for _ in range(rng.integer(3, 12)))
        lines.append(f"{text} {tail}")
    return lines


def _linkfarm(rng: Rng) -> list[str]:
    """Names of sites and little else."""
    lines = ["Our friends and partners:"]
    for _ in range(rng.integer(12, 40)):
        thing = rng.choice(THINGS).replace(" ", "-")
        name = f"{rng.choice(PRAISE).replace(' ', '-')}-{thing}-{rng.choice(SITES)}"
        praise, town = rng.choice(PRAISE), rng.choice(TOWNS)
        lines.append(f"{name} | {praise} {thing} {town} - visit site")
    return lines


def _letters(rng: Rng) -> list[str]:
    """Words of random letters."""

    def word() -> str:
        letters = "bcdfghjklmnpqrstvwxyzaeiou0123456789"
        return "".join(rng.choice(letters) for _ in range(rng.integer(2, 14)))

    return [" ".join(word() for _ in range(rng.integer(30, 70))) for _ in range(4)]


def _mojibake(rng: Rng) -> list[str]:
    """Text whose letters were decoded wrongly twice, so that little is left of it."""
    lines = []
    for _ in range(rng.integer(3, 6)):
        words = [rng.choice(("é", "à", "ü", "–", "’", "ñ", "ö", "ê")) * rng.integer(1, 3)
                 + rng.choice(("", "s", "t", "le", "re")) for _ in range(40)]  # fmt: skip
        text = " ".join(words)
        for _ in range(2):
            text = text.encode("utf-8").decode("latin-1")
        lines.append("".join(c if c.isprintable() else "¿" for c in text))
    return lines


def _boilerplate(rng: Rng) -> list[str]:
    """What machines put where no text is: parked domains, log-ins, cookie notices, errors."""
    lines = BOILERPLATE[rng.choice(sorted(BOILERPLATE))]
    domain = f"{rng.choice(NOUNS)}-{rng.choice(NOUNS)}.example"
    # All values at once, whichever of them a line uses.
    values = {"d": domain, "t": rng.choice(TOWNS), "n": rng.integer(1001, 9999)}
    values |= {"k": rng.choice(THINGS), "j": rng.choice(THINGS)}
    return [
        " ".join(line.format(**values) for line in rng.sample(lines, rng.integer(2, 4)))
        for _ in range(rng.integer(1, 4))
    ]


def _lorem(rng: Rng) -> list[str]:
    """The printers' dummy text."""

    def sentence() -> str:
        start = rng.below(len(LATIN) - 8)
        return " ".join(LATIN[start : start + rng.integer(5, 16)]).capitalize() + "."

    return [" ".join(sentence() for _ in range(rng.integer(4, 8))) for _ in range(4)]


def _salad(rng: Rng) -> list[str]:
    """True words in no order, as generators made them to fill pages."""
    words = (*NOUNS, *THINGS, *PRAISE, *(town.lower() for town in TOWNS))
    return [
        " ".join(rng.choice(words) for _ in range(rng.integer(40, 80))).capitalize() + "."
        for _ in range(rng.integer(2, 5))
    ]


def _doorway(rng: Rng) -> list[str]:
    """One sentence for each town, with nothing but the town's name changed."""
    thing, number = rng.choice(THINGS), rng.integer(200, 900)
    # More towns than there are names, by the words that go before.
    pairs = [f"{a}{b}" for a in ("", "New ", "Old ", "West ", "Upper ") for b in TOWNS]
    towns = rng.sample(pairs, rng.integer(14, 30))
    return [
        f"Are you in {town}? Our {thing} service in {town} is open all day. "
        f"Call extension {number} for {thing} in {town} and we come to {town} within the hour."
        for town in towns
    ]


def _shouting(rng: Rng) -> list[str]:
    """Capitals, exclamation marks, stars and money."""
    lines = []
    for _ in range(rng.integer(5, 10)):
        prize = f"${rng.integer(1, 9)},{rng.integer(100, 999)},000"
        headline = rng.choice(("WINNER", "CONGRATULATIONS", "LAST CHANCE", "URGENT"))
        thing = rng.choice(THINGS).upper()
        offer = f"YOU WON {prize} !!! {thing} FOR FREE $$$ CLICK NOW >>>> ACT FAST !!!!!"
        lines.append(f"*** {headline} *** {offer}")
    return lines


KINDS: dict[str, Callable[[Rng], list[str]]] = {
    "keywords": _keywords, "linkfarm": _linkfarm, "letters": _letters, "mojibake": _mojibake,
    "boilerplate": _boilerplate, "lorem": _lorem, "salad": _salad, "doorway": _doorway,
    "shouting": _shouting,
}  # fmt: skip
HOLDOUT_KINDS = ("salad", "doorway", "shouting")
WEIGHTS = {"keywords": 4, "linkfarm": 3, "letters": 2, "mojibake": 1, "boilerplate": 4, "lorem": 1,
           "salad": 1, "doorway": 2, "shouting": 1}  # fmt: skip


def _page(seed: int | str, number: int, numbers: range) -> Page:
    """The spam page of that number, with links to some of the numbers."""
    rng = Rng(f"{seed}/spam/{number}")
    kind = rng.weighted(tuple(KINDS), [WEIGHTS[name] for name in KINDS])
    paragraphs = tuple(KINDS[kind](rng))
    title = f"{rng.choice(PRAISE).title()} {rng.choice(THINGS)} {rng.choice(TOWNS)}"
    wanted = 12 if kind == "linkfarm" else 2  # a link farm is made of them
    others = rng.sample(numbers, min(wanted, len(numbers)))
    return Page(
        url=f"{HOST}/{number}.html", site="spam", kind="junk", title=title,
        paragraphs=paragraphs, holdout=kind in HOLDOUT_KINDS, truth={"junk": kind},
        links=tuple(f"{HOST}/go/{other}" for other in others if other != number),
    )  # fmt: skip


def pages(seed: int | str, count: int, start: int = 0) -> list[Page]:
    """The junk pages; they link to each other through /go/<number>, which the server redirects.

    Args:
        seed: of the whole web.
        count: how many pages.
        start: number of the first one; a later round of pages starts where one ended.

    Returns:
        pages in the order of their numbers.
    """
    numbers = range(start, start + count)
    return [_page(seed, number, numbers) for number in numbers]
