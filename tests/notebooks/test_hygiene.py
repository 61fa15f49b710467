"""The committed notebooks keep the rules of the house, and each rule catches a bad notebook."""

from __future__ import annotations

import base64
import copy
import struct
import zlib
from pathlib import Path

import nbformat
import notebook_files as files
import notebook_rules
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import Committed

NAMES = (
    "01_data_collection",
    "02_tokenization",
    "03_pretraining",
    "04_finetuning_rlhf",
    "05_inference",
)
AT_LEAST = 3
EXISTING = [
    path
    for path in (
        Path(__file__).resolve().parents[2] / "notebooks" / f"{name}.ipynb" for name in NAMES
    )
    if path.exists()
]
BY_NAME = {rule.__name__: rule for rule in notebook_rules.RULES}


def test_the_first_notebooks_exist_and_no_other_stands_beside_them(notebooks_folder):
    there = sorted(path.stem for path in notebooks_folder.glob("*.ipynb"))

    assert there == list(NAMES[: len(there)])
    assert len(there) >= AT_LEAST


@pytest.mark.parametrize("rule", notebook_rules.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", EXISTING, ids=lambda path: path.stem)
def test_notebook_keeps_the_rule(path, rule):
    assert list(rule(Committed(path.stem, path.read_text(encoding="utf-8")))) == []


def shown(text: str):
    return [new_output("stream", name="stdout", text=text)]


def png(pixels: bytes = b"\x00\x00", dots: int = 72, note: bytes = b"") -> str:
    """A one-pixel picture; its data may be anything, its chunks are right."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    metre = round(dots / 0.0254)
    parts = [
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        chunk(b"pHYs", struct.pack(">IIB", metre, metre, 1)),
        chunk(b"tEXt", note) if note else b"",
        chunk(b"IDAT", zlib.compress(pixels, 0)),
        chunk(b"IEND", b""),
    ]
    return base64.b64encode(files.PNG_SIGNATURE + b"".join(parts)).decode("ascii")


def good_notebook():
    """A small notebook that keeps every rule."""
    cells = [
        new_markdown_cell("# Shapes\n\nWords.", id="title"),
        new_code_cell("import math", id="setup", execution_count=1),
        new_markdown_cell("## 1. Circles\n\n*A circle is round.*\n\nMore.", id="circles"),
        new_code_cell("print(math.tau)", id="tau", execution_count=2, outputs=shown("6.28\n")),
        new_markdown_cell("## 2. Squares", id="squares"),
        new_markdown_cell("_A square of side 1.5 is not round._", id="squares-idea"),
        new_code_cell(
            "def square(x):\n    return x * x",
            id="challenge-square",
            execution_count=3,
            metadata={"tags": ["challenge"]},
        ),
        new_code_cell(
            "print(square(2))",
            id="check-square",
            execution_count=4,
            metadata={"tags": ["check"]},
            outputs=shown("4\n"),
        ),
        new_markdown_cell("## Summary\n\nShapes.", id="summary"),
        new_markdown_cell("## Hand-off\n\nNothing is handed on.", id="hand-off"),
        new_code_cell("print('done')", id="finish", execution_count=5, outputs=shown("done\n")),
    ]
    return files.normalise(new_notebook(cells=cells))


def as_committed(notebook, name: str = "01_data_collection") -> Committed:
    return Committed(name, files.as_text(notebook))


@pytest.mark.parametrize("rule", notebook_rules.RULES, ids=lambda rule: rule.__name__)
def test_the_good_notebook_keeps_every_rule(rule):
    assert list(rule(as_committed(good_notebook()))) == []


def source(index: int, text: str):
    return lambda book: book.cells[index].update(source=text)


def output(index: int, kind: str, value: str):
    return lambda book: book.cells[index].outputs.append(
        new_output("display_data", data={kind: value})
    )


def tag(index: int, *tags: str):
    return lambda book: book.cells[index].metadata.update(tags=list(tags))


def attribute(index: int, **values):
    return lambda book: book.cells[index].update(values)


def insert(index: int, *cells):
    return lambda book: book.cells.__setitem__(slice(index, index), copy.deepcopy(list(cells)))


def extra(name: str, count: int = 9):
    return new_code_cell("1", id=name, execution_count=count)


LONG = "\n".join(f"x = {i}" for i in range(26))
LONGER = LONG + "\n" + LONG
BAD = [
    ("code_cells_are_short", source(3, LONG), "tau has 26 lines"),
    ("code_cells_are_short", lambda b: (source(3, LONGER)(b), tag(3, "key")(b)), "at most 40"),
    ("code_cells_are_short", lambda b: (tag(3, "key")(b), tag(10, "key")(b)), "tagged key"),
    (
        "code_cells_are_short",
        lambda b: [source(i, "\n".join("abcdefg"))(b) for i in (1, 3, 10)],
        "median",
    ),
    ("prose_and_code_are_in_balance", insert(1, extra("a")), "1.00"),
    (
        "prose_and_code_are_in_balance",
        lambda b: b.cells.extend(new_markdown_cell("Words.", id=f"words-{i}") for i in range(5)),
        "2.20",
    ),
    ("no_more_than_three_code_cells_in_a_row", insert(8, extra("a"), extra("b")), "b is the 4th"),
    ("ids_are_slugs", attribute(3, id="1f0c9a7e"), "1f0c9a7e"),
    ("ids_are_slugs", attribute(3, id="Cell_One"), "Cell_One"),
    ("ids_are_slugs", attribute(3, id="setup"), "twice"),
    ("ids_are_slugs", lambda b: b.cells[3].pop("id"), "cell 4 has the id ''"),
    ("no_picture_comes_from_elsewhere", source(0, "![a](https://example.org/a.png)"), "remote"),
    (
        "no_picture_comes_from_elsewhere",
        output(3, "text/html", "<img src='//example.org/a'>"),
        "remote",
    ),
    ("file_and_pictures_are_small", source(0, "x" * 1_000_000), "expected under 1,000,000"),
    ("file_and_pictures_are_small", output(3, "image/png", png(bytes(40_000))), "image/png"),
    ("file_and_pictures_are_small", output(3, "image/png", png(dots=144)), "144 dpi"),
    ("executed_in_order_without_errors", attribute(3, execution_count=7), "count 7, expected 2"),
    ("executed_in_order_without_errors", attribute(3, execution_count=None), "count None"),
    ("every_picture_has_words", output(3, "image/png", png()), "alternative text is ''"),
    (
        "executed_in_order_without_errors",
        lambda b: b.cells[3].outputs.append(
            new_output("error", ename="E", evalue="no", traceback=[])
        ),
        "holds an error",
    ),
    ("no_widget_is_committed", lambda b: b.metadata.update(widgets={}), "metadata holds widgets"),
    ("no_widget_is_committed", output(3, files.WIDGETS[0], "{}"), "widget view"),
    ("few_outputs_are_ignored_and_each_is_asserted", tag(3, files.IGNORED), "1 of 5"),
    ("few_outputs_are_ignored_and_each_is_asserted", tag(3, files.IGNORED), "no assert"),
    ("few_outputs_are_ignored_and_each_is_asserted", tag(3, "nbval-skip"), "steers nbval"),
    (
        "few_outputs_are_ignored_and_each_is_asserted",
        source(3, "# NBVAL_IGNORE_OUTPUT\n1"),
        "steers nbval",
    ),
    ("few_pictures_may_vary", tag(3, files.PICTURE_VARIES), "1 of 5"),
    ("few_pictures_may_vary", tag(3, files.PICTURE_VARIES), "no picture"),
    ("half_of_the_cells_are_compared", attribute(3, outputs=[]), "2 of 5"),
    ("first_code_cell_sets_up", source(1, "import a\n" * 6), "has 6 lines"),
    ("first_code_cell_sets_up", source(1, "x = 1"), "expected imports"),
    ("sections_are_numbered_and_open_in_italics", source(2, "## 1. A\n\nPlain."), "section 1"),
    ("sections_are_numbered_and_open_in_italics", source(5, "*One. Two.*"), "section 2"),
    ("sections_are_numbered_and_open_in_italics", source(5, "**Bold.**"), "section 2"),
    ("sections_are_numbered_and_open_in_italics", source(4, "## 3. Squares"), "[1, 3]"),
    ("challenges_have_checks", tag(6), "0 challenge cells"),
    ("challenges_have_checks", tag(7), "not followed"),
    ("challenges_have_checks", attribute(7, id="check-circle"), "check-square"),
    ("challenges_have_checks", attribute(6, id="square"), "begin with challenge-"),
    ("it_ends_with_summary_and_hand_off", source(8, "## The end"), "summary"),
    ("it_ends_with_summary_and_hand_off", lambda b: b.cells.pop(), "no code cell"),
    ("it_ends_with_summary_and_hand_off", lambda b: b.cells.append(b.cells.pop(8)), "before"),
    ("nothing_is_unfinished", source(0, "Part two is Coming Soon."), "Coming Soon"),
    ("nothing_names_one_machine", attribute(3, outputs=shown("in /" + "home/ada/x\n")), "home"),
    ("nothing_names_one_machine", attribute(3, outputs=shown("<A at 0x7f12ab34cd56>")), "0x7f12"),
    ("it_is_in_its_committed_form", output(3, "image/png", png(note=b"A\0x")), "write-back"),
    (
        "it_is_in_its_committed_form",
        lambda b: b.cells[3].metadata.update(execution={"iopub.status.busy": "2026"}),
        "write-back",
    ),
]


@pytest.mark.parametrize(
    ("name", "spoil", "said"), BAD, ids=[f"{name}-{i}" for i, (name, _, _) in enumerate(BAD)]
)
def test_the_rule_catches_a_bad_notebook(name, spoil, said):
    notebook = good_notebook()
    spoil(notebook)

    complaints = list(BY_NAME[name](as_committed(notebook)))

    assert any(said in sentence for sentence in complaints), complaints


def test_every_rule_is_tried_on_a_bad_notebook():
    assert {name for name, _, _ in BAD} == set(BY_NAME)


def test_a_picture_keeps_its_words_and_a_script_its_ending_in_nbconvert():
    from nbconvert import HTMLExporter
    from nbconvert.exporters import get_exporter

    notebook = good_notebook()
    shown = new_output(
        "display_data", data={"image/png": png()}, metadata={"image/png": {"alt": "One red dot"}}
    )
    notebook.cells[3].outputs.append(shown)

    # Its template "lab" does not look at this metadata yet; "classic" does.
    html, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    _, script = get_exporter("script")().from_notebook_node(notebook)

    assert list(BY_NAME["every_picture_has_words"](as_committed(notebook))) == []
    assert 'alt="One red dot"' in html
    assert script["output_extension"] == ".py"


def test_a_tenth_may_be_ignored_in_01_and_a_quarter_in_03():
    cells = [
        new_code_cell("assert True", id=f"a-{i}", metadata={"tags": [files.IGNORED]})
        for i in range(1)
    ] + [new_code_cell("1", id=f"b-{i}") for i in range(3)]
    rule = BY_NAME["few_outputs_are_ignored_and_each_is_asserted"]
    notebook = nbformat.v4.new_notebook(cells=cells)

    assert list(rule(as_committed(notebook, "03_pretraining"))) == []
    assert "1 of 4" in next(iter(rule(as_committed(notebook, "01_data_collection"))))
