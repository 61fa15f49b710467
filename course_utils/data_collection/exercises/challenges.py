"""The challenges of notebook 01: robots.txt, precision and recall, e-mail addresses, likeness.

Cases and the words of the frame only; the right answers are in the folder reference, and what a
wrong one betrays is in the folder mistakes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.data_collection.exercises import mistakes
from course_utils.data_collection.exercises.reference import (
    Rule,
    jaccard,
    mask_emails,
    precision_recall,
    robots_allowed,
)


def _doors() -> Iterator[tuple[list[Rule], str]]:
    yield [("disallow", "/private/")], "/private/diary.html"
    yield [("disallow", "/private/")], "/index.html"
    yield [], "/index.html"
    yield [("disallow", "/private/")], "/not/private/at-all.html"
    yield [("disallow", "/private/")], "/Private/tour.html"
    yield [("disallow", "/shop/"), ("allow", "/shop/books/")], "/shop/books/1.html"
    yield [("disallow", "/shop/"), ("allow", "/shop/books/")], "/shop/toys/1.html"
    yield [("allow", "/shop/"), ("disallow", "/shop/cart/")], "/shop/cart/2"
    yield [("disallow", "/shop/cart/"), ("allow", "/")], "/shop/cart/2"
    yield [("disallow", "/page"), ("allow", "/page")], "/page-3.html"
    yield [("disallow", "")], "/index.html"
    draw = random.Random(0)
    starts = ("", "/", "/a", "/a/", "/a/b", "/a/b/", "/b/", "/b/a")
    for _ in range(20):
        rules = [(draw.choice(("allow", "disallow")), draw.choice(starts)) for _ in range(3)]
        yield rules, "/" + "/".join(draw.choices("ab", k=draw.randint(1, 3)))


def _filters() -> Iterator[tuple[set[str], set[str]]]:
    yield {"p1", "p2", "p3", "p4"}, {"p1", "p2", "p9"}
    yield {"p1"}, {"p1", "p2", "p3", "p4"}
    yield {"p1", "p2"}, {"p1", "p2"}
    yield {"p1", "p2"}, {"p8", "p9"}
    yield set(), {"p1", "p2"}
    yield {"p1", "p2"}, set()
    draw = random.Random(0)
    pages = [f"p{number}" for number in range(12)]
    for _ in range(10):
        dropped, junk = (draw.sample(pages, draw.randint(1, 6)) for _ in range(2))
        yield set(dropped), set(junk)


def _pairs() -> Iterator[tuple[str, str]]:
    text = "the fox and the owl walk to the lake at noon"
    yield text, text
    yield text, "a river runs from the hills down to the sea"
    yield "one two three four five six", "one two three four five seven"
    yield text, text.upper()
    yield "too short", "too short"
    yield "a b c d e a b c d e", "a b c d e"
    yield "a  b\nc d e", "a b c d e"
    yield "e d c b a", "a b c d e"
    draw = random.Random(0)
    for _ in range(20):
        words = draw.choices(("ash", "birch", "cedar"), k=40)
        changed = [word if draw.random() > 0.05 else "fir" for word in words]
        yield " ".join(words), " ".join(changed)


def _letters() -> Iterator[tuple[str]]:
    yield ("Write to ada@example.com today.",)
    yield ("No address here, only a price @ 5 dollars.",)
    yield ("ada@example.com and bob@example.org are two.",)
    yield ("First.Last+news@mail.example.com, please",)
    yield ("Ask ada_l-2@example.com.",)
    yield ("(bob@example.com)\nnext line @home",)
    yield ("An @ sign, a name@host without an ending, a@b",)
    yield ("Two  spaces,\n\na line; eva@my-shop.example.org",)
    draw = random.Random(0)
    for _ in range(20):
        name = "".join(draw.choices("abcxyz019._+-", k=draw.randint(3, 9)))
        yield (f"From x{name}1@sub.example.org: hello {name}",)


CHALLENGES = (
    Challenge(
        "collection.robots_allowed",
        "Read a site's rules as a polite crawler does",
        2,
        10,
        "Keep the rules with which the path begins; the longest of them decides.",
        compare(robots_allowed, _doors, mistakes.of_robots_allowed),
    ),
    Challenge(
        "collection.precision_recall",
        "Score a filter",
        1,
        6,
        "dropped & junk are the hits; precision and recall are shares of different sets.",
        compare(precision_recall, _filters, mistakes.of_precision_recall),
    ),
    Challenge(
        "collection.mask_emails",
        "Hide the e-mail addresses in a text",
        2,
        12,
        "re.sub with a name (letters, digits, . _ % + -), an @, and a host with a dot.",
        compare(mask_emails, _letters, mistakes.of_mask_emails),
    ),
    Challenge(
        "collection.jaccard",
        "Measure how alike two texts are",
        1,
        5,
        "A set comprehension makes the runs; & is what both have, | what either has.",
        compare(jaccard, _pairs, mistakes.of_jaccard),
    ),
)
