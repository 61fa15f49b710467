"""Sums: what is asked and how an answer is scored, with models whose answers are known."""

from __future__ import annotations

import re

import pytest

from course_utils.littleweb.sites.school import sums as school
from course_utils.model.generate import LENGTH, Continuation
from course_utils.pretraining.inside import sums

PAIRS = [(47, 38), (52, 61), (20, 30)]


def _answers(monkeypatch, tokenizer, answer):
    """Makes every prompt be answered by answer(prompt)."""

    def generate(_, prompts, settings):
        assert settings.temperature == 0
        texts = [answer(tokenizer.decode(prompt)) for prompt in prompts]
        return [Continuation(tokenizer.encode(text), LENGTH) for text in texts]

    monkeypatch.setattr(sums, "generate", generate)


def _numbers(prompt):
    return tuple(map(int, re.findall(r"\d+", prompt)))


@pytest.mark.parametrize("written", [False, True])
def test_who_writes_what_the_pages_write_is_right_in_everything(monkeypatch, tokenizer, written):
    page = school.steps if written else school.plain
    _answers(monkeypatch, tokenizer, lambda asked: page(*_numbers(asked)).removeprefix(asked))
    scores = sums.score(None, tokenizer, PAIRS, written)
    assert (scores.form, scores.digits, scores.last_digit, scores.right) == (1, 1, 1, 1)
    assert scores.first_step == (1 if written else None)
    assert scores.example == page(*PAIRS[0])


def test_form_digits_and_last_digit_are_told_apart(monkeypatch, tokenizer):
    said = {47: " 95. More", 52: " 93.", 20: " many"}
    _answers(monkeypatch, tokenizer, lambda asked: said[_numbers(asked)[0]])
    scores = sums.score(None, tokenizer, PAIRS, written=False)
    parts = (scores.form, scores.digits, scores.last_digit, scores.right)
    assert parts == pytest.approx((2 / 3, 1 / 3, 2 / 3, 0))


def test_a_right_sum_with_wrong_digits_is_no_right_first_step(monkeypatch, tokenizer):
    _answers(monkeypatch, tokenizer, lambda _: " 8 + 7 = 15, write 5. The sum is 9.")
    assert sums.score(None, tokenizer, PAIRS[:1], written=True).first_step == 0


def test_a_real_model_is_asked_in_a_batch(model, tokenizer):
    scores = sums.score(model, tokenizer, PAIRS, written=False)
    assert scores.count == 3 and scores.right == 0
    assert scores.example.startswith("47 + 38 =")


def test_plain_sums_of_two_digits_are_found_once_each():
    pages = ["47 + 38 = 85. 147 + 380 = 527.", "47 + 38 = 85. 12 + 70 = 82. 47 + 39: 7 + 9 = 16"]
    assert sums.on_pages(pages) == [(47, 38), (12, 70)]
    assert sums.on_pages(pages, most=1) == [(47, 38)]


def test_no_sums_are_refused(model, tokenizer):
    with pytest.raises(ValueError, match="number of sums"):
        sums.score(model, tokenizer, [], written=False)
