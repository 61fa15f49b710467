"""The report card: one JSON file to which every stage adds the figures it measured.

It keeps and shows figures; it measures none. Shown at the end of every notebook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from course_utils import workspace

FILE = "report.json"
ORIGINS = ("own", "starter")
OF_THE_WHOLE_RUN = ("peak_memory_mb",)  # the keys that belong to no stage


def load(folder: Path | None = None) -> dict[str, dict]:
    """The report card: {key: {"value": ..., "from": "own" or "starter"}}; empty where none is.

    Raises:
        workspace.ArtifactError: the file is not a report card.
    """
    path = (folder or workspace.root()) / FILE
    if not path.exists():
        return {}
    # A card that somebody edited is refused whole.
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        if not all("value" in entry and "from" in entry for entry in card.values()):
            raise ValueError("an entry has no value or no origin")
    except (ValueError, TypeError, AttributeError) as error:
        raise workspace.ArtifactError(
            f"{path} is not a report card ({error}). Delete it and run the notebooks again."
        ) from error
    return card


def add(key: str, value: object, origin: str = "own", folder: Path | None = None) -> None:
    """Write one figure.

    Args:
        key: "stage.figure", such as "collection.extract_f1"; the unit is in the name.
        value: a number, or a dict of numbers (a figure by kind, say).
        origin: "starter" if anything that the figure rests on was not made by the reader.
        folder: the workspace; the reader's when None.
    """
    add_all({key: value}, origin, folder)


def add_all(
    figures: Mapping[str, object], origin: str = "own", folder: Path | None = None
) -> None:
    """Write several figures at once; see `add`.

    Raises:
        ValueError: a key without a stage, or an origin that is neither "own" nor "starter".
        workspace.ArtifactError: the disk is full or read-only; the old card is kept.
    """
    if origin not in ORIGINS:
        raise ValueError(f"origin is {origin!r}; it must be one of {', '.join(ORIGINS)}.")
    for key in figures:
        if "." not in key and key not in OF_THE_WHOLE_RUN:
            raise ValueError(f"the key {key!r} names no stage; write 'stage.figure'.")
    # The old card with the new figures, whole or not at all, and nobody else's are lost.
    folder = workspace.open_root(folder)
    with workspace.alone(folder / FILE):
        card = load(folder)
        card.update({key: {"value": value, "from": origin} for key, value in figures.items()})
        text = json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n"
        workspace.put(folder / FILE, text)


def origin_of(*artifacts: workspace.Artifact) -> str:
    """Where a figure made of these artifacts comes from: "starter" if any of them rests on one."""
    return "starter" if any(artifact.rests_on_starter for artifact in artifacts) else "own"


def as_text(folder: Path | None = None, stage: str | None = None, origins: bool = True) -> str:
    """The card as lines of text, one figure a line.

    Args:
        folder: the workspace; the reader's when None.
        stage: only the keys "stage....", or all when None.
        origins: mark the figures that rest on a starter.
    """
    lines = []
    for key, entry in sorted(load(folder).items()):
        if stage and not key.startswith(stage + "."):
            continue
        mark = "   (starter)" if origins and entry["from"] == "starter" else ""
        value = entry["value"]
        # A figure by kind takes a line for each kind.
        rows = value.items() if isinstance(value, dict) else [("", value)]
        lines += [
            f"{' '.join((key, str(name))).strip():<52} {_short(figure)}{mark}"
            for name, figure in rows
        ]
    return "\n".join(lines)


def _short(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else f"{value}"
