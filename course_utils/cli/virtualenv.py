"""A virtual environment's folder: its Python, its packages, and the folders that it names.

Only the standard library is used, because nothing is installed yet. Taught in no notebook.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path


def python_of(folder: Path) -> Path:
    """The Python of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def site_packages(folder: Path) -> Path:
    """Where a virtual environment keeps its packages."""
    if os.name == "nt":
        return folder / "Lib" / "site-packages"
    return next((folder / "lib").glob("python3.*")) / "site-packages"


def put_on_path(folder: Path, name: str, other: str | None) -> None:
    """Let a virtual environment import from another folder as well, after its own packages.

    Args:
        folder: the virtual environment.
        name: of the .pth file; they are read in the order of their names.
        other: the folder to import from; None takes it off the path again.
    """
    file = site_packages(folder) / f"{name}.pth"
    if other is None:
        file.unlink(missing_ok=True)
        return
    # Python before 3.13 reads these files in the system's encoding, so a path that is not ASCII
    # is written as a piece of program.
    line = f"import sys; sys.path.append({ascii(other)})\n"
    file.write_text(line, encoding="ascii", newline="\n")


def was_moved(folder: Path, old: str) -> None:
    """Put a virtual environment's own path right in its scripts, which name their Python in full.

    Args:
        folder: where it is now.
        old: where it was when they were written.

    Raises:
        OSError: a script cannot be written.
    """
    for script in python_of(folder).parent.iterdir():
        kind = script.name.partition(".")[0].lower()
        if script.is_symlink() or not script.is_file() or kind.startswith("python"):
            continue
        text = script.read_bytes()
        # Programs that are no scripts, such as ruff, name no path; Windows' starters end in one.
        if text.startswith(b"#!") or kind == "activate" or script.suffix.lower() == ".exe":
            new = _with_path(text, old, str(folder), kind == "activate")
            if new != text:
                script.write_bytes(new)


def _with_path(text: bytes, old: str, new: str, quoted: bool) -> bytes:
    """A script with a path in the place of another."""
    there, here = os.fsencode(old), os.fsencode(new)
    ends = rb"(?=[/\\\"'\s]|$)"
    if quoted and os.name != "nt":
        # What was fine without quotes may need them now.
        here = os.fsencode(shlex.quote(new))
        return re.sub(rb"([\"']?)" + re.escape(there) + rb"\1(?=[)\s]|$)", lambda _: here, text)
    if text.startswith(b"#!" + there + b"/"):
        # The system takes no spaces in this line, and no more than 127 letters; a shell does.
        line, _, rest = text.partition(b"\n")
        python = here + line.removeprefix(b"#!" + there)
        return b"#!/bin/sh\n'''exec' \"" + python + b'" "$0" "$@"\n\' \'\'\'\n' + rest
    return re.sub(re.escape(there) + ends, lambda _: here, text)
