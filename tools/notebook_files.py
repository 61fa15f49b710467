"""The committed form of a notebook: normalise it, write it as text, compare two of them.

It executes nothing (run_notebooks.py does) and judges nothing (notebook_rules.py does). Two
executions of the same notebook give the same text here, except in cells whose output is not
compared.
"""

from __future__ import annotations

import copy
import difflib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import pictures
from nbformat import NotebookNode

IGNORED = "nbval-ignore-output"
PICTURE_VARIES = "picture-varies"  # drawn from what a machine's last digits decide
PNG = "image/png"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What tells nbconvert and editors that a script ends in .py; the version is left out.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
CELL_METADATA = ("tags", "nbgrader", "jupyter", "editable", "deletable")
COMPARED = ("text/plain", "text/html", "image/svg+xml")
WIDGETS = ("application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json")
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_NOTES = (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf")


@dataclass(frozen=True)
class Committed:
    """A notebook as it stands in the repository.

    Attributes:
        name: its file name without the ending, such as "02_tokenization".
        text: the file's text.
    """

    name: str
    text: str

    @cached_property
    def notebook(self) -> NotebookNode:
        """The parsed file, not repaired: what is wrong with it stays to be seen."""
        parsed = nbformat.v4.reads(self.text)
        for cell in parsed.cells:
            cell.setdefault("id", "")
        return parsed

    @property
    def cells(self) -> list[NotebookNode]:
        """All cells, in order."""
        return self.notebook.cells

    @cached_property
    def code(self) -> list[NotebookNode]:
        """The code cells, in order."""
        return code_cells(self.notebook)


def read(path: Path) -> NotebookNode:
    """A notebook file, in the format's version 4."""
    return nbformat.reads(Path(path).read_text(encoding="utf-8"), as_version=4)


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in its committed form, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_text(as_text(normalise(notebook)), encoding="utf-8", newline="\n")
    new.replace(path)


def as_text(notebook: NotebookNode) -> str:
    """The file's text: sorted keys, indented by one, a newline at the end."""
    return nbformat.v4.writes(notebook, indent=1, sort_keys=True) + "\n"


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    """A copy in which no code cell has been executed."""
    bare = copy.deepcopy(notebook)
    for cell in code_cells(bare):
        cell.outputs, cell.execution_count = [], None
    return bare


def normalise(notebook: NotebookNode) -> NotebookNode:
    """A copy without anything that changes from one execution, machine or editor to another.

    Outputs, ids and tags are kept. Timings, widget states and views, the kernel's version and the
    text chunks of PNG pictures are dropped; executed cells are counted from 1.
    """
    clean = copy.deepcopy(notebook)
    clean.nbformat, clean.nbformat_minor = 4, 5
    clean.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    for cell in clean.cells:
        kept = {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        cell.metadata = NotebookNode(kept)
    executed = [cell for cell in code_cells(clean) if cell.execution_count is not None]
    for count, cell in enumerate(executed, start=1):
        cell.execution_count = count
    for cell in code_cells(clean):
        cell.outputs = _normalised_outputs(cell)
    return clean


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    """A cell's tags."""
    return list(cell.metadata.get("tags", []))


def compared_outputs(cell: NotebookNode) -> list[tuple[str, str]]:
    """What nbval compares of a cell: (kind, text) for each stream and each text of an output.

    Empty where the cell carries nbval-ignore-output. Pictures are in compared_pictures().
    """
    if IGNORED in tags(cell):
        return []
    found = []
    for output in cell.outputs:
        if output.output_type == "stream":
            found.append((output.name, output.text))
        for kind, value in output.get("data", {}).items():
            if kind in COMPARED:
                found.append((kind, value))
    return sorted(found, key=lambda pair: pair[0])


def compared_pictures(cell: NotebookNode) -> list[bytes]:
    """The PNG pictures of a cell; none where the cell's outputs are not compared."""
    if IGNORED in tags(cell):
        return []
    shown = [output.get("data", {}).get(PNG) for output in cell.outputs]
    return [pictures.decoded(text) for text in shown if text]


def differences(committed: NotebookNode, executed: NotebookNode) -> list[str]:
    """Lines that say where an execution disagrees with the committed outputs; none when it agrees.

    Args:
        committed: the notebook as it stands in the repository.
        executed: the same cells, just executed.
    """
    lines = []
    pairs = zip(code_cells(normalise(committed)), code_cells(normalise(executed)), strict=True)
    for number, (before, after) in enumerate(pairs, start=1):
        old, new = (_labelled(cell) for cell in (before, after))
        changed = _changed_pictures(before, after)
        if old == new and not changed:
            continue
        lines.append(f"cell {number} ({before.get('id', 'no id')}) gives another output:")
        lines += ["    " + sentence for sentence in changed]
        diff = difflib.unified_diff(old, new, "committed", "executed", lineterm="", n=1)
        lines += ["    " + line for line in diff]
    return lines


def _changed_pictures(before: NotebookNode, after: NotebookNode) -> list[str]:
    """Sentences about pictures of a cell that are no longer the same."""
    old, new = compared_pictures(before), compared_pictures(after)
    if len(old) != len(new):
        return [f"{len(old)} pictures are committed, {len(new)} were made"]
    varies = PICTURE_VARIES in tags(before)
    return [
        f"picture {number}: {pictures.share_changed(one, other):.2%} of its pixels changed"
        for number, (one, other) in enumerate(zip(old, new, strict=True), start=1)
        if not pictures.are_one(one, other, varies)
    ]


def without_png_notes(png: bytes) -> bytes:
    """The same picture without its text, time and EXIF chunks (they name software versions).

    Source: PNG specification, third edition, section 5 (a chunk is length, type, data, CRC).
    """
    if not png.startswith(PNG_SIGNATURE):
        return png
    kept = [chunk for kind, chunk in png_chunks(png) if kind not in PNG_NOTES]
    return PNG_SIGNATURE + b"".join(kept)


def png_chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, whole chunk with its length and CRC) of a PNG, in order."""
    position = len(PNG_SIGNATURE)
    while position + 12 <= len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        yield kind, png[position : position + 12 + length]
        position += 12 + length


def _normalised_outputs(cell: NotebookNode) -> list[NotebookNode]:
    """One stream a name, no widget views, no PNG notes, counts that agree with the cell's."""
    outputs: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            if output.name in streams:
                streams[output.name].text += output.text
                continue
            streams[output.name] = output
        if "data" in output:
            for kind in WIDGETS:
                output.data.pop(kind, None)
            if not output.data:
                continue
            if PNG in output.data:
                png = pictures.decoded(output.data[PNG])
                output.data[PNG] = pictures.encoded(without_png_notes(png))
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count
        outputs.append(output)
    return outputs


def _labelled(cell: NotebookNode) -> list[str]:
    """The compared outputs as lines, each after the name of its kind."""
    return [
        f"{kind}: {line}"
        for kind, text in compared_outputs(cell)
        for line in text.splitlines() or [""]
    ]
