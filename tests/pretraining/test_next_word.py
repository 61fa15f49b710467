"""The next-word network: what it learns, and what one word of context cannot tell."""

from __future__ import annotations

import math

import pytest

from course_utils.pretraining.next_word import NextWordNetwork, examples, learn, learn_pages

ANIMALS = ("cat", "dog", "fox", "hen", "owl", "pig")


def test_the_examples_of_the_sentence():
    assert examples() == [
        (("the", "cat"), "sat"),
        (("cat", "sat"), "on"),
        (("sat", "on"), "the"),
        (("on", "the"), "mat"),
    ]


def test_two_words_of_context_are_enough():
    network = NextWordNetwork()
    losses = learn(network, epochs=100)
    assert len(losses) == 101 and losses[-1] < 0.02
    assert next(iter(network.predict("on", "the"))) == "mat"


def test_one_word_of_context_cannot_get_below_the_bound():
    bound = 2 / 5 * math.log(2)  # two of five examples are a toss-up
    network = NextWordNetwork(context=1)
    final = learn(network, epochs=200)[-1]
    assert bound < final < bound + 0.02
    odds = network.predict("the")
    assert odds["cat"] == pytest.approx(0.5, abs=0.05) == odds["mat"]


def test_adam_is_ahead_of_plain_descent_at_the_same_rate():
    adam, plain = (learn(NextWordNetwork(), 30, optimizer=name)[-1] for name in ("adam", "sgd"))
    assert adam < plain / 2


def test_unknown_words_and_optimizers_are_refused():
    with pytest.raises(ValueError, match="'dog'"):
        NextWordNetwork().predict("the", "dog")
    with pytest.raises(ValueError, match="looks at 2"):
        NextWordNetwork().predict("the")
    with pytest.raises(ValueError, match="'adam' or 'sgd'"):
        learn(NextWordNetwork(), optimizer="magic")
    with pytest.raises(ValueError, match="use 1 to 5"):
        examples(context=6)


def test_what_is_learnt_by_heart_shows_on_the_validation_texts() -> None:
    threes = zip(ANIMALS * 2, ANIMALS[1:] * 3, ANIMALS[3:] * 5, strict=False)
    texts = [f"the {a} saw the {b} and ran to the {c} ." for a, b, c in threes]
    losses = learn_pages(texts[:6], texts[6:10], epochs=60)
    assert losses.training[-1] < 0.5 * losses.training[0]
    assert losses.validation[-1] > losses.validation[losses.lowest] > 0
    assert losses.validation[losses.lowest] == min(losses.validation)


def test_texts_without_three_known_words_are_refused() -> None:
    with pytest.raises(ValueError, match="three words"):
        learn_pages(["a b c"], ["x y z"])
