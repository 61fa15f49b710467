"""A kernel that is the same on every machine, and a notebook executed in it.

It measures and writes nothing (run_notebooks.py does). The environment serves `pytest --nbval` as
well, so outputs are checked exactly as they were made.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import notebook_files
import psutil
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
CELL_SECONDS = 3600
UNSET = ("MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTEST_CURRENT_TEST")
SILENT = logging.getLogger("course.notebooks")  # what nbclient would log, _failure() says
SILENT.setLevel(logging.CRITICAL + 1)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class NotebookFailed(RuntimeError):
    """A notebook did not run to its end, or not to the committed outputs; the text says where."""


@contextlib.contextmanager
def kernel_environment(
    workspace: Path, scale: str | None = None, exact: bool = True
) -> Iterator[dict[str, str]]:
    """The environment in which notebooks are made and checked, good for kernels and for nbval.

    A temporary kernelspec named python3 is this very interpreter; what the user has set for
    Jupyter, IPython and matplotlib is out of sight; labs are headless; hashing is pinned. The
    temporary files are gone when the block ends.

    Args:
        workspace: what COURSE_WORKSPACE is to be.
        scale: what COURSE_SCALE is to be; as it is when None.
        exact: whether instruction set and threads are pinned too, as for the committed outputs.
    """
    folder = Path(tempfile.mkdtemp(prefix="course-kernel-"))
    try:
        environment = {name: value for name, value in os.environ.items() if name not in UNSET}
        settings = course("cli.deterministic")
        prepare = settings.pinned_environment if exact else settings.without_proxy_on_loopback
        environment = prepare(environment)
        environment |= _isolated(folder)
        environment |= {
            "COURSE_HEADLESS": "1",
            "COURSE_WORKSPACE": str(workspace.resolve()),
            "PYTHONHASHSEED": "0",
        }
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        if scale:
            environment["COURSE_SCALE"] = scale
        if environment.get("COURSE_SCALE") != "gpu":
            environment.setdefault("COURSE_DEVICE", "cpu")  # as the committed outputs were made
        _list_fonts()
        yield environment
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(notebook: NotebookNode, environment: Mapping[str, str], cwd: Path) -> NotebookNode:
    """A copy of a notebook, executed from the top in a kernel of its own.

    The kernel is ended with everything it started, also on Ctrl-C.

    Args:
        notebook: what to execute; its outputs are not looked at.
        environment: see `kernel_environment`.
        cwd: the folder that the kernel stands in.

    Raises:
        NotebookFailed: a cell raised, ran longer than CELL_SECONDS, or took the kernel with it.
    """
    done, problems = notebook_files.without_outputs(notebook), []
    log = Path(environment["IPYTHONDIR"]).with_name("kernel.log")

    def work() -> None:
        try:
            client = _client(done, environment)
            with log.open("w", encoding="utf-8") as said:
                asyncio.run(
                    client.async_execute(
                        env=dict(environment), cwd=str(cwd), cleanup_kc=True, stderr=said
                    )
                )
        except BaseException as error:  # handed to the thread that waits
            problems.append(error)

    mine = psutil.Process()
    before = set(mine.children())
    worker = threading.Thread(target=work, daemon=True)  # nbclient takes Ctrl-C in a main thread
    worker.start()
    try:
        while worker.is_alive():
            worker.join(0.2)
    except BaseException:
        _end(set(mine.children()) - before)
        worker.join(15)
        raise
    if problems:
        raise _failure(done, problems[0], log)
    return done


def course(module: str):
    """A module of this checkout's course_utils, from wherever the tool was started."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module(f"course_utils.{module}")


def _isolated(folder: Path) -> dict[str, str]:
    """Make the kernelspec and empty settings in a folder; the variables that point there."""
    spec = folder / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = [
        sys.executable,
        "-m",
        "ipykernel_launcher",
        "-f",
        "{connection_file}",
        "--HistoryManager.enabled=False",
    ]
    text = json.dumps({"argv": argv, **notebook_files.KERNEL})
    (spec / "kernel.json").write_text(text, encoding="utf-8", newline="\n")
    (folder / "matplotlibrc").touch()
    return {
        "JUPYTER_PATH": str(folder / "jupyter"),
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
    }


@functools.cache
def _list_fonts() -> None:
    """Let matplotlib list the machine's fonts now; it would say so in the middle of a cell."""
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"], capture_output=True, check=False
    )


def _client(notebook: NotebookNode, environment: Mapping[str, str]):
    """An nbclient that sees no kernelspec but the temporary one."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    specs = KernelSpecManager(kernel_dirs=[str(Path(environment["JUPYTER_PATH"]) / "kernels")])
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)
    return NotebookClient(
        notebook,
        km=manager,
        timeout=CELL_SECONDS,
        record_timing=False,
        store_widget_state=False,
        log=SILENT,
    )


def _end(processes: set[psutil.Process]) -> None:
    """End processes and all that they started, youngest first."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            for one in [*reversed(process.children(recursive=True)), process]:
                with contextlib.suppress(psutil.Error):
                    one.kill()


def _failure(notebook: NotebookNode, problem: BaseException, log: Path) -> BaseException:
    """The sentence for what nbclient raised: which cell, its source, what went wrong."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    if isinstance(problem, CellExecutionError):
        why = ANSI.sub("", f"{problem.ename}: {problem.evalue}")
    elif isinstance(problem, CellTimeoutError):
        why = f"it ran for more than {CELL_SECONDS} s and was stopped"
    elif isinstance(problem, DeadKernelError):
        why = "the kernel died in it; most often the machine had no memory left"
    elif isinstance(problem, RuntimeError):
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return NotebookFailed("\n".join([f"no kernel could be started: {problem}", *said[-1:]]))
    else:
        return problem
    cells = notebook_files.code_cells(notebook)
    begun = [number for number, cell in enumerate(cells) if cell.outputs or cell.execution_count]
    number = begun[-1] if begun else 0
    source = "\n".join("    " + line for line in cells[number].source.splitlines())
    name = cells[number].get("id", "no id")
    return NotebookFailed(f"code cell {number + 1} ({name}) failed.\n{source}\n{why}")
