"""Which labs are alive: the newest of each name and cell; earlier ones give their memory back.

A lab is held by its widgets' callbacks, which ipywidgets keeps until they are closed, and by the
history of results (`Out`, `_`); without this every run of its cell would keep one more model.
Left out: what a retired lab does (Lab.retire, CellOutput.retire). No notebook section.
"""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass

from IPython import get_ipython

from course_utils.ui.picture import CellOutput

HISTORY = re.compile(r"_+|_\d+")  # IPython's own names of results


@dataclass(frozen=True)
class Execution:
    """One run of a cell.

    Attributes:
        cell: the cell's id; "" where the front end does not say.
        request: the id of the message that asked for this run.
    """

    cell: str
    request: str


_alive: list[tuple[Execution, str, CellOutput]] = []


def retire_earlier(name: str = "") -> None:
    """Retire the labs whose place a new one takes, and let IPython's history forget them.

    Args:
        name: of a lab of which there is one at a time; "" retires only labs that an earlier run of
            this cell made, since their output is gone.
    """
    here = _execution()

    def is_replaced(execution: Execution, its_name: str) -> bool:
        same_cell = bool(here.cell) and execution.cell == here.cell
        again = same_cell and execution.request != here.request
        return again or bool(name and its_name == name)

    retired = [entry for entry in _alive if is_replaced(*entry[:2])]
    for entry in retired:
        _alive.remove(entry)
        entry[2].retire()
        forget(entry[2])
    # Those of earlier runs, too: their own cycles keep them until Python happens to look.
    if retired:
        gc.collect()


def keep_alive(lab: CellOutput, name: str = "") -> None:
    """Keep a lab that is on show, until `retire_earlier` finds one in its place."""
    here = _execution()
    # Without a name and a cell nothing could take its place; its own widgets hold it.
    if name or here.cell:
        _alive.append((here, name, lab))


def forget(result: object) -> None:
    """Take a result out of IPython's history: `Out`, `_`, `__`, `___` and `_12`."""
    shell = get_ipython()
    if shell is None:
        return
    outputs = shell.user_ns.get("_oh", {})
    for number in [number for number, kept in outputs.items() if kept is result]:
        del outputs[number]
    # IPython notes in a second namespace which names are its own, with their values.
    for names in (shell.user_ns, shell.user_ns_hidden):
        for name in [name for name, kept in names.items() if kept is result]:
            if HISTORY.fullmatch(name):
                names[name] = None
    # The hook compares its own with those of the namespace, so they change too.
    for name in ("_", "__", "___"):
        if getattr(shell.displayhook, name, None) is result:
            setattr(shell.displayhook, name, None)


def _execution() -> Execution:
    """The run of a cell that this code belongs to."""
    kernel = getattr(get_ipython(), "kernel", None)
    parent = kernel.get_parent() if kernel is not None else {}
    return Execution(
        str(parent.get("metadata", {}).get("cellId", "")),
        str(parent.get("header", {}).get("msg_id", "")),
    )
