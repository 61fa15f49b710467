"""What a committed notebook's outputs have to be: one small function a rule.

A rule takes a notebook and returns sentences, none when it is kept. The rules about cells and
prose are in notebook_rules.py; that outputs are true is nbval's part.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable, Iterator

import notebook_files as files
from nbformat import NotebookNode
from notebook_files import Committed

FILE_BYTES, PICTURE_BYTES, DOTS_PER_INCH = 1_000_000, 40_000, 72
IGNORED_SHARE = {"01": 0.10, "02": 0.10, "03": 0.25, "04": 0.25, "05": 0.25}
COMPARED_SHARE = 0.5
ALT_WORDS, VARYING_SHARE = 3, 0.1
REMOTE = re.compile(
    r"!\[[^]]*\]\(\s*<?(https?:)?//|<(img|image|source|video)\b[^>]*=\s*[\"']?"
    r"(https?:)?//",
    re.IGNORECASE,
)
LOCAL = re.compile(
    r"(?<![\w./:])/(home|root|work|tmp|opt|Users|private/var)/|[A-Z]:\\Users|"
    r"\bat 0x[0-9a-f]{6,}",
    re.ASCII,
)
MARKERS = re.compile(r"#+\s*(NBVAL|PYTEST_VALIDATE)_\w+")


def no_picture_comes_from_elsewhere(book: Committed) -> Iterator[str]:
    """Everything shows without a network."""
    for cell in book.cells:
        texts = [cell.source] if cell.cell_type == "markdown" else []
        texts += [text for _, text in _texts(cell)]
        if any(REMOTE.search(text) for text in texts):
            yield f"{cell.id} shows a remote picture"


def file_and_pictures_are_small(book: Committed) -> Iterator[str]:
    """File under 1 MB, a picture under 40 kB at 72 dots per inch."""
    size = len(book.text.encode("utf-8"))
    if size >= FILE_BYTES:
        yield f"the file has {size:,} bytes, expected under {FILE_BYTES:,}"
    for cell in book.cells:
        for kind, picture in _pictures(cell):
            if len(picture) >= PICTURE_BYTES:
                yield f"{cell.id} has {len(picture):,} bytes of {kind}, under {PICTURE_BYTES:,}"
            dots = _dots_per_inch(picture)
            if dots and round(dots) > DOTS_PER_INCH:
                yield f"{cell.id} has a picture at {dots:.0f} dpi, expected {DOTS_PER_INCH}"


def every_picture_has_words(book: Committed) -> Iterator[str]:
    """An alternative text, which nbconvert hands on to those who do not see the picture."""
    for cell in book.code:
        for output in cell.outputs:
            words = output.get("metadata", {}).get(files.PNG, {}).get("alt", "")
            if files.PNG in output.get("data", {}) and len(words.split()) < ALT_WORDS:
                yield f"{cell.id} shows a picture whose alternative text is {words!r}"


def executed_in_order_without_errors(book: Committed) -> Iterator[str]:
    """Every code cell has its execution count, 1 to n, and none failed."""
    for expected, cell in enumerate(book.code, start=1):
        if cell.execution_count != expected:
            yield f"{cell.id} has execution count {cell.execution_count}, expected {expected}"
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"{cell.id} holds an error"


def no_widget_is_committed(book: Committed) -> Iterator[str]:
    """Neither widget state nor views: GitHub refuses the one, and the other shows nothing."""
    if "widgets" in book.notebook.metadata:
        yield "the notebook's metadata holds widgets"
    for cell in book.code:
        for output in cell.outputs:
            if any("widget" in kind for kind in output.get("data", {})):
                yield f"{cell.id} holds a widget view"


def few_outputs_are_ignored_and_each_is_asserted(book: Committed) -> Iterator[str]:
    """nbval-ignore-output is rare, and what must hold is asserted in that cell or the next."""
    ignored = [i for i, cell in enumerate(book.code) if files.IGNORED in files.tags(cell)]
    most = IGNORED_SHARE.get(book.name[:2], min(IGNORED_SHARE.values()))
    if len(ignored) > most * len(book.code):
        yield (
            f"{len(ignored)} of {len(book.code)} code cells carry {files.IGNORED}, "
            f"at most {most:.0%}"
        )
    for i in ignored:
        if not any(
            re.search(r"^\s*assert\b", cell.source, re.MULTILINE) for cell in book.code[i : i + 2]
        ):
            yield f"{book.code[i].id} is not compared, and no assert is in it or in the next cell"
    for cell in book.code:
        others = [
            tag
            for tag in files.tags(cell)
            if tag != files.IGNORED
            and (tag.startswith("nbval") or tag in ("raises-exception", "skip-execution"))
        ]
        if others or MARKERS.search(cell.source):
            yield f"{cell.id} steers nbval; only the tag {files.IGNORED} may"


def few_pictures_may_vary(book: Committed) -> Iterator[str]:
    """Of few pictures nbval compares only the size, because training's last digits decide them."""
    varies = [cell for cell in book.code if files.PICTURE_VARIES in files.tags(cell)]
    if len(varies) > VARYING_SHARE * len(book.code):
        yield (
            f"{len(varies)} of {len(book.code)} code cells carry {files.PICTURE_VARIES}, "
            f"at most {VARYING_SHARE:.0%}"
        )
    for cell in varies:
        if not files.compared_pictures(cell):
            yield f"{cell.id} carries {files.PICTURE_VARIES} and has no picture that is compared"


