"""Calibration: bins by how sure somebody was, and a model's sureness as a probability."""

from __future__ import annotations

import pytest
import torch

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference import calibration, figures
from course_utils.inference.calibration import Bin
from course_utils.inference.engine import Engine
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui.picture import Picture

QUESTIONS = [
    Prompt("What is the capital of Chad?", "capital", "Chad", ("N'Djamena",)),
    Prompt("Money of Peru?", "currency", "Peru", ("soles",)),
]


@pytest.fixture
def engine() -> Engine:
    """A small model over bytes with room for a question, random but decided."""
    sizes = {"vocab_size": 261, "width": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    model = Transformer(TransformerConfig(**sizes, context_tokens=96))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
    return Engine(model, FastTokenizer())


def test_answers_are_put_together_by_how_sure_somebody_was() -> None:
    answered = [(0.5, True), (0.5, False), (0.9, True), (1.0, True), (0.0, False)]
    assert calibration.bins(answered) == (Bin(0, 0, 1), Bin(0.5, 0.5, 2), Bin(0.95, 1, 2))


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    (found,) = calibration.bins([(0.2, True), (0.39, True)])
    assert found.count == 2


def test_the_error_is_none_where_one_is_as_often_right_as_one_says() -> None:
    perfect = [(0.75, True)] * 3 + [(0.75, False)]
    assert calibration.error(calibration.bins(perfect)) == pytest.approx(0)
    assert calibration.error(calibration.bins([(0.9, False), (0.1, False)])) == pytest.approx(0.5)
    assert calibration.error(()) == 0


@pytest.mark.parametrize("sure", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(sure: float) -> None:
    with pytest.raises(ValueError, match=str(sure)):
        calibration.bins([(sure, True)])


def test_a_models_sureness_is_the_probability_of_its_answers_tokens(engine) -> None:
    (sure, right), _ = calibration.of_model(engine, QUESTIONS)
    ids = conversation_ids(engine.tokenizer, [("user", QUESTIONS[0].text)])
    ids += engine.tokenizer.encode("The capital of Chad is")
    expected = 1.0
    for _ in range(calibration.NEW_TOKENS):
        with torch.no_grad():
            odds = engine.model(torch.tensor([ids]))[0, -1].softmax(-1)
        token = int(odds.argmax())
        if token == 0:  # the end sign is no part of the answer
            break
        expected *= float(odds[token])
        ids.append(token)
    assert sure == pytest.approx(expected, rel=1e-3) and not right


def test_a_question_alone_is_answered_as_among_others(engine) -> None:
    together = calibration.of_model(engine, QUESTIONS)
    alone = [calibration.of_model(engine, [one])[0] for one in QUESTIONS]
    assert [sure for sure, _ in together] == pytest.approx([sure for sure, _ in alone], rel=1e-3)


def test_the_picture_shows_the_counts_of_one_or_of_both() -> None:
    model, reader = (Bin(0.3, 0.5, 12), Bin(0.9, 0.95, 143)), (Bin(0.7, 0.5, 4),)
    for found in ({"model": model, "you": reader}, {"model": model, "you": ()}):
        figure = figures.calibration(found)
        texts = {text.get_text() for text in figure.axes[0].texts}
        assert texts == {str(one.count) for bins in found.values() for one in bins}
        assert len(Picture.of(figure).png) < 40_000
    with pytest.raises(ValueError, match="0 have answers"):
        figures.calibration({"model": (), "you": ()})


def test_in_words_it_says_how_many_how_sure_and_how_often_right() -> None:
    assert calibration.in_words([(0.8, True), (0.6, False)]) == (
        "2 answers, 70% sure on average, 50% right"
    )
    assert calibration.in_words([]) == "no predictions to draw yet"
