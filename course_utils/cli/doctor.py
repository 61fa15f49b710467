"""The command `doctor`: says what this machine has, what is wrong and what to do about it.

One function a check, each returning what it found as Findings. Nothing is changed, and a package
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
from dataclasses import dataclass
from importlib import metadata

from course_utils import runtime, workspace
from course_utils.cli import deterministic, ports

GIGABYTE = 1e9
MEMORY_NEEDED, DISK_NEEDED = 2.5 * GIGABYTE, 1.0 * GIGABYTE
ROOT = workspace.PACKAGE.parent
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
    except ImportError:
        return []  # the check of the versions says that it is missing
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
    pinned, direct = pinned_versions(), direct_packages()
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


def disk() -> list[Finding]:
    """Whether the workspace can be written, and how much is free there."""
    # The nearest folder that is there: the workspace may not be made yet.
    folder = workspace.root()
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there) as file:
            file.write(b"x")
        free = shutil.disk_usage(there).free
    except OSError as error:
        todo = "Make the folder writable, or set COURSE_WORKSPACE to one that is."
        problem = f"{folder} cannot be written ({error.strerror or error})"
        return [Finding("workspace", problem, "wrong", todo)]
    size = f"{free / GIGABYTE:.1f} GB free"
    if free < DISK_NEEDED:
        todo = "A run writes up to 1 GB: free some, or set COURSE_WORKSPACE to another disk."
        return [Finding("workspace", str(folder)), Finding("disk", size, "wrong", todo)]
    return [Finding("workspace", str(folder)), Finding("disk", size)]


def artifacts() -> list[Finding]:
    """Each artifact: whose it is, and whether it agrees with its manifest."""
    findings = []
    for name, state in workspace.have().items():
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


CHECKS: tuple[Callable[[], list[Finding]], ...] = (
    machine,
    packages,
    device,
    settings,
    disk,
    artifacts,
    network,
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
    findings = [finding for check in CHECKS for finding in check()]
    for finding in findings:
        print(as_text(finding))
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
