"""What other programs find beside a saved model: template, generation settings, model card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import course_utils
from course_utils.finetuning_rlhf.chat_format import CHAT_TEMPLATE
from course_utils.finetuning_rlhf.hub_files import write_hub_files
from course_utils.finetuning_rlhf.reward import RewardModel, save_reward
from course_utils.inference.chat import _ending_at_turns
from course_utils.model import save
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer, TransformerConfig

STARTER = Path(course_utils.__file__).parent / "starters" / "tokenizer"
SIZE = TransformerConfig(4096, 16, 1, 2, 24, context_tokens=40)


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    save.save(Transformer(SIZE), tmp_path, STARTER)
    write_hub_files(tmp_path)
    return tmp_path


@pytest.fixture
def scorer(tmp_path: Path) -> Path:
    save_reward(RewardModel(Transformer(SIZE)), tmp_path, STARTER)
    return tmp_path


def _card(folder: Path) -> dict:
    """The metadata at the head of a model card."""
    _, head, text = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert "40 tokens" in text and "{" not in text
    return yaml.safe_load(head)


def test_transformers_find_how_a_chat_model_writes(chat: Path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    settings = AutoModelForCausalLM.from_pretrained(chat).generation_config
    ends = set(_ending_at_turns(SamplingConfig()).stop_ids)
    assert set(settings.eos_token_id) == ends
    assert (settings.bos_token_id, settings.pad_token_id) == (0, 3)
    assert not settings.do_sample and settings.max_new_tokens == 20
    theirs = AutoTokenizer.from_pretrained(chat)
    assert theirs.chat_template == CHAT_TEMPLATE and theirs.model_max_length == 40
    assert (theirs.bos_token_id, theirs.eos_token_id, theirs.pad_token_id) == (0, 0, 3)


def test_a_chat_model_has_a_card_with_licence_and_task(chat: Path):
    card = _card(chat)
    assert (card["license"], card["pipeline_tag"]) == ("mit", "text-generation")
    assert card["library_name"] == "transformers" and card["language"] == "en"


def test_a_reward_model_has_the_template_and_a_card_of_its_own(scorer: Path):
    settings = json.loads((scorer / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert settings["chat_template"] == CHAT_TEMPLATE and settings["model_max_length"] == 40
    assert _card(scorer)["pipeline_tag"] == "text-classification"
    assert not (scorer / "generation_config.json").exists()


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"tokenizer_config\.json"):
        write_hub_files(tmp_path)
