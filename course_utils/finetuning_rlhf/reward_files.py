"""Saving and loading a reward model, in the layout of LlamaForSequenceClassification.

Leaves out the chat model, which model/save.py writes, and the artifact's manifest
(workspace.py). Taught in notebook 04, section "A model of taste".
"""

from __future__ import annotations

from pathlib import Path

from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model import save as files
from course_utils.model.save import ModelFileError
from course_utils.model.transformer import Transformer
from course_utils.tokenization.special_tokens import PAD

ARCHITECTURE = "LlamaForSequenceClassification"


def save_reward(
    model: RewardModel, folder: Path | str, tokenizer_folder: Path | str | None = None
) -> None:
    """Writes config.json and model.safetensors (model.*, score.weight), and the tokenizer.

    Args:
        model: its weights are written as float32, wherever they are now.
        folder: made if it is not there; files of the same names are replaced.
        tokenizer_folder: holds tokenizer.json and tokenizer_config.json.

    Raises:
        ModelFileError: the tokenizer's folder has no tokenizer.json.
    """
    settings = {
        "architectures": [ARCHITECTURE],
        "num_labels": 1,
        "id2label": {"0": "reward"},
        "label2id": {"reward": 0},
        "problem_type": "regression",
        "pad_token_id": PAD,
    }
    files.save(model, folder, tokenizer_folder, settings)


def load_reward(folder: Path | str) -> RewardModel:
    """Reads a reward model that `save_reward` or transformers wrote.

    Args:
        folder: holds config.json and model.safetensors.

    Returns:
        The model on the processor, in float32, ready to score (`eval` mode).

    Raises:
        ModelFileError: a file is missing, cut short or edited, or this is no reward model.
    """
    path = Path(folder) / files.CONFIG
    found = files.read_settings(path).get("architectures")
    if found != [ARCHITECTURE]:
        raise ModelFileError(
            f"{path} is of {found}, but a reward model's is of {[ARCHITECTURE]}.\n"
            "Give the folder of the reward model; a chat model is read by pretraining.save.load."
        )
    return files.fill(RewardModel(Transformer(files.read_config(path))), folder)
