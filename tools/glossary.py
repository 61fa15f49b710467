"""Compare docs/glossary.md with the words that the notebooks set in italics.

    python tools/glossary.py            what is missing, and what is introduced in another place

A word in italics is either a term, and stands in the glossary, or it is listed here as emphasis;
tests/notebooks/test_glossary.py sees to it. Whole paragraphs in italics, such as the sentence that
opens a section, are neither.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import minutes
import notebook_files as files
from nbformat import NotebookNode

PAGE = Path(__file__).resolve().parents[1] / "docs" / "glossary.md"
# Stress and fixed phrases; then words that are quoted, names of sources and of controls.
EMPHASIS = """
    80 percent rain | adds | another | before | difference | down | exactly | higher | in
    in the real world | luck
    names | one kind of prompt | questions | read | scored | show | that | this | turns | what
    which token comes next? | while it practises | while it trains | while it writes | why
    without noise | you | your
    add | all | capabilities | computed | computes | how far apart | knows | turned | when
    followed | said | things | what came next

    a stranger's jackpot | bold | careful | cat | chaos | crawl | "egypt, what is its capital?"
    egypt | factbook | good
    hand-off | junk | king | king − man + woman | kitten | mat | mirror | of | on the | one phrase
    queen | r | san | sch | she | sound | strawberry | the | the next step seen from the side
    the reverse | this, but not that | xor
    the capital of | the capital of france is | the capital of france is ... | the cat
    a singer called zorbalin lives here. ask for zorbalin
    capabilities come from scale | paris | several things | or
    all words at once | animal | capital | capital − country + another country | dog bites man
    early grammar, late meaning | early layers know grammar, late ones meaning | france | is | it
    man bites dog | street | the animal did not cross the street because it was too tired
    there is no reasoning inside, only an illusion from patterns | wide | x | z | zorbalin
    a prompt that goes from simple to complex, with numbers and an analogy, beats an abstract one
    above | can | know | prompted
    the cat sat on the mat | trafilatura | use this mix | what is the capital of france? | é
"""
FRAME = re.compile(r"difficulty \d of 3 · about \d+ minutes")
FENCED, CODE = re.compile(r"```.*?```", re.DOTALL), re.compile(r"`[^`\n]*`")
WHOLE = re.compile(r"\*[^*]+\*")
BOLD = re.compile(r"\*\*([^*]+)\*\*")
ITALIC = re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\*)")
ENTRY = re.compile(
    r"^\| (?P<term>[^|]+) \| (?P<meaning>[^|]+) \| "
    r"\[(?P<number>\d\d)\]\((?P<link>[^)]+)\), (?P<section>section \d+|head) \|$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Entry:
    """A row of the glossary.

    Attributes:
        term: as the page writes it, such as "proxy (of the truth)".
        meaning: one sentence or two.
        number: of the notebook that introduces it, such as "03".
        link: where the page says that this notebook is.
        section: "1", "2", ..., or "front" for what stands before the first one.
    """

    term: str
    meaning: str
    number: str
    link: str
    section: str

    @property
    def forms(self) -> set[str]:
        """How a notebook may write it: "logit, logits" has two forms; what is in () is none."""
        return {plain(form) for form in re.sub(r"\([^)]*\)", "", self.term).split(",")}


@dataclass(frozen=True)
class Section:
    """The prose of one section of one notebook.

    Attributes:
        number: of the notebook.
        name: of the section, as minutes.sections() has it.
        text: its Markdown without blocks of code.
        italics: the words in italics, in plain form, in their order.
        bold: the same for bold ones.
    """

    number: str
    name: str
    text: str
    italics: tuple[str, ...]
    bold: tuple[str, ...]


def plain(text: str) -> str:
    """Words as they are compared: lower case, single spaces, no full stop at the end."""
    return " ".join(text.lower().split()).rstrip(".,:") if text.strip(". ") else text


def entries() -> list[Entry]:
    """The glossary's rows."""
    return [
        Entry(
            row["term"],
            row["meaning"],
            row["number"],
            row["link"],
            row["section"].removeprefix("section ").replace("head", minutes.FRONT),
        )
        for row in ENTRY.finditer(PAGE.read_text(encoding="utf-8"))
    ]


def emphasis() -> set[str]:
    """What is set in italics and is no term."""
    return {plain(word) for line in EMPHASIS.splitlines() for word in line.split("|")} - {""}


def prose(notebook: NotebookNode, number: str) -> Iterator[Section]:
    """A notebook's sections with their marked words; the summary has the name "summary"."""
    for name, cells in minutes.sections(notebook).items():
        text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
        text = FENCED.sub(" ", text)
        paragraphs = CODE.sub(" ", text).split("\n\n")
        said = "\n\n".join(each for each in paragraphs if not WHOLE.fullmatch(each.strip()))
        bold = tuple(map(plain, BOLD.findall(said)))
        italics = tuple(
            plain(words)
            for words in ITALIC.findall(BOLD.sub(" ", said))
            if not FRAME.fullmatch(words)
        )
        yield Section(number, name, text, italics, bold)


def all_prose() -> list[Section]:
    """The sections of all notebooks, in reading order."""
    paths = sorted(minutes.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    return [part for path in paths for part in prose(files.read(path), path.stem[:2])]


def unexplained(sections: list[Section], known: list[Entry]) -> list[str]:
    """Sentences about words in italics that are neither in the glossary nor listed here."""
    allowed = emphasis().union(*(entry.forms for entry in known))
    return [
        f"{part.number}, {part.name}: *{word}* is neither in docs/glossary.md nor in EMPHASIS"
        for part in sections
        for word in dict.fromkeys(part.italics)
        if word not in allowed
    ]


def introductions(sections: list[Section], forms: set[str]) -> list[tuple[str, str]]:
    """Where a term is marked: (notebook, section) with one of its forms in italics or bold."""
    return [(part.number, part.name) for part in sections if forms & {*part.italics, *part.bold}]


def misplaced(sections: list[Section], known: list[Entry]) -> list[str]:
    """Sentences about entries that name another section than the one which introduces them.

    That is the first one which marks the term. Two entries that share a word, as the two kinds of
    proxy, take two of them. A term that is marked nowhere has to stand in the section's text.
    """
    by_place: Mapping[tuple[str, str], str] = {
        (part.number, part.name): " ".join(part.text.lower().split()) for part in sections
    }
    wrong = []
    for entry in known:
        place = (entry.number, entry.section)
        marked = introductions(sections, entry.forms)
        rivals = [one for one in known if one is not entry and one.forms & entry.forms]
        taken = {(one.number, one.section) for one in rivals}
        left = [one for one in marked if one not in taken]
        if marked and not rivals and place != marked[0] or rivals and place not in left:
            wrong.append(f"{entry.term}: {' '.join(place)}, but it is marked in {marked}")
        if not marked and not any(form in by_place.get(place, "") for form in entry.forms):
            wrong.append(f"{entry.term}: it does not stand in {' '.join(place)}")
    return wrong


def main() -> int:
    """Print what is wrong; 1 when anything is."""
    sections, known = all_prose(), entries()
    wrong = unexplained(sections, known) + misplaced(sections, known)
    print("\n".join(wrong) or f"{len(known)} terms, each where it is introduced")
    return min(1, len(wrong))


if __name__ == "__main__":
    sys.exit(main())
