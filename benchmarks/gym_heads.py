"""What the Training Gym's pictures of its heads cost: steps with them and without, in turns.

    python -m benchmarks.gym_heads [--turns 6] [--rounds 3]

It starts JupyterLab on loopback and Chromium, opens the gym, and lets it play at full speed with
the view open, in turns with the pictures and without: without, the frames that are kept once a
second bring no heads, so that neither the kernel computes them nor the page paints them. Two
minutes; nothing is written but a temporary folder.

- in turns: steps in a second of the kernel's processor time, beside those by the clock. A round
  has turns of two seconds, with, without, without, with, and so on, so that what else the machine
  does falls on both; the rounds' spread says how fine a difference can be seen at all.
- by itself: the processor time that the pictures add to a kept frame, once a second.

The exit status says whether either is more than a twentieth. Measured: results/gym_heads.md.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.live import WATCHED, keep_apart
from tests.browser.gym_page import DATA_CELL, LAB_CELL
from tests.browser.jupyter_lab import Jupyter, running_chromium, running_jupyter

NOTEBOOK, VIEW = "gym_heads.ipynb", ".anatomy-gym"
MOST = 0.05  # of the steps
TURN_SECONDS = 2  # the pictures come once a second
# What one look costs by itself, in milliseconds of the processor.
LOOK = """
def look_milliseconds():
    begun = time.process_time()
    for _ in range(50):
        lab.trainable.full_frame()
    between = time.process_time()
    for _ in range(50):
        lab.trainable.frame()
    return 20 * (2 * between - begun - time.process_time())
"""
SWITCH = """
def pictures(on):
    type(lab.trainable).full_frame = full if on else type(lab.trainable).frame
full = type(lab.trainable).full_frame
"""


def turn(jupyter: Jupyter, page: object, on: bool) -> list[float]:
    """Steps, seconds of the kernel's processor time and seconds by the clock of one turn."""
    jupyter.ask(f"[pictures({on}), 0][1]")
    ask = "[len(marks), time.process_time(), time.monotonic()]"
    before = jupyter.ask(ask)
    page.wait_for_timeout(1000 * TURN_SECONDS)
    return [now - then for now, then in zip(jupyter.ask(ask), before, strict=True)]


def measure(jupyter: Jupyter, browser: object, turns: int, rounds: int) -> tuple[float, float]:
    """Print each round; returns the cost in turns, the rounds' median, and by itself."""
    cells = [DATA_CELL, LAB_CELL, WATCHED.replace("RATE", "0") + LOOK + SWITCH]
    jupyter.write(NOTEBOOK, cells)
    jupyter.start_kernel(NOTEBOOK)
    page = browser.new_context(viewport={"width": 1280, "height": 1400}).new_page()
    jupyter.open(page, NOTEBOOK)
    jupyter.run_all(page)
    page.wait_for_selector(f"{VIEW}[data-looked]", timeout=60_000)
    while "full" not in jupyter.ask("list(globals())"):
        page.wait_for_timeout(200)
    apart = keep_apart(jupyter)
    look = jupyter.ask("look_milliseconds()")
    print(f"by itself: {look:.2f} ms of the processor, once a second")
    print(f"in turns{', the kernel on a core of its own' if apart else ''}:")
    jupyter.ask("[lab.trainer.send('play'), 0][1]")
    page.wait_for_timeout(2000)
    costs = []
    for _ in range(rounds):
        sums = {True: [0.0] * 3, False: [0.0] * 3}
        for number in range(2 * turns):
            on = number % 4 in (0, 3)
            parts = zip(sums[on], turn(jupyter, page, on), strict=True)
            sums[on] = [total + part for total, part in parts]
        (with_, *_), (without, *_) = rates = [
            [steps / seconds for seconds in times] for steps, *times in (sums[True], sums[False])
        ]
        costs.append(1 - with_ / without)
        print(
            f"  a second of the processor {with_:.1f} steps with, {without:.1f} without: cost "
            f"{costs[-1]:+.1%}; by the clock {rates[0][1]:.1f} and {rates[1][1]:.1f}",
            flush=True,
        )
    jupyter.ask("[lab.trainer.send('pause'), 0][1]")
    return statistics.median(costs), look / 1000


def main() -> None:
    """Print the figures; the exit status says whether the pictures cost too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as top,
        running_jupyter(Path(top)) as jupyter,
        running_chromium() as browser,
    ):
        turns, alone = measure(jupyter, browser, given.turns, given.rounds)
    print(f"cost in turns {turns:+.1%}, by itself {alone:.2%}; at most {MOST:.0%} is allowed")
    raise SystemExit(max(turns, alone) > MOST)


if __name__ == "__main__":
    main()
