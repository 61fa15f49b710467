"""A real JupyterLab on a free loopback port, and Chromium to look at it.

Everything is temporary: the home folder, Jupyter's folders, the workspace. Used by the browser
tests and by benchmarks/live.py.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
import zmq
from jupyter_client import BlockingKernelClient

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
CONNECTED = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const session = panel?.sessionContext;
  return session?.isReady && session.session?.kernel?.connectionStatus === "connected"
    && session.session.kernel.status === "idle" && document.querySelector(".jp-CodeCell");
}"""
SETTINGS = {  # no question at the start: neither for a kernel nor for news
    "notebook-extension/tracker": {"autoStartDefaultKernel": True},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@dataclass(frozen=True)
class Jupyter:
    """A running JupyterLab.

    Attributes:
        url: "http://127.0.0.1:port".
        notebooks: the folder that it serves.
        runtime: where its kernels' connection files are.
    """

    url: str
    notebooks: Path
    runtime: Path

    def ask(self, expression: str) -> object:
        """The value of a Python expression in the newest kernel; JSON types only."""
        with self._client() as client:
            asked = "__import__('json').dumps(" + expression + ")"
            reply = client.execute("", user_expressions={"value": asked}, reply=True, timeout=20)
        value = reply["content"]["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    @contextlib.contextmanager
    def _client(self) -> Iterator[BlockingKernelClient]:
        newest = max(self.runtime.glob("kernel-*.json"), key=lambda path: path.stat().st_mtime)
        context = zmq.Context.instance()  # one of its own would keep its files open
        client = BlockingKernelClient(connection_file=str(newest), context=context)
        client.load_connection_file()
        client.start_channels(hb=False)  # a heartbeat is a thread that may outlive its files
        try:
            yield client
        finally:
            client.stop_channels()

    def write(self, name: str, cells: list[str], kernel: str = "python3") -> None:
        """Make a notebook with these code cells, for a kernel of that name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells]
        )
        notebook.metadata["kernelspec"] = {
            "name": kernel,
            "display_name": kernel,
            "language": "python",
        }
        with (self.notebooks / name).open("w", encoding="utf-8", newline="\n") as file:
            nbformat.write(notebook, file)

    def add_kernel(self, name: str, packages: Path) -> None:
        """Add a kernel of this Python that looks for packages in a folder first."""
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": {"PYTHONPATH": os.pathsep.join((str(packages), str(REPOSITORY)))},
        }
        folder = self.runtime.with_name("data") / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8", newline="\n")

    def start_kernel(self, name: str, kernel: str = "python3") -> None:
        """Start a notebook's kernel before the page opens, so that no start-up is raced."""
        session = {"path": name, "name": name, "type": "notebook", "kernel": {"name": kernel}}
        request = urllib.request.Request(
            f"{self.url}/api/sessions",
            data=json.dumps(session).encode("utf-8"),
            headers={"Content-Type": "application/json"},
        )
        with _opener().open(request, timeout=60):
            pass
        with self._client() as client:
            client.wait_for_ready(timeout=60)

    def restart_kernel(self, name: str) -> None:
        """Restart a notebook's kernel, as its menu does, and wait for it."""
        with _opener().open(f"{self.url}/api/sessions", timeout=20) as reply:
            sessions = json.load(reply)
        (kernel,) = [one["kernel"]["id"] for one in sessions if one["path"] == name]
        request = urllib.request.Request(
            f"{self.url}/api/kernels/{kernel}/restart", data=b"", method="POST"
        )
        with _opener().open(request, timeout=60):
            pass
        with self._client() as client:
            client.wait_for_ready(timeout=60)

    def open(self, page: object, name: str) -> None:
        """Open a notebook in a browser's page and wait until it is connected to its kernel."""
        page.goto(f"{self.url}/lab/tree/{name}?reset")
        page.wait_for_function(CONNECTED, timeout=60_000)

    def run_all(self, page: object) -> None:
        """Run all cells; asks again while the first cell shows no sign of it."""
        prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
        before = prompt.text_content()
        for _ in range(6):
            self.command(page, "notebook:run-all-cells")
            for _ in range(100):
                page.wait_for_timeout(100)
                if prompt.text_content() != before:
                    return
        raise RuntimeError("JupyterLab did not run the notebook's first cell within a minute.")

    def command(self, page: object, name: str, **arguments: object) -> None:
        """Start one of JupyterLab's own commands, as its menus do; does not wait for its end."""
        page.evaluate(
            "([name, values]) => { window.jupyterapp.commands.execute(name, values); }",
            [name, arguments],
        )


def _write_settings(folder: Path, notebooks: Path, port: int) -> None:
    """The server's settings, and what the front end is to do without asking."""
    config = {
        "ServerApp": {
            "allow_root": True,
            "open_browser": False,
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "root_dir": str(notebooks),
            "disable_check_xsrf": True,
        },
        "IdentityProvider": {"token": ""},
        "LabApp": {
            "news_url": None,
            "expose_app_in_browser": True,
            "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        },
    }
    (folder / "jupyter_server_config.json").write_text(
        json.dumps(config), encoding="utf-8", newline="\n"
    )
    for name, values in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8", newline="\n")


@contextlib.contextmanager
def running_jupyter(top: Path, further: Mapping[str, str] | None = None) -> Iterator[Jupyter]:
    """JupyterLab without a token, asking nobody for news, with kernels of this Python.

    Args:
        top: an empty folder for everything that it writes.
        further: environment variables for the kernels, such as COURSE_SCALE.
    """
    folders = {name: top / name for name in ("home", "config", "data", "runtime", "notebooks")}
    for folder in folders.values():
        folder.mkdir()
    port = _free_port()
    _write_settings(folders["config"], folders["notebooks"], port)
    url = f"http://127.0.0.1:{port}"
    log = top / "server.log"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab"],
            cwd=folders["notebooks"],
            env=_environment(folders) | dict(further or {}),
            stdout=output,
            stderr=output,
        )
        try:
            _wait_for(url + "/api/status", server, log)
            yield Jupyter(url, folders["notebooks"], folders["runtime"])
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextlib.contextmanager
def running_chromium() -> Iterator[object]:
    """Headless Chromium."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError(
            "Chromium is missing; .ci/run installs it (Debian: apt install chromium)."
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


def _environment(folders: dict[str, Path]) -> dict[str, str]:
    changed = {
        "HOME": folders["home"],
        "USERPROFILE": folders["home"],
        "IPYTHONDIR": folders["home"] / "ipython",
        "JUPYTER_CONFIG_DIR": folders["config"],
        "JUPYTER_DATA_DIR": folders["data"],
        "JUPYTER_RUNTIME_DIR": folders["runtime"],
        "JUPYTERLAB_SETTINGS_DIR": folders["config"] / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": folders["config"] / "workspaces",
        "COURSE_WORKSPACE": folders["home"] / "workspace",
        "COURSE_HEADLESS": "0",
        "PYTHONPATH": REPOSITORY,
    }
    kept = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return kept | {name: str(value) for name, value in changed.items()}


def _opener() -> urllib.request.OpenerDirector:
    """Requests that go straight to loopback, whatever HTTP_PROXY says."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with _opener().open(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start:\n" + log.read_text(encoding="utf-8")[-3000:])
