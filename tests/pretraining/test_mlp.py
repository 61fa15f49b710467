"""The spam network: 26 parameters, gradients of autograd, and a rule no straight line finds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.pretraining.mlp import ACTIVATIONS, SpamNetwork, emails, true_border, truth


def learned(activation: str, steps: int = 800) -> float:
    network, (x, y) = SpamNetwork(activation), emails(400)
    for _ in range(steps):
        network.step(x, y, 1.0)
    return network.accuracy(*emails(1000, seed=1))


def torch_gradients(network: SpamNetwork, x: np.ndarray, y: np.ndarray) -> dict:
    p = {name: torch.tensor(v, requires_grad=True) for name, v in network.parameters.items()}
    bend = {
        "linear": lambda z: z,
        "ReLU": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }[network.activation]
    hidden = bend(torch.tensor(x) @ p["hidden_weights"] + p["hidden_bias"])
    logits = hidden @ p["output_weights"] + p["output_bias"]
    torch.nn.functional.cross_entropy(logits, torch.tensor(y)).backward()
    return {name: value.grad.numpy() for name, value in p.items()}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_backward_pass_is_autograds(activation: str):
    network, (x, y) = SpamNetwork(activation, seed=3), emails(50)
    network.parameters["hidden_bias"] += 0.1
    expected = torch_gradients(network, x, y)
    for name, gradient in network.gradients(x, y).items():
        assert np.allclose(gradient, expected[name], atol=1e-12)


def test_it_has_26_parameters():
    assert SpamNetwork().count() == 26


@pytest.mark.parametrize("activation", ["ReLU", "tanh", "sigmoid"])
def test_with_a_bend_it_learns_the_rule(activation: str):
    assert learned(activation) >= 0.97


def test_without_a_bend_it_cannot():
    assert 0.7 < learned("linear") < 0.9


def test_changing_the_activation_keeps_the_weights():
    network = SpamNetwork("tanh")
    before = {name: value.copy() for name, value in network.parameters.items()}
    network.activation = "ReLU"
    assert all(np.array_equal(before[name], network.parameters[name]) for name in before)
    with pytest.raises(ValueError, match="'step'"):
        network.activation = "step"


def test_a_step_returns_the_loss_before_it():
    network, (x, y) = SpamNetwork(), emails(50)
    before = network.loss(x, y)
    assert network.step(x, y, 0.1) == pytest.approx(before)
    assert network.loss(x, y) < before


def test_a_rate_far_too_high_leaves_finite_weights():
    network, (x, y) = SpamNetwork("linear"), emails(50)
    losses = [network.step(x, y, 1e5) for _ in range(200)]
    assert losses[-1] == float("inf")
    assert all(np.isfinite(value).all() for value in network.parameters.values())


def test_probabilities_sum_to_one_and_flow_shows_all_layers():
    flow = SpamNetwork().forward(emails(7)[0])
    assert np.allclose(flow.probabilities.sum(1), 1)
    assert (flow.sums.shape, flow.hidden.shape, flow.logits.shape) == ((7, 4), (7, 4), (7, 2))


def test_the_decision_grid_has_links_up_and_winnings_across():
    network = SpamNetwork()
    grid = network.decision_grid(known_sender=1, size=5)
    one = network.forward(np.array([[1.0, 0.25, 1.0]])).probabilities[0, 1]
    assert grid.shape == (5, 5) and grid[1, 4] == pytest.approx(one)


def test_emails_repeat_and_hold_both_classes():
    x, y = emails(400, seed=2)
    assert x.shape == (400, 3) and np.array_equal(x, emails(400, seed=2)[0])
    assert 0.4 < y.mean() < 0.6


def test_emails_of_the_wrong_width_are_refused():
    with pytest.raises(ValueError, match=r"must be \(N, 3\)"):
        SpamNetwork().forward(np.zeros((4, 2)))


def test_the_trace_has_autograds_gradients_at_the_neurons():
    network, (x, y) = SpamNetwork("tanh", seed=3), emails(50)
    p = {name: torch.tensor(v) for name, v in network.parameters.items()}
    inputs = torch.tensor(x, requires_grad=True)
    sums = inputs @ p["hidden_weights"] + p["hidden_bias"]
    hidden = torch.tanh(sums)
    logits = hidden @ p["output_weights"] + p["output_bias"]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(y))
    expected = torch.autograd.grad(loss, (inputs, sums, hidden, logits))
    trace = network.trace(x, y)
    assert trace.loss == pytest.approx(loss.item())
    for name, gradient in zip(("inputs", "sums", "hidden", "logits"), expected, strict=True):
        assert np.allclose(trace.neurons[name], gradient.numpy(), atol=1e-12)


def test_the_truth_of_an_email_is_the_class_it_was_made_with():
    x, y = emails(400, seed=4)
    assert np.array_equal(truth(x), y)


def test_a_parameter_put_by_hand_changes_alone_and_leaves_earlier_copies_alone():
    network = SpamNetwork()
    before = network.parameters
    network.put("output_weights", 3, 9.0)
    after = network.parameters
    assert after["output_weights"][1, 1] == 9.0 != before["output_weights"][1, 1]
    assert sum((after[name] != before[name]).sum() for name in before) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e7])
def test_a_parameter_that_would_spoil_the_network_is_refused(value: float):
    network = SpamNetwork()
    before = network.parameters
    with pytest.raises(ValueError, match="finite"):
        network.put("hidden_bias", 0, value)
    assert network.parameters is before


def test_a_parameter_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="places 0 to 3, not 4"):
        SpamNetwork().put("hidden_bias", 4, 0.0)


@pytest.mark.parametrize("known", [0, 1])
def test_the_truth_changes_where_the_true_border_is_crossed(known: int):
    (x0, y0), (x1, y1) = true_border(known)
    for share in (0.0, 0.3, 0.9, 1.0):
        win, links = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        assert truth([win, links + 1e-6, known]) == [1]
        assert truth([win, links - 1e-6, known]) == [0]
    assert all({0.0, 1.0} & {x, y} for x, y in ((x0, y0), (x1, y1)))  # from edge to edge
