"""What CI relies on: its script can be read, and a test that is skipped there is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / ".ci" / "run"
INSIDE = "import pytest\ndef test_one():\n    pytest.skip('{reason}')\n"
WHOLE = "import pytest\npytest.skip('{reason}', allow_module_level=True)\n"


def test_the_script_of_ci_can_be_run_and_read() -> None:
    assert os.access(SCRIPT, os.X_OK)
    read = subprocess.run(["bash", "-n", str(SCRIPT)], capture_output=True, encoding="utf-8")
    assert (read.returncode, read.stderr) == (0, "")
    assert "course.py test" in SCRIPT.read_text(encoding="utf-8")


@pytest.mark.parametrize("source", [INSIDE, WHOLE], ids=["one test", "a whole file"])
@pytest.mark.parametrize(
    ("reason", "ci", "fails"),
    [("no time", "true", True), ("needs a GPU", "true", False), ("no time", "", False)],
)
def test_a_skipped_test_fails_in_ci_unless_it_needs_a_gpu(
    tmp_path: Path, source: str, reason: str, ci: str, fails: bool
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    body = source.format(reason=reason) + "def test_two():\n    pass\n"
    (tmp_path / "test_it.py").write_text(body, encoding="utf-8", newline="\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8", newline="\n")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "CI": ci},
        capture_output=True,
        encoding="utf-8",
    )

    assert ("nothing may be skipped" in ended.stdout) == fails, ended.stdout
    assert (ended.returncode in (1, 2)) == fails, ended.stdout
