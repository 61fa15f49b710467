"""Count the minutes that each sitting of each notebook takes a reader.

    python tools/minutes.py                 a table, and the rows that the notebooks should state

A sitting is reading, code, labs and waiting; its challenges are counted beside it, folded parts
("Going further") apart. Which sections make a sitting stands in the notebook's goals cell, in a
table with the minutes; tests/notebooks/test_minutes.py compares those with what is counted here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import notebook_files as files
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
# Half of the usual speed of silent reading (Brysbaert 2019: 238): the other half of the time is
# for predictions, outputs and pictures, which are not counted for themselves.
WORDS_PER_MINUTE = 130
# Every line that is neither blank nor a comment alone; a docstring's lines count. The lines of
# setup and hand-off too: a reader has to see that there is nothing to learn from them.
SECONDS_PER_CODE_LINE = 10
# No reader has been timed at a lab. One that asks one question: find the control, move it, read
# what changed. One with a list of things to try: a minute and a half for each, half of it for the
# training to show what the control did.
LAB_MINUTES, TRY_MINUTES = 5.0, 2.0
# Cells that keep a reader waiting for a minute or more, as the text before them says; one reads on
# during the others. A challenge's minutes stand in its own cell, its text and hint included.
WAITING: Mapping[str, Mapping[str, float]] = {
    "03_pretraining": {"train": 0.0},
    "04_finetuning_rlhf": {"finetune": 1.5, "ppo": 1.5},
}
FRONT, SUMMARY, HAND_OFF = "front", "summary", "hand-off"
HEADING = re.compile(r"^## +(?:(?P<number>\d+)\. +)?(?P<title>\S.*)$", re.MULTILINE)
FRAME = re.compile(r"\*difficulty \d of 3 · about (?P<minutes>\d+) minutes\*")
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
FENCED = re.compile(r"^```\w*\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
TARGET = re.compile(r"\]\([^)]*\)|</?[a-z]+>")
TRY = re.compile(r"^\d+\. ", re.MULTILINE)
ROW = re.compile(
    r"^\| (?P<name>A|B|one|further) \| (?P<sections>[^|]+) \| (?P<minutes>\d+) \| "
    r"(?P<challenges>\d+) \|$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Minutes:
    """What some cells take, in minutes, by what they are spent on."""

    reading: float = 0.0
    code: float = 0.0
    labs: float = 0.0
    waiting: float = 0.0
    challenges: float = 0.0
    folded: float = 0.0

    def __add__(self, other: Minutes) -> Minutes:
        return Minutes(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def core(self) -> float:
        """Reading, code, labs and waiting: what the limit of a sitting is about."""
        return self.reading + self.code + self.labs + self.waiting


@dataclass(frozen=True)
class Sitting:
    """A row of the table in a goals cell.

    Attributes:
        name: "A" or "B", "one" where there is no other, "further" for what is beyond the core.
        sections: their keys, as sections() has them.
        minutes: of the core, as the row states them.
        challenges: the minutes of its challenges, as the row states them.
    """

    name: str
    sections: tuple[str, ...]
    minutes: int
    challenges: int


def sections(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    """The cells by section: "front" before the first one, "1", "2", ..., "summary", "hand-off"."""
    found: dict[str, list[NotebookNode]] = {FRONT: []}
    name = FRONT
    for cell in notebook.cells:
        heading = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            title = heading["title"].strip().lower()
            name = title if title in (SUMMARY, HAND_OFF) else heading["number"] or name
        found.setdefault(name, []).append(cell)
    return found


def count(cells: Iterable[NotebookNode], waiting: Mapping[str, float] | None = None) -> Minutes:
    """The minutes of some cells in a row.

    Args:
        cells: of a notebook, in order.
        waiting: minutes that a reader waits for a cell, by its id.
    """
    total, before = Minutes(), ""
    for cell in cells:
        if cell.cell_type == "markdown":
            total += _of_markdown(cell.source)
            before = cell.source
        elif not {"challenge", "check"} & set(files.tags(cell)):
            lab = "lab" in files.tags(cell)
            total += Minutes(
                code=_code_lines(cell.source) * SECONDS_PER_CODE_LINE / 60,
                labs=max(LAB_MINUTES, TRY_MINUTES * len(TRY.findall(before))) if lab else 0.0,
                waiting=(waiting or {}).get(cell.get("id", ""), 0.0),
            )
    return total


def _of_markdown(text: str) -> Minutes:
    frame = FRAME.search(text)
    if frame:  # its text and its hint are part of the challenge
        return Minutes(challenges=float(frame["minutes"]))
    folded = " ".join(FOLDED.findall(text))
    rest = FOLDED.sub("", text)
    lines = sum(_code_lines(block) for block in FENCED.findall(rest))
    return Minutes(
        reading=_words(FENCED.sub("", rest)) / WORDS_PER_MINUTE,
        code=lines * SECONDS_PER_CODE_LINE / 60,
        folded=_words(folded) / WORDS_PER_MINUTE,
    )


def _words(text: str) -> int:
    """Words of prose: what has a letter or a digit; no tags, no addresses of links."""
    return sum(bool(re.search(r"\w", word)) for word in TARGET.sub(" ", text).split())


def _code_lines(source: str) -> int:
    lines = (line.strip() for line in source.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def sittings(notebook: NotebookNode) -> list[Sitting]:
    """The sittings that the notebook's goals cell states, in order; none where it has no table."""
    goals = "\n".join(cell.source for cell in sections(notebook)[FRONT])
    return [
        Sitting(
            row["name"],
            tuple(_section_names(row["sections"])),
            int(row["minutes"]),
            int(row["challenges"]),
        )
        for row in ROW.finditer(goals)
    ]


