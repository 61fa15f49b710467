"""Saved reward models: the same scores in transformers, and damage that is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel, load_reward, pad, save_reward, score
from course_utils.model import save as files
from course_utils.model.save import ModelFileError
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=32)
REPLIES = ["", "Yes.", "A longer reply."]


@pytest.fixture
def model() -> RewardModel:
    made, generator = RewardModel(Transformer(SIZE)), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return made


@pytest.fixture
def folder(model: RewardModel, tmp_path: Path) -> Path:
    save_reward(model, tmp_path / "reward_model")
    return tmp_path / "reward_model"


def scores(model: RewardModel) -> list[float]:
    prompts = [Prompt("Hm?", "talk")] * len(REPLIES)
    return score(model, TOKENIZER, prompts, REPLIES).tolist()


def test_transformers_gives_the_same_scores(model: RewardModel, folder: Path):
    from transformers import LlamaForSequenceClassification

    theirs, report = LlamaForSequenceClassification.from_pretrained(
        folder, output_loading_info=True
    )
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert (theirs.config.num_labels, theirs.config.pad_token_id) == (1, 3)
    asked = conversation_ids(TOKENIZER, [("user", "Hm?")])
    rows = pad([[*asked, *TOKENIZER.encode(reply), 0] for reply in REPLIES])
    with torch.no_grad():
        found = theirs.eval()(rows).logits.squeeze(1).tolist()
    assert found == pytest.approx(scores(model), abs=1e-4)


def test_a_reward_model_that_transformers_saved_loads(
    model: RewardModel, folder: Path, tmp_path: Path
):
    from transformers import LlamaForSequenceClassification

    theirs = LlamaForSequenceClassification.from_pretrained(folder)
    theirs.save_pretrained(tmp_path / "theirs")
    assert scores(load_reward(tmp_path / "theirs")) == pytest.approx(scores(model), abs=1e-5)


def test_load_after_save_is_the_identity(model: RewardModel, folder: Path):
    loaded = load_reward(folder)
    assert loaded.config == SIZE and not loaded.training
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, loaded.state_dict()[name])


def test_the_tokenizer_comes_along(model: RewardModel, tmp_path: Path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "tokenizer.json").write_text("{}", encoding="utf-8", newline="\n")
    save_reward(model, tmp_path / "out", tmp_path / "source")
    assert (tmp_path / "out" / "tokenizer.json").read_text(encoding="utf-8") == "{}"


def test_transformers_makes_the_ids_that_a_reward_model_scores(model: RewardModel, tmp_path: Path):
    from transformers import AutoTokenizer

    TOKENIZER.save(tmp_path / "tokenizer")
    save_reward(model, tmp_path / "out", tmp_path / "tokenizer")
    theirs = AutoTokenizer.from_pretrained(tmp_path / "out")
    said = [{"role": "user", "content": "Hm?"}, {"role": "assistant", "content": "Yes."}]
    scored = [*conversation_ids(TOKENIZER, [("user", "Hm?")]), *TOKENIZER.encode("Yes."), 0]
    assert theirs.apply_chat_template(said, return_dict=False) == scored
    # the form as a text is read as the same tokens, not letter by letter
    assert theirs(theirs.apply_chat_template(said, tokenize=False))["input_ids"] == scored
    assert theirs.model_max_length == SIZE.context_tokens


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_or_cut_file_is_named_with_its_notebook(folder: Path, name: str):
    path = folder / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ModelFileError, match=rf"(?s){name}.*damaged.*04"):
        load_reward(folder)
    path.unlink()
    with pytest.raises(ModelFileError, match=rf"(?s){name}.*04"):
        load_reward(folder)


def test_a_chat_model_is_no_reward_model(tmp_path: Path):
    files.save(Transformer(SIZE), tmp_path)
    with pytest.raises(ModelFileError, match="LlamaForCausalLM"):
        load_reward(tmp_path)


def test_a_reward_model_is_no_chat_model(folder: Path):
    with pytest.raises(ModelFileError, match="2 weights"):
        files.load(folder)


def test_a_chat_model_cut_short_says_which_notebook_saves_it_again(tmp_path: Path):
    files.save(Transformer(SIZE), tmp_path / "chat_model")
    path = tmp_path / "chat_model" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelFileError, match=r"(?s)chat_model.*5,000 bytes.*04"):
        files.load(tmp_path / "chat_model")
