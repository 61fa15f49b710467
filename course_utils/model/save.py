"""Saving and loading a model in the Hugging Face Llama layout.

Leaves out the artifact's manifest (workspace.py) and other formats (stage 5). Taught in notebook
03, section "Hand-off".
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn as nn
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.special_tokens import END, PAD

WEIGHTS, CONFIG = "model.safetensors", "config.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
HAND_OFF = "the hand-off cell of notebook 03 (04 for a chat or reward model)"
# The course's name of a setting -> the name that it has in config.json.
FIELDS = {
    "vocab_size": "vocab_size",
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "intermediate_size": "intermediate_size",
    "context_tokens": "max_position_embeddings",
    "rope_theta": "rope_theta",
    "norm_eps": "rms_norm_eps",
    "tied": "tie_word_embeddings",
}


class ModelFileError(ValueError):
    """A saved model that cannot be read, with the file and what to do in its message."""


class DamagedBytes(ValueError):
    """Bytes that are no safetensors file."""


def _fixed_settings(config: TransformerConfig) -> dict[str, object]:
    """What config.json says that the course's own model has no choice about."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "num_key_value_heads": config.heads,
        "head_dim": config.width // config.heads,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": END,
        "eos_token_id": END,
        "pad_token_id": PAD if config.vocab_size > PAD else None,
        "torch_dtype": "float32",
    }


