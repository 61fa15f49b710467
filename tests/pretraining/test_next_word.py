"""The next-word network: what it learns, and what one word of context cannot tell."""

from __future__ import annotations

import math

import pytest

from course_utils.pretraining.next_word import NextWordNetwork, examples, learn


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
