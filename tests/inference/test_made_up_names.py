"""Made-up names: makers that training never used, and what counts as a refusal."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf import chat_data, judge, made_up
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference import made_up_names
from course_utils.inference.confidence import Answer
from course_utils.inference.engine import Engine
from course_utils.inference.made_up_names import MAKERS, OUTCOMES, Outcomes
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

OTHERS = [maker for maker in MAKERS if maker != "training's maker"]


@pytest.fixture
def engine() -> Engine:
    """A small model over bytes with room for a question."""
    sizes = {"vocab_size": 261, "width": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    model = Transformer(TransformerConfig(**sizes, context_tokens=192))
    return Engine(model, FastTokenizer())


@pytest.mark.parametrize("maker", MAKERS)
def test_names_are_different_and_none_is_a_name_of_the_little_web(maker: str) -> None:
    names = made_up_names.names(maker, 24, seed=1)

    assert len(set(names)) == len(names) == 24
    assert not {name.casefold().removeprefix("the ") for name in names} & judge.real_names()
    assert names == made_up_names.names(maker, 24, seed=1)


def test_a_real_name_is_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAKERS, "atlas", lambda rng: rng.choice(("the Netherlands", "Oslo")))
    assert made_up_names.names("atlas", 3) == []


@pytest.mark.parametrize("maker", MAKERS)
def test_another_seed_gives_another_order(maker: str) -> None:
    assert made_up_names.names(maker, 9, 1) != made_up_names.names(maker, 9, 2)


def test_no_maker_but_the_trainings_own_shares_a_name_with_the_chat_data() -> None:
    examples = chat_data.training_examples(0)
    trained = {each.prompt.country for each in examples if each.prompt.kind == "unknown"}
    mine = {name for maker in OTHERS for name in made_up_names.names(maker, 200)}

    assert trained and not trained & mine


def test_the_trainings_own_maker_gives_names_of_its_part_for_scoring() -> None:
    names = [name for name in made_up_names.names("training's maker", 40) if " " not in name]

    assert len(names) > 9 and all(made_up.is_holdout(name) for name in names)


def test_a_real_name_is_one_letter_away() -> None:
    real = [name for side in chat_data.country_split(0) for name in side]
    for name in made_up_names.names("one letter off", 30):
        near = [other for other in real if len(other) == len(name)]
        changes = [sum(a != b for a, b in zip(name, other, strict=True)) for other in near]
        assert min(changes) == 1 and name[0].isupper()


def test_a_short_list_runs_out_without_running_on() -> None:
    assert len(made_up_names.names("cities, regions", 500)) == len(made_up_names.REGIONS)


def test_a_question_per_name_in_phrasings_that_no_training_used() -> None:
    prompts = made_up_names.questions("things", 12)

    assert len({prompt.country for prompt in prompts}) == 12
    assert all(prompt.kind == "unknown" and prompt.holdout for prompt in prompts)
    assert len({prompt.topic for prompt in prompts}) == 6


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("I do not know of Teapotland. I have not read about it.", "refused"),
        ("I do not know of Nortland. I have not read about it.", "another name"),
        ("I do not know of France.", "another name"),
        ("I do not know.", "no whole name"),
        ("The capital of Teapotland is Oslo.", "invented"),
        ("I do not know of Teapotland, but its capital is Oslo.", "invented"),
        ("", "invented"),
    ],
)
def test_a_refusal_of_another_country_is_none(reply: str, expected: str) -> None:
    asked = "What is the capital of Teapotland?"
    prompt = Prompt(asked, "unknown", "Teapotland", topic="capital")
    assert made_up_names.outcome(prompt, reply) == expected


def test_shares_are_counted_with_their_errors() -> None:
    prompts = made_up_names.questions("things", 4)
    replies = [f"I do not know of {prompt.country}." for prompt in prompts[:3]] + ["Oslo."]
    found = made_up_names.outcomes(prompts, replies)

    assert found == Outcomes(dict(zip(OUTCOMES, (3, 0, 0, 1), strict=True)), 4)
    assert found.share("refused") == 0.75
    assert found.standard_error("refused") == pytest.approx((0.75 * 0.25 / 4) ** 0.5)
    assert found.standard_error("no whole name") == 1 / 8


def test_an_invention_slips_through_where_the_answer_is_sure_enough() -> None:
    prompts = made_up_names.questions("things", 3)
    said = ["Oslo.", "Oslo.", f"I do not know of {prompts[2].country}."]
    sure = [
        Answer(prompt, "", False, (("a", chance),), 0, 0)
        for prompt, chance in zip(prompts, (0.9, 0.4, 0.9), strict=True)
    ]
    asked = made_up_names.Asked(prompts, said, sure)

    assert asked.outcomes.share("invented") == pytest.approx(2 / 3)
    assert asked.slips(0.5) == pytest.approx(1 / 3)
    assert (asked.slips(0.0), asked.slips(0.95)) == (pytest.approx(2 / 3), 0)


def test_real_countries_are_right_or_refused_or_neither() -> None:
    prompt = Prompt("What is the capital of France?", "capital", "France", ("Paris",))
    known = [Answer(prompt, "", True, (), 0, 0)] * 4
    said = ["The capital of France is Paris.", "I do not know of France.", "Rome.", "Rome."]

    assert made_up_names.right_and_refused(known, said) == (0.25, 0.25)
    with pytest.raises(ValueError, match="1 replies to 4"):
        made_up_names.right_and_refused(known, said[:1])


def test_a_model_is_asked_about_every_name(engine: Engine) -> None:
    asked = made_up_names.ask(engine, "from books", 2)

    assert len(asked.prompts) == len(asked.replies) == len(asked.answers) == 2
    assert asked.outcomes.total == 2


def test_what_cannot_be_counted_is_refused() -> None:
    prompts = made_up_names.questions("things", 2)
    with pytest.raises(ValueError, match="1 replies to 2"):
        made_up_names.outcomes(prompts, ["No."])
    with pytest.raises(ValueError, match="'dreams' makes no names"):
        made_up_names.names("dreams", 3)
    with pytest.raises(ValueError, match="count"):
        made_up_names.names("things", 0)
    real = chat_data.evaluation_questions(0)[0]
    with pytest.raises(ValueError, match="real country"):
        made_up_names.outcome(real, "No.")
