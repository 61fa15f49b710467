"""The models of the stages: the reader's own, starters, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import workspace
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.inference.stage_models import (
    BASE,
    FINETUNED,
    PRACTISED,
    StageModel,
    load_stages,
    missing_note,
    starter,
)
from course_utils.model.save import save
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer


@pytest.fixture
def saved(model: Transformer, tmp_path: Path) -> Path:
    """A small model's folder."""
    FastTokenizer().save(tmp_path / "tokenizer")
    save(model, tmp_path / "model", tmp_path / "tokenizer")
    return tmp_path / "model"


def test_without_own_models_the_starters_stand_in_and_the_finetuned_one_is_named() -> None:
    stages = load_stages()
    assert [one.stage for one in stages] == [BASE, PRACTISED]
    assert {one.origin for one in stages} == {"starter"}
    assert "checkpoints" in missing_note(stages)
    weights = [one.engine.model.lm_head.weight for one in stages]
    assert weights[0].shape == weights[1].shape and not weights[0].equal(weights[1])


def test_own_models_go_first_also_a_finetuned_one_that_was_saved(
    saved: Path, own_workspace: Path, model: Transformer, tmp_path: Path
) -> None:
    with workspace.write("base_model") as folder:
        for file in saved.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
    save(model, workspace.unfinished("checkpoints") / "finetuned", tmp_path / "tokenizer")
    stages = load_stages()
    assert [(one.stage, one.origin) for one in stages] == [
        (BASE, "own"),
        (FINETUNED, "own"),
        (PRACTISED, "starter"),
    ]
    assert missing_note(stages) == ""


def test_a_damaged_model_is_missing_with_the_reason_and_the_starter_can_stand_in(
    own_workspace: Path,
) -> None:
    with workspace.write("base_model") as folder:
        (folder / "config.json").write_text("{}", encoding="utf-8")
    (own_workspace / "base_model" / "config.json").write_text("{ }", encoding="utf-8")
    base = load_stages()[0]
    assert base.engine is None and base.origin == "" and "03_pretraining" in base.problem
    assert base.can_use_starter and starter(BASE).engine is not None
    with pytest.raises(ValueError, match="base model is missing"):
        base.prompt_ids("Hi")


def test_a_finetuned_folder_without_a_model_is_said(own_workspace: Path) -> None:
    (workspace.unfinished("checkpoints") / "finetuned").mkdir(parents=True)
    finetuned = load_stages()[1]
    assert finetuned.stage == FINETUNED and finetuned.problem and not finetuned.can_use_starter
    with pytest.raises(ValueError, match="no starter of the finetuned"):
        starter(FINETUNED)


def test_each_stage_reads_the_question_in_its_own_form(engine: Engine) -> None:
    base, practised = StageModel(BASE, engine, "own"), StageModel(PRACTISED, engine, "own")
    assert base.prompt_ids(" <|user|> Hi\n") == [0, *engine.tokenizer.encode("<|user|> Hi")]
    chat = conversation_ids(engine.tokenizer, [("user", "Hi")])
    assert practised.prompt_ids("Hi\n") == chat
    for stage in (base, practised):
        with pytest.raises(ValueError, match="is empty"):
            stage.prompt_ids(" \n")
