"""Saving and loading a model in fewer bits: safetensors for the numbers, JSON for what they mean.

It is a layout of the course's own; other programs read model.safetensors. Leaves out GGUF and
other formats. Taught in notebook 05, section "Fewer bits".
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save as tensors_to_bytes

from course_utils.inference.quantize import (
    QuantizationConfig,
    QuantizedModel,
    QuantizedTable,
    quantize,
)
from course_utils.model.save import (
    DamagedBytes,
    ModelFileError,
    fingerprint,
    in_order,
    unpacked,
)
from course_utils.model.transformer import Transformer, TransformerConfig

WEIGHTS, SETTINGS = "quantized.safetensors", "quantized.json"


def save(model: QuantizedModel, folder: Path | str) -> int:
    """Writes both files.

    Args:
        model: any.
        folder: made if it is not there; files of the same names are replaced.

    Returns:
        How many bytes the two files have together.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.contiguous() for name, tensor in model.named_tensors()}
    settings = {
        "model": vars(model.config),
        "quantization": vars(model.quantization),
        "columns": {name: table.columns for name, table in model.tables.items()},
        "sha256": fingerprint(tensors),
    }
    text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
    (folder / SETTINGS).write_text(text, encoding="utf-8", newline="\n")
    data = in_order(tensors_to_bytes(tensors, metadata={"format": "pt"}))
    (folder / WEIGHTS).write_bytes(data)
    return len(data) + (folder / SETTINGS).stat().st_size


def load(folder: Path | str) -> QuantizedModel:
    """Reads what `save` wrote.

    Raises:
        ModelFileError: a file is missing, cut short or edited, or the two do not belong together.
    """
    folder = Path(folder)
    # What the numbers mean.
    try:
        settings = json.loads(_read(folder / SETTINGS).decode("utf-8"))
        config = TransformerConfig(**settings["model"])
        quantization = QuantizationConfig(**settings["quantization"])
        columns, digest = dict(settings["columns"]), str(settings["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder / SETTINGS, f"{type(error).__name__}: {error}") from None
    # The numbers, which must be the very ones that were saved.
    try:
        tensors, _ = unpacked(_read(folder / WEIGHTS))
    except DamagedBytes as error:
        raise _damaged(folder / WEIGHTS, str(error)) from None
    if fingerprint(tensors) != digest:
        raise _damaged(folder / WEIGHTS, "its numbers are not the ones that were saved (sha256)")
    # Put together again: what is left over stayed as it was.
    try:
        tables = {
            name: QuantizedTable(
                tensors.pop(f"{name}.packed"), tensors.pop(f"{name}.scales"), count, quantization
            )
            for name, count in columns.items()
        }
    except KeyError as error:
        raise _damaged(folder / SETTINGS, f"{error} is not in {WEIGHTS}") from None
    return _fitting(QuantizedModel(config, quantization, tables, tensors), folder)


def _fitting(model: QuantizedModel, folder: Path) -> QuantizedModel:
    """The model, if its weights are those that its size and its quantization ask for."""
    expected = {
        name: tuple(one.shape) for name, one in Transformer(model.config).state_dict().items()
    }
    shapes = {name: (len(one.packed), one.columns) for name, one in model.tables.items()}
    shapes |= {name: tuple(one.shape) for name, one in model.plain.items()}
    if shapes != expected:
        raise _damaged(
            folder / SETTINGS, f"its model is not the one whose weights {WEIGHTS} holds"
        )
    for name, table in model.tables.items():
        # The same matrix of zeros, rounded as the settings say, takes as much room.
        like = quantize(torch.zeros(1, table.columns), model.quantization)
        if (table.packed.size(1), table.scales.size(1)) != (
            like.packed.size(1),
            like.scales.size(1),
        ):
            raise _damaged(folder / SETTINGS, f"{name} was not rounded as {SETTINGS} says")
    return model


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read ({error.strerror}); a quantized model has {SETTINGS} and "
            f"{WEIGHTS}.\nMake both with quantized_files.save(QuantizedModel.of(model), folder)."
        ) from None


def _damaged(path: Path, what: str) -> ModelFileError:
    return ModelFileError(
        f"{path} is damaged: {what}.\nMake it again with "
        "quantized_files.save(QuantizedModel.of(model), folder)."
    )