def save(
    model: nn.Module,
    folder: Path | str,
    tokenizer_folder: Path | str | None = None,
    changed: Mapping[str, object] | None = None,
) -> None:
    """Writes config.json and model.safetensors, and copies the tokenizer's files beside them.

    Args:
        model: with a `config`; its weights are written as float32, wherever they are now.
        folder: made if it is not there; files of the same names are replaced.
        tokenizer_folder: holds tokenizer.json and tokenizer_config.json.
        changed: settings of config.json that are not a plain transformer's.

    Raises:
        ModelFileError: the tokenizer's folder has no tokenizer.json, or the model has low-rank
            tables beside its own; nothing is written then.
    """
    # Other programs would take the tables by their names, and leave out what stands beside them.
    if beside := [name for name in model.state_dict() if ".lora_" in name]:
        raise ModelFileError(
            f"This model has {len(beside)} low-rank tables beside its own, first {beside[0]}, for "
            "which its layout has no place.\nSave lora.merge(model), or the tables alone with "
            "lora_files.save_adapter."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # config.json: what our layout fixes, the model's own size, and what the caller changed.
    settings = _fixed_settings(model.config)
    settings |= {theirs: getattr(model.config, ours) for ours, theirs in FIELDS.items()}
    settings |= changed or {}
    text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8", newline="\n")
    # model.safetensors: float32 whatever it was trained in, with a fingerprint against editing.
    weights = {
        name: tensor.detach().to("cpu", torch.float32).contiguous()
        for name, tensor in model.state_dict().items()
    }
    header = {"format": "pt", "sha256": fingerprint(weights)}
    (folder / WEIGHTS).write_bytes(in_order(tensors_to_bytes(weights, metadata=header)))
    if tokenizer_folder is not None:
        _copy_tokenizer(Path(tokenizer_folder), folder)


def load(folder: Path | str) -> Transformer:
    """Reads a model that `save` wrote, or another small Llama of the same layout.

    Args:
        folder: holds config.json and model.safetensors.

    Returns:
        The model on the processor, in float32, ready to use (`eval` mode).

    Raises:
        ModelFileError: a file is missing, cut short, edited, or not a plain Llama.
    """
    return fill(Transformer(read_config(Path(folder) / CONFIG)), folder)


def fill(model: nn.Module, folder: Path | str) -> nn.Module:
    """Reads the weights of a folder into a model made by its config.json.

    Raises:
        ModelFileError: the file is missing, cut short, edited, or of another model.
    """
    path = Path(folder) / WEIGHTS
    # The same names, then the same shapes: a message names the first that differs.
    weights, expected = _read_weights(path), model.state_dict()
    if missing := sorted(set(expected) ^ set(weights)):
        raise ModelFileError(
            f"{path} does not fit {CONFIG}: {len(missing)} weights are in only one of them, "
            f"first {missing[0]}.\nOne of the two files was changed: save the model again."
        )
    for name, tensor in weights.items():
        if tensor.shape != expected[name].shape:
            raise ModelFileError(
                f"{path}: {name} has shape {tuple(tensor.shape)}, but {CONFIG} asks for "
                f"{tuple(expected[name].shape)}.\nOne of the two files was changed: save the "
                "model again."
            )
    model.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return model.eval()


def read_settings(path: Path) -> dict[str, object]:
    """What stands in a config.json.

    Raises:
        ModelFileError: the file is missing or no JSON object.
    """
    data = _read(path)
    try:
        settings = json.loads(data.decode("utf-8"))
        if not isinstance(settings, dict):
            raise ValueError("not a JSON object")
    except ValueError as error:
        raise _damaged(path, f"it is not valid JSON ({error})") from None
    return settings


def read_config(path: Path) -> TransformerConfig:
    """The size of the model whose config.json this is.

    Raises:
        ModelFileError: the file is missing or damaged, or the model is no plain Llama.
    """
    settings = read_settings(path)
    if settings.get("model_type") != "llama":
        raise ModelFileError(
            f"{path}: model_type is {settings.get('model_type')!r}; this course reads 'llama'."
        )
    # Its size in our words.
    rotary = _rotary(path, settings)
    settings.setdefault("tie_word_embeddings", False)
    settings.setdefault("rope_theta", rotary.get("rope_theta", 10_000.0))
    if absent := [theirs for theirs in FIELDS.values() if theirs not in settings]:
        raise _damaged(path, f"{absent[0]} is missing")
    chosen = {ours: settings[theirs] for ours, theirs in FIELDS.items()}
    try:
        config = TransformerConfig(**chosen)
    except ValueError as error:
        # Named as the file names it, not as we do.
        ours, _, rest = str(error).partition(" ")
        raise _damaged(path, f"{FIELDS.get(ours, ours)} {rest}") from None
    # What our transformer cannot do must not be asked of it.
    for name in ("num_key_value_heads", "attention_bias", "hidden_act"):
        wanted = _fixed_settings(config)[name]
        if settings.get(name, wanted) != wanted:
            raise ModelFileError(
                f"{path}: {name} is {settings[name]!r}, but the course's transformer has "
                f"{wanted!r}.\nOpen this model with transformers instead."
            )
    return config


def _rotary(path: Path, settings: dict[str, object]) -> dict:
    """What a config.json says about rotary positions; only the plain ones are taken."""
    # older transformers name what is unusual under the first, newer ones all under the second
    said: dict = {}
    for name in ("rope_scaling", "rope_parameters"):
        part = settings.get(name) or {}
        if not isinstance(part, dict):
            raise _damaged(path, f"{name} is {part!r}")
        said |= part
    kind = said.get("rope_type", said.get("type", "default"))
    turned = said.get("partial_rotary_factor", settings.get("partial_rotary_factor", 1.0))
    for name, value, wanted in (
        ("rope_type", kind, "default"),
        ("partial_rotary_factor", turned, 1),
    ):
        if value != wanted:
            raise ModelFileError(
                f"{path}: {name} is {value!r}, but the course's transformer has {wanted!r}.\n"
                "Open this model with transformers instead."
            )
    return said


def _read_weights(path: Path) -> dict[str, torch.Tensor]:
    # Read whole, not mapped: on Windows a mapped file could not be replaced while in use.
    try:
        weights, header = unpacked(_read(path))
    except DamagedBytes as error:
        raise _damaged(path, str(error)) from None
    if header.get("sha256", "") not in ("", fingerprint(weights)):
        raise _damaged(path, "its weights are not the ones that were saved (sha256 differs)")
    return weights


def unpacked(data: bytes) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a safetensors file and the notes at its head, which may be none.

    Raises:
        DamagedBytes: the file is cut short, or no such file.
    """
    try:
        weights = tensors_from_bytes(data)
        (size,) = struct.unpack("<Q", data[:8])
        return weights, json.loads(data[8 : 8 + size].decode("utf-8")).get("__metadata__", {})
    except (SafetensorError, ValueError, struct.error) as error:
        raise DamagedBytes(f"{len(data):,} bytes, {error}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read ({error.strerror}); a saved model has {CONFIG} and {WEIGHTS}."
            f"\nRun {HAND_OFF} to save one."
        ) from None


def _damaged(path: Path, what: str) -> ModelFileError:
    return ModelFileError(f"{path} is damaged: {what}.\nRun {HAND_OFF} to save it again.")


def in_order(data: bytes) -> bytes:
    """The same file with its notes sorted: safetensors writes them in an order left to chance."""
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size].decode("utf-8"))
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode("ascii").ljust(size)
    return data[:8] + text + data[8 + size :]


def fingerprint(weights: Mapping[str, torch.Tensor]) -> str:
    """The SHA-256 of named weights, wherever they are, in whatever order they come."""
    total = hashlib.sha256()
    for name in sorted(weights):
        total.update(name.encode("utf-8"))
        total.update(weights[name].detach().cpu().flatten().contiguous().view(torch.uint8).numpy())
    return total.hexdigest()


def _copy_tokenizer(source: Path, folder: Path) -> None:
    if not (source / TOKENIZER_FILES[0]).is_file():
        raise ModelFileError(
            f"{source} holds no {TOKENIZER_FILES[0]}; a tokenizer folder has one.\n"
            "Run notebook 02 first, or leave tokenizer_folder out."
        )
    for name in TOKENIZER_FILES:
        if (source / name).is_file() and source.resolve() != folder.resolve():
            shutil.copyfile(source / name, folder / name)
