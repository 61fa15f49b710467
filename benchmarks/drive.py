"""Labs driven at random in Chromium, for minutes: nothing may break, no control may be dead.

    python -m benchmarks.drive [--seconds 120] [--seeds 0] [--labs spam next-word gym]

Each second some four controls of the lab are changed while it trains: a slider by keys to anywhere
up to its ends, a menu, a toggle, a text field, any button. It prints how often each control acted,
what went wrong (nothing, one hopes), and the memory of the kernel and of the page after each
quarter of the way.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.browser.gym_page import DATA_CELL
from tests.browser.gym_page import LAB_CELL as GYM_CELL
from tests.browser.jupyter_lab import Jupyter, running_chromium, running_jupyter
from tests.browser.lab_page import LabPage
from tests.browser.spam_page import CELL as SPAM_CELL

NEXT_WORD_CELL = "from course_utils.pretraining.labs import next_word_lab\nlab = next_word_lab()"
LABS = {
    "spam": (".anatomy-spam", [SPAM_CELL]),
    "next-word": (".anatomy-next", [NEXT_WORD_CELL + "\nlab"]),
    "gym": (".anatomy-gym", [DATA_CELL, GYM_CELL]),
}
# Counts in Python what reaches it: presses of every button, new values of every other control.
COUNTED = """
import ipywidgets, threading
acted, errors = {}, []
def watch(widget):
    for one in getattr(widget, "children", ()):
        watch(one)
    name = getattr(widget, "description", "") or getattr(widget, "tooltip", "")
    if isinstance(widget, ipywidgets.Button):
        acted[name] = 0
        widget.on_click(lambda _: acted.update({name: acted[name] + 1}))
    elif len(getattr(widget, "options", "some")) < 2:
        pass  # a menu with one choice, such as the device of a machine without a GPU
    elif not isinstance(widget, (ipywidgets.Box, ipywidgets.Label)) and hasattr(widget, "value"):
        acted[name] = 0
        widget.observe(lambda _: acted.update({name: acted[name] + 1}), names="value")
watch(lab._shown)
lab.view.observe(lambda change: errors.append(change["new"]), names="banner")
threads = lambda: sum(one.name.startswith("course-lab-") for one in threading.enumerate())
kilobytes = lambda: __import__("psutil").Process().memory_info().rss // 1024
"""
KEYS = ("ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End")
WORDS = ("the cat sat", "mat mat", "", "a dog", "on the mat the cat", "0.5", "nan", "-3")
REWIND = "Rewind to before it exploded"


class Driver:
    """One lab's page and a hand that does anything.

    Args:
        page: of a lab that is on show.
        seed: of what it does.
    """

    def __init__(self, page: LabPage, seed: int) -> None:
        self.lab, self.rng = page, random.Random(seed)
        self.done = 0

    def act(self) -> None:
        """Change one control that can be changed now."""
        kinds = (self.press, self.slide, self.choose, self.write, self.point)
        self.rng.choices(kinds, (5, 4, 1, 1, 2))[0]()
        self.done += 1

    def press(self) -> None:
        """Press any button or toggle."""
        self._any(".jp-OutputArea .jupyter-button:visible", lambda one: one.click(timeout=5000))

    def slide(self) -> None:
        """Move a slider's handle by a few keys."""

        def by_keys(handle: object) -> None:
            handle.focus(timeout=5000)
            key = self.rng.choice(KEYS)
            for _ in range(self.rng.randint(1, 8)):
                self.lab.page.keyboard.press(key)

        self._any(".jp-OutputArea .noUi-handle:visible", by_keys)

    def choose(self) -> None:
        """Choose from a menu."""

        def any_option(menu: object) -> None:
            count = menu.locator("option").count()
            menu.select_option(index=self.rng.randrange(count), timeout=5000)

        self._any(".jp-OutputArea select:visible", any_option)

    def write(self) -> None:
        """Write into a text field."""
        words = self.rng.choice(WORDS)
        self._any(".jp-OutputArea .widget-text input:visible", lambda one: one.fill(words))

    def point(self) -> None:
        """Move the mouse over the drawing, and sometimes click there."""
        box = self.lab.page.locator(self.lab.view).first.bounding_box()
        x = box["x"] + self.rng.random() * box["width"]
        y = box["y"] + self.rng.random() * box["height"]
        self.lab.page.mouse.move(x, y)
        if self.rng.random() < 0.3:
            self.lab.page.mouse.click(x, y)
            self.lab.page.keyboard.press("Escape")

    def _any(self, css: str, do: object) -> None:
        found = self.lab.page.locator(css)
        if count := found.count():
            do(found.nth(self.rng.randrange(count)))


def drive(name: str, jupyter: Jupyter, browser: object, seconds: float, seed: int) -> list[str]:
    """Open a lab and drive it; returns what was wrong."""
    view, cells = LABS[name]
    notebook = f"{name}-{seed}.ipynb"
    jupyter.write(notebook, [*cells, COUNTED])
    jupyter.start_kernel(notebook)
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = LabPage(context.new_page(), jupyter)
    page.view = view
    page.open(notebook)
    page.until(lambda: "kilobytes" in jupyter.ask("list(globals())"), "the counters", 60)
    page.page.locator(view).first.scroll_into_view_if_needed()
    heap = context.new_cdp_session(page.page)
    driver, memory, started = Driver(page, seed), [], time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        driver.act()
        page.page.wait_for_timeout(100)
        if passed > seconds * (len(memory) + 1) / 4 and len(memory) < 3:
            memory.append(megabytes(jupyter, heap))
    page.press("Reset")
    page.until(lambda: page.shown("step") == "0", "step 0 after it all", 30)
    page.press("Step")
    page.until(lambda: page.shown("step") == "1", "a step after it all", 30)
    memory.append(megabytes(jupyter, heap))
    acted = jupyter.ask("acted")
    dead = [one for one, count in acted.items() if not count and one != REWIND]
    wrong = [f"dead control: {one}" for one in dead] + page.problems()
    if (threads := jupyter.ask("threads()")) != 1:
        wrong.append(f"{threads} trainers")
    banners = jupyter.ask("[text for text in errors if text]")
    wrong += [text for text in banners if "Error:" in text]
    print(f"{name}, seed {seed}: {driver.done} acts in {seconds:.0f} s, {len(banners)} banners")
    print("  acted: " + ", ".join(f"{one} {count}" for one, count in acted.items()))
    for where, *found in zip(("kernel", "page"), *memory, strict=True):
        spelt = ", ".join(f"{one:.0f}" for one in found)
        print(f"  {where}: {spelt} MB after each quarter")
    print("  wrong: " + ("; ".join(wrong) or "nothing"), flush=True)
    context.close()
    return wrong


def megabytes(jupyter: Jupyter, heap: object) -> tuple[float, float]:
    """Memory of the kernel's process, and of the page's objects after a collection."""
    heap.send("HeapProfiler.collectGarbage")
    used = heap.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    return jupyter.ask("kilobytes()") / 1e3, used


def main() -> None:
    """Drive every lab with every seed; the exit status says whether something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--labs", nargs="+", default=list(LABS), choices=list(LABS))
    given, wrong = parser.parse_args(), []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as top,
        running_jupyter(Path(top)) as jupyter,
        running_chromium() as browser,
    ):
        for name in given.labs:
            for seed in given.seeds:
                wrong += drive(name, jupyter, browser, given.seconds, seed)
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
