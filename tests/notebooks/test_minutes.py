"""The minutes that notebooks and README state are those that are counted."""

from __future__ import annotations

import re
from pathlib import Path

import minutes
import notebook_files as files
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted(minutes.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
NAMES = [path.stem for path in PATHS]
WITHIN = 5  # minutes that a statement may differ from the count
MOST = 75  # minutes of a sitting, without its challenges
# Sittings that are longer, as (notebook, sitting). This list may only shrink.
TOO_LONG: set[tuple[str, str]] = set()
END_OF_A = "**End of sitting A.**"


def read(name: str):
    return files.read(minutes.NOTEBOOKS / f"{name}.ipynb")


@pytest.mark.parametrize("name", NAMES)
def test_the_goals_cell_states_the_minutes_that_are_counted(name: str) -> None:
    notebook = read(name)
    found = minutes.counted(notebook, name)
    for sitting in minutes.sittings(notebook):
        row = minutes.row_of(sitting, found[sitting.name], notebook)
        assert abs(sitting.minutes - found[sitting.name].core) <= WITHIN, row
        assert abs(sitting.challenges - found[sitting.name].challenges) <= WITHIN, row


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_states_the_minutes_of_every_sitting_and_of_the_challenges(name: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| ") and f"[{name}]" in line)
    cell = re.search(r"\| (\d+(?: \+ \d+)*) \| (\d+) \|", row)
    assert cell, f"{row}: no minutes such as 40 + 52 and 35"
    found = minutes.counted(read(name), name)
    core = [each for sitting, each in found.items() if sitting != "further"]
    said = [int(number) for number in cell[1].split(" + ")]
    assert len(said) == len(core)
    assert all(abs(a - b.core) <= WITHIN for a, b in zip(said, core, strict=True)), core
    assert abs(int(cell[2]) - sum(each.challenges for each in core)) <= WITHIN


def test_no_sitting_is_too_long_but_for_those_that_are_listed() -> None:
    long = {
        (name, sitting)
        for name in NAMES
        for sitting, found in minutes.counted(read(name), name).items()
        if sitting != "further" and found.core > MOST
    }
    assert long == TOO_LONG


@pytest.mark.parametrize("name", NAMES)
def test_02_has_one_sitting_and_the_others_two_divided_where_they_say(name: str) -> None:
    notebook = read(name)
    rows = [row for row in minutes.sittings(notebook) if row.name != "further"]
    marked = [
        (section, cell.id == cells[-1].id)
        for section, cells in minutes.sections(notebook).items()
        for cell in cells
        if END_OF_A in cell.source
    ]
    if name == "02_tokenization":
        assert [row.name for row in rows] == ["one"] and marked == []
    else:
        assert [row.name for row in rows] == ["A", "B"]
        # It is the last cell of the last section of A.
        assert marked == [(rows[0].sections[-1], True)]


def test_every_cell_that_is_waited_for_is_there() -> None:
    for name, cells in minutes.WAITING.items():
        assert set(cells) <= {cell.id for cell in read(name).cells}, name


HINT = "<details><summary>Hint</summary>\n\n" + "fold " * 26 + "\n\n</details>"
GOALS = (
    "| sitting | sections | minutes | challenges |\n| --- | --- | --- | --- |\n"
    "| A | 1 | 9 | 7 |\n| B | summary, hand-off | 1 | 0 |"
)


def small():
    """A notebook whose minutes can be counted by hand."""
    cells = [
        new_markdown_cell(GOALS, id="goals"),
        new_markdown_cell("## 1. Shapes\n\n" + "word " * 128, id="shapes"),
        new_code_cell("# only a comment\n\nx = 1\ny = 2  # counts\n\n\nprint(x)", id="three"),
        new_markdown_cell("1. Try.\n2. Try.\n3. Try.", id="tries"),
        new_code_cell("lab", id="a-lab", metadata={"tags": ["lab"]}),
        new_markdown_cell("**Challenge 1** · *difficulty 1 of 3 · about 7 minutes* · Go." + HINT),
        new_code_cell("x\n" * 50, id="challenge-a", metadata={"tags": ["challenge"]}),
        new_code_cell("x\n" * 50, id="check-a", metadata={"tags": ["check"]}),
        new_markdown_cell("## 2. Summary\n\n" + "[two words](https://a.b/c) " * 13 + HINT),
        new_markdown_cell("## Hand-off\n\n```python\na\nb\n```", id="hand-off-text"),
    ]
    return new_notebook(cells=cells)


def test_a_small_notebook_is_counted_as_by_hand() -> None:
    words = 2 + 128 + 6  # of the heading, with its number, of the text, and of the tries
    cells = minutes.sections(small())
    first = minutes.count(cells["1"], {"three": 2.0})
    assert first.reading == pytest.approx(words / 130)
    assert first.code == pytest.approx((3 + 1) * 10 / 60)
    assert first.labs == max(minutes.LAB_MINUTES, 3 * minutes.TRY_MINUTES)
    assert (first.waiting, first.challenges, first.folded) == (2.0, 7.0, 0.0)
    summary = minutes.count(cells["summary"])
    assert summary.reading == pytest.approx((2 + 26) / 130)
    assert summary.folded == pytest.approx(27 / 130)
    assert minutes.count(cells["hand-off"]).code == pytest.approx(2 * 10 / 60)


def test_a_section_of_no_sitting_is_refused_by_name() -> None:
    notebook = small()
    assert list(minutes.counted(notebook, "small")) == ["A", "B"]
    notebook.cells[0].source = GOALS.replace("| summary, hand-off |", "| summary |")
    with pytest.raises(ValueError, match=r"small.*hand-off"):
        minutes.counted(notebook, "small")
