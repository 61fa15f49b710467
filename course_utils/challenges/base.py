"""How a challenge is checked: run the reader's function and say where it first disagrees.

It holds no challenge itself (one file a stage does) and it gives no grade. A check never raises,
so "Run All" goes on past an unfinished challenge; its words are the same on every machine.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from course_utils import workspace

STAGES = ("collection", "tokenization", "pretraining", "finetuning", "inference")
FILE = "challenges.json"
LONGEST_SHOWN = 200


class NotDoneError(Exception):
    """The reader's function is still the empty one that the notebook begins with."""


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
    check: Callable[[Callable], str | None]


def compare(
    reference: Callable,
    cases: Callable[[], Iterable[tuple]],
    same: Callable[[object, object], str | None],
) -> Callable[[Callable], str | None]:
    """A check that runs both functions on each case, in order, up to the first disagreement.

    Args:
        reference: the right function.
        cases: gives the arguments of each call; the same ones each time.
        same: takes (answer, right answer); None when they agree, else in what they differ.

    Returns:
        The check for a Challenge.
    """

    def check_all(function: Callable) -> str | None:
        for number, case in enumerate(cases()):
            expected = reference(*copy.deepcopy(case))
            given = copy.deepcopy(case)
            call = f"{getattr(function, '__name__', 'your function')}({_short(case)})"
            try:
                answer = function(*given)
            except NotImplementedError as error:
                raise NotDoneError from error
            except (Exception, SystemExit) as error:
                return f"{call} raised {type(error).__name__}: {_cut(str(error))}"
            if answer is None and expected is not None:
                if number == 0:
                    raise NotDoneError
                return f"{call} gave None; expected {_cut(repr(expected))}. Is a `return` missing?"
            problem = same(answer, expected)
            if problem:
                return (
                    f"{call} gave {_cut(repr(answer))}; expected {_cut(repr(expected))}. {problem}"
                )
            if not _unchanged(given, case):
                return f"{call} changed the values that it was given. Make a copy and change that."
        return None

    return check_all


def check(challenge_id: str, function: Callable) -> None:
    """Check a reader's function and print one or two lines; never raises.

    Args:
        challenge_id: such as "tokenization.merge".
        function: what the reader wrote.
    """
    try:
        challenge = find(challenge_id)
    except KeyError as error:
        print(error.args[0])
        return
    try:
        if not callable(function):
            problem = f"this is {_cut(repr(function))}, not a function. Give its name without ()."
        else:
            problem = challenge.check(function)
    except NotDoneError:
        print(
            f"{challenge.id}: not done yet. {challenge.title} "
            f"(about {challenge.minutes} minutes).\nHint: {challenge.hint}"
        )
        return
    except Exception as error:
        problem = f"the answer could not be compared ({type(error).__name__}: {_cut(str(error))})."
    if problem:
        print(f"{challenge.id}: not right yet. {problem}\nHint: {challenge.hint}")
    else:
        print(f"{challenge.id}: done. {challenge.title}.")
        _note(challenge.id)


def find(challenge_id: str) -> Challenge:
    """The challenge of this id.

    Raises:
        KeyError: there is none; the text lists those that there are.
    """
    for challenge in listed():
        if challenge.id == challenge_id:
            return challenge
    names = ", ".join(challenge.id for challenge in listed())
    raise KeyError(f"There is no challenge {challenge_id!r}; there are: {names}.")


def listed(stage: str | None = None) -> tuple[Challenge, ...]:
    """All challenges in the order of the notebooks, or those of one stage."""
    modules = [
        importlib.import_module(f"course_utils.challenges.{name}")
        for name in STAGES
        if stage in (None, name)
    ]
    return tuple(challenge for module in modules for challenge in module.CHALLENGES)


def done() -> tuple[str, ...]:
    """The ids of the challenges that the reader has done, sorted; none where no file is."""
    path = workspace.root() / FILE
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))["done"]
        known = {challenge.id for challenge in listed()}
        return tuple(sorted(known.intersection(str(one) for one in noted)))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _note(challenge_id: str) -> None:
    """Write down that a challenge is done; a full disk costs the note, not the notebook."""
    try:
        path = workspace.open_root() / FILE
        text = json.dumps({"done": sorted({*done(), challenge_id})}, indent=1) + "\n"
        new = path.with_name(FILE + ".new")
        new.write_text(text, encoding="utf-8", newline="\n")
        os.replace(new, path)
    except (OSError, workspace.ArtifactError):
        print("(It could not be written down: the workspace cannot be written.)")


def _unchanged(given: tuple, case: tuple) -> bool:
    """Whether the function left its arguments alone; lists and dicts can be changed by mistake."""
    return all(repr(mine) == repr(original) for mine, original in zip(given, case, strict=True))


def _short(case: tuple) -> str:
    return ", ".join(_cut(repr(value)) for value in case)


def _cut(text: str) -> str:
    """At most so many characters, and no address in memory, which no two runs share."""
    if " at 0x" in text:
        text = text.split(" at 0x")[0] + ">"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + " …"
