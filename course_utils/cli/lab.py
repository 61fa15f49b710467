"""The command `lab`: opens JupyterLab at the reader's copy of notebook 01, for this machine only.

The token that JupyterLab makes stays on: other users of the machine cannot get in. It asks no
address outside for news. How the copies are kept is desk.py's. Taught in no notebook; README.md
shows the command.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from course_utils import workspace
from course_utils.cli import desk, deterministic, ports

FIRST = "01_data_collection.ipynb"
# Defaults of JupyterLab's own settings; what a reader has chosen there goes before them.
DEFAULTS = Path(__file__).resolve().parent / "jupyter"


@dataclass(frozen=True)
class Running:
    """A JupyterLab that this command has started before, and that is still open.

    Attributes:
        pid: its process.
        address: with its token; empty where it cannot be told, because it is just starting.
        page: a file that opens it in a browser; None where it cannot be told.
    """

    pid: int
    address: str
    page: Path | None


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `lab`.

    Returns:
        JupyterLab's exit code; 0 when it was open already, 1 when no port is free.
    """
    parser = argparse.ArgumentParser(prog="course.py lab", description="Open JupyterLab.")
    first = ports.PORTS[0]
    parser.add_argument("--port", type=int, help=f"the port; else a free one from {first} on")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    options = parser.parse_args(arguments)
    root = workspace.open_root()
    # Of two that are started at once the second sees the first one's copies, and its JupyterLab.
    with workspace.alone(root / desk.FOLDER):
        there = running(root)
        if there:
            return show(there, browser=not options.no_browser)
        port = ports.choose(options.port)
        if port is None:
            print(ports.busy_sentence(options.port))
            return 1
        print(*desk.lay_out(root), f"Your notebooks: {root / desk.FOLDER}", sep="\n", flush=True)
        # The processor as it is: what makes figures equal everywhere would slow a reader down.
        child = subprocess.Popen(
            command(port, browser=not options.no_browser, root=root),
            env=environment(os.environ),
            cwd=workspace.PACKAGE.parent,
        )
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # JupyterLab got it too, and asks whether to stop


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """A copy in which this machine is reached without a proxy, and no reader is asked for news."""
    changed = deterministic.without_proxy_on_loopback(given)
    folders = [changed.get("JUPYTER_CONFIG_PATH", ""), str(DEFAULTS)]
    return changed | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, folders))}


def command(port: int, browser: bool, root: Path) -> list[str]:
    """The command line of JupyterLab: on loopback only, at the first copy.

    Args:
        port: a free one.
        browser: whether it opens one.
        root: the workspace.
    """
    options = [
        "ServerApp.ip=127.0.0.1",
        f"ServerApp.port={port}",
        "ServerApp.port_retries=0",
        "LabApp.news_url=None",
        "LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    line = [sys.executable, "-m", "jupyterlab", *(f"--{option}" for option in options)]
    line += desk_options(root)
    if not browser:
        line.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line.append("--allow-root")  # as in a container; the token and loopback still guard it
    return line


def desk_options(root: Path) -> list[str]:
    """What JupyterLab is told of a desk; no other desk's JupyterLab is told the same."""
    return [
        f"--ServerApp.root_dir={top(root)}",
        f"--LabApp.default_url=/lab/tree/{quote(first(root))}",
    ]


def top(root: Path) -> Path:
    """The folder that JupyterLab shows: the course, or a workspace that lies elsewhere.

    JupyterLab opens nothing below a folder whose name begins with a dot.
    """
    course, folder = workspace.PACKAGE.parent, Path(os.path.abspath(root))
    if not folder.is_relative_to(course):
        return folder
    hidden = any(part.startswith(".") for part in folder.relative_to(course).parts)
    return folder if hidden else course


def first(root: Path) -> str:
    """The first copy's path from the folder that JupyterLab shows, with forward slashes."""
    path = Path(os.path.abspath(root)) / desk.FOLDER / FIRST
    return path.relative_to(top(root)).as_posix()


def running(root: Path) -> Running | None:
    """The JupyterLab that is open at the desk of this workspace, or None.

    It is known by its command line, so one that has crashed leaves nothing that could mislead.
    """
    # Deferred: doctor imports this module, and tells which packages are missing.
    import psutil
    from jupyter_core.paths import jupyter_runtime_dir

    wanted, pid = set(desk_options(root)), None
    for process in psutil.process_iter(["cmdline"]):
        if not wanted <= set(process.info["cmdline"] or ()):
            continue
        # On Windows the Python of .venv starts another one, and that one writes the file.
        pid = process.pid
        about = Path(jupyter_runtime_dir()) / f"jpserver-{pid}.json"
        try:
            told = json.loads(about.read_text(encoding="utf-8"))
            address = f"{told['url']}lab/tree/{quote(first(root))}?token={told['token']}"
        except (OSError, ValueError, KeyError, TypeError):
            continue
        page = about.with_name(f"jpserver-{pid}-open.html")
        return Running(pid, address, page if page.is_file() else None)
    return None if pid is None else Running(pid, "", None)


def show(there: Running, browser: bool) -> int:
    """Lead to a JupyterLab that is open already; two at the same notebooks would save over each
    other's work.

    Returns:
        0.
    """
    where = f":\n    {there.address}" if there.address else "; its terminal says its address."
    print(f"JupyterLab is open at these notebooks already (process {there.pid}){where}")
    print("To start it anew, end that one first: Ctrl-C in its terminal, or File, Shut Down.")
    # The page holds the token, which a command line would show to other users of the machine.
    if browser and there.page:
        webbrowser.open(there.page.as_uri())
    return 0
