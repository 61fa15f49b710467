"""Who may import whom: import-linter's contracts hold, and each of them can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = (sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()")
TRUTH = "What is true is known only where scores and chat data are made"
ONE_WAY = "A part imports only parts below it here"


def contracts(root: Path) -> subprocess.CompletedProcess:
    """Run import-linter on the package of a checkout."""
    return subprocess.run(
        [*LINT, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_package_keeps_every_contract() -> None:
    done = contracts(ROOT)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" KEPT") == 7


@pytest.mark.parametrize(
    ("contract", "path", "code"),
    [
        (ONE_WAY, "tokenization/bpe.py", "from course_utils.pretraining import train"),
        (ONE_WAY, "report.py", "from course_utils.experiments import remake"),
        (ONE_WAY, "littleweb/web.py", "def f():\n    from course_utils import data_collection"),
        (
            "No circles, not even of types",
            "pretraining/optimizer.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from course_utils.pretraining.train import train",
        ),
        (
            "A stage's core never imports its labs, figures and exercises",
            "pretraining/train.py",
            "from course_utils.pretraining.figures import loss_curve",
        ),
        (TRUTH, "pretraining/train.py", "from course_utils.littleweb.truth import world"),
        (
            "No step of the pipeline sees the labels",
            "data_collection/clean/quality.py",
            "from course_utils.littleweb.truth import labels",
        ),
        (
            "Nobody sees the declared bias",
            "data_collection/scoring/demographics.py",
            "from course_utils.littleweb.truth.bias import favoured",
        ),
    ],
)
def test_a_contract_can_fail(tmp_path: Path, contract: str, path: str, code: str) -> None:
    ignored = shutil.ignore_patterns("starters", "__pycache__", "*.js", "*.css", "*.toml")
    shutil.copytree(ROOT / "course_utils", tmp_path / "course_utils", ignore=ignored)
    with (tmp_path / "course_utils" / path).open("a", encoding="utf-8") as file:
        file.write("\n" + code + "\n")
    done = contracts(tmp_path)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
