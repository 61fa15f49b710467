"""One neuron: its gradient against autograd, and what it can and cannot tell apart."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.pretraining.neuron import (
    CORNERS,
    TASKS,
    Neuron,
    autograd_gradients,
    corners_right,
    most_right,
)


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("inputs", [[1.0, 0.5, -2.0], [0.0, 0.0, 0.0], [30.0, 40.0, 50.0]])
def test_the_gradient_by_hand_is_autograds(inputs: list[float], target: int):
    neuron = Neuron([0.4, -1.2, 0.7], 0.3)
    by_hand, bias = neuron.gradients(inputs, target)
    weights, other_bias = autograd_gradients(neuron, inputs, target)
    assert np.allclose(by_hand, weights, atol=1e-12) and bias == pytest.approx(other_bias)


def test_a_forward_pass_worked_out_by_hand():
    result = Neuron([2.0, -1.0], 0.5).forward([1.0, 2.5], 1)
    assert (result.weighted_sum, result.output) == (0.0, 0.5)
    assert result.loss == pytest.approx(np.log(2))


def test_steps_lower_the_loss():
    neuron = Neuron([0.0, 0.0])
    losses = [neuron.step([1.0, -1.0], 1, 0.5) for _ in range(20)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.2


def test_a_sure_and_wrong_answer_has_a_finite_loss():
    assert Neuron([1000.0]).forward([1.0], 0).loss == pytest.approx(1000.0)


def test_the_wrong_number_of_inputs_is_refused():
    with pytest.raises(ValueError, match="has 2 weights"):
        Neuron([1.0, 2.0]).forward([1.0], 1)


@pytest.mark.parametrize(
    ("task", "weights", "bias"),
    [
        ("AND", (10, 10), -15),
        ("OR", (10, 10), -5),
        ("this, but not that", (10, -10), -5),
    ],
)
def test_a_neuron_that_one_finds_on_paper_gets_all_corners_right(
    task: str, weights: tuple[float, float], bias: float
):
    assert corners_right(task, weights, bias) == 4
    neuron = Neuron(list(weights), bias)
    for corner, target in zip(CORNERS, TASKS[task], strict=True):
        assert round(neuron.forward(corner, target).output) == target


def test_the_tasks_say_what_their_names_say():
    says = {
        "AND": lambda a, b: a and b,
        "OR": lambda a, b: a or b,
        "this, but not that": lambda a, b: a and not b,
        "XOR": lambda a, b: a != b,
    }
    for task, targets in TASKS.items():
        assert targets == tuple(int(says[task](a, b)) for a, b in CORNERS)


def test_a_sum_of_exactly_zero_decides_nothing():
    assert corners_right("AND", (0, 0), 0) == 0
    assert corners_right("AND", (0, 0), -0.5) == 3


def test_no_neuron_of_the_grid_gets_more_than_three_corners_of_xor_right():
    best = {task: most_right(task) for task in TASKS}
    assert {task: right for task, (right, _) in best.items()} == {
        "AND": 4,
        "OR": 4,
        "this, but not that": 4,
        "XOR": 3,
    }
    for task, (right, (w1, w2, b)) in best.items():
        assert corners_right(task, (w1, w2), b) == right


def test_nor_does_any_of_many_random_neurons():
    random = np.random.default_rng(0)
    for scale in (0.01, 1.0, 1000.0):
        assert most_right("XOR", scale * random.normal(size=40))[0] <= 3


def test_an_unknown_task_a_third_weight_and_no_values_are_refused():
    with pytest.raises(ValueError, match="'NAND'"):
        corners_right("NAND", (1, 1), 0)
    with pytest.raises(ValueError, match="3 weights"):
        corners_right("AND", (1, 1, 1), 0)
    with pytest.raises(ValueError, match="values is empty"):
        most_right("AND", [])
