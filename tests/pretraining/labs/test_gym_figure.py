"""The Training Gym's static picture: it says and shows what the live view does."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from course_utils.pretraining.labs.gym.figure import gym_run
from course_utils.pretraining.labs.gym.lab import GymView
from course_utils.ui import style
from course_utils.ui.frames import unpack

from .small_gym import gym


def test_the_picture_carries_the_status_and_the_words_of_the_live_view() -> None:
    lab = gym(steps=2)
    facts = unpack(lab.trainable.frame())[0]
    assert (facts["status"], facts["meaning"]) == ("warming up", "too few steps to judge")
    above, below = lab.picture().subfigs
    assert above.get_suptitle() == "warming up: too few steps to judge"
    heads = unpack(lab.trainable.full_frame())[0]["heads"]
    assert below.get_suptitle() == f"Where the heads look. {heads['words']}"
    script = str(GymView._esm)
    assert "facts.meaning" in script and "too few steps" not in script  # one place for the words


def test_the_red_line_is_red_and_dashed_in_both_and_marked_in_the_picture() -> None:
    charts = gym(steps=12).picture().subfigs[0].axes
    for axes in charts[:2]:
        training, validation = axes.lines[-2:]
        assert validation.get_color() == style.RED
        assert validation.get_linestyle() == "--" and validation.get_marker() == "o"
        assert training.get_linestyle() == "-" and training.get_marker() == "None"
    assert [text.get_text() for text in charts[0].get_legend().texts] == [
        "training",
        "validation (red, dashed)",
    ]
    styles = str(GymView._css)
    light, dark = re.findall(r"--anatomy-red: (#\w+);", styles)
    assert light == style.RED.lower()
    for colour in (light, dark):  # neither orange nor pink
        red, green, blue = to_rgb(colour)
        assert red > 1.7 * max(green, blue), colour
    line = re.search(r"\.anatomy-curve\.anatomy-validation \{([^}]*)\}", styles)[1]
    assert "stroke: var(--anatomy-red)" in line and "stroke-dasharray: 7 3" in line
    assert "validation (red, dashed)" in str(GymView._esm)


def test_all_heads_are_in_the_picture_as_roots_of_their_weights() -> None:
    lab = gym(steps=2)
    weights = lab.trainable.looking.weights(lab.model)
    drawn = lab.picture().subfigs[1].axes
    assert len(drawn) == 2
    for head, axes in enumerate(drawn):
        assert np.asarray(axes.images[0].get_array()) ** 2 == pytest.approx(weights[0, head])


def test_a_run_without_steps_is_no_picture() -> None:
    curves = {name: [] for name in ("steps", "losses", "smooth", "accuracy", "norms")}
    with pytest.raises(ValueError, match="no steps yet"):
        gym_run(curves, "System ready", np.ones((1, 1, 1, 1)), "")
