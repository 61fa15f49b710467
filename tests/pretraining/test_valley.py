"""The valley's optimizers against torch and the course's own, its plane, surface and verdicts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.pretraining import mlp, optimizer, valley

RATE = 0.05


def torch_descent(name: str, steps: int) -> list[np.ndarray]:
    """The weights after each step of torch's own optimizers, or of the course's Muon."""
    start = mlp.SpamNetwork("tanh", 0).parameters
    weights = {key: torch.tensor(value, requires_grad=True) for key, value in start.items()}
    matrices = [one for one in weights.values() if one.ndim == 2]
    biases = [one for one in weights.values() if one.ndim == 1]

    def adamw(params: list[torch.Tensor]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(params, lr=RATE, betas=(0.9, 0.95), weight_decay=0.0)

    chosen = {
        "SGD": lambda: [torch.optim.SGD(weights.values(), lr=RATE)],
        "momentum": lambda: [torch.optim.SGD(weights.values(), lr=RATE, momentum=0.9)],
        "AdamW": lambda: [adamw([*weights.values()])],
        "Muon": lambda: [optimizer.Muon(matrices, lr=RATE), adamw(biases)],
    }[name]()
    walked = []
    for _ in range(steps):
        now = valley.flat({key: value.detach().numpy() for key, value in weights.items()})
        for key, slope in valley.named(valley.gradient(now)).items():
            weights[key].grad = torch.tensor(slope)
        for one in chosen:
            one.step()
        walked.append(valley.flat({key: value.detach().numpy() for key, value in weights.items()}))
    return walked


@pytest.mark.parametrize("name", valley.OPTIMIZERS)
def test_an_optimizer_walks_as_torchs_or_the_courses_does(name: str) -> None:
    path = valley.descend(name, RATE, 12, what_trains="all 26")
    assert path.weights[1:] == pytest.approx(np.array(torch_descent(name, 12)), abs=1e-11)
    assert np.abs(path.weights[-1] - path.weights[0]).max() > 1e-3


def test_the_gradient_is_torchs() -> None:
    x, y = mlp.emails()
    start = mlp.SpamNetwork("tanh", 1).parameters
    p = {key: torch.tensor(value, requires_grad=True) for key, value in start.items()}
    hidden = (torch.tensor(x) @ p["hidden_weights"] + p["hidden_bias"]).tanh()
    scores = hidden @ p["output_weights"] + p["output_bias"]
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    loss.backward()
    weights = valley.flat(start)
    assert valley.loss(weights) == pytest.approx(loss.item(), abs=1e-12)
    expected = valley.flat({key: value.grad.numpy() for key, value in p.items()})
    assert valley.gradient(weights) == pytest.approx(expected, abs=1e-12)


def test_flat_and_named_are_opposites_and_hold_26_numbers() -> None:
    parameters = mlp.SpamNetwork("tanh", 3).parameters
    weights = valley.flat(parameters)
    assert weights.shape == (26,)
    for name, values in valley.named(weights).items():
        assert np.array_equal(values, parameters[name])


def test_all_optimizers_begin_at_the_networks_own_first_weights() -> None:
    for name in valley.OPTIMIZERS:
        path = valley.descend(name, 1.0, 0, seed=2)
        assert np.array_equal(path.weights[0], valley.flat(mlp.SpamNetwork("tanh", 2).parameters))
        assert path.losses == pytest.approx([mlp.SpamNetwork("tanh", 2).loss(*mlp.emails())])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_plane_goes_along_the_valley_and_up_its_steepest_wall(seed: int) -> None:
    plane = valley.plane(seed)
    assert plane.directions @ plane.directions.T == pytest.approx(np.eye(2), abs=1e-12)
    # Along: the end of the reference descent lies on the plane, straight across from the start.
    end = valley.descend("SGD", 1.0, 200, seed, "all 26").weights[-1]
    assert plane.place(end) == pytest.approx([plane.length, 0], abs=1e-9)
    # Up: the loss bends there more than in any other direction at right angles.
    bends = valley.curvature(end)
    up = plane.directions[1] @ bends @ plane.directions[1]
    random = np.random.default_rng(seed).normal(size=(200, 26))
    random -= np.outer(random @ plane.directions[0], plane.directions[0])
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    assert up > np.einsum("ni,ij,nj->n", random, bends, random).max() > 0


def test_with_two_knobs_the_ball_stays_on_the_plane_and_on_the_surface() -> None:
    plane = valley.plane(0)
    for name in valley.OPTIMIZERS:
        path = valley.descend(name, 0.3, 10)
        assert np.abs(plane.off(path.weights[-1])).max() < 1e-12
        (across, up) = path.places[-1]
        drawn = valley.surface(plane.start, plane, [across], [up])
        assert drawn.item() == pytest.approx(path.losses[-1], abs=1e-5)


def test_with_two_knobs_plain_descent_follows_the_projected_gradient() -> None:
    plane = valley.plane(0)
    change, _ = valley.next_step("SGD", plane.start, {}, 0.5, plane)
    slope = plane.directions @ valley.gradient(plane.start)
    assert plane.directions @ change == pytest.approx(-0.5 * slope, abs=1e-12)


def test_with_two_knobs_muons_steps_are_as_long_on_any_slope() -> None:
    plane = valley.plane(0)
    for weights in (plane.start, valley.descend("SGD", 1.0, 100).weights[-1]):
        change, _ = valley.next_step("Muon", weights, {}, 0.1, plane)
        assert 0.065 <= np.linalg.norm(change) <= 0.125


def test_off_the_plane_the_surface_still_goes_through_the_ball() -> None:
    plane = valley.plane(0)
    path = valley.descend("AdamW", 0.1, 15, what_trains="all 26")
    ball = path.weights[-1]
    assert np.abs(plane.off(ball)).max() > 0.05
    drawn = valley.surface(ball, plane, path.places[-1, :1], path.places[-1, 1:])
    assert drawn.item() == pytest.approx(path.losses[-1], abs=1e-5)


def test_many_losses_at_once_are_the_networks_own() -> None:
    weights = np.random.default_rng(0).normal(size=(20, 26)) * 5
    expected = [valley.loss(one) for one in weights]
    assert valley.losses_of(weights) == pytest.approx(expected, rel=1e-4, abs=1e-4)
    far = valley.losses_of(weights * 1e5)
    assert np.isfinite(far).all()


def test_the_cut_begins_at_the_ball_and_shows_where_the_step_lands() -> None:
    plane = valley.plane(0)
    change, _ = valley.next_step("SGD", plane.start, {}, 2.0, plane)
    here, lands = valley.cut(plane.start, change, [0, 1])
    path = valley.descend("SGD", 2.0, 1)
    assert [here, lands] == pytest.approx(path.losses, abs=1e-5)


def test_a_step_beyond_all_bounds_is_not_taken() -> None:
    path = valley.descend("SGD", 1e9, 3)
    assert path.losses.shape == (4,) and np.isinf(path.losses[1:]).all()
    assert np.array_equal(path.weights[-1], path.weights[0])
    assert valley.verdict(path.losses) == "flies out"


@pytest.mark.parametrize(
    ("losses", "word"),
    [
        ([1.0], "creeps"),
        (np.linspace(1, 0.9, 101), "creeps"),
        (np.full(101, 0.7), "creeps"),
        (0.95 ** np.arange(101), "converges"),
        ([1.0, *[0.5, 0.4] * 50], "oscillates"),
        ([1.0, *[0.02, 0.01] * 50], "oscillates"),  # 0.25 of the first in all
        ([1.0, *[0.002, 0.001] * 50], "converges"),
        ([1.0, *[5.0, 4.0] * 50], "flies out"),
        ([1.0, 0.5, np.inf], "flies out"),
        ([1.0, 0.5, np.nan], "flies out"),
        ([1.0, *[9.0] * 100, *0.9 ** np.arange(60)], "converges"),  # what was long ago is past
    ],
)
def test_the_verdict_follows_its_rule(losses: list[float], word: str) -> None:
    assert valley.verdict(losses) == word


@pytest.mark.parametrize(
    ("rate", "word"),
    [(0.1, "creeps"), (1.0, "converges"), (2.0, "oscillates"), (10.0, "flies out")],
)
def test_plain_descent_does_all_four_things_on_three_seeds(rate: float, word: str) -> None:
    words = [valley.verdict(valley.descend("SGD", rate, 100, seed).losses) for seed in range(3)]
    assert words == [word] * 3


def test_what_cannot_walk_is_refused() -> None:
    with pytest.raises(ValueError, match="'Adam'"):
        valley.descend("Adam", 1.0, 1)
    with pytest.raises(ValueError, match="'one knob'"):
        valley.descend("SGD", 1.0, 1, what_trains="one knob")
    with pytest.raises(ValueError, match="above 0"):
        valley.descend("SGD", float("nan"), 1)
    with pytest.raises(ValueError, match="0 or more"):
        valley.descend("SGD", 1.0, -1)
    with pytest.raises(ValueError, match="at least"):
        valley.verdict([])
