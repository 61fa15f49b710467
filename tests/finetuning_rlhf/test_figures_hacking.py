"""Pictures of reward hacking: what is drawn is what was measured, and nothing by colour alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from course_utils.finetuning_rlhf import figures_hacking as figures
from course_utils.finetuning_rlhf import reward_calibration
from course_utils.finetuning_rlhf.frontier import BEST_OF_N, PPO, TEMPERATURE, Point
from course_utils.finetuning_rlhf.hacking_study import HackingRun
from course_utils.ui.picture import LARGEST_BYTES, Picture

DRAW = np.random.default_rng(0)
POINTS = [
    Point(road, setting, kl, 0.1, kl / 2, 0.5 + gain, gain, 0.02, 9.0, 0)
    for road, setting, kl, gain in (
        (BEST_OF_N, 4, 0.64, 0.1), (BEST_OF_N, 16, 1.83, 0.12), (PPO, 0.45, 1.0, 0.1),
        (PPO, 0.0, 25.0, -0.3), (TEMPERATURE, 0.2, 4.0, 0.25),
    )
]  # fmt: skip


def run(seed: int, steps: int = 40) -> HackingRun:
    curves = tuple(DRAW.normal(size=steps)), tuple(DRAW.random(steps))
    numbers = (900, 0.7, 0.6, 0.02, 2.0, 20.0, 0.5, 0.2, -9.0, 1.0, 2.0, 20.0)
    return HackingRun("friendly", seed, *numbers, *curves, (), (), 10.0)


def all_pictures() -> list[Figure]:
    found = reward_calibration.bins(DRAW.normal(1, 2, 300))
    return [
        figures.frontier(POINTS),
        figures.off_the_leash([run(0), run(1), run(2)]),
        figures.calibration({"their labels": found, "labels without noise": found}),
    ]


def test_every_picture_is_small_and_every_axis_has_labels():
    for figure in all_pictures():
        picture = Picture.of(figure)
        width, height = Image.open(io.BytesIO(picture.png)).size
        assert len(picture.png) < LARGEST_BYTES and width <= 700 and height <= 500
        assert all(one.get_xlabel() and one.get_ylabel() for one in figure.axes)


def test_every_road_begins_at_the_start_and_goes_as_far_as_the_root_of_its_kl():
    left, right = figures.frontier(POINTS).axes
    lines = {line.get_label(): line.get_xydata() for line in left.lines}

    assert lines[PPO] == pytest.approx(np.array([[0, 0], [1, 0.5], [5, 12.5]]))
    gains = right.containers[1].lines[0].get_xydata()
    assert gains == pytest.approx(np.array([[0, 0], [1, 0.1], [5, -0.3]]))
    assert f"{BEST_OF_N} (at most)" in lines
    assert {text.get_text() for text in right.texts} == {"n=16", "leash 0", "T=0.2"}


def test_roads_and_seeds_differ_by_more_than_colour():
    left, _ = figures.frontier(POINTS).axes
    roads = [line for line in left.lines if line.get_marker() not in ("None", "")]
    assert len({(line.get_marker(), line.get_linestyle()) for line in roads}) == 3

    left, _ = figures.off_the_leash([run(seed) for seed in range(4)]).axes
    assert len({line.get_linestyle() for line in left.lines}) == 4


def test_a_short_run_is_drawn_too():
    left, _ = figures.off_the_leash([run(0, steps=2)]).axes
    assert len(left.lines[0].get_xdata()) == 1


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="no points"):
        figures.frontier([])
    for wrong in ([], [run(seed) for seed in range(5)]):
        with pytest.raises(ValueError, match=f"{len(wrong)} runs"):
            figures.off_the_leash(wrong)
    with pytest.raises(ValueError, match="0 sets"):
        figures.calibration({})
