"""course.py and the commands' errors: sentences and exit codes, never a traceback."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils.cli import install

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "course.py"
SAY_VERSION = """
import runpy, sys
sys.version_info = {version}
sys.argv = ["course.py", "lab"]
runpy.run_path({path!r}, run_name="__main__")
"""


def start(*command: str, **environment: str) -> subprocess.CompletedProcess:
    """Run a Python command line and keep what it says."""
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13), (3, 14, 0), (2, 7, 18)])
def test_a_python_of_the_wrong_age_is_told_which_one_is_needed(version: tuple) -> None:
    ended = start("-c", SAY_VERSION.format(version=version, path=str(COURSE)))
    assert (
        f"Python 3.11, 3.12 or 3.13 is needed, this is {version[0]}.{version[1]}" in ended.stderr
    )
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1


def test_course_py_can_be_read_by_an_old_python() -> None:
    source = COURSE.read_bytes().decode("ascii")  # Python 2 reads nothing else without being told
    tree = ast.parse(source, feature_version=(3, 7))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not [one.name for one in functions if one.returns or one.args.kwonlyargs]


def test_course_py_imports_only_the_standard_library_before_the_packages_are_there() -> None:
    ended = start("-I", "-S", "-c", f"import runpy; runpy.run_path({str(COURSE)!r})")
    assert ended.returncode == 0, ended.stderr
    ended = start("-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
                  "import course_utils.cli.install")  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def test_an_index_for_torch_without_an_address_is_refused() -> None:
    ended = start(str(COURSE), "lab", "--torch-index")
    assert ended.returncode == 1
    assert "needs an address" in ended.stdout


def test_a_failed_install_says_what_failed_and_brings_back_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    python = install.python_of(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / install.MARKER).touch()
    (folder / install.STAMP).write_text('{"extras": [], "pins": "older ones"}', encoding="utf-8")
    ended = start(
        *(str(COURSE), "--torch-index", "http://127.0.0.1:9/", "doctor"),
        COURSE_VENV=str(folder),
        PIP_RETRIES="0",
        PIP_TIMEOUT="1",
        PIP_CONFIG_FILE=os.devnull,  # another index or a constraint there would say other words
        PIP_CONSTRAINT="",
        CONDA_PREFIX="",
        COURSE_NO_VENV="",
    )
    assert ended.returncode == 1
    assert "No matching distribution found for torch" in ended.stdout
    assert "What to try: check the network" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    assert list(tmp_path.iterdir()) == [folder]
    assert install.read_stamp(folder)["pins"] == "older ones"


def test_ctrl_c_while_installing_leaves_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "COURSE_VENV": str(tmp_path / "environment")}
    environment |= {"CONDA_PREFIX": "", "COURSE_NO_VENV": ""}
    child = subprocess.Popen(
        [sys.executable, str(COURSE), "doctor"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert "Installing" in child.stdout.readline()
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    said, wrong = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "stopped" in said and "Traceback" not in wrong
    assert not (tmp_path / "environment").exists()


def test_the_running_python_is_used_when_told_to() -> None:
    ended = start(str(COURSE), "help", COURSE_NO_VENV="1", COURSE_VENV="/does/not/matter")
    assert ended.returncode == 0
    assert "python course.py doctor" in ended.stdout


def test_the_course_is_that_of_course_py_whatever_lies_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "there"):
        (tmp_path / name / "course_utils").mkdir(parents=True)
        (tmp_path / name / "course_utils" / "__init__.py").write_text("1 / 0", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    ended = start(str(COURSE), "help", COURSE_NO_VENV="1", PYTHONPATH=str(tmp_path / "there"))
    assert ended.returncode == 0, ended.stderr
    assert "python course.py doctor" in ended.stdout


@pytest.mark.parametrize("asked", ["--help", "trian", None])
def test_asking_for_help_or_mistyping_a_verb_installs_nothing(
    tmp_path: Path, asked: str | None
) -> None:
    ended = start(
        *("-S", str(COURSE), *([asked] if asked else [])),
        COURSE_VENV=str(tmp_path / "environment"),
        CONDA_PREFIX="",
        COURSE_NO_VENV="",
    )
    assert ended.returncode == (0 if asked == "--help" else 1)
    assert "python course.py doctor" in ended.stdout and "Installing" not in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_verb_gets_the_list_of_verbs() -> None:
    ended = start("-m", "course_utils", "train")
    assert ended.returncode == 1
    assert "There is no command 'train'" in ended.stdout and "reset" in ended.stdout


def test_a_workspace_that_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place = str(tmp_path / "file" / "workspace")
    ended = start("-m", "course_utils", "lab", "--no-browser", COURSE_WORKSPACE=place)
    assert ended.returncode == 1
    assert "cannot be written" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows takes the folder beside one's own")
@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("COURSE_WORKSPACE", ("-m", "course_utils", "reset")),
        ("COURSE_VENV", ("-S", str(COURSE), "lab")),
    ],
)
def test_the_home_folder_of_nobody_gets_a_sentence(variable: str, line: tuple[str, ...]) -> None:
    ended = start(*line, **{"COURSE_NO_VENV": "", "CONDA_PREFIX": "", variable: "~nobody123/x"})
    assert ended.returncode == 1
    assert (
        f"{variable} is ~nobody123/x, and this machine knows no home folder ~nobody123. Set"
        in (ended.stdout)
    )
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_notebook_that_is_not_there_gets_a_sentence() -> None:
    ended = start("-m", "course_utils", "run", "77")
    assert ended.returncode == 1
    assert "There is no notebook 77" in ended.stdout
