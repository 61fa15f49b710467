"""Confidence: the probability of an answer's tokens, the same alone as among others."""

from __future__ import annotations

import math

import pytest
import torch

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt, fact_prompt, unknown_prompt
from course_utils.finetuning_rlhf.refusals import OPENING
from course_utils.inference import confidence
from course_utils.inference.confidence import SIGNS, Answer
from course_utils.inference.engine import Engine
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

QUESTIONS = [
    fact_prompt("capital", "Chad", ("N'Djamena",), 0),
    fact_prompt("currency", "Peru", ("soles",), 0),
    unknown_prompt("capital", "Narnia", 0),
]


@pytest.fixture
def engine() -> Engine:
    """A small model over bytes with room for a question, random but decided."""
    sizes = {"vocab_size": 261, "width": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    model = Transformer(TransformerConfig(**sizes, context_tokens=160))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
    return Engine(model, FastTokenizer())


def by_hand(engine: Engine, ids: list[int]) -> tuple[list[float], float]:
    """The greedy tokens' probabilities, one pass each, and the entropy before the first."""
    chances, entropy = [], math.nan
    for count in range(confidence.NEW_TOKENS):
        with torch.no_grad():
            odds = engine.model(torch.tensor([ids]))[0, -1].softmax(-1)
        if count == 0:
            entropy = -float((odds * odds.log()).sum())
        token = int(odds.argmax())
        if token == 0:  # the end sign is no part of the answer
            break
        chances.append(float(odds[token]))
        ids.append(token)
        if engine.tokenizer.decode([token]) == ".":
            break
    return chances, entropy


def test_the_signs_are_those_of_the_answers_tokens_one_pass_each(engine: Engine) -> None:
    first, *_ = confidence.answers(engine, QUESTIONS)
    ids = conversation_ids(engine.tokenizer, [("user", QUESTIONS[0].text)])
    chances, entropy = by_hand(engine, ids + engine.tokenizer.encode("The capital of Chad is"))

    assert first.text.startswith("The capital of Chad is") and not first.right
    assert first.first_token == pytest.approx(chances[0], rel=1e-3)
    assert first.whole == pytest.approx(math.prod(chances), rel=1e-3)
    assert first.mean_log_probability == pytest.approx(
        sum(map(math.log, chances)) / len(chances), rel=1e-3
    )
    assert first.entropy == pytest.approx(entropy, rel=1e-3)


def test_a_base_model_goes_on_without_a_question_and_has_no_refusal(engine: Engine) -> None:
    (answer,) = confidence.answers(engine, QUESTIONS[:1], chat=False)
    chances, entropy = by_hand(engine, engine.tokenizer.encode("The capital of Chad is"))

    assert answer.entropy == pytest.approx(entropy, rel=1e-5)
    assert answer.whole == pytest.approx(math.prod(chances), rel=1e-3)
    assert math.isnan(answer.refusal)
    (asked,) = confidence.answers(engine, QUESTIONS[:1])
    assert asked.entropy != pytest.approx(answer.entropy, rel=1e-3)


def test_the_refusal_is_the_probability_of_its_opening_after_the_question(engine: Engine) -> None:
    answer = confidence.answers(engine, QUESTIONS)[2]
    ids = conversation_ids(engine.tokenizer, QUESTIONS[2].turns)
    expected = 0.0
    for token in engine.tokenizer.encode(OPENING):
        with torch.no_grad():
            expected += float(engine.model(torch.tensor([ids]))[0, -1].log_softmax(-1)[token])
        ids.append(token)

    assert answer.refusal == pytest.approx(math.exp(expected), rel=1e-3)


def test_a_question_alone_is_answered_as_among_others(engine: Engine) -> None:
    together = confidence.answers(engine, QUESTIONS)
    alone = [confidence.answers(engine, [prompt])[0] for prompt in QUESTIONS]

    assert [answer.text for answer in together] == [answer.text for answer in alone]
    for name in SIGNS:
        signs = [answer.sign(name) for answer in together]
        assert signs == pytest.approx([answer.sign(name) for answer in alone], rel=1e-3)


class Reader:
    """A tokenizer of words, so that a sentence can be written down token by token."""

    def decode(self, ids: list[int]) -> str:
        words = (" St", ".", " John", "'s", " Bel", "onia", " is", " far", " Paris")
        return "".join(words[number] for number in ids)


@pytest.mark.parametrize(
    ("ids", "kept"),
    [
        ([8, 1, 6, 7, 1], 2),  # " Paris. is far."
        ([0, 1, 2, 3, 1, 6], 2),  # " St. John's" is no name of the Little Web, so the first stop
        ([4, 5, 6, 7], 4),  # no full stop at all
        ([4, 5, 1, 8, 1], 3),  # " Belonia." is no name: its own stop, not that of Paris
        ([], 0),
    ],
)
def test_a_sentence_ends_at_its_full_stop(ids: list[int], kept: int) -> None:
    class Holder:
        tokenizer = Reader()

    assert confidence._sentence(Holder, ids, {"paris"}) == ids[:kept]


def test_a_name_with_a_full_stop_inside_is_kept_whole() -> None:
    class Holder:
        tokenizer = Reader()

    ids = [0, 1, 2, 3, 1, 6]
    assert confidence._sentence(Holder, ids, {"st. john's"}) == ids[:5]


def test_higher_signs_mean_surer_and_doubts_are_turned_round() -> None:
    answer = Answer(QUESTIONS[0], "", True, ((" Par", 0.9), ("is", 0.5)), 1.2, 0.1)

    mean = (math.log(0.9) + math.log(0.5)) / 2
    assert [answer.sign(name) for name in SIGNS] == pytest.approx([0.9, 0.45, mean, -1.2, -0.1])
    with pytest.raises(ValueError, match="'mood' is no sign"):
        answer.sign("mood")


def test_a_question_without_room_for_its_answer_is_left_out(engine: Engine) -> None:
    long = fact_prompt("capital", "Chad" * 20, (), 0)
    assert confidence.that_fit(engine, [*QUESTIONS, long]) == QUESTIONS

    # the longest question that fits is answered, and one letter more would not be
    fitting = [fact_prompt("capital", "C" * count, (), 0) for count in range(1, 60)]
    kept = confidence.that_fit(engine, fitting)
    assert 0 < len(kept) < len(fitting)
    assert len(confidence.answers(engine, kept[-1:])) == 1


def test_no_country_is_on_both_sides() -> None:
    prompts = [
        fact_prompt(kind, country, (), 0)
        for country in ("Chad", "Peru", "Mali")
        for kind in ("capital", "region")
    ]
    answers = [Answer(prompt, "", True, (), 0.0, 0.0) for prompt in prompts]
    fit, test = confidence.halves(answers)

    assert (len(fit), len(test)) == (2, 4)
    assert not {each.prompt.country for each in fit} & {each.prompt.country for each in test}
    assert len({confidence.halves(answers, seed)[0][0].prompt.country for seed in range(9)}) > 1
    with pytest.raises(ValueError, match="1 countries"):
        confidence.halves(answers[:2])


def test_how_much_surer_is_counted_by_country() -> None:
    def sure(country: str, whole: float) -> Answer:
        return Answer(fact_prompt("capital", country, (), 0), "", True, (("a", whole),), 0, 0)

    chat = [sure("Chad", 0.6), sure("Peru", 0.9), sure("Peru", 0.9)]
    base = [sure("Chad", 0.9), sure("Peru", 0.8), sure("Peru", 1.0)]
    # Chad -0.3, Peru 0 in the mean
    assert confidence.surer(chat, base) == pytest.approx((-0.15, 0.15))
    with pytest.raises(ValueError, match="3 and 2 answers"):
        confidence.surer(chat, base[:2])


def test_who_says_nothing_is_not_sure_of_it() -> None:
    answer = Answer(QUESTIONS[0], "", False, (), 0.0, 0.0)

    assert (answer.first_token, answer.whole) == (0, 0)
    assert answer.mean_log_probability == -math.inf


def test_what_asks_for_no_fact_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="'Hello.' asks for no fact"):
        confidence.answers(engine, [Prompt("Hello.", "talk")])
    with pytest.raises(ValueError, match="no questions"):
        confidence.answers(engine, [])
