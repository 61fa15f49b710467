"""The optimizers against torch's own and against a float64 reference."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.model.transformer import Transformer
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.optimizer import AdamW, Muon, optimizers, orthogonalize, schedule


def weights(*shape: int, seed: int = 0) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(shape, generator=torch.Generator().manual_seed(seed)))


def gradients(shape: tuple, count: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(7)
    return [torch.randn(shape, generator=generator) for _ in range(count)]


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("steps", [1, 5])
def test_own_adamw_takes_the_steps_of_torch(steps: int, decay: float):
    ours, theirs = weights(6, 4), weights(6, 4)
    one = AdamW([ours], lr=0.01, betas=(0.9, 0.95), weight_decay=decay)
    two = torch.optim.AdamW([theirs], lr=0.01, betas=(0.9, 0.95), weight_decay=decay)
    for gradient in gradients((6, 4), steps):
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        one.step()
        two.step()
    assert torch.allclose(ours, theirs, rtol=1e-6, atol=1e-7)


def reference_muon(weight: np.ndarray, grads: list, lr: float, decay: float) -> np.ndarray:
    """Muon as its authors wrote it, one matrix, in float64 NumPy."""
    momentum = np.zeros_like(weight)
    for gradient in grads:
        momentum = 0.95 * momentum + 0.05 * gradient
        x = 0.05 * gradient + 0.95 * momentum
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / np.linalg.norm(x)
        for _ in range(5):
            square = x @ x.T
            x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
        x = x.T if tall else x
        scale = max(1, weight.shape[0] / weight.shape[1]) ** 0.5
        weight = weight * (1 - lr * decay) - lr * scale * x
    return weight


@pytest.mark.parametrize("shape", [(8, 8), (12, 5), (5, 12)])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_muon_agrees_with_a_float64_reference(shape: tuple, decay: float):
    weight, other = weights(*shape), weights(*shape, seed=1)  # two of a shape go together
    grads = gradients(shape, 3)
    expected = reference_muon(
        weight.detach().double().numpy(), [g.double().numpy() for g in grads], 0.03, decay
    )
    optimizer = Muon([weight, other], lr=0.03, weight_decay=decay)
    for gradient in grads:
        weight.grad, other.grad = gradient.clone(), -2 * gradient
        optimizer.step()
    assert np.abs(weight.detach().numpy() - expected).max() < 1e-5


@pytest.mark.parametrize("shape", [(8, 8), (12, 5), (5, 12)])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_muon_takes_the_steps_of_torch(shape: tuple, decay: float):
    ours, theirs = weights(*shape), weights(*shape)
    start = ours.detach().clone()
    one = Muon([ours], lr=0.03, weight_decay=decay)
    two = torch.optim.Muon([theirs], lr=0.03, weight_decay=decay, momentum=0.95)
    for gradient in gradients(shape, 3):
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        one.step()
        two.step()
    # torch's iterations are in bfloat16, which knows three digits of each number
    far = (theirs - start).norm()
    assert (ours - theirs).norm() < 0.02 * far


def test_orthogonalize_brings_singular_values_near_one():
    matrices = torch.randn(4, 16, 32, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalize(matrices))
    assert 0.5 < values.min() and values.max() < 1.3


def test_muon_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        Muon([weights(4)])


def test_every_weight_has_exactly_one_optimizer():
    config = TrainConfig.preset("tiny")
    model = Transformer(config.model)
    adamw, muon = optimizers(model, config)
    chosen = [w for o in (adamw, muon) for g in o.param_groups for w in g["params"]]
    assert sorted(map(id, chosen)) == sorted(map(id, model.parameters()))
    assert len(muon.param_groups[0]["params"]) == 7 * config.model.layers
    inside_muon = {id(weight) for weight in muon.param_groups[0]["params"]}
    assert id(model.lm_head.weight) not in inside_muon


def test_without_muon_adamw_takes_all():
    config = TrainConfig(muon=False)
    model = Transformer(config.model)
    (adamw,) = optimizers(model, config)
    assert sum(len(g["params"]) for g in adamw.param_groups) == len(list(model.parameters()))


def test_the_schedule_goes_up_stays_level_and_comes_down():
    shares = [schedule(step, 100, warmup_steps=10, warmdown=0.6) for step in range(100)]
    assert shares[0] == pytest.approx(0.1) and shares[9] == 1.0
    assert shares[9:41] == [1.0] * 32
    assert shares[70] == pytest.approx(0.5)
    assert shares[99] == pytest.approx(0.01 / 0.6)
