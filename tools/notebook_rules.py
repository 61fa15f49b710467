"""What a committed notebook has to look like: one small function a rule.

    python tools/notebook_rules.py                  what is wrong with the notebooks as they stand

A rule takes a notebook and returns sentences, none when it is kept. Rules about outputs are in
output_rules.py; nothing is executed here, that outputs are true is nbval's part.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import notebook_files as files
import output_rules
from notebook_files import Committed

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
MEDIAN_LINES, MOST_LINES, KEY_LINES, SETUP_LINES = 6, 25, 40, 5
MARKDOWN_A_CODE_CELL = (1.2, 2.0)
IN_A_ROW = 3
CHALLENGES = 1
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"[0-9a-f]{8}|[0-9a-f]{12,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNFINISHED = re.compile(r"coming soon|\bTODO\b|\bFIXME\b|\bTBD\b|lorem ipsum", re.IGNORECASE)
HEADING = re.compile(r"^## +(?P<title>\S.*)$", re.MULTILINE)
NUMBERED = re.compile(r"^(?P<number>\d+)\. +\S")
ITALIC = re.compile(r"(?P<mark>[*_])(?![*_\s])(?P<text>[^\n]+?(\n[^\n]+?)*)(?P=mark)")


def code_cells_are_short(book: Committed) -> Iterator[str]:
    """Median at most 6 lines, none over 25, one tagged "key" up to 40."""
    sizes = [len(cell.source.strip().splitlines()) for cell in book.code]
    if sizes and statistics.median(sizes) > MEDIAN_LINES:
        yield f"the median code cell has {statistics.median(sizes)} lines, at most {MEDIAN_LINES}"
    keys = [cell.id for cell in book.code if "key" in files.tags(cell)]
    if len(keys) > 1:
        yield f"{len(keys)} cells are tagged key ({', '.join(keys)}), at most one may be"
    for cell, size in zip(book.code, sizes, strict=True):
        most = KEY_LINES if cell.id in keys else MOST_LINES
        if size > most:
            yield f"{cell.id} has {size} lines, at most {most}"


def prose_and_code_are_in_balance(book: Committed) -> Iterator[str]:
    """1.2 to 2 markdown cells a code cell."""
    markdown = sum(cell.cell_type == "markdown" for cell in book.cells)
    low, high = MARKDOWN_A_CODE_CELL
    share = markdown / max(1, len(book.code))
    if not low <= share <= high:
        yield (
            f"{markdown} markdown cells to {len(book.code)} code cells is {share:.2f}, "
            f"expected {low} to {high}"
        )


def no_more_than_three_code_cells_in_a_row(book: Committed) -> Iterator[str]:
    """A reader gets a sentence after three code cells at the latest."""
    run = 0
    for cell in book.cells:
        run = run + 1 if cell.cell_type == "code" else 0
        if run == IN_A_ROW + 1:
            yield f"{cell.id} is the {run}th code cell in a row, at most {IN_A_ROW}"


def ids_are_slugs(book: Committed) -> Iterator[str]:
    """Ids that a person chose: words and hyphens, each once."""
    seen: set[str] = set()
    for number, cell in enumerate(book.cells, start=1):
        name = cell.get("id", "")
        if not SLUG.fullmatch(name) or RANDOM_ID.fullmatch(name) or len(name) > 64:
            yield f"cell {number} has the id {name!r}, expected words such as train-tokenizer"
        if name in seen:
            yield f"the id {name} is there twice"
        seen.add(name)


def first_code_cell_sets_up(book: Committed) -> Iterator[str]:
    """One setup cell of at most five lines, with an import in it."""
    if not book.code:
        yield "there is no code cell"
        return
    lines = book.code[0].source.strip().splitlines()
    if len(lines) > SETUP_LINES or not any("import " in line for line in lines):
        yield f"the first code cell has {len(lines)} lines, expected imports in {SETUP_LINES}"


def sections_are_numbered_and_open_in_italics(book: Committed) -> Iterator[str]:
    """ "## 1. Title", "## 2. Title" in order, each followed by one sentence in italics."""
    prose = "\n\n".join(
        cell.source if cell.cell_type == "markdown" else "```\n```" for cell in book.cells
    )
    numbers = []
    for heading in HEADING.finditer(prose):
        numbered = NUMBERED.match(heading["title"])
        if not numbered:
            continue
        numbers.append(int(numbered["number"]))
        opening = prose[heading.end() :].lstrip().split("\n\n")[0].strip()
        italic = ITALIC.fullmatch(opening)
        if not italic or len(re.findall(r"[.?](?=\s|$)", italic["text"])) != 1:
            yield f"section {numbered['number']} does not open with one sentence in italics"
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        yield f"the numbered sections are {numbers}, expected 1, 2, 3 and so on"


def challenges_have_checks(book: Committed) -> Iterator[str]:
    """A cell tagged challenge, id challenge-x, is followed by one tagged check, id check-x."""
    challenges = [i for i, cell in enumerate(book.code) if "challenge" in files.tags(cell)]
    if len(challenges) < CHALLENGES:
        yield f"{len(challenges)} challenge cells, at least {CHALLENGES}"
    for i in challenges:
        name = book.code[i].id
        if not name.startswith("challenge-"):
            yield f"the challenge {name} has an id that does not begin with challenge-"
        check = book.code[i + 1] if i + 1 < len(book.code) else None
        expected = name.replace("challenge-", "check-", 1)
        if check is None or "check" not in files.tags(check) or check.id != expected:
            yield f"{name} is not followed by a code cell with the tag check and the id {expected}"


def it_ends_with_summary_and_hand_off(book: Committed) -> Iterator[str]:
    """ "## Summary", then "## Hand-off" with a code cell after it."""
    places = {}
    for i, cell in enumerate(book.cells):
        if cell.cell_type == "markdown":
            for heading in HEADING.finditer(cell.source):
                places[re.sub(r"^\d+\. +", "", heading["title"]).strip().lower()] = i
    missing = [name for name in ("summary", "hand-off") if name not in places]
    if missing:
        yield f"there is no section named {' or '.join(missing)}"
    elif places["summary"] > places["hand-off"]:
        yield "the summary comes before the hand-off"
    elif not any(cell.cell_type == "code" for cell in book.cells[places["hand-off"] :]):
        yield "no code cell follows the hand-off's heading"


def nothing_is_unfinished(book: Committed) -> Iterator[str]:
    """What is not there is not announced."""
    for cell in book.cells:
        found = UNFINISHED.search(cell.source)
        if found:
            yield f"{cell.id} says {found.group()!r}"


RULES: tuple[Callable[[Committed], Iterator[str]], ...] = (
    code_cells_are_short,
    prose_and_code_are_in_balance,
    no_more_than_three_code_cells_in_a_row,
    ids_are_slugs,
    first_code_cell_sets_up,
    sections_are_numbered_and_open_in_italics,
    challenges_have_checks,
    it_ends_with_summary_and_hand_off,
    nothing_is_unfinished,
    *output_rules.RULES,
)


def main(folder: Path = NOTEBOOKS) -> int:
    """Print what is wrong with a folder's notebooks; 1 when anything is."""
    wrong = 0
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        book = Committed(path.stem, path.read_text(encoding="utf-8"))
        for rule in RULES:
            for sentence in rule(book):
                wrong += 1
                print(f"{path.stem}: {sentence}")
    return min(1, wrong)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
