"""Low-rank tables as files, in the layout of Hugging Face's peft, which opens them as its own.

An adapter's folder has adapter_config.json and adapter_model.safetensors, without the model that
it stands beside: that one is read and written by model/save.py. Leaves out what the tables do
(lora.py). Taught in notebook 04, section "Few numbers instead of all".
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor

from course_utils.finetuning_rlhf.lora import (
    TABLES,
    LoRAConfig,
    add_lora,
    frozen_weights,
    lora_of,
)
from course_utils.model import save
from course_utils.model.save import ModelFileError
from course_utils.model.transformer import Transformer

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."  # peft wraps a model twice
BASE = "base_sha256"  # in the weights' file: the fingerprint of the model they stand beside
# Settings of peft that make other numbers of the same tables, as they are where ours are right.
PLAIN = {
    "peft_type": "LORA",
    "bias": "none",
    "fan_in_fan_out": False,
    "use_rslora": False,
    "use_dora": False,
    "rank_pattern": None,
    "alpha_pattern": None,
    "modules_to_save": None,
    "trainable_token_indices": None,
    "layers_to_transform": None,
    "target_parameters": None,
    "lora_bias": False,
}


def save_adapter(
    model: Transformer, folder: Path | str, base_model: Path | str | None = None
) -> None:
    """Writes the low-rank tables alone, as float32.

    Args:
        model: one of add_lora.
        folder: made if it is not there; files of the same names are replaced.
        base_model: the folder or the hub's name of the model that they stand beside, so that
            other programs find it; None leaves that open.

    Raises:
        ValueError: the model has no low-rank tables.
    """
    config, folder = lora_of(model), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    whole = float(config.alpha).is_integer()
    settings = {name: value for name, value in PLAIN.items() if value is not None}
    settings |= {
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": None if base_model is None else str(base_model),
        "r": config.rank,
        "lora_alpha": int(config.alpha) if whole else config.alpha,
        "lora_dropout": 0.0,
        "target_modules": list(config.tables),
        "init_lora_weights": True,
        "inference_mode": True,
    }
    text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
    (folder / ADAPTER_CONFIG).write_text(text, encoding="utf-8", newline="\n")
    weights = {
        PREFIX + name: weight.detach().to("cpu", torch.float32).contiguous()
        for name, weight in model.state_dict().items()
        if ".lora_" in name
    }
    # Beside other weights they would say nothing useful, and nobody would notice.
    header = {"format": "pt", BASE: _fingerprint(model)}
    (folder / ADAPTER_WEIGHTS).write_bytes(
        save.in_order(tensors_to_bytes(weights, metadata=header))
    )


def load_adapter(model: Transformer, folder: Path | str) -> Transformer:
    """A copy of a model with the low-rank tables that `save_adapter` or peft wrote beside it.

    Args:
        model: the one that they were trained beside; stays as it is.
        folder: holds adapter_config.json and adapter_model.safetensors.

    Returns:
        As add_lora makes it, in `eval` mode; `lora.merge` makes an ordinary model of it.

    Raises:
        ModelFileError: a file is missing or damaged, the tables are of another model, or peft was
            told to do something that lora.py does not.
    """
    folder = Path(folder)
    settings, (weights, base) = _settings(folder), _weights(folder)
    path = folder / ADAPTER_WEIGHTS
    kinds = {name.split(".")[-3] for name in weights if name.count(".") > 2}
    tables = tuple(name for name in TABLES if name in kinds)
    try:
        config = LoRAConfig(settings.get("r"), settings.get("lora_alpha"), tables)
        beside = add_lora(model, config)
    except ValueError as error:
        raise ModelFileError(f"{folder} does not fit: {error}") from None
    # The same names with the same shapes: a message names the first that differs.
    expected = {name: w for name, w in beside.state_dict().items() if ".lora_" in name}
    for name in sorted(set(expected) | set(weights)):
        there, wanted = (_shape(part.get(name)) for part in (weights, expected))
        if there != wanted:
            raise ModelFileError(
                f"{path} does not fit this model: {name} is {there} there and {wanted} here.\n"
                "Use the model that it was trained beside, and the two files of one adapter."
            )
    if base not in ("", _fingerprint(beside)):
        raise ModelFileError(
            f"{path} was trained beside another model: the weights of this one are not those "
            f"({BASE} differs).\nLoad the model that stands in {ADAPTER_CONFIG}: "
            f"{settings.get('base_model_name_or_path')}."
        )
    beside.load_state_dict({n: w.float() for n, w in weights.items()}, strict=False)
    return beside.eval()


def _fingerprint(model: Transformer) -> str:
    weights = frozen_weights(model).items()
    return save.fingerprint({name: w.to("cpu", torch.float32) for name, w in weights})


def _shape(tensor: Tensor | None) -> str:
    return "not" if tensor is None else str(tuple(tensor.shape))


def _settings(folder: Path) -> dict:
    """adapter_config.json; what changes the numbers in ways that are not ours is refused."""
    path = folder / ADAPTER_CONFIG
    data = _read(path)
    try:
        settings = json.loads(data.decode("utf-8"))
        if not isinstance(settings, dict):
            raise ValueError("not a JSON object")
    except ValueError as error:
        raise _damaged(path, f"it is not valid JSON ({error})") from None
    for name, plain in PLAIN.items():
        # none, an empty list and False all leave a setting out
        if (settings.get(name, plain) or None) != (plain or None):
            raise ModelFileError(
                f"{path}: {name} is {settings[name]!r}, but the course's LoRA has {plain!r}.\n"
                "Open this adapter with peft instead."
            )
    return settings


def _weights(folder: Path) -> tuple[dict[str, Tensor], str]:
    """The tables by the names that they have in a model, and the fingerprint of that one."""
    path = folder / ADAPTER_WEIGHTS
    data = _read(path)
    try:
        weights, header = save.unpacked(data)
    except save.DamagedBytes as error:
        raise _damaged(path, str(error)) from None
    return {name.removeprefix(PREFIX): w for name, w in weights.items()}, header.get(BASE, "")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read ({error.strerror}); an adapter has {ADAPTER_CONFIG} and "
            f"{ADAPTER_WEIGHTS}.\nsave_adapter writes them."
        ) from None


def _damaged(path: Path, what: str) -> ModelFileError:
    return ModelFileError(f"{path} is damaged: {what}.\nSave the adapter again.")
