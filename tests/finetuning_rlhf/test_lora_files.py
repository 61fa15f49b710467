"""Adapters as files: peft's names and settings, peft's own numbers, and damage that is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from course_utils.finetuning_rlhf import lora
from course_utils.finetuning_rlhf.lora import LoRAConfig, add_lora
from course_utils.finetuning_rlhf.lora_files import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    load_adapter,
    save_adapter,
)
from course_utils.model import save
from course_utils.model.save import ModelFileError
from course_utils.model.transformer import Transformer, TransformerConfig

SIZE = TransformerConfig(
    64, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=32, tied=True
)
CONFIG = LoRAConfig(rank=2, alpha=3.0, tables=("q_proj", "v_proj", "down_proj"))
IDS = torch.randint(0, 64, (3, 20), generator=torch.Generator().manual_seed(0))


def shaken(model: torch.nn.Module, names: str = "") -> torch.nn.Module:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if names in name:
                weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return model.eval()


@pytest.fixture
def base() -> Transformer:
    return shaken(Transformer(SIZE))


@pytest.fixture
def beside(base: Transformer) -> Transformer:
    return shaken(add_lora(base, CONFIG), "lora_")


@pytest.fixture
def folder(beside: Transformer, tmp_path: Path) -> Path:
    save_adapter(beside, tmp_path / "adapter", "a/base")
    return tmp_path / "adapter"


def logits(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return model(IDS)


def test_the_tables_have_pefts_names_and_shapes(folder: Path):
    shapes = {name: tuple(w.shape) for name, w in load_file(folder / ADAPTER_WEIGHTS).items()}
    expected = {}
    for layer in range(2):
        block = f"base_model.model.model.layers.{layer}."
        for name, inputs, outputs in (
            ("self_attn.q_proj", 16, 16),
            ("self_attn.v_proj", 16, 16),
            ("mlp.down_proj", 24, 16),
        ):
            expected[f"{block}{name}.lora_A.weight"] = (2, inputs)
            expected[f"{block}{name}.lora_B.weight"] = (outputs, 2)
    assert shapes == expected


def test_the_settings_are_those_that_peft_reads(folder: Path):
    settings = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
    assert (settings["peft_type"], settings["task_type"]) == ("LORA", "CAUSAL_LM")
    assert (settings["r"], settings["lora_alpha"], settings["lora_dropout"]) == (2, 3, 0.0)
    assert settings["target_modules"] == ["q_proj", "v_proj", "down_proj"]
    assert settings["base_model_name_or_path"] == "a/base" and settings["bias"] == "none"


def test_the_files_added_by_hand_to_the_saved_base_make_the_same(
    base: Transformer, beside: Transformer, folder: Path, tmp_path: Path
):
    from transformers import LlamaForCausalLM

    save.save(base, tmp_path / "model")
    theirs = LlamaForCausalLM.from_pretrained(tmp_path / "model").eval()
    tables = load_file(folder / ADAPTER_WEIGHTS)
    settings = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
    with torch.no_grad():
        for name, a in tables.items():
            if "lora_A" in name:
                place = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
                learnt = tables[name.replace("lora_A", "lora_B")] @ a
                weight = theirs.get_submodule(place).weight
                weight += settings["lora_alpha"] / settings["r"] * learnt
        assert torch.allclose(theirs(IDS).logits, logits(beside), atol=1e-4)


# peft's own, of a name that transformers is about to drop
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_peft_opens_it_beside_the_saved_base_and_computes_the_same(
    base: Transformer, beside: Transformer, folder: Path, tmp_path: Path
):
    import peft
    from transformers import LlamaForCausalLM

    save.save(base, tmp_path / "model")
    plain = LlamaForCausalLM.from_pretrained(tmp_path / "model")
    theirs = peft.PeftModel.from_pretrained(plain, folder).eval()
    with torch.no_grad():
        assert torch.allclose(theirs(IDS).logits, logits(beside), atol=1e-4)
        merged = theirs.merge_and_unload()
        assert torch.allclose(merged(IDS).logits, logits(lora.merge(beside)), atol=1e-4)


# peft's own, of a name that transformers is about to drop
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_an_adapter_that_peft_saved_is_opened(base: Transformer, tmp_path: Path):
    import peft
    from transformers import LlamaForCausalLM

    save.save(base, tmp_path / "model")
    plain = LlamaForCausalLM.from_pretrained(tmp_path / "model")
    asked = peft.LoraConfig(r=2, lora_alpha=5, target_modules=["o_proj", "up_proj"])
    theirs = shaken(peft.get_peft_model(plain, asked), "lora_")
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_adapter(base, tmp_path / "theirs")
    with torch.no_grad():
        assert torch.allclose(logits(ours), theirs(IDS).logits, atol=1e-4)


def test_load_after_save_is_the_identity(base: Transformer, beside: Transformer, folder: Path):
    loaded = load_adapter(base, folder)
    assert torch.equal(logits(loaded), logits(beside)) and not loaded.training
    assert lora.lora_of(loaded) == CONFIG
    assert not lora.low_rank_layers(base)  # the given model stays as it is


def test_the_same_adapter_is_the_same_bytes(beside: Transformer, folder: Path, tmp_path: Path):
    save_adapter(beside, tmp_path / "again", "a/base")
    for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_plain_model_has_no_adapter_to_save(base: Transformer, tmp_path: Path):
    with pytest.raises(ValueError, match="no low-rank"):
        save_adapter(base, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [ADAPTER_CONFIG, ADAPTER_WEIGHTS])
def test_a_missing_or_cut_file_is_named(base: Transformer, folder: Path, name: str):
    path = folder / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ModelFileError, match=rf"(?s){name}.*damaged"):
        load_adapter(base, folder)
    path.unlink()
    with pytest.raises(ModelFileError, match=rf"(?s){name}.*cannot be read"):
        load_adapter(base, folder)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("use_dora", True, "use_dora is True.*(?s:.*)peft"),
        ("use_rslora", True, "use_rslora is True"),
        ("bias", "all", "bias is 'all'"),
        ("peft_type", "IA3", "peft_type is 'IA3'"),
        ("alpha_pattern", {"q_proj": 2}, "alpha_pattern is"),
        ("modules_to_save", ["lm_head"], "modules_to_save is"),
        ("r", 3, r"lora_A.*\(2, .*\(3, "),
        ("r", None, "rank is None"),
        ("lora_alpha", "much", "alpha is 'much'"),
    ],
)
def test_settings_that_make_other_numbers_are_refused(
    base: Transformer, folder: Path, name: str, value: object, message: str
):
    path = folder / ADAPTER_CONFIG
    settings = json.loads(path.read_text(encoding="utf-8")) | {name: value}
    path.write_text(json.dumps(settings), encoding="utf-8", newline="\n")
    with pytest.raises(ModelFileError, match=message):
        load_adapter(base, folder)


def test_an_adapter_of_another_model_of_this_size_is_refused(folder: Path):
    with pytest.raises(ModelFileError, match=r"another model.*(?s:.*)a/base"):
        load_adapter(Transformer(SIZE, seed=9), folder)


def test_an_adapter_of_a_model_of_another_size_is_refused(folder: Path):
    larger = TransformerConfig(64, 32, 2, 2, 24, context_tokens=32)
    with pytest.raises(ModelFileError, match=r"lora_B.*\(16, 2\) there and \(32, 2\) here"):
        load_adapter(Transformer(larger), folder)


def test_a_table_that_is_missing_is_named(base: Transformer, folder: Path):
    tables = load_file(folder / ADAPTER_WEIGHTS)
    del tables["base_model.model.model.layers.1.mlp.down_proj.lora_B.weight"]
    save_file(tables, folder / ADAPTER_WEIGHTS)
    with pytest.raises(ModelFileError, match=r"layers\.1\.mlp\.down_proj\.lora_B.* is not there"):
        load_adapter(base, folder)
