"""The README's figures, times and pictures are right, and a learner reads it in two minutes."""

from __future__ import annotations

import functools
import io
import re
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from course_utils import challenges
from course_utils.cli import test as command

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in [str(ROOT / "tools")] if path not in sys.path]

import minutes  # noqa: E402 (the tools' folder has to be on the path)
import notebook_files as files  # noqa: E402
import screenshots  # noqa: E402

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LEARNERS, REST = TEXT.split("## The other commands")
PICTURES = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", TEXT)
WORDS = 476  # two minutes at 238 per minute (Brysbaert 2019); tables are looked up, not read
NUMBER = r"([\d,]*\d(?:\.\d+)?)"
# The numbers of the paragraph "What was measured", in its order: the notebook, the cell, what
# stands around the number in the cell's output, and by how much it is multiplied.
MEASURED = (
    ("01", "collect", rf"split +[\d,]+ -> {NUMBER}", 1),
    ("01", "crawl", rf"{NUMBER} pages from", 1),
    ("01", "quality-lab", rf"{NUMBER} pages,", 1),
    ("01", "quality-lab", rf"{NUMBER} of them junk", 1),
    ("01", "quality-lab", rf"junk\nprecision {NUMBER}", 100),
    ("01", "quality-lab", rf"junk\nprecision [\d.]+, recall {NUMBER}", 100),
    ("02", "compare", rf"yours .* {NUMBER} bytes", 1),
    ("02", "compare", rf"GPT-2 .* {NUMBER} bytes", 1),
    ("03", "train-check", rf"before the first step: {NUMBER}", 1),
    ("03", "train-check", rf"steps: {NUMBER}", 1),
    ("04", "facts", rf"before, {NUMBER}% after", 1),
    ("04", "facts-check", rf"{NUMBER} questions", 1),
    ("04", "facts", rf"right: {NUMBER}% before", 1),
    ("04", "facts", rf"after, {NUMBER}% by always", 1),
    ("04", "table", rf"finetuned .* all {NUMBER}", 100),
    ("04", "table", rf"PPO .* all {NUMBER}", 100),
    ("04", "table", rf"best of 4 .* all {NUMBER}", 100),
    ("04", "table", rf"careful writer .* all {NUMBER}", 100),
    ("05", "gains-own", rf"refused_unknown +{NUMBER}", 100),
    ("05", "gains-own", rf"refused_known +{NUMBER}", 100),
    ("05", "invents", rf"one letter off .* {NUMBER}% invented", 1),
)


def value(text: str) -> float:
    return float(text.replace(",", ""))


@functools.cache
def printed(number: str, cell_id: str) -> str:
    """What a committed cell printed."""
    (path,) = minutes.NOTEBOOKS.glob(f"{number}_*.ipynb")
    (cell,) = (cell for cell in files.read(path).cells if cell.id == cell_id)
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def paragraph() -> str:
    return TEXT.split("## What was measured")[1].split("\n## ")[0]


def stated() -> list[str]:
    """The numbers of the paragraph; those of names, such as GPT-2, are not meant."""
    return re.findall(rf"(?<![\w-]){NUMBER}", paragraph())


def test_the_paragraph_has_as_many_numbers_as_are_compared() -> None:
    assert len(stated()) == len(MEASURED), stated()


@pytest.mark.parametrize("place", range(len(MEASURED)))
def test_a_figure_is_what_the_committed_notebook_printed(place: int) -> None:
    said, (number, cell_id, around, scale) = stated()[place], MEASURED[place]
    found = re.search(around, printed(number, cell_id))
    assert found, f"{cell_id} of notebook {number} prints nothing like {around}"
    assert value(said) == pytest.approx(value(found[1]) * scale), (cell_id, said, found[1])


def test_a_vocabulary_is_as_many_times_larger_as_it_says() -> None:
    sizes = dict(re.findall(rf"(yours|GPT-2) +{NUMBER} tokens", printed("02", "compare")))
    assert round(value(sizes["GPT-2"]) / value(sizes["yours"])) == 12
    assert "twelve times as large" in " ".join(paragraph().split())


def test_what_is_for_learners_is_read_in_two_minutes() -> None:
    prose = "\n".join(line for line in LEARNERS.splitlines() if not line.startswith("|"))
    words = re.sub(r"\]\([^)]*\)", "]", prose).split()
    words = [word for word in words if re.search(r"\w", word)]
    assert len(words) <= WORDS


def test_hours_sittings_and_challenges_are_as_many_as_there_are() -> None:
    found = re.search(
        r"about (\d+) hours in (\d+) sittings,\s+and (\d+) more for the (\d+) challenges", TEXT
    )
    hours, sittings, more, tasks = map(int, found.groups())
    core = [
        each
        for path in sorted(minutes.NOTEBOOKS.glob("0*.ipynb"))
        for name, each in minutes.counted(files.read(path), path.stem).items()
        if name != "further"
    ]
    assert (sittings, tasks) == (len(core), len(challenges.listed()))
    assert hours == pytest.approx(sum(each.core for each in core) / 60, abs=0.5)
    assert more == pytest.approx(sum(each.challenges for each in core) / 60, abs=0.5)


def test_the_second_command_takes_as_long_as_it_says(tmp_path: Path) -> None:
    said = re.search(r"everything that CI runs,\s+about (\d+)\s+minutes on two cores", TEXT)
    budgets = sum(phase.budget for phase in command.phases(False, [], tmp_path))
    assert int(said[1]) == pytest.approx(budgets / 60, abs=5)


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert len(links) > 15 and [link for link in links if not (ROOT / link).exists()] == []


def test_pictures_are_small_and_have_words() -> None:
    assert len(PICTURES) == 2 and {path.name for path in (ROOT / "docs/pictures").iterdir()} == {
        Path(link).name for _, link in PICTURES
    }
    for words, link in PICTURES:
        with Image.open(ROOT / link) as picture:
            assert picture.format == "PNG" and picture.width <= 1280
        assert (ROOT / link).stat().st_size < 60_000 and len(words.split()) > 10


def test_a_picture_loses_its_empty_borders_and_most_of_its_colours() -> None:
    picture = Image.new("RGB", (200, 300), "white")
    draw = ImageDraw.Draw(picture)
    for x in range(100):
        draw.line((50 + x, 40, 50 + x, 89), fill=(2 * x, 0, 255 - 2 * x))
    written = io.BytesIO()
    picture.save(written, "png")
    with Image.open(io.BytesIO(screenshots.quantised(written.getvalue()))) as small:
        assert small.size == (100 + 2 * screenshots.MARGIN, 50 + 2 * screenshots.MARGIN)
        assert small.mode == "P" and len(small.getcolors()) <= screenshots.COLOURS
