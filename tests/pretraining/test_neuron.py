"""One neuron: its gradient against autograd."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.pretraining.neuron import Neuron, autograd_gradients


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
