"""What the notebook tests share: the tools on the path, small notebooks, nbval."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in [str(ROOT / "tools")] if path not in sys.path]

from kernels import kernel_environment  # noqa: E402 (the tools' folder has to be on the path)

SECONDS = 2400
NBVAL = (
    "-p",
    "no:cacheprovider",
    "-p",
    "tools.nbval_strict",
    "-q",
    "--nbval",
    "--nbval-cell-timeout=1800",
    "--color=no",
    "--tb=short",
    "-W",
    "ignore",
)


@pytest.fixture(scope="session")
def notebooks_folder() -> Path:
    return ROOT / "notebooks"


@pytest.fixture(scope="session")
def nbval(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., subprocess.CompletedProcess]:
    """Run strict `pytest --nbval` on notebooks, in this order, with the pinned environment."""

    def check(
        paths: Sequence[Path], workspace: Path, wrong: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess:
        # The project's marks and warnings are not for kernels.
        settings = tmp_path_factory.mktemp("nbval") / "nbval.ini"
        settings.write_text("[pytest]\n", encoding="utf-8", newline="\n")
        command = [sys.executable, "-m", "pytest", "-c", str(settings), *NBVAL, *map(str, paths)]
        command += ["--rootdir", str(paths[0].parent)]
        command += ["--wrong-outputs", str(wrong)] if wrong else []
        with kernel_environment(workspace) as environment:
            return subprocess.run(
                command,
                env=environment | variables,
                cwd=ROOT,
                text=True,
                encoding="utf-8",
                errors="replace",
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=SECONDS,
                check=False,
            )

    return check


@pytest.fixture
def make_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook file of code cells given as sources, or as (source, tags)."""

    def make(name: str, *cells: str | tuple[str, list[str]]) -> Path:
        notebook = nbformat.v4.new_notebook()
        for number, cell in enumerate(cells, start=1):
            source, tags = (cell, []) if isinstance(cell, str) else cell
            notebook.cells.append(
                nbformat.v4.new_code_cell(
                    source, id=f"cell-{number}", metadata={"tags": tags} if tags else {}
                )
            )
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return make


@pytest.fixture(scope="session")
def remade(tmp_path_factory: pytest.TempPathFactory):
    """One folder in which what is not shipped is made again once for all tests that need it."""
    folder = tmp_path_factory.mktemp("remade")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
