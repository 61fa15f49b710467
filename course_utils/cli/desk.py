"""The reader's desk: working copies of the notebooks, of which no changed one is overwritten.

A copy begins as the course's notebook without outputs; the outputs lie beside it, read-only, in a
folder of their own. What was handed out is remembered as a hash of the sources, so a copy that was
only run counts as unchanged. Leaves out JupyterLab (lab.py). Taught in no notebook.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from course_utils import disk, workspace
from course_utils.cli import run

FOLDER, WITH_OUTPUTS, STATE = "notebooks", "with_outputs", ".handed_out.json"
# Pages that the notebooks link to; they lie beside the copies, so that JupyterLab can open them.
DOCS, PAGES = "docs", ("glossary.md", "mathematics.md")
CHECKPOINTS, CHECKPOINT = ".ipynb_checkpoints", "-checkpoint.ipynb"  # JupyterLab's backups
CELL_ID = "your-copy"
CELL = (
    "*This is your own copy: run it, change it, break it. "
    "[The same notebook with its outputs]({link}) is one click away; look there after you have "
    "made your prediction.*"
)


class NotANotebook(ValueError):
    """A file has not the shape of a notebook; the text says in what."""


class HandedOut:
    """What the desk got from the course: the sources' hash by the file's path from the desk.

    Args:
        folder: the desk.

    Attributes:
        damaged: whether the file was there and could not be read, so that nothing is known.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / STATE
        self._hashes, self.damaged = {}, False
        with contextlib.suppress(FileNotFoundError):
            try:
                known = json.loads(self._path.read_text(encoding="utf-8"))
                self._hashes = {str(name): str(known[name]) for name in dict(known)}
            except (ValueError, TypeError, RecursionError):
                self.damaged = True

    def names(self) -> list[str]:
        """All names under which something was handed out."""
        return sorted(self._hashes)

    def get(self, name: str) -> str | None:
        """The hash of what was handed out under a name; None when nothing was."""
        return self._hashes.get(name)

    def note(self, name: str, sources: str) -> None:
        """Remember what was handed out, at once: what comes next may fail."""
        if self._hashes.get(name) != sources:
            self._hashes[name] = sources
            self._save()

    def forget(self, names: Iterable[str]) -> None:
        """Forget some names; with the last one the file goes too."""
        self._hashes = {name: self._hashes[name] for name in set(self._hashes) - set(names)}
        if self._hashes:
            self._save()
        else:
            self._path.unlink(missing_ok=True)

    def _save(self) -> None:
        text = json.dumps(self._hashes, indent=1, sort_keys=True) + "\n"
        workspace.put(self._path, text)


def lay_out(root: Path) -> list[str]:
    """Bring the desk up to the course's notebooks; what the reader has changed stays as it is.

    Args:
        root: the workspace, which is there; nobody else may be laying it out meanwhile.

    Returns:
        Sentences on what the reader should know; none when there is nothing new.

    Raises:
        ArtifactError: the disk is full or read-only; no copy is lost.
    """
    folder = root / FOLDER
    if folder.exists() and not folder.is_dir():
        raise workspace.ArtifactError(
            f"{folder} is a file, and your copies of the notebooks need a folder of that name. "
            "Move it away, or set COURSE_WORKSPACE to another folder."
        )
    for name in (WITH_OUTPUTS, DOCS):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        page = (run.ROOT / DOCS / name).read_text(encoding="utf-8")
        workspace.put(folder / DOCS / name, page)
    handed_out, said = HandedOut(folder), []
    if handed_out.damaged:
        said.append(
            f"{folder / STATE} was edited or damaged, so what was handed out to you is not known: "
            "each copy that differs from the course's notebook counts as changed by you."
        )
    for original in run.notebooks():
        try:
            text = original.read_text(encoding="utf-8")
            fresh = fresh_copy(text, original.name)
        except ValueError as error:
            said.append(
                f"{original} is no notebook any more ({error}). Bring it back with `git checkout` "
                "or get the course again; your copy stays as it is."
            )
            continue
        said += _with_outputs(text, folder, original.name, handed_out)
        said += _working_copy(fresh, folder, original.name, handed_out)
    return said


