"""course_utils/cli/install.py with a tiny project in place of the course: real venv, real pip.

The reader's pip is set to everything that would put packages elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.cli import install, pip
from course_utils.cli.virtualenv import python_of, site_packages

# A build system that is nowhere: the project itself must not be built.
PROJECT = """
[build-system]
requires = ["no-such-build-tool"]
build-backend = "nowhere"
[project]
name = "tiny"
version = "1.0"
dependencies = ["tiny-need"]
[project.optional-dependencies]
test = ["tiny-more"]
"""
CONSTRAINTS = "torch==2.13.0\ntiny-need==1.0\ntiny-more==1.0\n"
# What would have packages elsewhere, or in other versions.
SETTINGS = """
[global]
find-links = {wheels}
no-index = true
constraint = {folder}/theirs.txt
[install]
user = true
target = {folder}/target
ignore-installed = true
"""


def wheel(folder: Path, name: str, version: str = "1.0") -> None:
    """A package of one module and one command."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{module}.py", "def main():\n    print('works')\n")
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        file.writestr(f"{info}/METADATA", about)
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{info}/WHEEL", tags)
        file.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name} = {module}:main\n")
        file.writestr(f"{info}/RECORD", "")


def tree(root: Path) -> dict[str, int]:
    """All files of a project but for its environment, with their times."""
    return {
        path.relative_to(root).as_posix(): path.stat().st_mtime_ns
        for path in root.rglob("*")
        if ".venv" not in path.parts
    }


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The reader's settings of pip; the folder that they speak of."""
    folder = tmp_path_factory.mktemp("settings")
    (folder / "wheels").mkdir()
    for name in ("tiny-need", "tiny-more"):
        wheel(folder / "wheels", name)
    wheel(folder / "wheels", "tiny-need", "0.9")
    (folder / "theirs.txt").write_text("tiny-need==0.9\n", encoding="utf-8")
    wheels = (folder / "wheels").as_uri()
    text = SETTINGS.format(wheels=wheels, folder=folder.as_posix())
    (folder / "pip.conf").write_text(text, encoding="utf-8")
    # A package that the reader has elsewhere is none of .venv.
    info = folder / "elsewhere" / "tiny_need-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: tiny-need\nVersion: 1.0\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            patch.delenv(name)
        patch.setenv("PIP_CONFIG_FILE", str(folder / "pip.conf"))
        patch.setenv("PIP_PREFIX", str(folder / "prefix"))
        patch.setenv("PIP_USER", "1")
        patch.setenv("PYTHONPATH", str(folder / "elsewhere"))
        yield folder


@pytest.fixture(scope="module")
def installed(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A tiny project and the environment that was made for it: (root, environment)."""
    root = tmp_path_factory.mktemp("a project")  # with a space, as folders of readers have
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "tiny.py").write_text("answer = 42", encoding="utf-8")
    (root / "constraints.txt").write_text(CONSTRAINTS, encoding="utf-8")
    install.ensure(root / ".venv", "lab", root=root)
    return root, root / ".venv"


def ask(folder: Path, code: str) -> str:
    """What the Python of an environment prints, started in no folder of interest."""
    command = [python_of(folder), "-c", code]
    free = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=free, capture_output=True, encoding="utf-8")
    return done.stdout.strip() or done.stderr


def test_the_first_start_installs_what_the_project_needs_and_tells_where_it_lies(
    installed: tuple[Path, Path],
) -> None:
    root, folder = installed
    assert ask(folder, "import tiny; print(tiny.answer)") == "42"
    assert ask(folder, "import tiny_need; print(tiny_need.__file__)").startswith(str(folder))


def test_packages_go_into_the_environment_whatever_pip_is_set_to(
    installed: tuple[Path, Path], settings: Path
) -> None:
    _, folder = installed
    there = sorted(path.name for path in site_packages(folder).glob("tiny*"))
    assert there == ["tiny_need-1.0.dist-info", "tiny_need.py"]
    assert not (settings / "target").exists() and not (settings / "prefix").exists()


def test_nothing_is_written_into_the_checkout(installed: tuple[Path, Path]) -> None:
    root, _ = installed
    assert set(tree(root)) == {"pyproject.toml", "constraints.txt", "tiny.py"}


def test_a_second_start_installs_nothing(
    installed: tuple[Path, Path], capsys: pytest.CaptureFixture
) -> None:
    root, folder = installed
    before = (folder / install.STAMP).stat().st_mtime_ns
    assert install.ensure(folder, "run", root=root) == python_of(folder)
    assert capsys.readouterr().out == ""
    assert (folder / install.STAMP).stat().st_mtime_ns == before


@pytest.fixture
def offline(installed: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No package can be had from anywhere, so that an installation fails."""
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.mark.parametrize("older", [False, True], ids=["this stamp", "a stamp of before"])
@pytest.mark.usefixtures("offline")
def test_a_project_that_was_moved_goes_on_offline_and_says_so_once(
    installed: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture, older: bool
) -> None:
    root, folder = installed
    stamp = json.loads((folder / install.STAMP).read_text(encoding="utf-8"))
    if older:
        del stamp["folder"]
    (folder / install.STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    moved = root.rename(tmp_path / "Fünf Hefte")
    try:
        folder = moved / ".venv"
        assert install.ensure(folder, "doctor", root=moved) == python_of(folder)
        assert len(capsys.readouterr().out.splitlines()) == 1
        assert install.ensure(folder, "doctor", root=moved) == python_of(folder)
        assert capsys.readouterr().out == ""
        assert ask(folder, "import tiny; print(ascii(tiny.__file__))") == ascii(
            str(moved / "tiny.py")
        )
        script = python_of(folder).with_name("tiny-need.exe" if os.name == "nt" else "tiny-need")
        told = subprocess.run([script], capture_output=True, encoding="utf-8")
        assert told.stdout.strip() == "works", told.stderr
        if os.name != "nt":
            told = subprocess.run(
                ["sh", "-c", f". '{folder}/bin/activate' && command -v tiny-need"],
                capture_output=True,
                encoding="utf-8",
            )
            assert told.stdout.strip() == str(script)
    finally:
        moved.rename(root)
        install.ensure(root / ".venv", "lab", root=root)


@pytest.mark.usefixtures("offline")
def test_an_environment_that_another_checkout_uses_too_is_not_made_again(
    installed: tuple[Path, Path], tmp_path: Path
) -> None:
    root, folder = installed
    for name in tree(root):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    for checkout in (tmp_path, root):
        install.ensure(folder, "run", root=checkout)
        assert ask(folder, "import tiny; print(tiny.__file__)") == str(checkout / "tiny.py")


def test_an_environment_for_other_pins_does_not_count(
    installed: tuple[Path, Path], tmp_path: Path
) -> None:
    root, _ = installed
    for name in tree(root):
        (tmp_path / name).write_bytes((root / name).read_bytes().replace(b"\n", b"\r\n"))
    assert install.pins_of(tmp_path) == install.pins_of(root)  # line ends are no pins
    (tmp_path / "constraints.txt").write_text("torch==2.13.1\n", encoding="utf-8")
    assert install.pins_of(tmp_path) != install.pins_of(root)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["tiny-need==9.0"], "No matching distribution found for tiny-need==9.0"),
        (["tiny-need==1.0", "-c", "theirs.txt"], "requested (constraint) tiny-need==0.9"),
    ],
)
def test_what_pip_says_is_shown_and_the_network_is_not_blamed(
    installed: tuple[Path, Path], settings: Path, wanted: list[str], said: str
) -> None:
    _, folder = installed
    with pytest.raises(pip.PipError) as refused:
        pip.install(python_of(folder), settings, wanted, {})
    assert said in str(refused.value)
    assert "network" not in str(refused.value) and "pip config list" in str(refused.value)


