"""PPO's settings: what is refused, and with which words."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf.ppo import PPOConfig


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"lr": float("nan")}, "above 0"),
        ({"warmdown": 2.0}, "warmdown is 2"),
        ({"kl": -0.1}, "0 takes the leash off"),
        ({"prompts": 2, "minibatches": 3}, "2 prompts cannot be cut into 3"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, words: str):
    with pytest.raises(ValueError, match=words):
        PPOConfig(**settings)
