"""The command lab: a real JupyterLab on loopback that nobody enters without its token."""

from __future__ import annotations

import json
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
from jupyter_server.services.config.manager import ConfigManager

from course_utils import workspace
from course_utils.cli import desk, deterministic, lab, ports


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
    line = " ".join(lab.command(8888, browser=True, root=workspace.root()))
    assert "ServerApp.ip=127.0.0.1" in line
    assert "token" not in line and "password" not in line and "xsrf" not in line


@pytest.mark.parametrize("before", ["", "elsewhere"])
def test_jupyterlab_asks_no_reader_whether_to_fetch_news(
    monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    for name, value in lab.environment({"JUPYTER_CONFIG_PATH": before}).items():
        monkeypatch.setenv(name, value)
    defaults = ConfigManager(config_dir_name="labconfig").get("default_setting_overrides")
    assert defaults["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert os.environ["JUPYTER_CONFIG_PATH"].startswith(before)


@pytest.mark.parametrize(
    ("chosen", "shown", "first"),
    [
        ("", "", "workspace/notebooks"),
        ("classes/my course", "", "classes/my course/notebooks"),
        (".cache/course", ".cache/course", "notebooks"),  # JupyterLab opens nothing hidden
        ("../elsewhere", "../elsewhere", "notebooks"),
    ],
)
def test_jupyterlab_sees_the_copies_wherever_the_workspace_is(
    monkeypatch: pytest.MonkeyPatch, chosen: str, shown: str, first: str
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", chosen)
    course = workspace.PACKAGE.parent
    assert lab.top(workspace.root()) == Path(os.path.normpath(course / shown))
    assert lab.first(workspace.root()) == f"{first}/{lab.FIRST}"
    assert all(" " not in option for option in lab.desk_options(workspace.root())[1:])


PINS = {*deterministic.INSTRUCTION_SET, "OMP_NUM_THREADS"}


def settings(folder: Path) -> dict[str, str]:
    """An environment with folders of its own, nothing pinned and a proxy where nobody listens."""
    places = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    kept = {name: value for name, value in os.environ.items() if name not in PINS}
    kept |= places | {"IPYTHONDIR": str(folder), "HTTP_PROXY": "http://127.0.0.1:9"}
    return kept | {"NO_PROXY": ""}


def started(port: int, folder: Path) -> subprocess.Popen:
    """The command."""
    return subprocess.Popen(
        [sys.executable, "-m", "course_utils", "lab", "--no-browser", "--port", str(port)],
        env=settings(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def test_jupyterlab_opens_the_copy_of_notebook_01_for_those_with_the_token_only(
    tmp_path: Path, own_workspace: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = started(port, tmp_path)
    try:
        address = next(line for line in child.stderr if "?token=" in line)
        token = re.search(r"token=(\w+)", address).group(1)
        opened = f"http://127.0.0.1:{port}/lab/tree/notebooks/{lab.FIRST}"
        assert opened in address
        for path in (f"notebooks/{lab.FIRST}", f"notebooks/with_outputs/{lab.FIRST}"):
            api = f"http://127.0.0.1:{port}/api/contents/{path}?content=0"
            assert status(api) == 403
            assert status(f"{api}&token={token}") == 200
        # The processor as it is: nothing is fixed for JupyterLab and the kernels that it starts.
        (server,) = psutil.Process(child.pid).children()
        assert not PINS & set(server.environ())
        a_second_one_leads_to_the_first(tmp_path, own_workspace, f"{opened}?token={token}")
        stop = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/shutdown?token={token}", method="POST"
        )
        urllib.request.urlopen(stop, timeout=10).close()
        child.stderr.read()
        assert child.wait(timeout=30) == 0
        assert lab.running(own_workspace) is None
    finally:
        if child.poll() is None:
            child.kill()
        child.stderr.close()
        child.wait()


def a_second_one_leads_to_the_first(folder: Path, root: Path, address: str) -> None:
    """It says where the first one is, opens that in the browser, and leaves the copies alone."""
    copy = root / desk.FOLDER / lab.FIRST
    copy.unlink()
    browser = folder / "browser.py"
    browser.write_text("import sys; open(sys.argv[2], 'w').write(sys.argv[1])", encoding="utf-8")
    opened = folder / "opened.txt"
    line = f'"{sys.executable}" "{browser}" %s "{opened}"'
    second = subprocess.run(
        [sys.executable, "-m", "course_utils", "lab"],
        env=settings(folder) | {"BROWSER": line},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert second.returncode == 0, second.stdout + second.stderr
    assert "is open at these notebooks already" in second.stdout and address in second.stdout
    page = opened.read_text(encoding="utf-8")
    assert page.startswith("file:") and "token" not in page  # others see command lines
    assert not copy.exists()


def test_a_jupyterlab_that_is_not_there_any_more_blocks_nothing(
    own_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    told = {"url": "http://127.0.0.1:8888/", "token": "x", "pid": ended.pid}
    (tmp_path / f"jpserver-{ended.pid}.json").write_text(json.dumps(told), encoding="utf-8")
    assert lab.running(own_workspace) is None


def test_one_that_is_just_starting_counts(own_workspace: Path, tmp_path: Path) -> None:
    wait = ["-c", "import sys; print(flush=True); sys.stdin.read()"]
    line = [sys.executable, *wait, *lab.desk_options(own_workspace)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        there = lab.running(own_workspace)
        assert there is not None and there.address == "" and there.page is None
        assert lab.running(tmp_path / "another") is None
        child.communicate()


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
