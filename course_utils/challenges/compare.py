"""Compare a reader's function with the reference, case by case, up to the first disagreement.

It knows no challenge: what a mistake in one of them looks like is said by its stage's file.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from course_utils.challenges.trial import Outcome, TooSlowError, Trial, random_states_kept

LONGEST_SHOWN = 200
MOST_ITEMS_SHOWN = 100

WHY: Mapping[type[BaseException], str] = {
    ZeroDivisionError: "It divides by 0 here; such a case needs an answer of its own.",
    OverflowError: "A number became too large, as exp(1000) does. Which can be kept small?",
    RecursionError: "It calls itself without an end; one case has to answer without a call.",
    IndexError: "It asks for a place that the list does not have. Where does the loop end?",
    KeyError: "It asks a dict for a key that is not there; .get(key, 0) gives 0 then.",
}

NUMPY_NUMBER = re.compile(r"np\.(?:float|int)\d+\(([^()]*)\)")  # np.float64(0.5): the number alone

Check = Callable[[Callable], str | None]


class NotDoneError(Exception):
    """The reader's function is still the empty one that the notebook begins with."""


def compare(
    reference: Callable,
    cases: Callable[[], Iterable[tuple]],
    same: Callable[..., str | None],
    wanted: str = "",
) -> Check:
    """A check that runs both functions on each case, in order, up to the first disagreement.

    Args:
        reference: the right function.
        cases: gives the arguments of each call; the same ones each time.
        same: takes (answer, right answer, *arguments); None when the two agree, else what the
            mistake probably is.
        wanted: what a message says that was expected, in words. Without it the right answer of the
            case is shown, which gives nothing away where a function has to answer other cases too.

    Returns:
        Takes the reader's function; gives None when it is right, else what is wrong. It raises
        NotDoneError for an empty function, and KeyboardInterrupt when the cell is stopped.
    """

    def check_all(function: Callable) -> str | None:
        trial = Trial(function)
        with random_states_kept():
            # The first case also shows whether the parameters fit.
            for number, case in enumerate(cases()):
                problem = _misfit(function, reference, case) if number == 0 else None
                problem = problem or _disagreement(
                    trial, reference, case, same, name_of(function), wanted, first=number == 0
                )
                if problem:
                    return problem
        return None

    return check_all


def name_of(function: object) -> str:
    """What a function is called, in a sentence."""
    return str(getattr(function, "__name__", "your function"))


def cut(text: str) -> str:
    """At most so many characters, and no address in memory, which no two runs share."""
    if " at 0x" in text:
        text = text.split(" at 0x")[0] + ">"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + " …"


def short_repr(value: object) -> str:
    """A value as it is shown in a message: short, however long the value is."""
    if isinstance(value, (str, bytes)):
        value = value[: 2 * LONGEST_SHOWN]
    elif isinstance(value, (list, tuple)) and len(value) > MOST_ITEMS_SHOWN:
        return cut(repr(value[:MOST_ITEMS_SHOWN])[:-1] + ", …")
    return cut(_ordered(value))


def _ordered(value: object) -> str:
    """Its repr in one line; that of a set in one order, which is another in each process."""
    if isinstance(value, (set, frozenset)) and value:
        return "{" + ", ".join(sorted(map(repr, value))) + "}"
    return NUMPY_NUMBER.sub(r"\1", re.sub(r"\n\s*", " ", repr(value)))


