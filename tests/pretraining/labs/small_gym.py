"""A very small Training Gym for tests: tokens with something to learn, and a tiny model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import torch

from course_utils.pretraining.labs import GymLab, training_gym
from course_utils.pretraining.labs.gym.training import Shape
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import unpack

TOKENIZER = FastTokenizer()  # bytes and special tokens
MIX = {"atlas": 0.7, "stories": 0.3}
SMALL = Shape(layers=1, width=16, heads=2, context=16)


def ids(seed: int, count: int = 3000) -> np.ndarray:
    """Token ids with something to learn: letters that often follow one another."""
    steps = np.random.default_rng(seed).integers(0, 3, count)
    return (100 + np.cumsum(steps) % 26).astype(np.uint16)


TRAIN = {"atlas": ids(0), "stories": ids(1)}
HELD_OUT = {"atlas": ids(2, 600), "stories": ids(3, 10)}


def gym(**changed: object) -> GymLab:
    chosen = {"validation": HELD_OUT, "steps": 3, "batch": 2, "shape": SMALL} | changed
    tokens, mix = chosen.pop("tokens", TRAIN), chosen.pop("mix", MIX)
    return training_gym(tokens, mix, TOKENIZER, **chosen)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def press(lab: GymLab, words: str) -> None:
    next(button for button in lab.buttons if button.description == words).click()


def take(lab: GymLab, steps: int) -> dict:
    """Take so many steps; the facts of the frame that is kept then."""
    done = threading.Event()
    lab.trainer.send("steps", steps, done)
    assert done.wait(20)
    return unpack(lab.view.frame)[0]


def weights(lab: GymLab) -> list[torch.Tensor]:
    return [one.clone() for one in lab.model.state_dict().values()]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
