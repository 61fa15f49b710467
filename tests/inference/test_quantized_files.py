"""What is saved is loaded again, and what was changed on the way is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from course_utils.inference import quantized_files as files
from course_utils.inference.quantize import QuantizationConfig, QuantizedModel
from course_utils.model.save import ModelFileError


@torch.no_grad()
@pytest.mark.parametrize(
    ("bits", "group", "tables"), [(8, None, True), (4, 32, True), (3, 5, False)]
)
def test_a_saved_model_is_the_same_again(model, tmp_path: Path, bits, group, tables) -> None:
    small = QuantizedModel.of(model, QuantizationConfig(bits, group, tables))
    written = files.save(small, tmp_path / "new")
    assert written == sum(path.stat().st_size for path in (tmp_path / "new").iterdir())
    back, tokens = files.load(tmp_path / "new"), torch.arange(20)[None]
    assert (back.config, back.quantization) == (small.config, small.quantization)
    assert torch.equal(back.restore()(tokens), small.restore()(tokens))
    assert back.nbytes == small.nbytes < written


def test_saving_twice_gives_the_same_bytes(model, tmp_path: Path) -> None:
    for name in ("a", "b"):
        files.save(QuantizedModel.of(model), tmp_path / name)
    for name in (files.WEIGHTS, files.SETTINGS):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def edited(folder: Path, change) -> None:
    path = folder / files.SETTINGS
    settings = json.loads(path.read_text(encoding="utf-8"))
    change(settings)
    path.write_text(json.dumps(settings), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["model"].update(layers=1),
        lambda s: s["model"].update(width="wide"),
        lambda s: s["quantization"].update(bits=4),
        lambda s: s["quantization"].update(group_columns=8),
        lambda s: s["columns"].update({"lm_head.weight": 17}),
        lambda s: s["columns"].update({"nothing": 16}),
        lambda s: s["columns"].pop("lm_head.weight"),
        lambda s: s.pop("sha256"),
        lambda s: s.update(sha256="0"),
    ],
)
def test_settings_that_were_edited_are_refused(model, tmp_path: Path, change) -> None:
    files.save(QuantizedModel.of(model), tmp_path)
    edited(tmp_path, change)
    with pytest.raises(ModelFileError, match="damaged"):
        files.load(tmp_path)


def test_numbers_that_were_changed_or_cut_are_refused(model, tmp_path: Path) -> None:
    files.save(QuantizedModel.of(model), tmp_path)
    path = tmp_path / files.WEIGHTS
    data = path.read_bytes()
    for damaged in (data[:-5], data[:-1] + bytes([data[-1] ^ 1]), b""):
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError, match=files.WEIGHTS):
            files.load(tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=files.SETTINGS):
        files.load(tmp_path)
