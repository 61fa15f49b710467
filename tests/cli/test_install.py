"""course_utils/cli/install.py with a tiny project in place of the course: real venv, real pip."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from course_utils.cli import install

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiny"
version = "1.0"
"""
BACKEND = '''
"""Builds the tiny project without asking anybody for a build tool."""
import pathlib, zipfile
INFO = "tiny-1.0.dist-info"
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(pathlib.Path(folder) / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "answer = 42")
        about = "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\nProvides-Extra: test\\n"
        need = pathlib.Path("need.txt").read_text()
        wheel.writestr(INFO + "/METADATA", about + need)
        tags = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr(INFO + "/WHEEL", tags)
        wheel.writestr(INFO + "/RECORD", "")
    return "tiny-1.0-py3-none-any.whl"
'''


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A tiny project and the environment that was made for it: (root, environment)."""
    root = tmp_path_factory.mktemp("a project")  # with a space, as folders of readers have
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "backend.py").write_text(BACKEND, encoding="utf-8")
    (root / "need.txt").write_text("", encoding="utf-8")
    (root / "constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    install.ensure(root / ".venv", "lab", root=root)
    return root, root / ".venv"


def test_the_first_start_installs_the_project(installed: tuple[Path, Path]) -> None:
    _, folder = installed
    command = [install.python_of(folder), "-c", "import tiny; print(tiny.answer)"]
    assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == "42"


def test_a_second_start_installs_nothing(
    installed: tuple[Path, Path], capsys: pytest.CaptureFixture
) -> None:
    root, folder = installed
    before = (folder / install.STAMP).stat().st_mtime_ns
    assert install.ensure(folder, "run", root=root) == install.python_of(folder)
    assert capsys.readouterr().out == ""
    assert (folder / install.STAMP).stat().st_mtime_ns == before


def test_an_environment_whose_install_was_cut_short_does_not_count(tmp_path: Path) -> None:
    (tmp_path / install.MARKER).touch()
    assert install.read_stamp(tmp_path) == {}
    (tmp_path / install.STAMP).write_text('{"extras": []', encoding="utf-8")
    assert install.read_stamp(tmp_path) == {}


def test_an_environment_of_another_checkout_does_not_count(tmp_path: Path) -> None:
    pins = []
    for name in ("here", "there"):
        root = tmp_path / name
        root.mkdir()
        for file in ("pyproject.toml", "constraints.txt"):
            (root / file).write_text("torch==2.13.0\n", encoding="utf-8")
        pins.append(install.pins_of(root))
    assert pins[0] != pins[1] and pins[0]["pins"] == pins[1]["pins"]


def test_a_folder_that_is_no_environment_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(install.InstallError, match="no virtual environment"):
        install.ensure(tmp_path, "lab")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        ("ERROR: [Errno 28] No space left on device", "free some disk"),
        ("ERROR: No matching distribution found for torch==2.13.0", "check the network"),
        ("OSError: [Errno 30] Read-only file system: 'x'", "COURSE_VENV"),
    ],
)
def test_what_pip_says_becomes_what_to_try(said: str, todo: str) -> None:
    text = install.explain(f"Collecting numpy\n\n{said}\n")
    assert said in text and todo in text.splitlines()[-1]


def packages_with_torch(folder: Path, version: str) -> Path:
    """A folder of packages in which a torch lies, as far as its version can be told."""
    (folder / "torch").mkdir(parents=True)
    about = f"__version__ = '{version}+cpu'\n"
    (folder / "torch" / "version.py").write_text(about, encoding="utf-8")
    info = folder / f"torch-{version}+cpu.dist-info"
    info.mkdir()
    for name in ("METADATA", "RECORD"):
        (info / name).write_text("x", encoding="utf-8")
    (folder / "numpy-1.0.dist-info").mkdir()
    return folder


@pytest.mark.parametrize(("version", "used"), [("2.13.0", True), ("2.12.1", False)])
def test_only_a_torch_of_the_pinned_version_is_borrowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, used: bool
) -> None:
    there = packages_with_torch(tmp_path / "packages", version)
    monkeypatch.syspath_prepend(str(there))
    found = install.folder_with_torch(install.ROOT, tmp_path / ".venv")
    assert found == (there.resolve() if used else None)


def test_a_borrowed_torch_is_announced_to_pip_and_nothing_else_is(tmp_path: Path) -> None:
    there = packages_with_torch(tmp_path / "packages", "2.13.0")
    folder = tmp_path / ".venv"
    site = folder / ("Lib" if install.os.name == "nt" else "lib/python3.12") / "site-packages"
    site.mkdir(parents=True)
    install.announce(there, folder)
    files = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.*"))
    assert files == ["torch-2.13.0+cpu.dist-info"]
    assert [path.name for path in (site / files[0]).iterdir()] == ["METADATA"]


def test_an_environment_whose_borrowed_torch_was_upgraded_does_not_count(tmp_path: Path) -> None:
    there = packages_with_torch(tmp_path / "packages", "2.13.0")
    python = install.python_of(tmp_path)
    python.parent.mkdir(parents=True)
    python.touch()
    stamp = {"extras": [], "torch": str(there), "torch_version": "2.13.0"}
    (tmp_path / install.STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    assert install.read_stamp(tmp_path) == stamp
    (there / "torch" / "version.py").write_text("__version__ = '2.14.0'", encoding="utf-8")
    assert install.read_stamp(tmp_path) == {}
