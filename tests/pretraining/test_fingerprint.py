"""Fingerprints of what a run learns from: the same for the same, another for anything else."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn

from course_utils.pretraining import fingerprint


class Given:
    """A trainer that keeps what it is told to."""

    def __init__(self, **kept: object) -> None:
        self.weights = {"model.weight": torch.arange(3.0)}
        vars(self).update(kept)

    def state_dict(self) -> dict:
        return {"tensors": self.weights}


def test_ids_have_one_fingerprint_whatever_type_holds_them_and_however_many_there_are():
    ids = np.arange(2_500_000) % 60_000  # more than are looked at in one go
    same = {fingerprint.of_ids(ids.astype(kind)) for kind in ("<u2", ">u2", np.int64)}
    assert len(same) == 1 and same.pop().startswith("2,500,000 tokens, ")
    changed = ids.copy()
    changed[-1] += 1
    others = [changed, ids[:-1], ids[::-1]]
    assert len({fingerprint.of_ids(each) for each in (ids, *others)}) == 4


def test_weights_count_with_their_names_and_without_what_an_optimizer_remembers():
    weights = {"a": torch.ones(2), "b": torch.tensor(3.0), "c": torch.ones(4)[::2]}
    moments = {"optimizer.0.0.step": torch.tensor(7.0)}
    line = fingerprint.of_weights(weights)
    assert line == fingerprint.of_weights(weights | moments) and line.startswith("5 numbers, ")
    renamed = {"a": weights["a"], "b": weights["b"], "d": weights["c"]}
    assert line != fingerprint.of_weights(renamed)
    assert line != fingerprint.of_weights(weights | {"b": torch.tensor(-3.0)})


def test_all_that_a_trainer_learns_from_is_taken_in():
    layer = nn.Linear(2, 2)
    batches = SimpleNamespace(fingerprints=lambda: {"mix": "atlas 1.0"})
    prompts = [SimpleNamespace(text="Hm?"), "Go on."]
    made = fingerprint.of_run(
        Given(batches=batches, prompts=prompts, reward=layer, reference=None, other=3)
    )
    assert made == {
        "starting weights": fingerprint.of_weights({"model.weight": torch.arange(3.0)}),
        "mix": "atlas 1.0",
        "prompts": fingerprint.of_json(["Hm?", "Go on."]),
        "reward": fingerprint.of_weights(layer.state_dict()),
    }


def test_rows_of_the_readers_own_are_known_by_their_kind():
    class Rows:
        pass

    assert fingerprint.of_run(Given(batches=Rows()))["batches"].endswith("Rows")


def test_differences_are_said_with_both_values_and_hashes_are_shortened():
    one, other = fingerprint.of_json([1]), fingerprint.of_json([1, 2])
    then = {"mix": "a 1.0, b 2.0", "examples": one, "pages": "none", "seed": "0"}
    now = {"mix": "a 2.0, b 1.0", "examples": other, "seed": "0", "rows": "4"}
    assert fingerprint.differences(then, now) == [
        "mix: a 1.0, b 2.0 then, a 2.0, b 1.0 now",
        f"examples: 1 of them (sha256 {one[-64:-56]}) then, "
        f"2 of them (sha256 {other[-64:-56]}) now",
        "rows: nothing then, 4 now",
        "pages: none then, nothing now",
    ]
