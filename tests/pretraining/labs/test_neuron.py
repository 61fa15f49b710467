"""The neuron lab without a browser: its two neurons, their controls, frames, and the picture."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.pretraining import mlp
from course_utils.pretraining.labs import NeuronLab, neuron_lab
from course_utils.pretraining.labs.neuron import figure
from course_utils.pretraining.labs.neuron.lab import SIZE
from course_utils.pretraining.neuron import TASKS, Neuron
from course_utils.ui import unpack

ANSWERS = {"AND": (6, 6, -9), "OR": (10, 10, -5), "this, but not that": (10, -10, -5)}


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> NeuronLab:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    return neuron_lab()


def turn(lab: NeuronLab, this: float, that: float, bias: float) -> None:
    for name, value in (("this", this), ("that", that), ("bias_2", bias)):
        lab.sliders[name].value = value


def test_headless_shows_one_png_and_prints_what_it_computes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    lab = neuron_lab(task="OR")
    bundle = lab._repr_mimebundle_()[0]
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == "Picture: Neuron lab: a line, its bend, and four corners"
    lab.print_figures()
    output = Neuron([2.0], -0.5).forward([1.0], 1).output
    said = f"= 1.50, sigmoid gives {output:.3f}; two inputs, OR: 4 of 4 right\n"
    assert capsys.readouterr().out.endswith(said)


@pytest.mark.parametrize("activation", mlp.ACTIVATIONS)
def test_the_curves_are_the_sum_and_its_activation_at_each_input(
    live: NeuronLab, activation: str
) -> None:
    live.activation.value = activation
    live.sliders["weight"].value, live.sliders["bias"].value = -1.5, 0.5
    facts, arrays = unpack(live.upper.frame)
    assert arrays["line"] == pytest.approx(-1.5 * arrays["xs"] + 0.5, abs=1e-5)
    expected = mlp.activate(activation, arrays["line"])
    assert arrays["bend"] == pytest.approx(expected, abs=1e-5)
    assert facts["sum"] == pytest.approx(-1.0) and facts["activation"] == activation
    assert (arrays["xs"][0], arrays["xs"][-1]) == (-2, 2)


@pytest.mark.parametrize("task", ANSWERS)
def test_the_sliders_reach_all_four_corners_of_what_one_neuron_can(
    live: NeuronLab, task: str
) -> None:
    live.task.value = task
    turn(live, *ANSWERS[task])
    assert live.right == unpack(live.view.frame)[0]["right"] == 4


def test_the_same_weights_get_two_corners_of_xor_right_and_or_four(live: NeuronLab) -> None:
    turn(live, *ANSWERS["OR"])
    rights = {}
    for task in TASKS:
        live.task.value = task
        rights[task] = live.right
    assert rights == {"AND": 2, "OR": 4, "this, but not that": 2, "XOR": 3}


def test_the_map_holds_the_corners_sums_and_goes_up_by_that(live: NeuronLab) -> None:
    turn(live, 4, -3, 1)
    _, arrays = unpack(live.view.frame)
    assert arrays["corner_sums"].tolist() == [1, -2, 5, 2]
    grid, places = arrays["map"].reshape(SIZE, SIZE), np.linspace(-0.25, 1.25, SIZE)
    across, up = np.interp(1.0, places, np.arange(SIZE)), np.interp(0.0, places, np.arange(SIZE))
    assert grid[round(up), round(across)] == pytest.approx(5, abs=0.2)


def test_both_views_show_the_same_frame_and_clear_draws_once(live: NeuronLab) -> None:
    frames = []
    live.upper.observe(lambda change: frames.append(change["new"]), names="frame")
    turn(live, 4, -3, 1)
    assert len(frames) == 3 and live.upper.frame == live.view.frame
    live.clear()
    assert len(frames) == 4 and unpack(frames[-1])[0]["this"] == 0
    assert live.right == 0


def test_every_control_has_a_label_and_a_tooltip(live: NeuronLab) -> None:
    for control in (*live.sliders.values(), live.activation, live.task):
        assert control.description and control.tooltip
    assert len(live.task.tooltips) == len(TASKS)


def test_what_is_no_activation_or_task_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'gelu'"):
        neuron_lab("gelu")
    with pytest.raises(ValueError, match="'NAND'"):
        neuron_lab(task="NAND")


def test_the_pictures_corners_are_filled_where_the_neuron_should_fire() -> None:
    curve, sums = np.linspace(0, 1, 3), (np.zeros((3, 3)), (0.0, 1.0))
    drawn = figure.neuron_panels((curve,) * 3, (0, 0, 0), "tanh", sums, (0, 1, 0, 0), "")
    filled = [line.get_markerfacecolor() != "white" for line in drawn.axes[2].lines]
    assert filled == [False, True, False, False]
    with pytest.raises(ValueError, match="got 2 targets"):
        figure.neuron_panels((curve,) * 3, (0, 0, 0), "tanh", sums, (0, 1), "")
