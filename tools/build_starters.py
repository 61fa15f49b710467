"""Make the starters: the small trained weights with which any notebook can be opened first.

    python tools/build_starters.py                       run 01 to 03 from nothing, then copy
    python tools/build_starters.py --from WORKSPACE      copy from a workspace that has run

Which artifacts are shipped stands in course_utils/workspace.py. Only safetensors, JSON and READMEs
are copied, and only of an artifact that matches its manifest. The outputs that are committed and
the starters have to be of one run: use --from with the workspace that run_notebooks.py
--write-back used.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kernels import NotebookFailed, course
from run_notebooks import ROOT, notebook_paths, run

STARTERS = ROOT / "course_utils" / "starters"
SUFFIXES = (".safetensors", ".json", ".md")
NOTEBOOKS = ("01", "02", "03", "04")


class NotAStarter(RuntimeError):
    """An artifact that cannot be shipped; the text says why and what to do."""


def shipped() -> list[str]:
    """The names of the artifacts that have a starter."""
    kinds = course("workspace").KINDS
    return [name for name, kind in kinds.items() if kind.without == "shipped"]


def copy_starter(name: str, workspace: Path, starters: Path = STARTERS) -> int:
    """Copy one artifact from a workspace to the starters, whole or not at all.

    Args:
        name: one of `shipped()`.
        workspace: where the artifact was made.
        starters: the folder of the starters.

    Returns:
        the size of the copied files in bytes.

    Raises:
        NotAStarter: it is missing there, damaged, rests on a starter itself, or holds something
            else than safetensors, JSON and a README.
    """
    workspaces = course("workspace")
    try:
        artifact = workspaces.load(name, workspace)
    except workspaces.ArtifactError as error:
        raise NotAStarter(f"{name} cannot be shipped. {error}") from error
    if artifact.rests_on_starter:
        raise NotAStarter(
            f"{name} in {workspace} is not of that workspace's making: it is, or "
            f"was made from, an older starter. Run 01 to 03 there first."
        )
    files = sorted(path for path in artifact.path.rglob("*") if path.is_file())
    other = [path.name for path in files if path.suffix not in SUFFIXES]
    if other:
        raise NotAStarter(
            f"{name} holds {', '.join(other)}; a starter is only "
            f"{' and '.join(SUFFIXES)}, which run nothing when they are read."
        )
    new, target = starters / f"{name}.new", starters / name
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(artifact.path, new)
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when all starters are in place, 1 when one was refused."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--from", dest="workspace", type=Path, metavar="WORKSPACE")
    parser.add_argument("--to", type=Path, default=STARTERS, metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="course-starters-") as empty:
            workspace = chosen.workspace or Path(empty)
            if not chosen.workspace:
                run(notebook_paths(ROOT / "notebooks", NOTEBOOKS), workspace, scale="laptop")
            for name in shipped():
                size = copy_starter(name, workspace, chosen.to)
                print(f"{name}: {size / 1e6:.2f} MB")
    except (NotebookFailed, NotAStarter) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