def _disagreement(
    trial: Trial,
    reference: Callable,
    case: tuple,
    same: Callable,
    name: str,
    wanted: str,
    first: bool,
) -> str | None:
    """What is wrong with the function's answer to one case, or None."""
    # Both are called with copies, so that a function that changes its values is found out.
    expected, given = reference(*copy.deepcopy(case)), copy.deepcopy(case)
    call = f"{name}({', '.join(short_repr(value) for value in case)})"
    wanted = wanted or short_repr(expected)
    try:
        outcome = trial.call(given)
    except TooSlowError as error:
        return _too_slow(call, error)
    if outcome.error is not None:
        return _raised(call, outcome.error)
    # From here on there is an answer: of the right kind, the right one, given again, and clean.
    answer = outcome.answer
    if answer is None or answer is Ellipsis:
        return _nothing(call, outcome, wanted, first)
    problem = _unreadable(answer)
    if not problem and (problem := same(answer, expected, *case)):
        problem = _fickle(trial, case, answer) or problem
    if problem:
        return f"{call} gave {short_repr(answer)}; expected {wanted}. {problem}"
    if not _unchanged(given, case):
        return f"{call} changed the values that it was given. Make a copy and change that."
    return None


def _misfit(function: Callable, reference: Callable, case: tuple) -> str | None:
    """What is wrong with the function's parameters, or None."""
    # Whether it can be called with so many values at all.
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions of C code have none
        return None
    try:
        signature.bind(*case)
    except TypeError:
        wanted = list(inspect.signature(reference).parameters)
        return (
            f"{name_of(function)} takes {_listing(list(signature.parameters))}, and it is called "
            f"with {_listing(wanted)}. Leave the `def` line as the notebook has it."
        )
    return None


def _listing(names: Sequence[str]) -> str:
    if not names:
        return "no value"
    return f"{len(names)} value{'s' * (len(names) > 1)} ({', '.join(names)})"


def _too_slow(call: str, error: TooSlowError) -> str:
    said = (
        f"{call} gave no answer; after {error.seconds:g} seconds the check stopped waiting. "
        "It is very slow or endless: does each turn of the loop bring its end closer?"
    )
    if not error.ended:
        said += " The function still runs in the background: mend it, then restart the kernel."
    return said


def _raised(call: str, error: BaseException) -> str:
    if isinstance(error, NotImplementedError):
        raise NotDoneError from error
    # Python words the depth of a recursion in another way from version to version.
    said = "" if isinstance(error, RecursionError) else cut(str(error))
    why = next((words for kind, words in WHY.items() if isinstance(error, kind)), "")
    said = said if not why or not said or said.endswith(".") else said + "."
    parts = [f"{call} raised {type(error).__name__}{':' if said else '.'}", said, why]
    return " ".join(part for part in parts if part)


def _nothing(call: str, outcome: Outcome, expected: str, first: bool) -> str:
    if outcome.printed.strip():
        printed = short_repr(outcome.printed.strip())
        return (
            f"{call} printed {printed} and returned nothing; expected {expected}. "
            "Printing shows a value to people; `return` hands it to the caller."
        )
    if first:
        raise NotDoneError
    return f"{call} gave None; expected {expected}. Is a `return` missing?"


def _unreadable(answer: object) -> str | None:
    """What is wrong with an answer that no challenge can take."""
    if inspect.iscoroutine(answer):
        answer.close()
        return "Write `def` without `async`."
    if isinstance(answer, Iterator):
        return (
            f"A {type(answer).__name__} gives its values only when asked, and only once. "
            "Put all of them into a list first and return that."
        )
    return "Return what the function computes, not a function." if callable(answer) else None


def _fickle(trial: Trial, case: tuple, answer: object) -> str | None:
    """Whether a second call with the same values gives another answer, or None."""
    # A second answer that differs means chance, or something that was kept.
    before = _ordered(answer)
    try:
        again = trial.call(copy.deepcopy(case), show=False)
    except TooSlowError:
        return None
    if again.error is not None or _ordered(again.answer) == before or " at 0x" in before:
        return None
    return (
        f"Called again with the same values it gave {short_repr(again.answer)}: "
        "it draws at random, or it keeps something from one call to the next (a list outside, or "
        "as a default)."
    )


def _unchanged(given: tuple, case: tuple) -> bool:
    """Whether the function left its arguments alone; lists and dicts can be changed by mistake."""
    pairs = zip(given, case, strict=True)
    return all(_ordered(mine) == _ordered(original) for mine, original in pairs)
