"""This machine's loopback and its free ports, for JupyterLab and for doctor."""

from __future__ import annotations

import os
import socket

PORTS = range(8888, 8908)


def choose(wanted: int | None) -> int | None:
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


def loopback_problem() -> str:
    """Why programs of this machine cannot reach one another; empty when they can."""
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=5),
        ):
            return ""
    except OSError as error:
        return error.strerror or str(error)


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
