"""Makes .venv and installs the pinned packages into it, once; only with the standard library.

It runs before anything is installed, so it imports nothing of the course. It checks no versions
later on (doctor does) and is taught in no notebook; README.md says how to call it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAMP = "anatomy-stamp.json"  # in .venv, written last: what was installed there
MARKER = "anatomy-made-here"  # in .venv, written first: this file made the folder
EXTRAS = {"test": {"test"}}  # command -> what it needs beyond the default


class InstallError(RuntimeError):
    """The packages could not be installed; the text says at what it failed and what to try."""


def chosen_folder() -> Path:
    """Where the virtual environment is: $COURSE_VENV, or .venv beside course.py."""
    chosen = os.environ.get("COURSE_VENV", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else ROOT / ".venv"


def ensure(folder: Path, command: str, torch_index: str | None = None, root: Path = ROOT) -> Path:
    """A virtual environment that has what a command needs; installs nothing when it is whole.

    Args:
        folder: the virtual environment.
        command: lab, run, test, doctor or reset; test needs more packages than the others.
        torch_index: the index that torch alone is installed from, or None for pip's own.
        root: the checkout, with pyproject.toml and constraints.txt.

    Returns:
        The path of its Python.

    Raises:
        InstallError: it could not be made; what was there before is there again.
    """
    # Nothing to do where the stamp says that all of it is there.
    stamp, pins = read_stamp(folder), pins_of(root)
    extras = EXTRAS.get(command, set()) | set(stamp.get("extras", []))
    same_pins = {key: stamp.get(key) for key in pins} == pins
    same_torch = torch_index in (None, stamp.get("torch_index"))
    if same_pins and same_torch and extras == set(stamp["extras"]):
        return python_of(folder)
    torch_index = torch_index or stamp.get("torch_index")
    print(f"Installing the course's packages into {folder} (once, some minutes) ...", flush=True)
    try:
        # Theirs is filled, ours is filled up or made again.
        theirs = _is_theirs(folder)
        if theirs or (same_pins and (same_torch or "torch" not in stamp)):
            _fill(folder, root, extras, torch_index, stamp)
        elif Path(sys.prefix).resolve() == folder.resolve():
            raise InstallError(
                f"This Python is the one of {folder}, which has to be made again. "
                "Type `deactivate`, then start again."
            )
        else:
            _make(folder, root, extras, torch_index)
    except OSError as error:
        raise InstallError(
            f"{folder} could not be made ({error.strerror or error}). Free some space, make the "
            "folder writable, or set COURSE_VENV to another one. Nothing half-made was left."
        ) from error
    return python_of(folder)


def pins_of(root: Path) -> dict[str, str]:
    """What has to be unchanged for a virtual environment to be good still: pins and place."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((root / name).read_bytes().replace(b"\r\n", b"\n"))
    return {"pins": digest.hexdigest(), "root": str(root)}


def read_stamp(folder: Path) -> dict:
    """What was installed; empty for a folder that was never finished or whose Python is gone."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        borrowed = stamp.get("torch")
        changed = borrowed and version_in(Path(borrowed)) != stamp["torch_version"]
        usable = isinstance(stamp["extras"], list) and python_of(folder).exists() and not changed
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}
    return stamp if usable else {}


def python_of(folder: Path) -> Path:
    """The Python of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _is_theirs(folder: Path) -> bool:
    """Whether a virtual environment is there that we did not make: it is filled, never removed."""
    if not folder.is_dir() or (folder / MARKER).exists() or not any(folder.iterdir()):
        return False
    if not python_of(folder).exists():
        raise InstallError(
            f"{folder} is there and is no virtual environment; nothing in it was touched. "
            "Move it away, or set COURSE_VENV to another folder."
        )
    return True


