"""The dated results of long studies: JSON beside a module, a line per run, numbers cut short.

Each study says itself what a run is, and in which order runs stand; here is what all of them
share. Leaves out how runs are made: a command of benchmarks/ does that. No section teaches it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Study = TypeVar("Study")
Run = TypeVar("Run")
_NUMBER = (int, float)
_TYPES = {"int": _NUMBER, "float": _NUMBER, "str": str}  # what JSON holds of a field as it is


@dataclass(frozen=True)
class SeedMean:
    """What runs that differ in their seed say together.

    Attributes:
        seeds: how many.
        mean: by the names of the runs' figures.
        standard_error: of each mean, from the spread of the seeds; 0 for a single one.
    """

    seeds: int
    mean: dict[str, float]
    standard_error: dict[str, float]


def read(path: Path, name: str, benchmark: str, parse: Callable[[str, dict], Study]) -> Study:
    """A study from its file.

    Args:
        path: the file.
        name: what it should be, such as "study of roads".
        benchmark: the module that makes it with --write, such as "benchmarks.roads".
        parse: makes the study of its date and of all that the file holds.

    Raises:
        ValueError: the file is missing, damaged, without a date, or `parse` could not make
            anything of it; the message names the command that makes it anew.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        date.fromisoformat(kept["date"])
        return parse(kept["date"], kept)
    except (OSError, AttributeError, TypeError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path.name} is not a {name} ({error}).\nMake it anew: python -m {benchmark} --write"
        ) from None


def write(
    path: Path,
    made: str,
    runs: Iterable[object],
    digits: int,
    **tables: Mapping[str, Sequence[object]],
) -> None:
    """Writes a study so that `read` can read it, and a changed run is one changed line.

    Args:
        path: the file.
        made: the day on which the runs were made, such as "2026-11-29".
        runs: dataclasses, in the order in which they shall stand.
        digits: to which every fraction is cut.
        tables: what the file holds besides: name -> key -> dataclasses.

    Raises:
        ValueError: `made` is no day.
    """
    date.fromisoformat(made)
    text = f'{{"date": {json.dumps(made)}, "runs": {_lines(runs, digits)}'
    for name, table in tables.items():
        parts = ",\n".join(
            f"{json.dumps(key)}: {_lines(rows, digits)}" for key, rows in sorted(table.items())
        )
        text += f", {json.dumps(name)}: {{\n{parts}\n}}"
    path.write_text(text + "}\n", encoding="utf-8", newline="\n")


def run_of(kind: type[Run], row: Mapping[str, Any], *, extra: bool = False) -> Run:
    """One run from a row of JSON.

    Args:
        kind: the dataclass of the runs.
        row: what each of its fields is.
        extra: whether the row may hold more than that, which is left out.

    Raises:
        ValueError: a field is missing, is none of `kind`, or is of another type.
    """
    types = {field.name: _TYPES.get(str(field.type)) for field in fields(kind)}
    if missing := types.keys() - row.keys():
        raise ValueError(f"a run has no {', '.join(sorted(missing))}")
    if not extra and (unknown := row.keys() - types.keys()):
        raise ValueError(f"a run has {', '.join(sorted(unknown))}, which nobody knows")
    for name, wanted in types.items():
        value = row[name]
        if wanted and (not isinstance(value, wanted) or isinstance(value, bool)):
            raise ValueError(f"{name} of a run is {value!r}")
    return kind(**{name: row[name] for name in types})


def in_order(runs: Iterable[Run], key: Callable[[Run], tuple]) -> tuple[Run, ...]:
    """The runs sorted by what tells one from another.

    Raises:
        ValueError: two runs have the same key, so that a mean would count one twice.
    """
    ordered = sorted(runs, key=key)
    for run, following in zip(ordered, ordered[1:], strict=False):
        if key(run) == key(following):
            raise ValueError(f"two runs cannot be told apart: {run} and {following}")
    return tuple(ordered)


def mean(runs: Iterable[object], by: Sequence[str]) -> SeedMean:
    """The means of runs of one kind over their seeds, each with its standard error.

    Args:
        runs: dataclasses; all their fields are numbers but those of `by`.
        by: the fields by which runs are told apart; the first is the one of which all have to be.

    Raises:
        ValueError: there are no runs, or they differ in the first field of `by`.
    """
    runs = list(runs)
    kinds = {getattr(run, by[0]) for run in runs}
    if len(kinds) != 1:
        raise ValueError(
            f"There are {len(runs)} runs of {len(kinds)} {by[0]}s; give those of one."
        )
    names = [field.name for field in fields(runs[0]) if field.name not in by]
    figures = np.array([[getattr(run, name) for name in names] for run in runs], dtype=float)
    spread = figures.std(0, ddof=1) if len(runs) > 1 else np.zeros(len(names))
    errors = spread / len(runs) ** 0.5
    return SeedMean(
        len(runs),
        dict(zip(names, figures.mean(0).tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
    )


def cut(value: object, digits: int) -> object:
    """The same with every fraction cut to a few digits, however deep it lies."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, dict):
        return {name: cut(part, digits) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [cut(part, digits) for part in value]
    return value


def _lines(rows: Iterable[object], digits: int) -> str:
    """A list of dataclasses as JSON, one on each line."""
    lines = [json.dumps(cut(asdict(row), digits), ensure_ascii=False) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]"
