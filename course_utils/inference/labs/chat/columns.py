"""The same question to the models of several stages, each written in a column of its own.

Leaves out the conversation (session.py): a column answers one question and remembers nothing.
Taught in notebook 05, section "A chat".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from course_utils.inference.stage_models import StageModel, missing_note, starter
from course_utils.inference.stream import Stream, token_lengths
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.special_tokens import END, SYSTEM, USER

MOST_TOKENS = 64  # a base model seldom ends by itself


@dataclass
class Column:
    """One stage's model, and what it writes; stream is None before the first question."""

    model: StageModel
    stream: Stream | None = None
    failed: str = ""
    writing: bool = False


class StageColumns:
    """What the columns show. A step is one more piece in each column that still writes.

    Args:
        stages: their models; none for no columns.
    """

    def __init__(self, stages: Sequence[StageModel] = ()) -> None:
        self.columns = [Column(model) for model in stages]
        self.question, self.note = "", missing_note(stages) if stages else ""

    @property
    def writing(self) -> bool:
        """Whether a column is not done yet."""
        return any(column.writing for column in self.columns)

    def ask(self, question: str, settings: Callable[[], SamplingConfig]) -> None:
        """Begin the answer of every stage that is there.

        Args:
            question: what they are asked; without anything that was said before.
            settings: asked before every token.

        Raises:
            ValueError: the question is empty, or too long for one of them; nothing changes.
        """

        def limited() -> SamplingConfig:
            config = settings()
            return replace(
                config,
                max_new_tokens=min(MOST_TOKENS, config.max_new_tokens),
                stop_ids=tuple({*config.stop_ids, END, USER, SYSTEM}),
            )

        # All streams are opened before one is shown: a refusal leaves the old answers.
        there = [column for column in self.columns if column.model.engine is not None]
        opened = [
            column.model.engine.stream(column.model.prompt_ids(question), settings=limited)
            for column in there
        ]
        self.stop()
        self.question = question.strip()
        for column, stream in zip(there, opened, strict=True):
            column.stream, column.failed, column.writing = stream, "", True

    def step(self) -> None:
        """Write the next piece of each answer."""
        for column in self.columns:
            if column.writing:
                try:
                    column.writing = next(column.stream, None) is not None
                except Exception as error:  # the others go on, whatever it was
                    column.failed, column.writing = str(error), False

    def stop(self) -> None:
        """End all answers as they are."""
        for column in self.columns:
            if column.writing:
                column.stream.close()
                column.writing = False

    def clear(self) -> None:
        """Forget question and answers."""
        self.stop()
        self.question = ""
        for column in self.columns:
            column.stream, column.failed = None, ""

    def use_starter(self, stage: str) -> None:
        """Let the starter stand in where a model is missing."""
        for column in self.columns:
            if column.model.stage == stage and column.model.can_use_starter:
                column.model = starter(stage)

    def facts(self) -> list[dict[str, object]]:
        """Each column as the view draws it."""
        return [_facts(column) for column in self.columns]


def _facts(column: Column) -> dict[str, object]:
    model, stream = column.model, column.stream
    facts = {
        "stage": model.stage,
        "origin": model.origin,
        "problem": model.problem or column.failed,
        "can_use_starter": model.can_use_starter,
        "writing": column.writing,
        "text": "",
        "lengths": [],
        "chances": [],
        "finish": None,
    }
    if stream is None:
        return facts
    lengths = token_lengths(model.engine.tokenizer, stream.ids, stream.text)
    written = {"text": stream.text, "lengths": list(lengths), "finish": stream.finish}
    return facts | written | {"chances": [round(share, 4) for share in stream.probabilities]}