def _make(folder: Path, root: Path, extras: Iterable[str], torch_index: str | None) -> None:
    """Make a virtual environment from nothing; when that fails, what was there comes back."""
    old = folder.with_name(folder.name + ".old")
    if folder.exists() and not (folder / STAMP).exists():
        shutil.rmtree(folder)  # an interrupted one of ours, or an empty folder
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    try:
        folder.mkdir(parents=True)
        (folder / MARKER).touch()
        try:
            venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(folder)
        except subprocess.CalledProcessError as error:
            raise InstallError(
                "This Python cannot make virtual environments. On Debian and Ubuntu type "
                "`apt install python3-venv`; elsewhere take another Python."
            ) from error
        _fill(folder, root, extras, torch_index, {})
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _fill(
    folder: Path, root: Path, extras: Iterable[str], torch_index: str | None, before: dict
) -> None:
    """Install into a virtual environment and write the stamp, which makes it whole."""
    stamp = {**before, **pins_of(root), "extras": sorted(extras)}
    made_now = (folder / MARKER).exists() and not before
    # A torch that the running Python has is used only by a fresh environment.
    borrowed = folder_with_torch(root, folder) if made_now and not torch_index else None
    if borrowed:
        print(f"Using the torch {pinned_version(root)} in {borrowed}.", flush=True)
        announce(borrowed, folder)
        stamp |= {"torch": str(borrowed), "torch_version": pinned_version(root)}
    index: list[str] = []
    if torch_index:
        if before.get("torch_index") != torch_index:
            _install_torch(folder, root, torch_index)
        index, stamp["torch_index"] = ["--extra-index-url", torch_index], torch_index
    link(folder, None)  # so that pip sees only what .venv itself holds
    try:
        names = ",".join(sorted(extras))
        arguments = [*index, "-c", "constraints.txt", "-e", f".[{names}]" if names else "."]
        # PIP_CONSTRAINT reaches the packages that are built from source, which -c does not. The
        # path is relative because pip splits the variable at spaces.
        _pip(folder, root, arguments, {"PIP_CONSTRAINT": "constraints.txt"})
    finally:
        link(folder, stamp.get("torch"))
    text = json.dumps(stamp, indent=1, sort_keys=True) + "\n"
    (folder / STAMP).write_text(text, encoding="utf-8", newline="\n")


def _install_torch(folder: Path, root: Path, index: str) -> None:
    """Install torch alone from an index, even where pip's own settings name other sources."""
    only = {"PIP_EXTRA_INDEX_URL": index, "PIP_FIND_LINKS": "."}
    arguments = ["--no-deps", "--force-reinstall", "--index-url", index]
    _pip(folder, root, [*arguments, f"torch=={pinned_version(root)}"], only)


def _pip(folder: Path, root: Path, arguments: list[str], settings: dict[str, str]) -> None:
    """Run `pip install`, showing what it is at on a terminal."""
    command = [str(python_of(folder)), "-m", "pip", "install", "--disable-pip-version-check"]
    output, live = [], sys.stdout.isatty()
    with subprocess.Popen(
        [*command, *arguments],
        cwd=root,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as running:
        # Its output is kept for the explanation; a terminal sees what it is at.
        try:
            for line in running.stdout or ():
                output.append(line.rstrip())
                if live and line.split(" ")[0] in ("Collecting", "Downloading", "Installing"):
                    print(f"\r  {line.strip()[:76]:<76}", end="", flush=True)
        except BaseException:
            running.terminate()
            raise
    if live:
        print(f"\r{'':79}\r", end="", flush=True)
    if running.returncode:
        raise InstallError(explain("\n".join(output)))


def explain(output: str) -> str:
    """What pip said last, and what to try.

    Args:
        output: everything that pip printed.
    """
    tries = "check the network (HTTPS_PROXY names a proxy), then start again."
    if "No space left" in output or "not enough space" in output.lower():
        tries = "free some disk: 2 GB are needed, 8 GB with torch's CUDA packages."
    elif "Read-only file system" in output or "Permission denied" in output:
        tries = "copy the course to a folder that can be written, or set COURSE_VENV."
    elif "No matching distribution found for torch" in output:
        tries = "check the network; and that index may have no such torch for this system."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # Without a network pip ends by speaking of conflicts; the cause stands further up.
    cause = [line for line in lines[:-8] if "Retrying" in line or "ProxyError" in line][:1]
    last = "\n    ".join(cause + lines[-8:])
    return (
        "The packages could not be installed, and nothing half-made was left.\n"
        f"pip said last:\n    {last}\nWhat to try: {tries}"
    )


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
