"""Lets .venv use a torch that the running Python already has, instead of installing it again.

Only the standard library is used. Nothing but torch and its CUDA packages is taken over; every
other package goes into .venv itself. Taught in no notebook; install.py calls it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

PARTS = re.compile(r"(torch|nvidia|cuda|triton|pytorch_triton)[\w.]*-[^-]+\.dist-info")


def version_in(packages: Path) -> str | None:
    """The version of the torch in a folder of packages, without its +cpu; None where none is."""
    try:
        text = (packages / "torch" / "version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    match = re.search(r"__version__ = ['\"]([^'\"+]+)", text)
    return match.group(1) if match else None


def folder_with_torch(root: Path, folder: Path) -> Path | None:
    """The folder of packages of the running Python, if the pinned torch lies in it.

    Args:
        root: the checkout, whose constraints.txt names the version.
        folder: the virtual environment; a torch that lies inside it needs no borrowing.
    """
    for packages in map(Path, sys.path):
        # The first torch on the path is the one that would be imported.
        if version_in(packages):
            inside = folder.resolve() in packages.resolve().parents
            right = version_in(packages) == pinned_version(root)
            return packages.resolve() if right and not inside else None
    return None


def pinned_version(root: Path) -> str:
    """The version of torch in constraints.txt."""
    text = (root / "constraints.txt").read_text(encoding="utf-8")
    match = re.search(r"^torch==([\w.]+)", text, re.MULTILINE)
    return match.group(1) if match else ""


def announce(borrowed: Path, folder: Path) -> None:
    """Let pip believe that torch and its CUDA packages are installed, by their metadata.

    Every other package goes into .venv itself, even one that the borrowed folder has too, so that
    an upgrade over there changes nothing here.

    Args:
        borrowed: the folder of packages with torch.
        folder: the virtual environment, before pip installs into it.
    """
    # Without RECORD pip cannot remove files that are not here.
    for info in sorted(borrowed.iterdir()):
        if PARTS.fullmatch(info.name):
            target = site_packages(folder) / info.name
            shutil.copytree(info, target, ignore=shutil.ignore_patterns("RECORD"))


def link(folder: Path, borrowed: str | None) -> None:
    """Put the borrowed folder on the path of .venv, last: nothing there can hide a package of it.

    Args:
        folder: the virtual environment.
        borrowed: the folder of packages with torch; None takes it off the path again.
    """
    file = site_packages(folder) / "anatomy-torch.pth"
    if borrowed:
        file.write_text(borrowed + "\n", encoding="utf-8", newline="\n")
    else:
        file.unlink(missing_ok=True)


def site_packages(folder: Path) -> Path:
    """Where a virtual environment keeps its packages."""
    if os.name == "nt":
        return folder / "Lib" / "site-packages"
    return next((folder / "lib").glob("python3.*")) / "site-packages"
