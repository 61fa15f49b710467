"""Says whether two runs of the course made the same: artifacts by SHA-256, figures, outputs.

    python tools/compare_runs.py WORKSPACE OTHER_WORKSPACE [--notebooks FOLDER OTHER_FOLDER]

For changes that must change nothing, such as moved files. Left out is what a clock or a machine
decides: seconds, memory, tokens per second. It runs nothing; run_notebooks.py does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ARTIFACTS = ("corpus", "tokenizer", "tokens", "base_model", "chat_model", "reward_model")
OF_THE_CLOCK = re.compile(r"second|memory|speed|tokens_per|machine")
OF_THE_RUN = ("seconds", "made", "versions")  # keys of a manifest


def artifacts(workspace: Path) -> dict[str, str]:
    """The SHA-256 of each artifact's files: {"base_model/config.json": "c46a..."}."""
    return {
        path.relative_to(workspace).as_posix(): _digest(path)
        for name in ARTIFACTS
        for path in sorted((workspace / name).rglob("*"))
        if path.is_file()
    }


def figures(workspace: Path) -> dict[str, str]:
    """The report card's figures, but for those that a clock decides."""
    card = json.loads((workspace / "report.json").read_text(encoding="utf-8"))
    kept = {key: entry for key, entry in card.items() if not OF_THE_CLOCK.search(key)}
    return {key: json.dumps(_steady(entry), sort_keys=True) for key, entry in kept.items()}


def outputs(folder: Path) -> dict[str, str]:
    """The SHA-256 of each code cell's outputs, pictures too: {"02_tokenization/train": "8f"}."""
    return {
        f"{path.stem}/{cell['id']}": hashlib.sha256(
            json.dumps(cell["outputs"], sort_keys=True).encode()
        ).hexdigest()
        for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    }


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The keys whose values differ, and those that only one of both has."""
    return [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]


def _digest(path: Path) -> str:
    """The SHA-256 of a file; of a manifest only what the same settings always give."""
    if path.name != "manifest.json":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = json.loads(path.read_text(encoding="utf-8"))
    kept = {key: value for key, value in manifest.items() if key not in OF_THE_RUN}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _steady(entry: object) -> object:
    """A figure without what a clock decides, however deep it stands."""
    if isinstance(entry, dict):
        return {k: _steady(v) for k, v in entry.items() if not OF_THE_CLOCK.search(k)}
    return [_steady(each) for each in entry] if isinstance(entry, list) else entry


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: a line for each kind of thing; 0 when nothing differs, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("workspaces", nargs=2, type=Path, metavar="WORKSPACE")
    parser.add_argument("--notebooks", nargs=2, type=Path, metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    kinds: list[tuple[str, Callable[[Path], dict[str, str]], list[Path]]] = [
        ("files of artifacts", artifacts, chosen.workspaces),
        ("figures", figures, chosen.workspaces),
    ]
    kinds += [("cells' outputs", outputs, chosen.notebooks)] if chosen.notebooks else []
    differing = 0
    for name, read, places in kinds:
        one, other = map(read, places)
        differ = differences(one, other)
        differing += len(differ) + (not one)  # nothing to compare is no agreement
        print(f"{name}: {len({*one, *other}) - len(differ)} equal, {len(differ)} differ")
        print("".join(f"  {key}\n" for key in differ), end="")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