def fresh_copy(text: str, name: str) -> str:
    """A notebook without outputs and counts, and with a link to the one that has them.

    Args:
        text: the course's notebook.
        name: of its file.

    Raises:
        NotANotebook: it is none.
    """
    sources_hash(text)  # refuses what has not the shape
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        else:
            # The pages lie in a folder beside the copies.
            lines = cell["source"]
            lines = lines.splitlines(keepends=True) if isinstance(lines, str) else lines
            cell["source"] = [line.replace(f"](../{DOCS}/", f"]({DOCS}/") for line in lines]
    # Below the title and above the strip.
    source = CELL.format(link=f"{WITH_OUTPUTS}/{name}")
    cell = {"cell_type": "markdown", "id": CELL_ID, "metadata": {}, "source": [source]}
    notebook["cells"].insert(1, cell)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def sources_hash(text: str) -> str:
    """A hash of what a reader types: the cells' sources, ids and types, and nothing else.

    Running a notebook changes its outputs and counts, opening it its metadata; both leave this.

    Raises:
        NotANotebook: the text is no notebook.
    """
    try:
        cells = [
            (cell.get("id"), cell["cell_type"], "".join(cell["source"]))
            for cell in json.loads(text)["cells"]
        ]
    except json.JSONDecodeError as error:
        raise NotANotebook(f"not JSON: {error}") from None
    except (AttributeError, KeyError, TypeError, RecursionError):
        raise NotANotebook("JSON, but without a notebook's cells") from None
    return hashlib.sha256(json.dumps(cells).encode("ascii")).hexdigest()


def is_changed(path: Path, root: Path) -> bool:
    """Whether the sources of a file on the desk are others than those handed out; None known: yes.

    Args:
        path: the file, which is there.
        root: the workspace.
    """
    folder = root / FOLDER
    now = _hash_of(path)
    return now is None or now != HandedOut(folder).get(path.relative_to(folder).as_posix())


def renew(name: str, root: Path) -> None:
    """Put a fresh copy in the place of one, changed or not; an unchanged newer one beside it goes.

    Args:
        name: of one of the course's notebooks, "03_pretraining.ipynb".
        root: the workspace.

    Raises:
        ArtifactError: the course's notebook is none any more, or the disk is full or read-only.
    """
    original, folder = run.ROOT / "notebooks" / name, root / FOLDER
    try:
        fresh = fresh_copy(original.read_text(encoding="utf-8"), name)
    except ValueError as error:
        raise workspace.ArtifactError(
            f"{original} is no notebook any more ({error}); your copy stays as it is."
        ) from error
    handed_out = HandedOut(folder)
    workspace.put(folder / name, fresh)
    handed_out.note(name, sources_hash(fresh))
    _drop_newer(folder / name, handed_out)


def parted(root: Path) -> tuple[list[Path], list[Path]]:
    """The desk's files that may go, and those that stay: what the reader has changed or added."""
    folder = root / FOLDER
    goes, stays, backups = [], [], []
    for path in sorted(folder.rglob("*") if folder.is_dir() else []):
        if (path.is_dir() and not path.is_symlink()) or path == folder / STATE:
            continue
        if path.parent.name == CHECKPOINTS:
            backups.append(path)
        elif (
            path.name.endswith((".ipynb.new", STATE + ".new"))
            or (path.suffix == ".ipynb" and not is_changed(path, root))
            or (path.parent == folder / DOCS and path.name in PAGES)
        ):
            goes.append(path)
        else:
            stays.append(path)
    # A backup goes with what it is of, and is not named beside it.
    goes += [
        path
        for path in backups
        if path.parents[1] / path.name.replace(CHECKPOINT, ".ipynb") in goes
    ]
    return goes, stays


