"""What a folder holds, file by file, with a fingerprint of each; and whether it still does.

It knows no artifact by name and no workspace (workspace.py). Taught in notebook 02, where a first
artifact is loaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

FILE = "manifest.json"
PACKAGES = ("numpy", "torch", "tokenizers", "trafilatura")  # those that change what is made


class Mismatch(ValueError):
    """A folder is not what its manifest says; the text says in which file and how."""


def write(folder: Path, details: Mapping) -> None:
    """Write the manifest of all files in a folder.

    Args:
        folder: holds at least one file.
        details: what else to write down; must be JSON.

    Raises:
        Mismatch: the folder is empty.
    """
    # Every file by its path from the folder, in one order on every machine.
    files = {
        path.relative_to(folder).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    if not files:
        raise Mismatch("it would be empty: no file was written")
    # Beside the files, what made them: other versions may give other bytes.
    content = {**details, "files": files, "versions": versions()}
    # Sorted keys and one kind of line end: the same folder gives the same manifest everywhere.
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8", newline="\n")


def read(folder: Path) -> dict:
    """A folder's manifest, without a look at the files.

    Raises:
        Mismatch: the manifest is missing or cannot be read.
    """
    # Whatever is wrong with the file, the reader's problem is the same: the folder is not whole.
    try:
        manifest = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if not all({"bytes", "sha256"} <= set(entry) for entry in manifest["files"].values()):
            raise ValueError("a file without size or fingerprint")
        return manifest
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Mismatch(
            f"{folder / FILE} is missing or cannot be read ({type(error).__name__}), so the "
            f"folder may be half-written."
        ) from error


def verify(folder: Path) -> dict:
    """Read a folder's manifest and compare every file with it.

    Returns:
        The manifest.

    Raises:
        Mismatch: the manifest cannot be read, or a file is missing, cut short or edited.
    """
    manifest = read(folder)
    for relative, entry in manifest["files"].items():
        # A file may go, or be refused, between two looks at it.
        try:
            _compare(folder / relative, entry)
        except OSError as error:
            raise Mismatch(
                f"{folder / relative} cannot be read ({error.strerror or error})."
            ) from error
    return manifest


def _compare(file: Path, entry: Mapping) -> None:
    """Compare a file with what the manifest says of it; the cheap signs first."""
    if not file.is_file():
        raise Mismatch(f"{file} is missing: the manifest lists it.")
    size, size_now = entry["bytes"], file.stat().st_size
    if size_now != size:
        raise Mismatch(
            f"{file} has {size_now} bytes, expected {size}: it was cut short or edited."
        )
    if sha256(file) != entry["sha256"]:
        raise Mismatch(
            f"{file} has the right size and another content than when it was made: it was "
            f"edited or damaged."
        )


def digest(manifest: Mapping) -> str:
    """One fingerprint for a whole folder: of its files' names, sizes and fingerprints."""
    # Sorted, so that the order in which files were listed does not count.
    return hashlib.sha256(json.dumps(manifest["files"], sort_keys=True).encode()).hexdigest()


def sha256(path: Path) -> str:
    """A file's fingerprint, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Python's version, and that of each installed package that changes what is made."""
    installed = {"python": platform.python_version()}
    # A package that is not installed changed nothing, and is left out.
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            installed[package] = metadata.version(package)
    return installed
