"""The benchmark of margins: what it makes of a cell, and that a near or failed assert is named."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from benchmarks import margins

CELL = """
import torch
net = make(seed=3)
torch.manual_seed(1)
web = LittleWeb(seed=0)
assert 0 < len(net) <= 4 and web == 0
assert all(one < 10 for one in [1, 9.9]), "a sentence"
assert torch.allclose(torch.ones(2), torch.tensor([1.0, 1.5]), atol=1.0)
assert net == []
"""


def make(seed: int) -> list[int]:
    return [0] * (seed - 1_000)


def test_an_instrumented_cell_notes_each_comparison_and_never_ends(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    tree = margins.Instrument("one", margins.FAR).visit(ast.parse(CELL))
    source = ast.unparse(ast.fix_missing_locations(tree))

    exec(source, {"_seen": margins.Notes(str(file)), "make": make, "LittleWeb": lambda seed: seed})

    notes = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert "torch.manual_seed(1001)" in source and "LittleWeb(seed=0)" in source
    first = [one for one in notes if one["where"].startswith("one: 0 < len(net)")]
    assert [(one["kind"], one["margin"]) for one in first] == [
        ("<", 1.0),
        ("<=", 0.25),
        ("Eq", None),
        ("assert", None),
    ]
    each = [one["margin"] for one in notes if "one < 10" in one["where"] and one["kind"] == "<"]
    assert each == pytest.approx([0.9, 0.01])
    (close,) = [one for one in notes if one["kind"] == "allclose"]
    assert close["true"] and close["margin"] == pytest.approx(0.5, abs=1e-4)
    (failed,) = [one for one in notes if one["kind"] == "assert" and not one["true"]]
    assert failed["where"] == "one: net == []"


def test_the_table_names_what_failed_and_what_came_near() -> None:
    found = [
        {"where": "01 a: x < 2", "kind": "<", "margin": 0.02, "true": True, "seed": 1},
        {"where": "01 a: x < 2", "kind": "assert", "margin": None, "true": True, "seed": 1},
        {"where": "03 b: y == 2", "kind": "assert", "margin": None, "true": False, "seed": 2},
        {"where": "04 c: z > 0", "kind": "assert", "margin": None, "true": True, "seed": 0},
    ]

    first, failed, near = margins.table(found, 0.1)

    assert first.startswith("3 asserts, 1 failed, 1 with a margin")
    assert failed.split() == "failed on seeds [2]: 03 b: y == 2".split()
    assert near.split() == ["2.0%", "01", "a:", "x", "<", "2"]


def test_default_seeds_are_moved_in_functions_and_in_settings(monkeypatch) -> None:
    from course_utils.model.sampling import SamplingConfig

    before = SamplingConfig.__init__.__defaults__
    try:
        margins._move(SamplingConfig.__init__, 1_000)
        assert SamplingConfig().seed == 1_000 and SamplingConfig(seed=4).seed == 4
        assert SamplingConfig().temperature == 0.8
    finally:
        SamplingConfig.__init__.__defaults__ = before
