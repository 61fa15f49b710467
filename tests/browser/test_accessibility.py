"""Every lab on one page, looked at by axe-core: nothing serious, in both themes and narrow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from .gym_page import DATA_CELL
from .gym_page import LAB_CELL as GYM_CELL
from .lab_page import LabPage
from .spam_page import CELL as SPAM_CELL
from .test_attention_lab import CELL as ATTENTION_CELL
from .test_chat_lab import CELL as CHAT_CELL
from .test_collection_labs import CELL as COLLECTION_CELL
from .test_economics_lab import CELL as SCALE_CELL
from .test_leash_lab import CELL as LEASH_CELL
from .test_neuron_lab import CELL as NEURON_CELL
from .test_next_word_lab import CELL as WORD_CELL
from .test_preference_lab import CELL as PREFERENCE_CELL
from .test_rank_lab import CELL as RANK_CELL
from .test_sampling_lab import CELL as SAMPLING_CELL
from .test_sources_lab import CELL as SOURCES_CELL
from .test_valley_lab import CELL as VALLEY_CELL

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "all_labs.ipynb"
TRAINING = (
    SPAM_CELL,
    WORD_CELL,
    DATA_CELL + GYM_CELL,
    LEASH_CELL,
    CHAT_CELL,
    VALLEY_CELL,
    SCALE_CELL,
    NEURON_CELL,
    ATTENTION_CELL,
    PREFERENCE_CELL,
    RANK_CELL,
    SAMPLING_CELL,
    SOURCES_CELL,
)
VIEWS = (
    "spam next gym leash chat valley economics bend corners attention preferences rank sampling "
    "sources "
    "quality lsh mix extraction"
).split()


def one_cell() -> str:
    """The cells of all labs' own tests as one, since JupyterLab shows only cells in view."""
    parts = ["shown = []"]
    for cell in TRAINING:
        parts.append(cell.rstrip().removesuffix("\nlab") + "\nshown.append(lab)")
    parts.append(COLLECTION_CELL.replace("display(", "shown.extend([").rstrip()[:-1] + "])")
    return "\n".join([*parts, "display(*shown[:-1])"])


@pytest.fixture(scope="module")
def labs(jupyter: object, browser: object) -> Iterator[LabPage]:
    """The notebook with all labs, each with something to show."""
    jupyter.write(NOTEBOOK, [one_cell()])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = LabPage(context.new_page(), jupyter)
    jupyter.open(page.page, NOTEBOOK)
    jupyter.command(page.page, "application:toggle-left-area")
    jupyter.run_all(page.page)
    for view in VIEWS:
        page.page.wait_for_selector(f".anatomy-{view}[data-drawn]", timeout=90_000)
    for number in range(2):
        page.page.locator(".jupyter-button", has_text="Run 100 steps").nth(number).click()
    page.jupyter.ask("shown[3].run_steps(3)")
    page.page.locator(".anatomy-lab details:not([open]) summary").first.click()
    page.page.wait_for_timeout(1500)  # what is told once a second
    yield page
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("Light", 1280), ("Dark", 1280), ("Light", 500)])
def test_axe_finds_nothing_serious_in_any_lab(
    labs: LabPage, theme: str, width: int, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    labs.jupyter.command(labs.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    labs.page.set_viewport_size({"width": width, "height": 1000})
    light = str(theme == "Light").lower()
    labs.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
    labs.page.wait_for_timeout(700)
    assert labs.page.locator(".anatomy-lab").count() == len(VIEWS)
    found = Axe().run(labs.page, context={"include": [[".anatomy-lab"]]})
    serious = [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == [], "\n".join(serious)
    assert len(found.response["passes"]) > 10
    for view in ("leash", "chat"):  # whose own tests take no pictures
        shot = labs.page.locator(f".anatomy-{view}")
        shot.screenshot(path=folder / f"{view}-{theme.lower()}-{width}.png")
    # And nothing is wider than the window.
    wide = "() => [...document.querySelectorAll('.anatomy-lab')].filter("
    wide += "one => one.scrollWidth > one.clientWidth).map(one => one.className)"
    assert labs.page.evaluate(wide) == []


def test_what_a_screen_reader_finds_changes_at_most_once_a_second(labs: LabPage) -> None:
    labs.page.evaluate(
        """() => {
          window.told = {};
          const note = (key) => { window.told[key] = (window.told[key] ?? 0) + 1; };
          const lab = document.querySelector(".anatomy-spam");
          new MutationObserver((changes) => { for (const { target, attributeName } of changes) {
            if (attributeName) note(`${attributeName} of ${target.tagName} ${target.ariaLabel}`);
            const live = target.parentElement?.closest?.("output, [role=status], [role=alert]");
            const unseen = target.closest?.(".anatomy-unseen, output");
            if (lab.contains(live)) note(`said in ${live.className}`);
            if (unseen) note(`alternative ${unseen.parentElement.ariaLabel}`);
          } }).observe(lab, { subtree: true, childList: true, characterData: true,
                              attributes: true,
                              attributeFilter: ["aria-label", "aria-valuetext"] });
        }"""
    )
    labs.page.locator(".jupyter-button", has_text="Play").first.click()
    before = int(labs.page.locator(".anatomy-spam").get_attribute("data-drawn"))
    labs.page.wait_for_timeout(2500)
    drawn = int(labs.page.locator(".anatomy-spam").get_attribute("data-drawn")) - before
    told = labs.page.evaluate("() => window.told")
    labs.page.locator(".jupyter-button", has_text="Pause").first.click()
    # At once, twice in two and a half seconds, and a last time at the pause.
    assert drawn > 15 and max(told.values()) <= 4, (drawn, told)


def test_forced_colours_leave_lines_and_bars_to_be_seen(labs: LabPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    labs.page.emulate_media(forced_colors="active")
    try:
        colours = labs.page.evaluate(
            """() => {
              const seen = (css, name) => getComputedStyle(document.querySelector(css))[name];
              return [seen(".anatomy-spam .anatomy-curve", "stroke"),
                      seen(".anatomy-chat .anatomy-lab, .anatomy-chat", "color"),
                      seen(".anatomy-mix .anatomy-filled", "backgroundColor"),
                      getComputedStyle(document.body).backgroundColor];
            }"""
        )
        labs.page.locator(".anatomy-mix").first.screenshot(path=folder / "forced-colours.png")
    finally:
        labs.page.emulate_media(forced_colors="none")
    *inks, page = colours
    assert page not in inks, colours


def test_every_lab_was_there_without_a_complaint(labs: LabPage) -> None:
    assert labs.problems() == []
