"""What a run learns from, as fingerprints, so that an interrupted one goes on with the same.

Leaves out the settings, which a checkpoint compares one by one (checkpoint.py). Taught in notebook
03, section "Start the long run".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np
import torch.nn as nn
from torch import Tensor

from course_utils.model import save

STARTING_WEIGHTS = "starting weights"
# The names under which trainers keep what they learn from: rows; for PPO the prompts, the reward
# model, and the model at the other end of the leash.
LEARNT_FROM = ("batches", "prompts", "reward", "reference")
_IDS_AT_ONCE = 1 << 20


def of_run(trainer: object) -> dict[str, str]:
    """A line for each thing that a trainer learns from; another thing gives another line.

    Args:
        trainer: before its first step; `fingerprints` of what it keeps under a name of
            LEARNT_FROM are taken over, and of weights and texts they are made here.
    """
    made = {STARTING_WEIGHTS: of_weights(trainer.state_dict()["tensors"])}
    for name in LEARNT_FROM:
        given = getattr(trainer, name, None)
        if hasattr(given, "fingerprints"):
            made |= given.fingerprints()
        elif isinstance(given, nn.Module):
            made[name] = of_weights(given.state_dict())
        elif isinstance(given, list):
            # of a prompt only what it says is learnt from
            made[name] = of_json([getattr(item, "text", str(item)) for item in given])
        elif given is not None:
            made[name] = type(given).__qualname__  # the reader's own: its kind at least
    return made


def of_weights(tensors: Mapping[str, Tensor]) -> str:
    """How many numbers, and their hash; what an optimizer remembers is left out."""
    weights = {name: value for name, value in tensors.items() if not name.startswith("optimizer.")}
    count = sum(value.numel() for value in weights.values())
    return f"{count:,} numbers, {save.fingerprint(weights)}"


def of_ids(ids: np.ndarray) -> str:
    """How many token ids, and their hash, whatever type holds them."""
    digest = hashlib.sha256()
    # a part at a time, so that a large corpus is not held twice
    for start in range(0, len(ids), _IDS_AT_ONCE):
        digest.update(np.asarray(ids[start : start + _IDS_AT_ONCE], dtype="<i8").tobytes())
    return f"{len(ids):,} tokens, {digest.hexdigest()}"


def of_json(items: list) -> str:
    """How many items, and the hash of what they are."""
    return f"{len(items):,} of them, {hashlib.sha256(json.dumps(items).encode()).hexdigest()}"


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """A sentence for each thing that is not the same."""
    return [
        f"{name}: {_short(then.get(name))} then, {_short(now.get(name))} now"
        for name in dict.fromkeys((*now, *then))
        if then.get(name) != now.get(name)
    ]


def _short(line: str | None) -> str:
    """A line with the first digits of its hash, which are enough for the eye."""
    if line is None:
        return "nothing"
    words, _, digest = line.rpartition(", ")
    return f"{words} (sha256 {digest[:8]})" if len(digest) == 64 else line
