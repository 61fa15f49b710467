"""The command `doctor`: says what this machine has, what is wrong and what to do about it.

One function a check, each returning what it found as Findings. What `lab` and `run` do is tried
in small (trial.py), so that the verdict is what they then meet. Nothing is changed, and a package
that is missing is a finding and never an error. Taught in no notebook; README.md shows it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from course_utils import disk, report, runtime, workspace
from course_utils.cli import desk, deterministic, install, ports, reset, run, trial

GIGABYTE = 1e9
MEMORY_NEEDED, DISK_NEEDED = 2.5 * GIGABYTE, 1.0 * GIGABYTE
ROOT = workspace.PACKAGE.parent
MISLEADING = ("PYTHONPATH", "MPLBACKEND", "JUPYTER_PATH")  # what leads a kernel astray
MARKS = {"ok": "ok", "note": "note", "wrong": "WRONG"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        about: what was looked at, in a word or two.
        found: what is there.
        state: "ok", "note" (good to know) or "wrong" (keeps the notebooks from running).
        todo: what to do about it; empty where there is nothing to do.
    """

    about: str
    found: str
    state: str = "ok"
    todo: str = ""


def machine() -> list[Finding]:
    """The system, the Python, the cores and the memory."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    findings = [
        Finding("system", system),
        Finding("python", f"{platform.python_version()} in {sys.prefix}"),
        Finding("cores", f"{os.cpu_count()}, of which training uses {runtime.threads()}"),
    ]
    try:
        import psutil
    except ImportError:
        return findings  # the check of the versions says that it is missing
    memory = psutil.virtual_memory()
    sizes = f"{memory.total / GIGABYTE:.1f} GB, {memory.available / GIGABYTE:.1f} GB free"
    few = memory.available < MEMORY_NEEDED
    todo = "The run needs 2.5 GB: close other programs first." if few else ""
    return [*findings, Finding("memory", sizes, "note" if few else "ok", todo)]


def device() -> list[Finding]:
    """Where models are trained, and whether a GPU lies idle because of the build of torch."""
    try:
        import torch

        chosen = runtime.device()
    except (ImportError, OSError):
        return []  # the trial says what is wrong with it; Windows calls it an OSError
    except ValueError as error:
        todo = "Change COURSE_DEVICE, or leave it unset."
        return [Finding("device", str(error), "wrong", todo)]
    # What is used; then whether a GPU lies idle, or its packages lie in vain.
    setup = f"{chosen.type}, torch {torch.__version__}"
    if chosen.type != "cpu":
        name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else "Apple GPU"
        return [Finding("device", f"{setup}, {name}")]
    if shutil.which("nvidia-smi") and not torch.version.cuda:
        todo = (
            "An NVIDIA GPU seems to be here and this torch is built for the CPU. The laptop "
            "scale needs no GPU; README.md, GPU, shows --torch-index."
        )
        return [Finding("device", setup, "note", todo)]
    if torch.version.cuda and not torch.cuda.is_available():
        todo = (
            "This torch is built for CUDA and sees no GPU. It works, and its CUDA packages "
            "take some GB that a build for the CPU does not."
        )
        return [Finding("device", setup, "note", todo)]
    return [Finding("device", setup)]


def packages() -> list[Finding]:
    """The installed versions against constraints.txt."""
    try:
        pinned, direct = pinned_versions(), direct_packages()
    except FileNotFoundError as error:
        return [Finding("packages", f"not compared: {disk.reason(error)}", "note")]
    # Extras that are pinned and not installed are no fault.
    missing, other = [], []
    for name, version in pinned.items():
        try:
            there = metadata.version(name).split("+")[0]
        except metadata.PackageNotFoundError:
            missing += [name] if name in direct else []
            continue
        if there != version:
            other.append(f"{name} {there} (pinned: {version})")
    if missing:
        todo = "Start with `python course.py lab`, which installs them, or recreate the conda one."
        return [Finding("packages", f"missing: {', '.join(missing)}", "wrong", todo)]
    if other:
        todo = (
            "Figures may differ from those printed. Delete .venv and start again, or type: "
            "pip install -c constraints.txt -e ."
        )
        return [Finding("packages", f"other versions: {', '.join(other)}", "note", todo)]
    return [Finding("packages", "all as pinned in constraints.txt")]


def pinned_versions() -> dict[str, str]:
    """The versions in constraints.txt, by package in small letters and dashes."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)==([\w.!]+)", text, re.MULTILINE)
    return {plain_name(name): version for name, version in pins}


