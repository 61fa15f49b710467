"""Writing lessons: short paragraphs, each about an invented name that stands in no other.

A name comes two to four times within its paragraph, so that a model which copies it from a line
above is right, and one which has only learnt names is not.
Left out: names of real people and places, and those of the made-up countries of notebook 04.
Notebook 03, section "Where it looks", asks for unseen ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from itertools import count as count_from
from itertools import islice
from math import gcd, prod
from pathlib import Path

from course_utils.littleweb.rng import Rng, seed_number
from course_utils.littleweb.sites.lesson import Lesson

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SLOTS: dict[str, list[str]] = _TABLES.pop("slots")
KINDS = tuple(_TABLES)  # "people", "villages", "countries", "dogs", "ships"
# Letters and vowels take turns, so that two rows of syllables never spell the same name.
STARTS = (
    "b br bl c cr d dr f fl fr g gl gr h j k kl kr l m n p pl pr r s sk sn st t tr v w y z"
).split()  # fmt: skip
VOWELS = "a e i o u".split()
MIDDLES = (
    "lb rv ndr lv mb zz rg ld nk rl ft lm rb nz vr sp gd lf rp bl mz ls ng dv rz lt pt zn kt lk"
    " rd nv mp gn xl bn"
).split()  # fmt: skip
# Every other name is of no kind's manner, but of any letters: what is copied well is then not
# only what sounds like the others.
ANY_STARTS = (
    "b c ch d dh f g gh h j k kh l m n p ph qu r s sh shr str t th thr ts v w x y z zh kw sv zl"
).split()  # fmt: skip
ANY_VOWELS = "a e i o u y".split()
ANY_ENDS = ["", *"b ck d f g k l ll m n nt p r rn s sh st t th x z rt sk mp".split()]
PARAGRAPHS = 12  # per page
# Names in each dictation of a page. Few: what stands further back is learnt to be copied later.
DICTATED = (2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3)
# A list of new names, said again: {said} in their order, {again} some of them in another.
DICTATION = (
    "Our teacher read out {said}. We wrote {said}. Then she asked for {again} once more.",
    "On the board stood {said}. We copied {said}. The hardest were {again}.",
    "The list says {said}. Read it aloud: {said}. Now only {again}.",
    "First came {said}. I repeat: {said}. Two of them, {again}, were late.",
    "Who is here today? {said}. All together: {said}. Missing yesterday: {again}.",
    "Dictation: {said}. My sheet has {said}. I had doubts about {again}.",
    "She whispered {said}, and he whispered back {said}. Only {again} was hard to hear.",
    "The signs read {said}. We passed {said}, and on the way back {again}.",
)
OPENINGS = (
    "These are notes for lesson {n}. Each of them is about somebody or something new.",
    "We wrote short notes in lesson {n}, each with a name that nobody had heard before.",
    "Notebook page {n}: a name a note, and every name belongs to one note alone.",
    "For lesson {n} everybody had to write about a name that is new to the others.",
    "New names on page {n}! Read each note twice, and look for its name.",
)


def count(kind: str) -> int:
    """How many names of a kind there are; of all kinds together over a million."""
    syllables = len(STARTS) * len(VOWELS) * len(MIDDLES) * len(VOWELS)
    return 2 * syllables * len(_TABLES[kind]["endings"])


def name(seed: int | str, kind: str, number: int) -> str:
    """The name of that number; two numbers below `count` never have the same.

    Args:
        seed: of the whole web; it decides the order.
        kind: one of KINDS.
        number: 0 or more; from `count` on names come again.
    """
    place, of_any_letters = divmod(number, 2)
    if of_any_letters:
        # Each kind has numbers of its own among the names of any letters.
        syllable = (ANY_STARTS, ANY_VOWELS, ANY_ENDS)
        return _spelled(f"{seed}/any", place * len(KINDS) + KINDS.index(kind), syllable * 3)
    tables = (STARTS, VOWELS, MIDDLES, VOWELS, _TABLES[kind]["endings"])
    return _spelled(f"{seed}/{kind}", place, tables)


def _spelled(order: str, number: int, tables: Sequence[Sequence[str]]) -> str:
    """One entry of each table; numbers below that of all combinations give different ones."""
    total = prod(map(len, tables))
    # A step without a common factor goes through all numbers before any comes again.
    step = seed_number(f"{order}/copybook/names") % total
    while gcd(step, total) != 1:
        step += 1
    rest, parts = number * step % total, []
    for table in tables:
        rest, place = divmod(rest, len(table))
        parts.append(table[place])
    return "".join(parts).capitalize()


def unseen(seed: int | str, kind: str, how_many: int) -> list[str]:
    """Names that stand on no page of a web of that seed, for trying whether a model copies them.

    Args:
        seed: of the web.
        kind: one of KINDS.
        how_many: names; they are taken from the end that the pages never come to.

    Raises:
        ValueError: more than half of all names are asked for.
    """
    total = count(kind)
    if not 0 <= how_many <= total // 2:
        raise ValueError(f"unseen() was asked for {how_many} names. Use 0 to {total // 2:,}.")
    return [name(seed, kind, total - 1 - number) for number in range(how_many)]


def paragraph(kind: str, called: str, rng: Rng) -> str:
    """A paragraph of a kind in which the name stands two to four times.

    Args:
        kind: one of KINDS.
        called: the name.
        rng: draws the sentences and what fills their slots.
    """
    table = _TABLES[kind]
    chosen = [rng.choice(table["openings"]), *rng.sample(table["more"], rng.integer(1, 3))]
    text = re.sub(r"\[(\w+)\]", lambda match: rng.choice(SLOTS[match.group(1)]), " ".join(chosen))
    return text.format(name=called)


def dictation(listed: list[str], rng: Rng) -> str:
    """A list of names that is said again in its order, and two of them once more.

    Names are copied here at every second word, which is how a model comes to copy at all.

    Args:
        listed: two names or more, new ones.
        rng: draws the sentences and the two.
    """
    said = ", ".join(listed[:-1]) + f" and {listed[-1]}"
    again = " and ".join(rng.sample(tuple(listed), 2))
    return rng.choice(DICTATION).format(said=said, again=again)


def lesson(seed: int | str, number: int, holdout: bool) -> Lesson:
    """The lesson of that number: its title, its paragraphs and its truth.

    Args:
        seed: of the whole web.
        number: of the lesson among those with names.
        holdout: True for the shape in which the notes have numbers.
    """
    rng = Rng(f"{seed}/copybook/names/{number}")
    paragraphs, names = [rng.choice(OPENINGS).format(n=number + 1)], []
    # The kinds take turns; a name's number is that of its place among its kind.
    first = number * (PARAGRAPHS + sum(DICTATED))
    new = (
        (KINDS[place % len(KINDS)], name(seed, KINDS[place % len(KINDS)], place // len(KINDS)))
        for place in count_from(first)
    )
    for _ in range(PARAGRAPHS):
        kind, called = next(new)
        note = f"Note {len(names) + 1}. " if holdout else ""
        paragraphs.append(note + paragraph(kind, called, rng))
        names.append(called)
    for several in DICTATED:
        listed = [called for _, called in islice(new, several)]
        paragraphs.append(dictation(listed, rng))
        names += listed
    return Lesson(f"Names, page {number + 1}", tuple(paragraphs), {"names": tuple(names)})
