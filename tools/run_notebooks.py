"""Execute the course's notebooks in order, headless, and measure what they cost.

    python tools/run_notebooks.py                  execute, add seconds and memory to the report
    python tools/run_notebooks.py --exact          the same with instruction set and threads fixed
    python tools/run_notebooks.py --write-back     and write the outputs into the notebooks
    python tools/run_notebooks.py --check          and compare the outputs with the committed ones

The last two are always exact, because the last digits of training depend on the processor.
The kernel is described in kernels.py, the committed form of a notebook in notebook_files.py. Use
--workspace with an empty folder to begin from nothing; the default is the reader's workspace.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import notebook_files
import psutil
from kernels import NotebookFailed, course, execute, kernel_environment

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_SECONDS = 0.2
MODES = ("execute", "write-back", "check")


@dataclass(frozen=True)
class Cost:
    """What one execution took: wall-clock seconds, and MB (10^6 bytes) of its largest process."""

    seconds: float
    peak_memory_mb: float


def notebook_paths(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """The numbered notebooks of a folder, in order, or only those whose numbers are named.

    Raises:
        NotebookFailed: there is none, or none of a number that was asked for.
    """
    found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    numbers = {path.name[:2] for path in found}
    unknown = [number for number in only if number not in numbers]
    if unknown or not found:
        there = ", ".join(sorted(numbers)) or "none"
        raise NotebookFailed(
            f"No notebook {', '.join(unknown) or 'NN_name.ipynb'} in {folder}; there: {there}."
        )
    return [path for path in found if not only or path.name[:2] in only]


@contextlib.contextmanager
def measured() -> Iterator[Callable[[], Cost]]:
    """Measure what happens inside: the yielded function tells the cost so far.

    The memory is the largest resident set of any child process, sampled every SAMPLE_SECONDS.
    """
    started, peak, stop = time.perf_counter(), [0], threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=sample, daemon=True)
    watcher.start()
    try:
        yield lambda: Cost(time.perf_counter() - started, peak[0] / 1e6)
    finally:
        stop.set()
        watcher.join()


def run(
    paths: Sequence[Path],
    workspace: Path,
    *,
    mode: str = "execute",
    scale: str | None = None,
    exact: bool = True,
    say: Callable[..., None] = print,
) -> dict[str, Cost]:
    """Execute notebooks in order, one line each.

    Args:
        paths: the notebooks' files.
        workspace: the folder of the artifacts.
        mode: one of MODES; "write-back" changes a file only after its notebook ran to its end.
        scale: what COURSE_SCALE is to be; as it is when None.
        exact: whether instruction set and threads are fixed.
        say: what prints the lines.

    Returns:
        the cost by file name without its ending.

    Raises:
        NotebookFailed: a notebook broke off, or (checking) gave other outputs than the committed.
    """
    costs, wrong = {}, []
    with kernel_environment(workspace, scale, exact) as environment:
        for path in paths:
            say(f"{path.stem} ... ", end="", flush=True)
            committed = notebook_files.read(path)
            try:
                with measured() as cost:
                    executed = execute(committed, environment, path.parent)
                    costs[path.stem] = cost()
            except NotebookFailed as error:
                say("failed", flush=True)
                raise NotebookFailed(f"{path.stem}: {error}") from error
            say(
                f"{costs[path.stem].seconds:,.0f} s, {costs[path.stem].peak_memory_mb:,.0f} MB",
                flush=True,
            )
            if mode == "write-back":
                notebook_files.write(executed, path)
            elif mode == "check":
                lines = notebook_files.differences(committed, executed)
                wrong += [f"{path.stem}: {lines[0]}", *lines[1:]] if lines else []
    if wrong:
        raise NotebookFailed(
            "\n".join(wrong) + "\nThe committed outputs are not what the "
            "notebooks give; look why, then --write-back."
        )
    return costs


def figures(costs: Mapping[str, Cost], whole: bool) -> dict[str, float]:
    """The report's figures of a run: seconds by notebook, and the total if all of them ran."""
    found = {f"seconds.{name[:2]}": round(cost.seconds, 1) for name, cost in costs.items()}
    if whole:
        found["seconds.total"] = round(sum(cost.seconds for cost in costs.values()), 1)
        peak = max(cost.peak_memory_mb for cost in costs.values())
        found["peak_memory_mb"] = round(peak)
    return found


def matmul_gflops(exact: bool) -> float:
    """How fast this machine multiplies matrices in a run's environment, in 10^9 operations/s."""
    asked = "from course_utils import runtime; print(runtime.matmul_gflops())"
    with kernel_environment(ROOT, exact=exact) as environment:
        done = subprocess.run(
            [sys.executable, "-c", asked],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise NotebookFailed(f"The machine's speed could not be measured: {done.stderr.strip()}")
    return float(done.stdout)


def record(
    costs: Mapping[str, Cost], workspace: Path, whole: bool, gflops: float | None = None
) -> None:
    """Add a run's figures to the report card; refuse a whole run that a starter slipped into.

    Args:
        costs: what the notebooks took.
        workspace: the folder of the card.
        whole: whether all of the course's notebooks ran.
        gflops: how fast the machine multiplies matrices, so that seconds can be compared.

    Raises:
        NotebookFailed: the card of a whole run holds a figure that rests on a starter.
    """
    report = course("report")
    machine = {} if gflops is None else {"machine.matmul_gflops": round(gflops, 1)}
    report.add_all(figures(costs, whole) | machine, folder=workspace)
    card = report.load(workspace)
    borrowed = [key for key, entry in sorted(card.items()) if entry["from"] == "starter"]
    if whole and borrowed:
        raise NotebookFailed(
            f"These figures rest on a shipped starter, not on this run: {', '.join(borrowed)}. "
            f"A stage did not write its artifact before the next one read it: see its hand-off."
        )


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    mode = parser.add_mutually_exclusive_group()
    for name, words in zip(
        MODES,
        (
            "execute only (the default)",
            "write the outputs back",
            "compare with the committed outputs",
        ),
        strict=True,
    ):
        mode.add_argument(f"--{name}", dest="mode", action="store_const", const=name, help=words)
    parser.add_argument("--exact", action="store_true", help="fix instruction set and threads")
    parser.add_argument("paths", nargs="*", type=Path, help="notebook files, instead of --only")
    parser.add_argument("--only", nargs="+", default=[], metavar="NN", help="numbers, such as 02")
    parser.add_argument("--workspace", type=Path, help="for artifacts; the reader's if not set")
    parser.add_argument("--scale", choices=("tiny", "laptop", "gpu"), help="as COURSE_SCALE")
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", metavar="FOLDER")
    parser.set_defaults(mode="execute")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when every notebook ran (and agreed), 1 when not, 130 when interrupted."""
    workspaces = course("workspace")
    chosen = options(arguments)
    folder = chosen.workspace or workspaces.root()
    for name in ("SIGTERM", "SIGBREAK"):  # end as on Ctrl-C; SIGBREAK is Windows' own
        with contextlib.suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        workspaces.open_root(folder)
        paths = chosen.paths or notebook_paths(chosen.notebooks, chosen.only)
        exact = chosen.exact or chosen.mode != "execute"
        costs = run(paths, folder, mode=chosen.mode, scale=chosen.scale, exact=exact)
        whole = set(notebook_paths(paths[0].parent)) <= set(paths)
        record(costs, folder, whole, matmul_gflops(exact) if whole else None)
    except (NotebookFailed, workspaces.ArtifactError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The kernel is ended; finished artifacts are kept.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
