"""The KL estimators: Schulman's figures, their means, and which way their gradients go."""

from __future__ import annotations

import math

import pytest
import torch

from course_utils.finetuning_rlhf import kl
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.rollouts import log_probabilities, sample
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer

NOW, START = torch.tensor([0.5, 0.3, 0.2]).log(), torch.tensor([0.25, 0.25, 0.5]).log()
KL = 0.5 * math.log(2) + 0.3 * math.log(1.2) + 0.2 * math.log(0.4)
BACK = 0.25 * math.log(0.5) + 0.25 * math.log(1 / 1.2) + 0.5 * math.log(2.5)  # KL(start, now)


def test_estimates_of_a_token_worked_out_by_hand() -> None:
    # it is twice as likely now: the log-ratio is log 2, the ratio back 1/2
    now, start = torch.tensor(0.5).log(), torch.tensor(0.25).log()
    assert float(kl.k1(now, start)) == pytest.approx(0.693147, abs=1e-5)
    assert float(kl.k2(now, start)) == pytest.approx(0.240227, abs=1e-5)  # log 2 squared / 2
    assert float(kl.k3(now, start)) == pytest.approx(0.193147, abs=1e-5)  # 1/2 - 1 + log 2


def test_k1_and_k3_are_right_on_average_and_k2_is_not() -> None:
    found = {name: float((NOW.exp() * getattr(kl, name)(NOW, START)).sum()) for name in NAMES}
    assert found["k1"] == pytest.approx(KL, abs=1e-6)
    assert found["k3"] == pytest.approx(KL, abs=1e-6)
    assert found["k2"] - KL == pytest.approx(-0.00895, abs=1e-4)


NAMES = ("k1", "k2", "k3")


def test_only_k1_may_be_negative_and_all_are_0_where_nothing_moved() -> None:
    assert kl.k1(NOW, START).min() < 0
    assert kl.k2(NOW, START).min() >= 0 and kl.k3(NOW, START).min() >= 0
    for name in NAMES:
        assert not getattr(kl, name)(NOW, NOW).any()


def test_k3_of_a_tiny_move_is_half_its_square_to_the_last_digits() -> None:
    now = torch.tensor(-1.0)
    # exp(d) - 1 - d would have no right digit in float32
    assert float(kl.k3(now, now + 1e-3)) == pytest.approx(0.5e-6, rel=1e-2)


@pytest.mark.parametrize(
    ("name", "figures"),
    # of N(0, 1) against N(0.1, 1), KL 0.005: what the note's first table says, in units of the KL
    [("k1", (0.0, 20)), ("k2", (0.002, 1.42)), ("k3", (0.0, 1.42))],
)
def test_schulmans_table_of_bias_and_spread(name: str, figures: tuple[float, float]) -> None:
    bias, deviation = figures
    x = torch.randn(400_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    now, start = -(x**2) / 2, -((x - 0.1) ** 2) / 2
    found = getattr(kl, name)(now, start)
    noise = 3 * deviation / math.sqrt(len(x))
    assert float(found.mean()) / 0.005 - 1 == pytest.approx(bias, abs=noise + 1e-3)
    assert float(found.std()) / 0.005 == pytest.approx(deviation, rel=0.02)


def gradient(loss) -> torch.Tensor:
    """Of a loss of (logits): where it pushes the three logits of NOW."""
    logits = NOW.clone().requires_grad_(True)
    loss(logits.log_softmax(0)).backward()
    return logits.grad


@pytest.mark.parametrize("name", NAMES)
def test_as_a_loss_on_sampled_tokens_only_k2_has_the_gradient_of_the_kl(name: str) -> None:
    estimate = getattr(kl, name)
    # the mean over all tokens that may be sampled; who samples does not differentiate the chance
    found = gradient(lambda now: (NOW.exp() * estimate(now, START)).sum())
    forward = gradient(lambda now: (now.exp() * (now - START)).sum())
    back = gradient(lambda now: (START.exp() * (START - now)).sum())
    expected = {"k1": torch.zeros(3), "k2": forward, "k3": back}[name]
    assert torch.allclose(found, expected, atol=1e-6)
    assert not torch.allclose(forward, back, atol=1e-3) and BACK != pytest.approx(KL, abs=1e-3)


def test_the_exact_distance_of_each_reply_is_the_mean_of_many_samples(model: Transformer) -> None:
    start = Transformer(model.config)
    start.load_state_dict(model.state_dict())
    with torch.no_grad():
        start.lm_head.weight.mul_(0.7)
    tokenizer, prompts = FastTokenizer(), [Prompt("Hm?", "talk")] * 200
    made = sample(model, tokenizer, prompts, max_new_tokens=4, seed=1)
    with torch.no_grad():
        now, then = (
            made.measure(lambda tokens, net=net: log_probabilities(net, tokens))
            for net in (model, start)
        )
    exact = kl.per_reply(model, start, made)
    sampled = (kl.k3(now, then) * made.response_mask).sum(1)
    assert exact.shape == (200,) and exact.min() >= 0
    error = float(sampled.std()) / math.sqrt(200)
    assert float(exact.mean()) == pytest.approx(float(sampled.mean()), abs=4 * error)
    assert not kl.per_reply(model, model, made).any()
