"""Two runs are compared: what a clock decides is left out, everything else is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compare_runs import main


def a_run(folder: Path, weights: bytes = b"w", width: int = 8, seconds: float = 1.0) -> Path:
    artifact = folder / "base_model"
    artifact.mkdir(parents=True)
    (artifact / "model.safetensors").write_bytes(weights)
    manifest = {"settings": {"width": width}, "seconds": seconds}
    for path, content in (
        (artifact / "manifest.json", manifest),
        (folder / "report.json", {"a.share": {"value": width}, "seconds.01": {"value": seconds}}),
    ):
        path.write_text(json.dumps(content), encoding="utf-8", newline="\n")
    return folder


def notebook(folder: Path, text: str) -> Path:
    cell = {"id": "train", "cell_type": "code", "outputs": [{"text": text}]}
    folder.mkdir()
    path = folder / "03_pretraining.ipynb"
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8", newline="\n")
    return folder


def test_a_run_that_took_longer_is_the_same(tmp_path: Path) -> None:
    runs = a_run(tmp_path / "a"), a_run(tmp_path / "b", seconds=2.0)
    books = notebook(tmp_path / "c", "loss 1"), notebook(tmp_path / "d", "loss 1")
    assert main([*map(str, runs), "--notebooks", *map(str, books)]) == 0


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"weights": b"x"}, "base_model/model.safetensors"),
        ({"width": 9}, "base_model/manifest.json"),
    ],
)
def test_an_artifact_that_differs_is_named(tmp_path: Path, capsys, changed, named: str) -> None:
    assert main([str(a_run(tmp_path / "a")), str(a_run(tmp_path / "b", **changed))]) == 1
    assert named in capsys.readouterr().out


def test_an_output_that_differs_is_named(tmp_path: Path, capsys) -> None:
    runs = a_run(tmp_path / "a"), a_run(tmp_path / "b")
    books = notebook(tmp_path / "c", "loss 1"), notebook(tmp_path / "d", "loss 2")
    assert main([*map(str, runs), "--notebooks", *map(str, books)]) == 1
    assert "03_pretraining/train" in capsys.readouterr().out


def test_nothing_to_compare_is_no_agreement(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text("{}", encoding="utf-8", newline="\n")
    assert main([str(tmp_path / "a"), str(tmp_path / "b")]) == 1
