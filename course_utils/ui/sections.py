"""Which sections of a notebook have run: its cells by section, and a hook that notes each cell.

The front end names the cell that it executes; a cell is else known by its text. It looks at the
committed notebook only, and never at what a cell holds or gives.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass

from course_utils import workspace
from course_utils.challenges import path
from course_utils.ui.stages import number_of

FOLDER = workspace.PACKAGE.parent / "notebooks"
EVENT = "post_run_cell"
HEADING = re.compile(r"^## +(.*\S)", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A section that has code.

    Attributes:
        title: as its heading says, such as "3. Byte pair encoding".
        cells: the ids of its code cells.
    """

    title: str
    cells: tuple[str, ...]


@functools.cache
def sections(stage: str) -> tuple[Section, ...]:
    """The sections of a stage's notebook that have code; none where the notebook is not there."""
    found: dict[str, list[str]] = {}
    title = ""
    for cell in _cells(stage):
        if cell["cell_type"] == "markdown":
            title = (HEADING.findall("".join(cell["source"])) or [title])[-1]
        elif title:  # what comes before the first section belongs to none
            found.setdefault(title, []).append(cell["id"])
    return tuple(Section(title, tuple(ids)) for title, ids in found.items())


def record(stage: str) -> None:
    """From now on note each cell of this kernel that runs without an error, once per kernel."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    for old in shell.events.callbacks[EVENT]:
        if isinstance(old, Recorder):
            shell.events.unregister(EVENT, old)
    shell.events.register(EVENT, Recorder(stage))


class Recorder:
    """Notes the cells of one notebook as IPython tells that they ran."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.noted = set(path.load().cells.get(stage, ()))
        code = [cell for cell in _cells(stage) if cell["cell_type"] == "code"]
        self.known = {cell["id"] for cell in code}
        self.by_text = {"".join(cell["source"]).strip(): cell["id"] for cell in code}

    def __call__(self, result: object) -> None:
        """Note the cell that just ran; the disk is only asked for a cell that is new."""
        info = getattr(result, "info", None)
        cell = getattr(info, "cell_id", None)
        if cell not in self.known:
            cell = self.by_text.get(str(getattr(info, "raw_cell", "")).strip())
        if cell is None or cell in self.noted or not result.success:
            return
        self.noted.add(cell)
        try:
            path.ran(self.stage, cell)
        except workspace.ArtifactError as error:
            self.noted |= self.known  # said once; a full disk is no reason to stop anybody
            print(f"(Which sections ran is not written down any more. {error})")


@functools.cache
def _cells(stage: str) -> tuple[dict, ...]:
    """The cells of the committed notebook."""
    file = FOLDER / f"{number_of(stage) + 1:02}_{stage}.ipynb"
    try:
        return tuple(json.loads(file.read_text(encoding="utf-8"))["cells"])
    except (OSError, ValueError, KeyError):
        return ()
