"""The command lab: a real JupyterLab on loopback that nobody enters without its token."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from course_utils.cli import deterministic, lab, ports


@pytest.fixture
def taken_port():
    """A port of this machine on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_gets_a_sentence(taken_port: int, capsys: pytest.CaptureFixture) -> None:
    assert lab.main(["--port", str(taken_port), "--no-browser"]) == 1
    assert f"Port {taken_port} is busy" in capsys.readouterr().out


def test_a_port_that_cannot_be_gets_a_sentence(capsys: pytest.CaptureFixture) -> None:
    assert lab.main(["--port", "70000"]) == 1
    assert "from 1 to 65535" in capsys.readouterr().out


def test_without_a_port_a_free_one_is_chosen() -> None:
    port = ports.choose(None)
    assert port in ports.PORTS and ports.is_free(port)


def test_nothing_switches_the_token_off() -> None:
    line = " ".join(lab.command(8888, browser=True))
    assert "ServerApp.ip=127.0.0.1" in line
    assert "token" not in line and "password" not in line and "xsrf" not in line


PINS = {*deterministic.INSTRUCTION_SET, "OMP_NUM_THREADS"}


def started(port: int, folder: Path) -> subprocess.Popen:
    """The command, with settings of its own, nothing pinned and a proxy where nobody listens."""
    places = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    settings = {name: value for name, value in os.environ.items() if name not in PINS}
    settings |= places | {"IPYTHONDIR": str(folder), "HTTP_PROXY": "http://127.0.0.1:9"}
    return subprocess.Popen(
        [sys.executable, "-m", "course_utils", "lab", "--no-browser", "--port", str(port)],
        env=settings | {"NO_PROXY": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def test_jupyterlab_opens_notebook_01_for_those_with_the_token_only(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = started(port, tmp_path)
    try:
        address = next(line for line in child.stderr if "?token=" in line)
        token = re.search(r"token=(\w+)", address).group(1)
        assert f"http://127.0.0.1:{port}/lab/tree/{lab.FIRST}" in address
        api = f"http://127.0.0.1:{port}/api/contents/course.py?content=0"
        assert status(api) == 403
        assert status(f"{api}&token={token}") == 200
        # The processor as it is: nothing is fixed for JupyterLab and the kernels that it starts.
        (server,) = psutil.Process(child.pid).children()
        assert not PINS & set(server.environ())
        stop = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/shutdown?token={token}", method="POST"
        )
        urllib.request.urlopen(stop, timeout=10).close()
        child.stderr.read()
        assert child.wait(timeout=30) == 0
    finally:
        if child.poll() is None:
            child.kill()
        child.stderr.close()
        child.wait()


def status(address: str) -> int:
    """The HTTP status of an address; the server may still be coming up."""
    for _ in range(50):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except urllib.error.URLError:
            time.sleep(0.2)
    raise AssertionError(f"nobody answers at {address}")
