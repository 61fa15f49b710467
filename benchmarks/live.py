"""What a live view costs: a lab's steps per second with and without it, and a slider's delay.

    python -m benchmarks.live [--seconds 8] [--rounds 3] [--shared]

It starts JupyterLab on loopback and Chromium, plays two labs, and ends
what it started. Three minutes on two quiet cores; nothing is written but a temporary folder.

- view open / no view: the same lab plays at full speed; without a view its page shows nothing of
  the lab, so no frame is sent. Rounds alternate; the median of the rounds' ratios is printed.
  Where the system allows it, the kernel keeps to one core and everything else to the others, so
  that the cost is the view's and not the scheduler's; --shared leaves all cores to all.
- slider: from the key press in the page to the start of the first step with the new learning rate.
- frames: drawn in Chromium in a second, while the training goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page

from tests.browser.gym_page import DATA_CELL
from tests.browser.gym_page import LAB_CELL as GYM_CELL
from tests.browser.jupyter_lab import Jupyter, running_chromium, running_jupyter
from tests.browser.spam_page import CELL as SPAM_CELL

LABS = {  # name: (the view's class, its cells, where the rate is kept)
    "Training Gym": ("anatomy-gym", [DATA_CELL, GYM_CELL], "trainable.settings['learning_rate']"),
    "spam network": ("anatomy-spam", [SPAM_CELL], "trainable.learning_rate"),
}
# Full speed, and the time and the rate of every step, as the lab's own thread sees them.
WATCHED = """
import time
marks, plain, trainable = [], lab.trainable.step, lab.trainable
def step():
    marks.append((time.time(), RATE))
    return plain()
lab.trainable.step = step
lab.trainer._pace = 0.0
"""
PRESSES = 30
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def steps_a_second(jupyter: Jupyter, page: Page, seconds: float) -> float:
    """How many steps the lab took while the page's loop went on."""
    before, started = jupyter.ask("len(marks)"), time.perf_counter()
    page.wait_for_timeout(1000 * seconds)
    return (jupyter.ask("len(marks)") - before) / (time.perf_counter() - started)


def keep_apart(jupyter: Jupyter) -> bool:
    """The newest kernel on the first core, all other processes of this run on the others."""
    first, *others = CORES
    if not others:
        return False
    kernel, own = jupyter.ask("__import__('os').getpid()"), psutil.Process()
    for process in (own, *own.children(recursive=True)):
        for thread in process.threads():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread.id, [first] if process.pid == kernel else others)
    return True


def chromium_seconds(session: object) -> float:
    """Processor time of all of Chromium's processes so far."""
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(process["cpuTime"] for process in found)


def slider_milliseconds(jupyter: Jupyter, page: Page) -> list[float]:
    """From a key press on the learning rate's slider to the first step that uses the new rate."""
    handle = page.locator(".noUi-handle").first
    handle.focus()
    found = []
    for number in range(PRESSES):
        rate, count = jupyter.ask("marks[-1][1]"), jupyter.ask("len(marks)")
        page.evaluate(
            "() => addEventListener('keydown', () => { window.pressed = Date.now(); },"
            " { capture: true, once: true })"
        )
        page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight")
        used = f"next((t for t, rate in marks[{count}:] if rate != {rate!r}), None)"
        for _ in range(100):
            page.wait_for_timeout(20)
            at = jupyter.ask(used)
            if at is not None:
                break
        else:
            raise RuntimeError("A press on the slider did not reach the training within 2 s.")
        found.append(1000 * at - page.evaluate("() => window.pressed"))
    return found


def measure(
    name: str, jupyter: Jupyter, browser: object, seconds: float, rounds: int, shared: bool
) -> None:
    """Open one lab, play it, and print its figures."""
    view, cells, rate = LABS[name]
    notebook = f"{view}.ipynb"
    jupyter.write(notebook, [*cells, WATCHED.replace("RATE", rate)])
    jupyter.start_kernel(notebook)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page, session = context.new_page(), browser.new_browser_cdp_session()
    drawn = f"() => Number(document.querySelector('.{view}').dataset.drawn)"

    def show() -> None:
        jupyter.open(page, notebook)
        page.wait_for_selector(f".{view}[data-step]", timeout=60_000)
        page.locator(f".{view}").first.scroll_into_view_if_needed()

    jupyter.open(page, notebook)
    jupyter.run_all(page)
    page.wait_for_selector(f".{view}[data-step]", timeout=60_000)
    while "marks" not in jupyter.ask("list(globals())"):
        page.wait_for_timeout(200)
    apart = not shared and keep_apart(jupyter)
    jupyter.command(page, "docmanager:save")
    page.wait_for_timeout(2000)
    ratios, rates, frames, busy = [], {"view": [], "none": []}, [], []
    for _ in range(rounds):
        for kind in ("view", "none"):
            if kind == "view":
                show()
            else:
                page.goto("about:blank")
            jupyter.ask("[lab.trainer.send('play'), 0][1]")
            page.wait_for_timeout(2000)
            shown = page.evaluate(drawn) if kind == "view" else 0
            worked, started = chromium_seconds(session), time.perf_counter()
            rates[kind].append(steps_a_second(jupyter, page, seconds))
            passed = time.perf_counter() - started
            if kind == "view":
                busy.append((chromium_seconds(session) - worked) / passed)
                frames.append((page.evaluate(drawn) - shown) / passed)
            jupyter.ask("[lab.trainer.send('pause'), 0][1]")
        ratios.append(rates["view"][-1] / rates["none"][-1])
    show()
    jupyter.ask("[lab.trainer.send('play'), 0][1]")
    page.wait_for_timeout(1000)
    waits = slider_milliseconds(jupyter, page)
    size = jupyter.ask("len(lab.trainable.frame())")
    jupyter.ask("[lab.trainer.send('pause'), 0][1]")
    context.close()
    half = statistics.median
    print(f"{name}{', the kernel on a core of its own' if apart else ''}")
    print(f"  steps per second    {half(rates['view']):8.1f} with the view open")
    print(f"                    {half(rates['none']):8.1f} without a view")
    print(f"  cost of the view  {1 - half(ratios):8.1%} (rounds: {', '.join(spelt(ratios))})")
    print(f"  frames a second   {half(frames):8.1f} drawn in Chromium")
    print(f"  Chromium itself   {half(busy):8.1%} of one core")
    print(f"  slider to step    {half(waits):8.1f} ms median of {len(waits)}, "
          f"{max(waits):.0f} ms at most")  # fmt: skip
    print(f"  a frame           {size:8,} bytes", flush=True)


def spelt(ratios: list[float]) -> list[str]:
    """The costs of the rounds, in percent."""
    return [f"{1 - ratio:.1%}" for ratio in ratios]


def main() -> None:
    """Print the figures of every lab."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shared", action="store_true")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as top,
        running_jupyter(Path(top)) as jupyter,
        running_chromium() as browser,
    ):
        for name in LABS:
            measure(name, jupyter, browser, given.seconds, given.rounds, given.shared)


if __name__ == "__main__":
    main()
