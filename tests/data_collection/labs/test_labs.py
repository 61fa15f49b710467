"""Notebook 01's labs without a browser: their figures, their controls, their headless pictures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np
import pytest

from course_utils.ui import unpack
from course_utils.ui.frames import FRAME_BYTES
from course_utils.ui.picture import LARGEST_BYTES

from . import small_web


def controls(lab: object) -> Iterator[object]:
    """Every control of a live lab."""
    waiting = list(lab._shown.children[:-1])
    while waiting:
        widget = waiting.pop()
        waiting += getattr(widget, "children", ())
        if hasattr(widget, "tooltip") and not hasattr(widget, "children"):
            yield widget


@pytest.mark.parametrize("name", small_web.MAKERS)
def test_headless_shows_one_small_png_and_a_constant_text(name: str) -> None:
    lab = small_web.MAKERS[name]()
    bundle = lab._repr_mimebundle_()[0]
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == f"Picture: {type(lab).title}"
    assert len(lab._shown.png) < LARGEST_BYTES


@pytest.mark.parametrize("name", small_web.MAKERS)
def test_figures_are_printed_the_same_headless_and_live(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headless = small_web.MAKERS[name]().as_text()
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    assert small_web.MAKERS[name]().as_text() == headless


@pytest.mark.parametrize("name", small_web.MAKERS)
def test_every_control_has_a_tooltip_and_a_label(live_labs: None, name: str) -> None:
    widgets = list(controls(small_web.MAKERS[name]()))
    assert len(widgets) >= 3
    for widget in widgets:
        if type(widget).__name__ not in ("Label", "ToggleButtons"):
            assert widget.tooltip and widget.description
    toggles = [widget for widget in widgets if type(widget).__name__ == "ToggleButtons"]
    assert all(all(widget.tooltips) for widget in toggles)


@pytest.mark.parametrize("name", small_web.MAKERS)
def test_a_live_lab_is_a_widget_whose_frame_fits(live_labs: None, name: str) -> None:
    lab = small_web.MAKERS[name]()
    bundle = lab._repr_mimebundle_()[0]
    assert bundle["text/plain"] == f"{lab.title} (live)"
    assert 0 < len(lab.view.frame) < FRAME_BYTES


def test_a_frame_is_made_within_a_tenth_of_a_second(live_labs: None) -> None:
    for make in small_web.MAKERS.values():
        lab = make()
        start = time.perf_counter()
        lab.redraw()
        assert time.perf_counter() - start < 0.1, lab.title


def test_what_is_drawn_holds_only_what_json_can_hold(live_labs: None) -> None:
    for make in small_web.MAKERS.values():
        facts, arrays = unpack(make().view.frame)
        assert json.loads(json.dumps(facts)) == facts
        assert all(array.dtype == np.float32 for array in arrays.values())


def test_a_headless_lab_takes_a_setting_and_tells_its_figures() -> None:
    lab = small_web.quality()
    lab.settings["words"] = 200
    assert lab.figures["precision"] == 0.2
    mixing = small_web.MAKERS["mix"]()
    mixing.choose()
    assert mixing.chosen == mixing.mix
