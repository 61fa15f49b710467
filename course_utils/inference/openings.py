"""What the chat does well and badly, chosen by rule: the first success and failure of each kind.

The openings and their rules stand in openings.toml, and were written before any reply was seen.
Left out: shares with their uncertainty, for which a kind has too few openings (the exam has more).
Taught in notebook 05, section "A chat".
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_utils.inference.chat import Chat
from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig

FILE = Path(__file__).with_suffix(".toml")
FIELDS = {"says", "needs", "never", "sentences"}
NOTHING = "(nothing)"
WIDTH = 94  # characters of a line


@dataclass(frozen=True)
class Opening:
    """How a conversation begins, and what a right reply to its last message holds.

    Attributes:
        kind: what it tries.
        says: the user's messages.
        needs: of each of these groups of words at least one stands in the reply.
        never: none of these does.
        sentences: how many the reply has at least.
    """

    kind: str
    says: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    never: tuple[str, ...] = ()
    sentences: int = 1

    def is_right(self, reply: str) -> bool:
        """Whether a reply to the last message keeps the rule."""
        long_enough = len(re.findall(r"[.!?](?:\s|$)", reply)) >= self.sentences
        holds = all(any(_says(reply, word) for word in group) for group in self.needs)
        return long_enough and holds and not any(_says(reply, word) for word in self.never)


@dataclass(frozen=True)
class Answered:
    """An opening with the model's replies to each of its messages."""

    opening: Opening
    replies: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the last reply keeps the opening's rule."""
        return self.opening.is_right(self.replies[-1])

    @property
    def in_words(self) -> str:
        """The last message with its reply, on one line."""
        return f"{self.opening.says[-1]} -> {' '.join(self.replies[-1].split()) or NOTHING}"


@dataclass(frozen=True)
class Shown:
    """What stands for a kind: how many were right, and the first that was, and the first not."""

    kind: str
    right: int
    asked: int
    success: Answered | None
    failure: Answered | None

    def __str__(self) -> str:
        """Three lines: the count, the first success, the first failure."""
        firsts = (one.in_words if one else "none" for one in (self.success, self.failure))
        good, bad = (textwrap.shorten(words, WIDTH, placeholder=" ...") for words in firsts)
        return f"{self.kind}: {self.right} of {self.asked}\n    + {good}\n    - {bad}"


def openings(file: Path = FILE) -> list[Opening]:
    """The openings, in the order of the file.

    Raises:
        ValueError: an entry says nothing, needs nothing, or has a field that there is not.
    """
    found = []
    for kind, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
        for entry in entries:
            if not entry.get("says") or not entry.get("needs") or set(entry) - FIELDS:
                raise ValueError(
                    f"An opening of {kind!r} in {file.name} is {entry!r}; it has to say and need "
                    f"something, and may have {', '.join(sorted(FIELDS))}."
                )
            needs = tuple(tuple(group) for group in entry["needs"])
            rest = (tuple(entry.get("never", ())), entry.get("sentences", 1))
            found.append(Opening(kind, tuple(entry["says"]), needs, *rest))
    return found


def answer(engine: Engine, asked: Iterable[Opening], config: SamplingConfig) -> list[Answered]:
    """Holds all the conversations, one message of each at a time, side by side.

    Args:
        engine: the model's.
        asked: what is said.
        config: how replies are written.
    """
    asked = list(asked)
    chats = [Chat(engine, config) for _ in asked]
    for number in range(max((len(one.says) for one in asked), default=0)):
        rows = [row for row, one in enumerate(asked) if number < len(one.says)]
        prompts = [chats[row].prompt_ids(asked[row].says[number]) for row in rows]
        written = engine.complete(prompts, config, row_seeds=rows)
        for row, completion in zip(rows, written, strict=True):
            # A reply of no words is none to a conversation, and the next message needs one.
            said = asked[row].says[number]
            reply = completion.text.strip() or NOTHING
            chats[row].turns += [("user", said), ("assistant", reply)]
    return [
        Answered(one, tuple(text for _, text in chat.turns[1::2]))
        for one, chat in zip(asked, chats, strict=True)
    ]


def first_of_each(answered: Iterable[Answered]) -> list[Shown]:
    """Of each kind how many were right, the first that was and the first that was not."""
    kinds: dict[str, list[Answered]] = {}
    for one in answered:
        kinds.setdefault(one.opening.kind, []).append(one)
    shown = []
    for kind, members in kinds.items():
        right = [one for one in members if one.is_right]
        wrong = [one for one in members if not one.is_right]
        firsts = (next(iter(right), None), next(iter(wrong), None))
        shown.append(Shown(kind, len(right), len(members), *firsts))
    return shown


def _says(reply: str, word: str) -> bool:
    """Whether a word, or several, stand in a reply as they are and not within others."""
    return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", reply, re.IGNORECASE))