def half_of_the_cells_are_compared(book: Committed) -> Iterator[str]:
    """At least half of all code cells have text that nbval compares."""
    compared = sum(bool(files.compared_outputs(cell)) for cell in book.code)
    if compared < COMPARED_SHARE * len(book.code):
        yield (
            f"{compared} of {len(book.code)} code cells have text that is compared, "
            f"at least {COMPARED_SHARE:.0%}"
        )


def nothing_names_one_machine(book: Committed) -> Iterator[str]:
    """No folder of the machine that made it, no memory address, in source or output."""
    for cell in book.cells:
        for text in (cell.source, *(text for _, text in _texts(cell))):
            found = LOCAL.search(text)
            if found:
                yield f"{cell.id} holds {found.group()!r}, which is so on one machine only"


def it_is_in_its_committed_form(book: Committed) -> Iterator[str]:
    """The file is what run_notebooks.py --write-back writes, to the last byte."""
    if book.text != files.as_text(files.normalise(book.notebook)):
        yield "the file is not in its committed form; use tools/run_notebooks.py --write-back"


RULES: tuple[Callable[[Committed], Iterator[str]], ...] = (
    no_picture_comes_from_elsewhere,
    file_and_pictures_are_small,
    every_picture_has_words,
    executed_in_order_without_errors,
    no_widget_is_committed,
    few_outputs_are_ignored_and_each_is_asserted,
    few_pictures_may_vary,
    half_of_the_cells_are_compared,
    nothing_names_one_machine,
    it_is_in_its_committed_form,
)


def _texts(cell: NotebookNode) -> Iterator[tuple[str, str]]:
    """(kind, text) of all that a code cell put out, compared or not."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield output.name, output.text
        for kind, value in output.get("data", {}).items():
            if isinstance(value, str) and not kind.startswith("image/p"):
                yield kind, value


def _pictures(cell: NotebookNode) -> Iterator[tuple[str, bytes]]:
    """(kind, bytes) of the pictures in a cell's outputs and attachments."""
    bundles = [output.get("data", {}) for output in cell.get("outputs", [])]
    bundles += list(cell.get("attachments", {}).values())
    for bundle in bundles:
        for kind, value in bundle.items():
            if kind == "image/svg+xml":
                yield kind, value.encode("utf-8")
            elif kind.startswith("image/"):
                yield kind, base64.b64decode(value)


def _dots_per_inch(picture: bytes) -> float | None:
    """What a PNG says of itself in its pHYs chunk; None where it says nothing."""
    if picture.startswith(files.PNG_SIGNATURE):
        for kind, chunk in files.png_chunks(picture):
            if kind == b"pHYs" and chunk[16] == 1:  # the unit is the metre
                return struct.unpack(">I", chunk[8:12])[0] * 0.0254
    return None
