"""Saved models: the same numbers in transformers, and damage that is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from course_utils.model.save import ModelFileError, load, save
from course_utils.model.transformer import Transformer, TransformerConfig

CONFIG = TransformerConfig(
    vocab_size=64,
    width=32,
    layers=2,
    heads=4,
    intermediate_size=48,
    context_tokens=24,
    rope_theta=500.0,
    norm_eps=1e-3,
)


@pytest.fixture(params=[False, True], ids=["two tables", "tied"])
def model(request: pytest.FixtureRequest) -> Transformer:
    config, generator = replace(CONFIG, tied=request.param), torch.Generator().manual_seed(3)
    made = Transformer(config)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return made.eval()


@pytest.fixture
def folder(model: Transformer, tmp_path: Path) -> Path:
    save(model, tmp_path / "base_model")
    return tmp_path / "base_model"


def test_transformers_computes_the_same_logits(model: Transformer, folder: Path):
    from transformers import LlamaForCausalLM

    theirs, report = LlamaForCausalLM.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    tokens = torch.randint(0, 64, (3, 24), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        difference = (model(tokens) - theirs.eval()(tokens).logits).abs().max().item()
    assert difference < 1e-4


def test_a_model_that_transformers_saved_loads(model: Transformer, folder: Path, tmp_path: Path):
    from transformers import LlamaForCausalLM

    LlamaForCausalLM.from_pretrained(folder).save_pretrained(tmp_path / "theirs")
    tokens = torch.arange(20)[None]
    assert torch.allclose(load(tmp_path / "theirs")(tokens), model(tokens), atol=1e-5)


def test_load_after_save_is_the_identity(model: Transformer, folder: Path):
    loaded = load(folder)
    assert loaded.config == model.config
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, loaded.state_dict()[name])


def test_the_same_model_is_the_same_bytes(model: Transformer, folder: Path, tmp_path: Path):
    files = set()
    for number in range(8):
        save(model, tmp_path / str(number))
        files.add((tmp_path / str(number) / "model.safetensors").read_bytes())
    assert files == {(folder / "model.safetensors").read_bytes()}


def test_a_truncated_file_is_refused_by_name(folder: Path):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match=r"model\.safetensors is damaged.*\n.*notebook 03"):
        load(folder)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_a_file_that_is_no_model_is_refused(folder: Path, content: bytes):
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        load(folder)


def test_one_changed_byte_is_noticed(folder: Path):
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelFileError, match="not the ones that were saved"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hidden_size", 64, "has shape"),
        ("num_hidden_layers", 3, "in only one of them"),
        ("num_key_value_heads", 2, "num_key_value_heads is 2"),
        ("tie_word_embeddings", "yes", "damaged: tie_word_embeddings is 'yes'"),
        ("model_type", "gpt2", "model_type is 'gpt2'"),
        ("vocab_size", "many", "damaged: vocab_size is 'many'"),
        ("hidden_size", 32.0, "damaged: hidden_size is 32.0"),
        ("num_hidden_layers", 1.5, "damaged: num_hidden_layers is 1.5"),
        ("max_position_embeddings", None, "damaged: max_position_embeddings is None"),
        ("rms_norm_eps", float("nan"), "damaged: rms_norm_eps is nan"),
        ("rope_scaling", {"rope_type": "linear", "factor": 2.0}, "rope_type is 'linear'"),
        ("rope_scaling", {"type": "dynamic", "factor": 2.0}, "rope_type is 'dynamic'"),
        ("rope_parameters", {"rope_type": "llama3", "rope_theta": 5e5}, "rope_type is 'llama3'"),
        ("rope_parameters", {"partial_rotary_factor": 0.5}, "partial_rotary_factor is 0.5"),
        ("rope_parameters", 3, "damaged: rope_parameters is 3"),
    ],
)
def test_an_edited_config_is_refused(folder: Path, name: str, value: object, message: str):
    path = folder / "config.json"
    settings = json.loads(path.read_text(encoding="utf-8")) | {name: value}
    path.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ModelFileError, match=message):
        load(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, name: str):
    (folder / name).unlink()
    with pytest.raises(ModelFileError, match=f"{name} cannot be read") as refused:
        load(folder)
    assert "damaged" not in str(refused.value)  # nothing is wrong with a file that is not there


def test_the_tokenizer_comes_along(model: Transformer, tmp_path: Path):
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("{}", encoding="utf-8")
    save(model, tmp_path / "out", tmp_path / "tokenizer")
    assert (tmp_path / "out" / "tokenizer.json").read_text(encoding="utf-8") == "{}"


def test_a_folder_without_a_tokenizer_is_refused(model: Transformer, tmp_path: Path):
    with pytest.raises(ModelFileError, match=r"holds no tokenizer\.json"):
        save(model, tmp_path / "out", tmp_path)
