"""The command `lab`: opens JupyterLab at notebook 01, for this machine only.

The token that JupyterLab makes stays on: other users of the machine cannot get in. It asks no
address outside for news. Taught in no notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from course_utils import workspace
from course_utils.cli import deterministic, ports

FIRST = "notebooks/01_data_collection.ipynb"


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `lab`.

    Returns:
        JupyterLab's exit code, or 1 when no port is free.
    """
    parser = argparse.ArgumentParser(prog="course.py lab", description="Open JupyterLab.")
    first = ports.PORTS[0]
    parser.add_argument("--port", type=int, help=f"the port; else a free one from {first} on")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    options = parser.parse_args(arguments)
    port = ports.choose(options.port)
    if port is None:
        print(ports.busy_sentence(options.port))
        return 1
    workspace.open_root()
    # The processor as it is: what makes figures equal everywhere would slow a reader down.
    child = subprocess.Popen(
        command(port, browser=not options.no_browser),
        env=deterministic.without_proxy_on_loopback(os.environ),
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
