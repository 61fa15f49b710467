"""The command `lab`: opens JupyterLab at notebook 01, for this machine only.

The token that JupyterLab makes stays on: other users of the machine cannot get in. It asks no
address outside for news. Taught in no notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys

from course_utils import workspace
from course_utils.cli import deterministic

FIRST = "notebooks/01_data_collection.ipynb"
PORTS = range(8888, 8908)


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `lab`.

    Returns:
        JupyterLab's exit code, or 1 when no port is free.
    """
    parser = argparse.ArgumentParser(prog="course.py lab", description="Open JupyterLab.")
    parser.add_argument("--port", type=int, help=f"the port; else a free one from {PORTS[0]} on")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    options = parser.parse_args(arguments)
    port = choose_port(options.port)
    if port is None:
        print(busy_sentence(options.port))
        return 1
    workspace.open_root()
    # Only the instruction set is that of the committed runs; the threads are the reader's own.
    environment = deterministic.pinned_environment()
    if "OMP_NUM_THREADS" not in os.environ:
        del environment["OMP_NUM_THREADS"]
    child = subprocess.Popen(
        command(port, browser=not options.no_browser),
        env=environment,
        cwd=workspace.PACKAGE.parent,
    )
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # JupyterLab got it too, and asks whether to stop


def command(port: int, browser: bool) -> list[str]:
    """The command line of JupyterLab: on loopback only, at the first notebook."""
    options = [
        "ServerApp.ip=127.0.0.1",
        f"ServerApp.port={port}",
        "ServerApp.port_retries=0",
        f"ServerApp.root_dir={workspace.PACKAGE.parent}",
        f"LabApp.default_url=/lab/tree/{FIRST}",
        "LabApp.news_url=None",
        "LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    line = [sys.executable, "-m", "jupyterlab", *(f"--{option}" for option in options)]
    if not browser:
        line.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line.append("--allow-root")  # as in a container; the token and loopback still guard it
    return line


def choose_port(wanted: int | None) -> int | None:
    """The wanted port if it is free, or the first free one; None when there is none."""
    return next((port for port in ([wanted] if wanted else PORTS) if is_free(port)), None)


def is_free(port: int) -> bool:
    """Whether this machine's loopback can listen on a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # there the option would let two programs share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def busy_sentence(wanted: int | None) -> str:
    """What to say when no port is free."""
    if wanted is None:
        return (
            f"The ports {PORTS[0]} to {PORTS[-1]} are all busy. Close a JupyterLab that is "
            "still running, or name a free port: python course.py lab --port 9100"
        )
    if not 0 < wanted < 65536:
        return f"{wanted} is no port; a port is a number from 1 to 65535."
    return (
        f"Port {wanted} is busy, or not yours to use. Leave out --port and a free one is "
        "taken, or close what uses it."
    )