def test_settings_that_pip_cannot_read_are_what_is_named(
    installed: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.conf").write_text("no section\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "broken.conf"))
    with pytest.raises(pip.PipError) as refused:
        pip.environment(python_of(installed[1]), tmp_path)
    assert "broken.conf" in str(refused.value) and "network" not in str(refused.value)


def test_an_environment_whose_install_was_cut_short_does_not_count(tmp_path: Path) -> None:
    (tmp_path / install.MARKER).touch()
    assert install.read_stamp(tmp_path) == {}
    (tmp_path / install.STAMP).write_text('{"extras": []', encoding="utf-8")
    assert install.read_stamp(tmp_path) == {}


def test_a_folder_that_is_no_environment_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(install.InstallError, match="no virtual environment"):
        install.ensure(tmp_path, "lab")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


DEMANDS = "    The user requested numpy==1.0\n    The user requested (constraint) numpy=={}\n"
RETRIED = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'New'"


@pytest.mark.parametrize(
    ("said", "todo", "network"),
    [
        ("ERROR: [Errno 28] No space left on device", "free some disk", False),
        ("OSError: [Errno 30] Read-only file system: 'x'", "COURSE_VENV", False),
        (RETRIED, "check the network", True),
        ("(from versions: none)\nERROR: No matching distribution found", "check the", True),
        ("(from versions: 1.0)\nERROR: No matching distribution found", "other versions", False),
        (f"{DEMANDS.format('2.0')}ERROR: ResolutionImpossible", "exclude one another", False),
        (f"{DEMANDS.format('1.0')}ERROR: ResolutionImpossible", "check the network", True),
        ("SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')", "PIP_CERT", True),
        ("ERROR: Can not combine '--user' and '--target'", "names the cause", False),
        ("error: command 'cc' failed\nERROR: Failed building wheel", "had to be built", False),
    ],
)
def test_what_pip_says_becomes_what_to_try(said: str, todo: str, network: bool) -> None:
    text = pip.explain(f"Collecting numpy\n\n{said}\n")
    assert said.splitlines()[-1] in text
    assert todo in text.splitlines()[-1] and ("network" in text.splitlines()[-1]) == network


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
    site = folder / ("Lib" if os.name == "nt" else "lib/python3.12") / "site-packages"
    site.mkdir(parents=True)
    install.announce(there, folder)
    files = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.*"))
    assert files == ["torch-2.13.0+cpu.dist-info"]
    assert [path.name for path in (site / files[0]).iterdir()] == ["METADATA"]


def test_an_environment_whose_borrowed_torch_was_upgraded_does_not_count(tmp_path: Path) -> None:
    there = packages_with_torch(tmp_path / "packages", "2.13.0")
    python = python_of(tmp_path)
    python.parent.mkdir(parents=True)
    python.touch()
    stamp = {"extras": [], "torch": str(there), "torch_version": "2.13.0"}
    (tmp_path / install.STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    assert install.read_stamp(tmp_path) == stamp
    (there / "torch" / "version.py").write_text("__version__ = '2.14.0'", encoding="utf-8")
    assert install.read_stamp(tmp_path) == {}
