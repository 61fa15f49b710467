"""The file of a conversation: it outlives the kernel, and no copy of the lab loses another's.

The file is written as a whole while no other program does. Two labs that go on with one file would
each forget what the other's said; so who finds that it has changed goes on in a file of another
name. Left out: what a conversation is (conversation.py). Taught in notebook 05, section "A chat".
"""

from __future__ import annotations

import contextlib
import itertools
import json
import uuid
from pathlib import Path

from course_utils import disk, workspace
from course_utils.inference import conversation as conversations
from course_utils.inference.conversation import Conversation

FOLDER = "chats"  # of the workspace
FILE = "chat.json"
VERSION = 1


class ChatHistory:
    """The file of one conversation, as one lab sees it.

    Args:
        name: of the file; another conversation has another one.
        folder: the workspace; the reader's when None.

    Attributes:
        name: of the file; changes where another lab has taken the first one.
        notice: what should be said: that the last thing could not be written, and for good that
            a file was put aside or another one is used; "" where nothing.

    Raises:
        ValueError: the name is no file name that ends with .json.
    """

    def __init__(self, name: str = FILE, folder: Path | None = None) -> None:
        if Path(name).name != name or not name.endswith(".json") or name.startswith("."):
            raise ValueError(
                f"history is {name!r}; use a file name that ends with .json, such as {FILE!r}, or "
                "None to keep nothing. It lies in the workspace."
            )
        self.name, self._folder = name, folder
        self._moved = self._refused = ""
        self._seen: str | None = None  # the mark of what this lab read or wrote last

    @property
    def notice(self) -> str:
        """See the class."""
        return " ".join(filter(None, (self._moved, self._refused)))

    @property
    def path(self) -> Path:
        """Where the file is."""
        return (self._folder or workspace.root()) / FOLDER / self.name

    def load(self) -> Conversation:
        """What the file holds; an empty conversation where there is none.

        A file that cannot be read is kept beside, with ".aside" behind its name, and `notice` says
        so.
        """
        self._moved = self._refused = ""
        try:
            kept, self._seen = self._read()
        except FileNotFoundError:
            kept, self._seen = Conversation(), None
        except OSError as error:
            kept, self._seen = Conversation(), None
            self._refused = f"{self.path} cannot be read ({disk.reason(error)})."
        except (ValueError, RecursionError) as error:
            kept, self._seen = Conversation(), None
            self._keep_aside(error)
        return kept

    def expect(self, kept: Conversation) -> None:
        """Go on with the file of a conversation that is in memory already, if it is this one.

        Where the file holds another one, `save` leaves it as it is and takes a file of its own.
        """
        there = self.load()
        if conversations.as_json(there) != conversations.as_json(kept):
            self._seen = None

    def save(self, kept: Conversation) -> None:
        """Write the conversation, whole or not at all; an empty one removes the file.

        Where another lab has written the file since, this conversation gets a file of its own, and
        `notice` says which. A disk that refuses is told in `notice` too, and the chat goes on.
        """
        self._refused = ""
        try:
            self._make_folder()
            with workspace.alone(self.path):
                if self._mark() != self._seen:
                    self._take_another_name()
                self._write(kept)
        except workspace.ArtifactError as error:
            self._refused = f"This conversation is not kept: {error}"

    def _write(self, kept: Conversation) -> None:
        if kept == Conversation():
            self._remove()
            return
        mark = uuid.uuid4().hex
        content = {"version": VERSION, "mark": mark, **conversations.as_json(kept)}
        workspace.put(self.path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        self._seen = mark

    def _remove(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise workspace.ArtifactError(
                f"{self.path} cannot be deleted ({disk.reason(error)}). "
                f"{disk.advice(error, 'delete it by hand')}."
            ) from error
        self._seen = None

    def _take_another_name(self) -> None:
        """A file that another lab goes on with stays as it is."""
        stem, other = self.path.stem, self.name
        names = (f"{stem}-{number}.json" for number in itertools.count(2))
        self.name = next(name for name in names if not self.path.with_name(name).exists())
        self._seen = None
        self._moved = (
            f"Another copy of this lab has gone on with {other}. Both are kept: this "
            f"conversation is now in {self.name}, and history={self.name!r} opens it again."
        )

    def _mark(self) -> str | None:
        """The mark of the file as it is now; None where there is none that could be lost."""
        try:
            return self._read()[1]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise workspace.ArtifactError(
                f"{self.path} cannot be read ({disk.reason(error)})."
            ) from error
        except (ValueError, RecursionError) as error:
            self._keep_aside(error)
            return self._seen

    def _read(self) -> tuple[Conversation, str]:
        content = json.loads(self.path.read_text(encoding="utf-8"))
        kept = conversations.parsed(content)
        if content.get("version") != VERSION or not isinstance(content.get("mark"), str):
            version = content.get("version")
            raise ValueError(f"it is of version {version!r}, and this course writes {VERSION}")
        return kept, content["mark"]

    def _keep_aside(self, error: Exception) -> None:
        wrong = "it is not JSON" if isinstance(error, workspace.UNREADABLE) else str(error)
        aside = "it stays where it is"
        with contextlib.suppress(OSError):
            aside = f"it is kept as {workspace.put_aside(self.path)}, and a new one begins"
        self._moved = f"{self.name} could not be read: {wrong}; {aside}."

    def _make_folder(self) -> None:
        workspace.open_root(self._folder)
        try:
            self.path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise workspace.ArtifactError(
                f"{self.path.parent} cannot be made ({disk.reason(error)}). "
                f"{disk.advice(error, 'set COURSE_WORKSPACE to another folder')}."
            ) from error
