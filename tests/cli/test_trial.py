"""The small tries of lab and run: what they find is what the commands meet."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from course_utils.cli import doctor, ports, trial

OPTIONAL = {"distributed", "datasets", "pyarrow", "jupyter_core", "jupyter_client"}


@pytest.fixture
def port() -> int:
    """A port for a JupyterLab."""
    chosen = ports.choose(None)
    assert chosen
    return chosen


def kernelspec(
    folder: Path, python: str, module: str = "ipykernel_launcher", **environment: str
) -> None:
    """Describe a kernel named python3, as Jupyter finds it in $JUPYTER_PATH."""
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    line = [python, "-m", module, "-f", "{connection_file}"]
    about = {"argv": line, "display_name": "x", "language": "python", "env": environment}
    (spec / "kernel.json").write_text(json.dumps(about), encoding="utf-8")


def package(folder: Path, name: str, code: str) -> str:
    """A package in a folder of its own; the folder."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(code, encoding="utf-8")
    return str(folder)


def test_everything_that_the_course_imports_is_tried() -> None:
    imported = set()
    for path in (trial.ROOT / "course_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    needed = imported - sys.stdlib_module_names - OPTIONAL
    assert needed <= {name.split(".")[0] for name in trial.IMPORTS}


def test_a_package_that_is_there_and_does_not_work_is_found_by_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = package(tmp_path, "safetensors", "raise ImportError('libgomp.so.1: no such file')")
    monkeypatch.setenv("PYTHONPATH", broken)
    tried = trial.of_run()
    finding = doctor.of_modules("run", tried)
    assert finding.state == "wrong" and "safetensors" in finding.found
    assert "libgomp" in finding.found and "PYTHONPATH" in finding.todo


def test_a_runtime_folder_that_cannot_be_made_is_found_by_starting_jupyterlab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "file" / "runtime"))
    finding = doctor.of_trial("lab", trial.of_lab(port))
    assert finding.state == "wrong" and str(tmp_path / "file") in finding.found


@pytest.mark.parametrize(
    ("python", "module"),
    [("/nowhere/python", "ipykernel_launcher"), (sys.executable, "no_kernel")],
)
def test_a_kernel_that_does_not_start_is_found_by_starting_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int, python: str, module: str
) -> None:
    kernelspec(tmp_path, python, module)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    finding = doctor.of_trial("lab", trial.of_lab(port))
    assert finding.state == "wrong"
    assert (python if module == "ipykernel_launcher" else module) in finding.found


def test_a_kernel_that_takes_another_course_is_found_by_asking_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    other = package(tmp_path / "other", "course_utils", "")
    kernelspec(tmp_path, sys.executable, PYTHONPATH=other)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    tried = trial.of_lab(port)
    assert tried.problem == "" and tried.prefix == sys.prefix
    finding = doctor.of_modules("lab", tried)
    assert finding.state == "wrong" and other in finding.found


def test_packages_from_elsewhere_are_a_note() -> None:
    modules = {"course_utils": str(trial.ROOT / "course_utils" / "__init__.py"), "numpy": __file__}
    here = trial.Trial("", 1.0, {**modules, "numpy": doctor.__file__}, sys.prefix)
    assert doctor.of_modules("run", here) is None
    away = trial.Trial("", 1.0, {**modules, "numpy": sys.base_prefix}, sys.prefix)
    finding = doctor.of_modules("run", away)
    if sys.prefix != sys.base_prefix:  # else there is only one place
        assert finding.state == "note" and "numpy" in finding.found
