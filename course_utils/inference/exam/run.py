"""The whole exam of a chat model: every part asked greedily, a batch a part, and its figures.

Left out: the questions and rules, which the parts have. Taught in notebook 05, section
"What each stage gained".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from course_utils import runtime
from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.inference.exam import as_typed, made_up, small_talk, turns, wishes
from course_utils.inference.exam.marks import Question, Score, score
from course_utils.model.sampling import SamplingConfig

SHORT, STORY = 48, 140  # new tokens of an answer and of a story, at most
BATCH = 250  # prompts read at once: the scores of all their tokens take memory


@dataclass(frozen=True)
class Size:
    """How many questions each part of the exam has.

    Args:
        as_typed: questions as people type them.
        unknown: about made-up countries, all generators together.
        known: about real countries that the chat data never mentions.
        partial: wishes for a story that name a part.
        whole: wishes that name all.
        small_talk: utterances, at most 100.
        turns: conversations, all sorts together.
    """

    as_typed: int = 200
    unknown: int = 120
    known: int = 120
    partial: int = 80
    whole: int = 40
    small_talk: int = 100
    turns: int = 160


SIZES = {
    "tiny": Size(10, 3, 3, 5, 2, 20, 4),
    "laptop": Size(),
    "gpu": Size(600, 360, 360, 200, 120, 100, 480),
}


def sit(engine: Engine, split_seed: int, seed: int = 0, scale: str | None = None) -> dict:
    """Asks everything and marks it, so that the failures can be looked at.

    Args:
        engine: the chat model.
        split_seed: of the split of the countries that its chat data was made with.
        seed: of the questions.
        scale: a key of SIZES; None takes the run's own.

    Returns:
        "as_typed", "refused_by_name", "refused_known", "partial_wishes", "whole_stories",
        "small_talk", "recall_of_turns" -> Score; of "refused_known" those that pass are not
        refused. And "another_kind" -> the share of questions about real countries that got a value
        of another kind than asked for.

    Raises:
        ValueError: an unknown scale.
    """
    scale = runtime.scale() if scale is None else scale
    if scale not in SIZES:
        raise ValueError(f"scale is {scale!r}; the exam knows {', '.join(SIZES)}.")
    size = SIZES[scale]
    parts: dict[str, tuple[list[Question], Callable[[Question, str], str], int]] = {
        "as_typed": (as_typed.questions(seed, split_seed, size.as_typed), as_typed.fault, SHORT),
        "refused_by_name": (
            made_up.unknown(seed, size.unknown), made_up.fault_of_unknown, SHORT
        ),
        "refused_known": (
            made_up.known(seed, split_seed, size.known), made_up.fault_of_known, SHORT
        ),
        "partial_wishes": (wishes.partial(seed, size.partial), wishes.fault_of_partial, STORY),
        "whole_stories": (wishes.whole(seed, size.whole), wishes.fault_of_whole, STORY),
        "small_talk": (small_talk.questions(seed, size.small_talk), small_talk.fault, SHORT),
        "recall_of_turns": (turns.questions(seed, split_seed, size.turns), turns.fault, SHORT),
    }  # fmt: skip
    marked: dict = {}
    factual: list[tuple[Question, str]] = []
    for part, (asked, fault, new_tokens) in parts.items():
        replies = answers(engine, asked, new_tokens)
        marked[part] = score(asked, replies, fault)
        if part in ("as_typed", "refused_known"):
            factual += zip(asked, replies, strict=True)
    marked["another_kind"] = judge.another_kind_share(
        [reply for _, reply in factual], [question.prompt for question, _ in factual]
    )
    return marked


def answers(engine: Engine, questions: list[Question], new_tokens: int) -> list[str]:
    """The greedy reply to each question, the turns before it read first.

    Args:
        engine: the chat model.
        questions: what is asked; a conversation that is too long loses its oldest turns, two by
            two, as in a chat; what is too long alone loses its beginning.
        new_tokens: where a reply is cut; at most half of the context.
    """
    context = engine.model.config.context_tokens
    new_tokens = min(new_tokens, context // 2)
    config = SamplingConfig(temperature=0.0, max_new_tokens=new_tokens)
    rows = []
    for question in questions:
        said = question.prompt.turns
        ids = conversation_ids(engine.tokenizer, said)
        while len(ids) > context - new_tokens and len(said) > 1:
            said = said[2:]
            ids = conversation_ids(engine.tokenizer, said)
        rows.append(ids[-(context - new_tokens) :])
    replies: list[str] = []
    for start in range(0, len(rows), BATCH):
        replies += [one.text for one in engine.complete(rows[start : start + BATCH], config)]
    return replies


def figures(marked: dict) -> dict[str, float | dict[str, float]]:
    """What goes into the report card: each part's share, and those by group under a longer key.

    Args:
        marked: what `sit` gives.
    """
    shares: dict[str, Score] = {k: v for k, v in marked.items() if isinstance(v, Score)}
    found: dict[str, float | dict[str, float]] = {part: one.share for part, one in shares.items()}
    # Of real countries those count that were refused, which is what went wrong.
    known = shares["refused_known"]
    found["refused_known"] = len(known.failures) / max(1, sum(known.counts.values()))
    groups = {
        "as_typed": "habit",
        "refused_by_name": "generator",
        "partial_wishes": "part",
        "small_talk": "intent",
        "recall_of_turns": "sort",
    }
    found |= {f"{part}_by_{by}": shares[part].by_group for part, by in groups.items()}
    return found | {"another_kind": marked["another_kind"]}


def run_exam(
    engine: Engine, split_seed: int, seed: int = 0, scale: str | None = None
) -> dict[str, float | dict[str, float]]:
    """The figures of the whole exam; see `sit` for the arguments and `figures` for the keys."""
    return figures(sit(engine, split_seed, seed, scale))