def direct_packages() -> set[str]:
    """What pyproject.toml asks for by default."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {plain_name(name) for name in project["dependencies"]}


def plain_name(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def storage() -> list[Finding]:
    """Whether everything in the workspace can be written, and how much is free there."""
    try:
        folder = workspace.root()
    except workspace.ArtifactError as error:
        return [Finding("workspace", str(error), "wrong")]
    try:
        # The nearest folder that is there: the workspace may not be made yet.
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        for place in (there, *folders_of(folder)):
            with tempfile.NamedTemporaryFile(dir=place) as file:
                file.write(b"x")
        if (folder / workspace.MARKER).exists():
            (folder / workspace.MARKER).open("ab").close()
        free = shutil.disk_usage(there).free
    except OSError as error:
        todo = disk.advice(error, "set COURSE_WORKSPACE to another folder") + "."
        problem = f"{folder} cannot be written ({disk.reason(error)})"
        return [Finding("workspace", problem, "wrong", todo)]
    size = f"{free / GIGABYTE:.1f} GB free"
    if free < DISK_NEEDED:
        todo = "A run writes up to 1 GB: free some, or set COURSE_WORKSPACE to another disk."
        return [Finding("workspace", str(folder)), Finding("disk", size, "wrong", todo)]
    return [Finding("workspace", str(folder)), Finding("disk", size)]


def folders_of(folder: Path) -> list[Path]:
    """The folders that the course made in a workspace: each is written or deleted again."""
    made = reset.contents(folder)[0] if folder.is_dir() else []
    tops = [path for path in (*made, folder / desk.FOLDER) if path.is_dir()]
    return tops + [path for top in tops for path in top.rglob("*") if path.is_dir()]


def artifacts() -> list[Finding]:
    """Each artifact: whose it is, and whether it agrees with its manifest."""
    findings = []
    try:
        states = workspace.have()
    except workspace.ArtifactError:
        return []  # the check of the workspace says what is wrong with it
    for name, state in states.items():
        kind = workspace.KINDS[name]
        if state == "whole":
            findings.append(Finding(name, "your own, whole"))
        elif state != "missing":
            todo = f"Run {kind.notebook}.ipynb again, or `python course.py reset` to start over."
            findings.append(Finding(name, state, "wrong", todo))
        elif kind.without == "shipped":
            findings.append(starter(name))
        else:
            findings.append(Finding(name, f"not made yet; {kind.notebook} makes it"))
    try:
        report.load()
    except workspace.ArtifactError as error:
        findings.append(Finding("report card", str(error), "wrong"))
    return findings


def starter(name: str) -> Finding:
    """The shipped artifact that stands in for one that the reader has not made."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it would say that it stands in
            workspace.load(name)
    except workspace.ArtifactError as error:
        todo = f"Until then begin with {workspace.KINDS[name].notebook}.ipynb or before it."
        return Finding(name, str(error), "note", todo)
    return Finding(name, f"the starter, whole; {workspace.KINDS[name].notebook} makes your own")


def network() -> list[Finding]:
    """A proxy in the environment, and the port for JupyterLab."""
    findings = []
    # A proxy would catch the calls to the Little Web on this machine.
    proxies = {name for name in os.environ if name.upper() in ("HTTP_PROXY", "ALL_PROXY")}
    if any(os.environ[name] for name in proxies):
        todo = (
            "The commands keep calls to this machine out of it. If you start Jupyter "
            f"yourself, set NO_PROXY={','.join(deterministic.LOOPBACK)} first."
        )
        findings.append(Finding("proxy", f"{', '.join(sorted(proxies))} is set", "note", todo))
    problem = ports.loopback_problem()
    if problem:
        todo = (
            "JupyterLab, kernels and the Little Web are reached over 127.0.0.1: a firewall, a "
            "container or a sandbox keeps programs of this machine from one another."
        )
        return [*findings, Finding("loopback", f"127.0.0.1: {problem}", "wrong", todo)]
    port = ports.choose(None)
    if port is None:
        findings.append(Finding("port", ports.busy_sentence(None), "wrong"))
    else:
        findings.append(Finding("port", f"{port} is free for JupyterLab"))
    return findings


def settings() -> list[Finding]:
    """The course's own switches."""
    try:
        return [Finding("scale", runtime.scale())]
    except ValueError as error:
        return [Finding("scale", str(error), "wrong", "Change COURSE_SCALE, or leave it unset.")]