def delete(goes: list[Path], root: Path) -> None:
    """Delete files of the desk, what is remembered of them, and folders that are empty then."""
    folder = root / FOLDER
    for path in goes:
        _make_writable(path)
        path.unlink()
    if folder.is_dir():
        handed_out = HandedOut(folder)
        handed_out.forget([name for name in handed_out.names() if not _is_there(folder / name)])
    own = (folder / WITH_OUTPUTS, folder / DOCS, folder)
    for path in (*folder.glob(f"**/{CHECKPOINTS}"), *own):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def _with_outputs(text: str, folder: Path, name: str, handed_out: HandedOut) -> list[str]:
    """Lay the course's notebook beside the copies as it is; one that was edited there is kept."""
    path, key, said = folder / WITH_OUTPUTS / name, f"{WITH_OUTPUTS}/{name}", []
    newest, now = sources_hash(text), _hash_of(path)
    if not path.is_file() or _text(path) != text:
        # Whoever may write everywhere is not kept from it by the mark "read-only".
        if _is_there(path) and (now is None or now not in (newest, handed_out.get(key))):
            kept = _set_aside(path)
            said.append(f"{path} was edited; it is kept as {kept.name}, and the course's is back.")
        _make_writable(path)
        workspace.put(path, text)
        path.chmod(stat.S_IREAD | stat.S_IRGRP | stat.S_IROTH)
    handed_out.note(key, newest)
    return said


def _working_copy(fresh: str, folder: Path, name: str, handed_out: HandedOut) -> list[str]:
    """Make or renew one copy, or lay the newer one beside it; what the reader should know."""
    path, newest, said = folder / name, sources_hash(fresh), []
    now = _hash_of(path)
    if _is_there(path) and now is None:
        kept = _set_aside(path)
        said.append(
            f"{name} could not be read as a notebook: it is kept as {kept.name}, and a fresh "
            "copy stands in its place."
        )
    if not _is_there(path):
        workspace.put(path, fresh)
    elif now != newest and now == handed_out.get(name):
        workspace.put(path, fresh)
        said.append(f"{name} was renewed: the course's is newer, and you had not changed yours.")
    elif now != newest:
        # The reader's own; the course's may have moved on from what they began with.
        if handed_out.get(name) != newest:
            return said + _newer_beside(path, fresh, handed_out)
    handed_out.note(name, newest)
    _drop_newer(path, handed_out)
    return said


def _newer_beside(path: Path, fresh: str, handed_out: HandedOut) -> list[str]:
    """Lay the course's newer notebook beside a changed copy, once; that is all to be known."""
    newest = sources_hash(fresh)
    for beside in _names(path, "new"):
        known, now = handed_out.get(beside.name), _hash_of(beside)
        if not _is_there(beside):
            if known == newest:
                return []  # the reader has had it, and put it away
            workspace.put(beside, fresh)
        elif now == known and now != newest:
            workspace.put(beside, fresh)
        elif now != newest:
            continue  # the reader has worked in this one too
        handed_out.note(beside.name, newest)
        break
    return [f"{path.name} stays as you changed it; the course's newer one is {beside.name}."]


def _drop_newer(path: Path, handed_out: HandedOut) -> None:
    """Take away what lay beside a copy that is the newest itself, where nobody changed it."""
    for beside in _names(path, "new"):
        if not _is_there(beside):
            break
        if _hash_of(beside) == handed_out.get(beside.name):
            beside.unlink()
            handed_out.forget([beside.name])


def _set_aside(path: Path) -> Path:
    """Give a file another name, so that nothing of it is lost; the new path."""
    kept = next(free for free in _names(path, "kept") if not _is_there(free))
    disk.rename(path, kept)
    return kept


def _names(path: Path, word: str) -> Iterator[Path]:
    """03.new.ipynb, 03.new-2.ipynb and so on."""
    for number in itertools.count(1):
        yield path.with_name(f"{path.stem}.{word}{f'-{number}' if number > 1 else ''}.ipynb")


def _is_there(path: Path) -> bool:
    """Whether a name is taken; by a link that leads nowhere too."""
    return path.exists() or path.is_symlink()


def _text(path: Path) -> str:
    """A file's text; what is no UTF-8 in it is replaced, and so no text of ours."""
    return path.read_text(encoding="utf-8", errors="replace")


def _hash_of(path: Path) -> str | None:
    """The hash of a file's sources; None when it is no notebook, or not there."""
    try:
        return sources_hash(path.read_text(encoding="utf-8")) if path.is_file() else None
    except ValueError:
        return None


def _make_writable(path: Path) -> None:
    """Take the mark "read-only" from a file: on Windows it could not be replaced or deleted."""
    if path.is_file() and not path.is_symlink():
        path.chmod(path.stat().st_mode | stat.S_IWRITE)
