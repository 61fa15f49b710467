"""The file of a reader's labels: each is written at once, and none is lost.

The file is read, changed and replaced as a whole while no other program does, so a kernel that
dies leaves a whole file, and two labs on one file keep the labels of both. Left out: what a label
is (labels.py), and the files of other programs (preference_files.py). Taught in
notebook 04, section "Which reply is better?".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from course_utils import disk, workspace
from course_utils.finetuning_rlhf.labels import Label, as_messages, as_turns, brief

FOLDER = "preferences"  # of the workspace
FILE = "labels.jsonl"
FIELDS = ("prompt", "left", "right", "choice", "source")


class LabelStore:
    """The file of a reader's labels: JSON Lines, one label a line, in the order they were given.

    Args:
        name: of the file; another reader has another one.
        folder: the workspace; the reader's when None.

    Attributes:
        notice: what was wrong with the file when it was last read; "" where nothing was.

    Raises:
        ValueError: the name is no file name that ends with .jsonl.
    """

    def __init__(self, name: str = FILE, folder: Path | None = None) -> None:
        if Path(name).name != name or not name.endswith(".jsonl") or name.startswith("."):
            raise ValueError(
                f"file is {name!r}; use a file name that ends with .jsonl, such as {FILE!r}. "
                "It lies in the workspace."
            )
        self.name, self._folder, self.notice = name, folder, ""

    @property
    def path(self) -> Path:
        """Where the file is."""
        return (self._folder or workspace.root()) / FOLDER / self.name

    def load(self) -> list[Label]:
        """All labels of the file, the oldest first; none where there is no file.

        A line that cannot be read is told in `notice`: the whole file is kept beside with
        ".aside" behind its name, and the other lines go on.

        Raises:
            workspace.ArtifactError: the file is there and the disk does not give it.
        """
        found, wrong = self._read()
        if wrong:
            return self._change(lambda labels: labels)
        self.notice = ""
        return found

    def add(self, *labels: Label) -> list[Label]:
        """Write labels behind those that are there; returns all.

        Raises:
            workspace.ArtifactError: the workspace cannot be written; no label is lost.
        """
        return self._change(lambda before: [*before, *labels])

    def take_back(self, taken: Label) -> list[Label]:
        """Remove the newest label that is equal to this one, if there is one; returns the rest.

        Raises:
            workspace.ArtifactError: the workspace cannot be written; no label is lost.
        """

        def without(before: list[Label]) -> list[Label]:
            places = [at for at, one in enumerate(before) if one == taken]
            return [one for at, one in enumerate(before) if at != max(places, default=-1)]

        return self._change(without)

    def make_folder(self) -> None:
        """Make the folder of the file where it is missing.

        Raises:
            workspace.ArtifactError: it cannot be made.
        """
        workspace.open_root(self._folder)
        try:
            self.path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise workspace.ArtifactError(_refused(self.path.parent, "made", error)) from error

    def _change(self, change: Callable[[list[Label]], list[Label]]) -> list[Label]:
        """Read, change and write the file while no other program does."""
        self.make_folder()
        self.notice = ""
        with workspace.alone(self.path):
            before, wrong = self._read()
            if wrong:
                self._keep_aside(wrong, len(before))
            after = change(before)
            if after != before or wrong:
                lines = (json.dumps(as_json(one)) for one in after)
                workspace.put(self.path, "".join(f"{line}\n" for line in lines))
        return after

    def _keep_aside(self, wrong: str, rest: int) -> None:
        try:
            aside = workspace.put_aside(self.path)
        except OSError as error:
            raise workspace.ArtifactError(_refused(self.path, "renamed", error)) from error
        self.notice = (
            f"{self.name} could not be read whole: {wrong}. It is kept as {aside}, and the "
            f"{rest} labels that could be read go on."
        )

    def _read(self) -> tuple[list[Label], str]:
        """The labels that can be read, and what is wrong with the first line that cannot."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return [], ""
        except UnicodeDecodeError:
            return [], "it is no UTF-8 text"
        except OSError as error:
            # taken for an empty file it would be replaced by the next label alone
            raise workspace.ArtifactError(_refused(self.path, "read", error)) from error
        found, wrong = [], ""
        for number, line in json_lines(text):
            try:
                found.append(_parsed(json.loads(line)))
            except (ValueError, RecursionError) as error:
                broken = isinstance(error, workspace.UNREADABLE)
                wrong = wrong or f"line {number} {'is not JSON' if broken else f'says: {error}'}"
        return found, wrong


def json_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number from 1, line) of the lines that are not blank.

    Only a line feed ends a line: other signs that Python counts as line ends may stand in a text.
    """
    lines = enumerate(text.removeprefix("\ufeff").split("\n"), 1)
    return ((number, line) for number, line in lines if line.strip())


def as_json(one: Label) -> dict[str, object]:
    """A label as it stands in the file."""
    return {
        "prompt": as_messages(one.turns),
        "left": one.left,
        "right": one.right,
        "choice": one.choice,
        "source": one.source,
    }


def _parsed(entry: object) -> Label:
    """The label of a line's JSON; a ValueError says what is wrong with it."""
    if not isinstance(entry, dict) or set(entry) != set(FIELDS):
        fields = ", ".join(map(str, entry)) if isinstance(entry, dict) else brief(entry)
        raise ValueError(f"it has {fields}, and a label has {', '.join(FIELDS)}")
    if not all(isinstance(entry[name], str) for name in FIELDS[1:]):
        raise ValueError("left, right, choice and source have to be texts")
    return Label(as_turns(entry["prompt"]), *(entry[name] for name in FIELDS[1:]))


def _refused(path: Path, what: str, error: OSError) -> str:
    todo = disk.advice(error, "set COURSE_WORKSPACE to another folder")
    return f"{path} cannot be {what} ({disk.reason(error)}). {todo}; no label is lost."
