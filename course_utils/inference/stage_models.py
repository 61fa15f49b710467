"""The reader's models of several stages, each ready to answer the same question in its own form.

Leaves out what each stage is good for as a figure (model_card.py has it). Taught in notebook 05,
section "A chat".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils import workspace
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.tokenization.special_tokens import END

BASE, FINETUNED, PRACTISED = "base model", "finetuned", "practised"
ARTIFACT = {BASE: "base_model", PRACTISED: "chat_model"}
NOT_KEPT = (
    "Notebook 04 leaves its finetuned model in the workspace's folder checkpoints/finetuned, and "
    "there is none; no starter of it is shipped. Run notebook 04 to have it as a third column."
)


@dataclass(frozen=True)
class StageModel:
    """A model as a stage left it.

    Attributes:
        stage: BASE, FINETUNED or PRACTISED.
        engine: ready to write; None where the model is missing.
        origin: "own" or "starter"; "" where it is missing.
        problem: what is wrong with the reader's own; "" where nothing is.
    """

    stage: str
    engine: Engine | None = None
    origin: str = ""
    problem: str = ""

    @property
    def can_use_starter(self) -> bool:
        """Whether a starter could stand in for a model that is missing."""
        return self.engine is None and self.stage in ARTIFACT

    def prompt_ids(self, question: str) -> list[int]:
        """What the model reads: the question in the form that it was trained on.

        The base model never saw a chat, so it gets the words alone, as the beginning of a page.

        Args:
            question: plain text; special tokens in it stay text.

        Raises:
            ValueError: it is empty, or the model is missing.
        """
        if self.engine is None:
            raise ValueError(f"The {self.stage} is missing: {self.problem}")
        if not question.strip():
            raise ValueError("The message is empty.\nWrite at least one word.")
        if self.stage == BASE:
            return [END, *self.engine.tokenizer.encode(question.strip())]
        return conversation_ids(self.engine.tokenizer, [("user", question)])


def load_stages(folder: Path | None = None) -> tuple[StageModel, ...]:
    """The models of the stages, the earliest first.

    The finetuned one is there only where the reader has saved one (see NOT_KEPT).

    Args:
        folder: the workspace; the reader's when None.
    """
    stages = [_own_or_starter(BASE, folder)]
    finetuned = (folder or workspace.root()) / "checkpoints" / "finetuned"
    if finetuned.is_dir():
        stages.append(_opened(FINETUNED, finetuned, "own"))
    return (*stages, _own_or_starter(PRACTISED, folder))


def starter(stage: str) -> StageModel:
    """The model of a stage that comes with the course.

    Raises:
        ValueError: none is shipped of this stage.
    """
    if stage not in ARTIFACT:
        raise ValueError(f"There is no starter of the {stage} model; of {', '.join(ARTIFACT)}.")
    # A folder that holds nothing of the reader's.
    return _own_or_starter(stage, workspace.root() / "nothing")


def missing_note(stages: Sequence[StageModel]) -> str:
    """What to say of a stage that has no column; "" where all have one."""
    return "" if any(one.stage == FINETUNED for one in stages) else NOT_KEPT


def _own_or_starter(stage: str, folder: Path | None) -> StageModel:
    try:
        artifact = workspace.load(ARTIFACT[stage], folder)
    except workspace.ArtifactError as error:
        return StageModel(stage, problem=str(error))
    return _opened(stage, artifact.path, artifact.origin)


def _opened(stage: str, folder: Path, origin: str) -> StageModel:
    try:
        return StageModel(stage, Engine.load(folder), origin)
    except (ValueError, OSError) as error:
        return StageModel(stage, problem=str(error))