def notebooks() -> list[Finding]:
    """Whether there is anything to open and to run."""
    there = len(run.notebooks())
    if there:
        return [Finding("notebooks", f"{there} in {ROOT / 'notebooks'}")]
    todo = "Work in a copy of the whole course: an installed package has no notebooks."
    return [Finding("notebooks", f"none in {ROOT / 'notebooks'}", "wrong", todo)]


def trials() -> list[Finding]:
    """What `lab` and `run` do, tried in small and at the same time."""
    # Without these there is a finding already, and nothing to try.
    if ports.loopback_problem():
        return []
    port = ports.choose(None)
    with ThreadPoolExecutor(2) as pool:
        going = {"run": pool.submit(trial.of_run)}
        if port:
            going["lab"] = pool.submit(trial.of_lab, port)
        done = {name: future.result() for name, future in going.items()}
    findings = [of_trial(name, tried) for name, tried in done.items()]
    modules = [of_modules(name, tried) for name, tried in done.items() if tried.modules]
    return findings + [finding for finding in modules if finding]


def of_trial(name: str, tried: trial.Trial) -> Finding:
    """Whether it went well."""
    what = {
        "run": "a notebook was executed",
        "lab": "JupyterLab answered, and a kernel computed",
    }[name]
    if not tried.problem:
        return Finding(name, f"{what}, {tried.seconds:.1f} s")
    todo = {
        "run": f"`python course.py {name}` would stop at the same.",
        "lab": "`python course.py lab` would stop at the same; `jupyter --paths` shows where "
        "settings and kernels are, and `jupyter kernelspec list` which kernels.",
    }[name]
    return Finding(name, tried.problem, "wrong", todo)


def of_modules(name: str, tried: trial.Trial) -> Finding | None:
    """What a kernel could not import, or took from elsewhere; None when all was in order."""
    broken = [f"{module}: {why[1:]}" for module, why in tried.modules.items() if why[:1] == "!"]
    here = Path(tried.modules.get("course_utils", "")).resolve().is_relative_to(workspace.PACKAGE)
    if broken or not here:
        others = f", and {len(broken) - 1} more" if broken[1:] else ""
        found = f"{broken[0]}{others}" if broken else tried.modules["course_utils"]
        misleading = [variable for variable in MISLEADING if os.environ.get(variable)]
        todo = f"The kernel of `{name}` is the Python in {tried.prefix}."
        if misleading:
            todo += f" Leave {', '.join(misleading)} unset."
        todo += " Else delete .venv and start again with `python course.py doctor`."
        return Finding(f"{name} imports", found, "wrong", todo)
    stamp = install.read_stamp(Path(sys.prefix))
    places = [Path(place).resolve() for place in (sys.prefix, ROOT, stamp.get("torch") or ROOT)]
    away = [
        f"{module} from {file}"
        for module, file in tried.modules.items()
        if not any(Path(file).resolve().is_relative_to(place) for place in places)
    ]
    if away and sys.prefix != sys.base_prefix:
        todo = "It works, with other versions perhaps; PYTHONPATH and the kernelspecs lead there."
        return Finding(f"{name} imports", ", ".join(away[:3]), "note", todo)
    return None


CHECKS: tuple[Callable[[], list[Finding]], ...] = (
    machine,
    packages,
    device,
    settings,
    storage,
    artifacts,
    notebooks,
    network,
    trials,
)


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `doctor`.

    Returns:
        1 when something was found that keeps the notebooks from running, else 0.
    """
    argparse.ArgumentParser(
        prog="course.py doctor", description="Look for what is wrong."
    ).parse_args(arguments)
    findings = []
    for check in CHECKS:
        for finding in check():
            print(as_text(finding), flush=True)
            findings.append(finding)
    # Notes do not keep anything from running.
    wrong = sum(finding.state == "wrong" for finding in findings)
    notes = sum(finding.state == "note" for finding in findings)
    if wrong:
        print(f"\n{wrong} of these must be put right before the notebooks run.")
        return 1
    print(f"\nReady: nothing stands in the way, {notes} note{'' if notes == 1 else 's'}.")
    return 0


def as_text(finding: Finding) -> str:
    """A finding as lines of text: the mark, what it is about, what was found, what to do."""
    lines = [f"{MARKS[finding.state]:<6} {finding.about:<12} {finding.found}"]
    if finding.todo:
        lines += textwrap.wrap(
            finding.todo, 90, initial_indent=" " * 20 + "-> ", subsequent_indent=" " * 23
        )
    return "\n".join(lines)
