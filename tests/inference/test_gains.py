"""One unit for all stages: what is asked, how it is asked, and how it is counted."""

from __future__ import annotations

import math

import pytest

from course_utils.finetuning_rlhf import chat_data
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.chat_writers import ChatExample
from course_utils.inference import gains
from course_utils.inference.engine import Engine
from course_utils.inference.gains import KINDS, Score
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer

EXAMPLES = chat_data.training_examples(0, "tiny")


def test_every_kind_is_asked_equally_often_and_of_its_own_kind() -> None:
    asked = gains.questions(6, 0)
    assert tuple(asked) == KINDS and {len(some) for some in asked.values()} == {6}
    assert {prompt.kind for prompt in asked["unknown"]} == {"unknown"}
    assert {prompt.kind for prompt in asked["stories"]} == {"story"}
    held_out = set(chat_data.country_split(0)[1])
    assert {prompt.country for prompt in asked["facts"]} <= held_out
    assert gains.questions(6, 0) == asked != gains.questions(6, 1)


def test_a_share_and_its_error_by_hand() -> None:
    score = Score({"facts": 3, "stories": 0, "unknown": 4, "talk": 1}, asked=4)
    assert score.share("facts") == 0.75 and score.share() == 0.5
    assert score.standard_error("facts") == pytest.approx(math.sqrt(0.75 * 0.25 / 4))
    # the mean of four: a quarter of the root of the summed variances, two of which are 0
    assert score.standard_error() == pytest.approx(math.sqrt(2 * 0.75 * 0.25 / 4) / 4)
    assert score.worst() == "stories"
    assert score.figures()["all"] == {"accuracy": 0.5, "standard_error": score.standard_error()}


def test_what_the_judge_finds_right_is_counted_kind_by_kind() -> None:
    asked = gains.questions(5, 0)
    said = {kind: [""] * 5 for kind in KINDS}
    said["facts"] = [f"It is {prompt.answers[0]}." for prompt in asked["facts"]]
    said["unknown"][1:3] = [f"I do not know of {p.country}." for p in asked["unknown"][1:3]]
    score = gains.counted(asked, said)
    assert score == Score({"facts": 5, "stories": 0, "unknown": 2, "talk": 0}, asked=5)
    with pytest.raises(ValueError, match="argument"):
        gains.counted(asked, {**said, "talk": [""]})


def test_a_chat_is_asked_in_its_form_and_a_base_model_by_a_script() -> None:
    tokenizer, prompts = FastTokenizer(), gains.questions(2, 0)["facts"]
    as_chat = gains.asked_ids(tokenizer, prompts, (), 1024)
    assert as_chat == [conversation_ids(tokenizer, prompt.turns) for prompt in prompts]
    shown = [ChatExample(EXAMPLES[0].prompt, "So it is.", "careful")]
    script = f"User: {EXAMPLES[0].prompt.text}\nAssistant: So it is.\nUser: "
    as_text = [tokenizer.decode(ids) for ids in gains.asked_ids(tokenizer, prompts, shown, 1024)]
    assert as_text == [f"{script}{prompt.text}\nAssistant:" for prompt in prompts]


def test_a_script_that_is_too_long_loses_its_beginning() -> None:
    prompts = gains.questions(1, 0)["facts"]
    shown = [ChatExample(EXAMPLES[0].prompt, "word " * 300, "careful")]
    (ids,) = gains.asked_ids(FastTokenizer(), prompts, shown, 1024)
    assert len(ids) == 640 and FastTokenizer().decode(ids).endswith("Assistant:")


def test_the_exchanges_shown_are_the_shortest_careful_ones() -> None:
    examples = chat_data.training_examples(0, "laptop")
    shown = gains.exchanges(examples)
    assert [example.prompt.kind for example in shown] == list(gains.SHOWN)
    assert {example.writer for example in shown} == {"careful"}
    assert shown == gains.exchanges(examples[::-1])
    with pytest.raises(ValueError, match="'capital' is among 0 examples"):
        gains.exchanges([])


@pytest.mark.parametrize("asked", [{}, {"facts": []}, {"facts": [1], "talk": []}])
def test_kinds_that_are_asked_unequally_are_refused(asked: dict, engine: Engine) -> None:
    with pytest.raises(ValueError, match="as many of each kind"):
        gains.score(engine, asked)


def test_the_same_seed_samples_the_same_replies(model: Transformer) -> None:
    engine, prompts = Engine(model, FastTokenizer()), gains.questions(40, 0)["talk"]
    prompts = sorted(prompts, key=lambda prompt: len(prompt.text))[:3]  # that leave room
    first, again, other = (gains.replies(engine, prompts, (), 1.0, seed) for seed in (4, 4, 5))
    assert first == again != other
