"""What CI relies on: its script can be read, and a test that is skipped there is a failure."""

from __future__ import annotations

import os
import re
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


@pytest.mark.parametrize(("ci", "fail"), [("true", ["in_a_test", "in_a_file"]), ("", [])])
def test_a_skipped_test_fails_in_ci_unless_it_needs_a_gpu(
    tmp_path: Path, ci: str, fail: list[str]
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    sources = {
        "in_a_test": INSIDE.format(reason="no time"),
        "in_a_file": WHOLE.format(reason="no time"),
        "gpu_in_a_test": INSIDE.format(reason="needs a GPU"),
        "gpu_in_a_file": WHOLE.format(reason="needs a GPU"),
    }
    for name, source in sources.items():
        body = source + "def test_two():\n    pass\n"
        (tmp_path / f"test_{name}.py").write_text(body, encoding="utf-8", newline="\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8", newline="\n")
    options = ["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "CI": ci},
        capture_output=True,
        encoding="utf-8",
    )

    named = re.findall(r"^(?:FAILED|ERROR) test_(\w+)\.py", ended.stdout, re.MULTILINE)
    assert sorted(named) == sorted(fail), ended.stdout
    assert ("nothing may be skipped" in ended.stdout) == bool(fail) == (ended.returncode == 1)