def _section_names(text: str) -> Iterator[str]:
    """ "5 to 8, summary, hand-off" by name, one after the other."""
    for part in text.split(", "):
        first, _, last = part.strip().partition(" to ")
        if last:
            yield from map(str, range(int(first), int(last) + 1))
        else:
            yield first


def counted(notebook: NotebookNode, name: str) -> dict[str, Minutes]:
    """What each sitting of a notebook takes, by the sitting's name.

    Args:
        notebook: with the table of its sittings.
        name: the notebook's, such as "03_pretraining".

    Raises:
        ValueError: a section stands in no row of the table, in two, or is not there.
    """
    cells, rows = sections(notebook), sittings(notebook)
    stated = [section for row in rows for section in row.sections]
    if sorted(stated) != sorted(set(cells) - {FRONT}):
        raise ValueError(
            f"{name}: the goals cell's table names the sections {', '.join(stated) or 'none'}, "
            f"the notebook has {', '.join(list(cells)[1:])}. Each belongs to one row."
        )
    found = {}
    for row in rows:  # the front belongs to the first sitting
        names = (FRONT, *row.sections) if row is rows[0] else row.sections
        parts = (count(cells[section], WAITING.get(name)) for section in names)
        found[row.name] = sum(parts, Minutes())
    return found


def row_of(sitting: Sitting, minutes: Minutes, notebook: NotebookNode) -> str:
    """The row that a goals cell should have."""
    goals = "\n".join(cell.source for cell in sections(notebook)[FRONT])
    (stated,) = (row for row in ROW.finditer(goals) if row["name"] == sitting.name)
    cells = sitting.name, stated["sections"], f"{minutes.core:.0f}", f"{minutes.challenges:.0f}"
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print the count of every notebook, and the rows for the goals cells that are not right."""
    heads = ("reading", "code", "labs", "waiting", "core", "challenges", "folded")
    print(f"{'':<22}{'sitting':<9}" + "".join(f"{head:>12}" for head in heads))
    wrong = []
    for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        notebook = files.read(path)
        found = counted(notebook, path.stem)
        for sitting in sittings(notebook):
            minutes = found[sitting.name]
            values = (getattr(minutes, head) for head in heads)
            print(f"{path.stem:<22}{sitting.name:<9}" + "".join(f"{v:>12.1f}" for v in values))
            if (sitting.minutes, sitting.challenges) != (
                round(minutes.core),
                round(minutes.challenges),
            ):
                wrong.append(f"{path.stem}: {row_of(sitting, minutes, notebook)}")
    print("\n".join(["", "To be stated:", *wrong] if wrong else ["", "All is stated as counted."]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
