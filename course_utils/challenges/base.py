"""What a challenge is, how its check is told to the reader, and which ones are done.

It is a registry of plug-ins: `listed` imports each stage's `exercises/challenges.py` by name, when
it is asked, and takes its CHALLENGES. So this room knows every stage's challenges and imports no
stage when it is loaded, for the stages import it. A new stage adds a line to NOTEBOOKS and that
file.
It holds no challenge itself and gives no grade; compare.py runs the reader's function. A check
never raises, so "Run All" goes on past an unfinished challenge (only the stop button passes
through); its words are the same on every machine.
What is done is noted with a hash of the answer. Each time that a check cell runs the verdict is
found anew, so an answer that was right and is no longer is not done any more; the empty function
that a notebook begins with is no answer and changes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils import workspace
from course_utils.challenges.compare import Check, NotDoneError, cut, short_repr

NOTEBOOKS: Mapping[str, str] = {  # the first part of an id -> the notebook that it stands in
    "collection": "01_data_collection",
    "tokenization": "02_tokenization",
    "pretraining": "03_pretraining",
    "finetuning": "04_finetuning_rlhf",
    "inference": "05_inference",
}
FILE = "challenges.json"


@dataclass(frozen=True)
class Challenge:
    """One exercise.

    Attributes:
        id: "stage.name"; it never changes, because notebooks and grades refer to it.
        title: what to write, in a few words.
        difficulty: 1 (a line or two) to 3 (needs thought).
        minutes: how long it takes a reader who is new to it.
        hint: one sentence that helps without giving the answer.
        check: takes the reader's function; returns None when it is right, else what is wrong.
    """

    id: str
    title: str
    difficulty: int
    minutes: int
    hint: str
    check: Check

    @property
    def notebook(self) -> str:
        """The notebook that it stands in, such as "02_tokenization"."""
        return NOTEBOOKS[self.id.split(".")[0]]


def check(challenge_id: str, function: Callable) -> None:
    """Check a reader's function and print one or two lines; only the stop button interrupts it.

    Args:
        challenge_id: such as "tokenization.merge".
        function: what the reader wrote.
    """
    # A name that is none is a message too.
    try:
        challenge = find(challenge_id)
    except KeyError as error:
        print(error.args[0])
        return
    try:
        if not callable(function):
            problem = f"this is {short_repr(function)}, not a function. Give its name without ()."
        else:
            problem = challenge.check(function)
    except NotDoneError:
        print(
            f"{challenge.id}: not done yet. {challenge.title} "
            f"(about {challenge.minutes} minutes).\nHint: {challenge.hint}"
        )
        return
    except Exception as error:
        problem = f"the answer could not be compared ({type(error).__name__}: {cut(str(error))})."
    # Told in one or two lines, and the verdict is noted.
    if problem:
        print(f"{challenge.id}: not right yet. {problem}\nHint: {challenge.hint}")
    else:
        print(f"{challenge.id}: done. {challenge.title}.")
    _note(challenge.id, not problem, _hash_of(function))


def find(challenge_id: str) -> Challenge:
    """The challenge of this id.

    Raises:
        KeyError: there is none; the text lists those that there are.
    """
    for challenge in listed():
        if challenge.id == challenge_id:
            return challenge
    names = ", ".join(challenge.id for challenge in listed())
    raise KeyError(f"There is no challenge {short_repr(challenge_id)}; there are: {names}.")


def listed(stage: str | None = None) -> tuple[Challenge, ...]:
    """All challenges in the order of the notebooks, or those of one stage."""
    # The folder of a stage is its notebook's name without the number.
    modules = [
        importlib.import_module(f"course_utils.{notebook[3:]}.exercises.challenges")
        for name, notebook in NOTEBOOKS.items()
        if stage in (None, name)
    ]
    return tuple(challenge for module in modules for challenge in module.CHALLENGES)


@dataclass(frozen=True)
class Noted:
    """What is written down of the challenges: id -> the hash of the answer, "" where unknown.

    Attributes:
        done: those whose last answer was right.
        broken: those that were done, and whose last answer was not right any more.
    """

    done: Mapping[str, str]
    broken: Mapping[str, str]


def noted(folder: Path | None = None) -> Noted:
    """What is written down in a workspace; nothing where no file is, or none that can be read."""
    return workspace.read((folder or workspace.root()) / FILE, _parsed) or Noted({}, {})


def done() -> tuple[str, ...]:
    """The ids of the challenges that the reader has done, sorted; none where no file is."""
    return tuple(sorted({challenge.id for challenge in listed()}.intersection(noted().done)))


def _parsed(content: object) -> Noted:
    """What a file says; before answers had hashes it was a list of ids.

    Raises:
        ValueError: it is no such file.
    """
    if not isinstance(content, dict) or "done" not in content:
        raise ValueError("it is no list of challenges")
    parts = []
    for name in ("done", "broken"):
        part = content.get(name, {})
        ids = dict.fromkeys(part, "") if isinstance(part, list) and _texts(part) else part
        if not isinstance(ids, dict) or not _texts([*ids, *ids.values()]):
            raise ValueError(f"what it says of {name!r} is no list of challenges")
        parts.append(ids)
    return Noted(*parts)


def _texts(entries: list) -> bool:
    return all(isinstance(entry, str) for entry in entries)


def _hash_of(function: object) -> str:
    """The SHA-256 of an answer's source; "" where Python does not know it."""
    with contextlib.suppress(Exception):  # a check never raises
        return hashlib.sha256(inspect.getsource(function).encode("utf-8")).hexdigest()
    return ""


def _note(challenge_id: str, right: bool, answer: str) -> None:
    """Write down a verdict; a full disk costs the note, not the notebook."""
    try:
        # What was never right is no news.
        if not right and challenge_id not in noted().done:
            return
        # Written beside the old note and put in its place, so that a note is never half; what
        # another notebook notes at this moment is kept too.
        path = workspace.open_root() / FILE
        with workspace.alone(path):
            before = noted()
            parts = {"done": dict(before.done), "broken": dict(before.broken)}
            for part in parts.values():
                part.pop(challenge_id, None)
            parts["done" if right else "broken"][challenge_id] = answer
            workspace.put(path, json.dumps(parts, indent=1, sort_keys=True) + "\n")
    except workspace.ArtifactError:
        print("(It could not be written down: the workspace cannot be written.)")
