"""Wrong answers that readers give, kept so that each stays refused with a fitting message."""

from __future__ import annotations

import importlib
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from course_utils import challenges
from course_utils.challenges import collection, pretraining, tokenization


def pairs_without_times(words):
    return dict(Counter(pair for ids in words for pair in zip(ids, ids[1:], strict=False)))


def pairs_across_words(words):
    ids = [one for word, times in words.items() for one in word * times]
    return dict(Counter(zip(ids, ids[1:], strict=False)))


def pairs_without_overlap(words):
    counts = Counter()
    for ids, times in words.items():
        for at in range(0, len(ids) - 1, 2):
            counts[ids[at], ids[at + 1]] += times
    return dict(counts)


def merge_once(ids, pair, new_id):
    for at in range(len(ids) - 1):
        if (ids[at], ids[at + 1]) == pair:
            return [*ids[:at], new_id, *ids[at + 2 :]]
    return list(ids)


def merge_losing_the_last(ids, pair, new_id):
    merged, at = [], 0
    while at < len(ids) - 1:
        hit = (ids[at], ids[at + 1]) == pair
        merged.append(new_id if hit else ids[at])
        at += 2 if hit else 1
    return merged


def merge_using_tokens_twice(ids, pair, new_id):
    merged = []
    for at, one in enumerate(ids):
        if tuple(ids[at : at + 2]) == pair:
            merged.append(new_id)
        elif at == 0 or tuple(ids[at - 1 : at + 1]) != pair:
            merged.append(one)
    return merged


def encode_left_to_right(word, merges):
    ids, at = list(word), 0
    while at < len(ids) - 1:
        if (ids[at], ids[at + 1]) in merges:
            ids[at : at + 2] = [260 + merges.index((ids[at], ids[at + 1]))]
            at = 0
        else:
            at += 1
    return tuple(ids)


def encode_with_one_merge(word, merges):
    for rank, pair in enumerate(merges):
        merged = tokenization.merge(word, pair, 260 + rank)
        if len(merged) < len(word):
            return tuple(merged)
    return word


def encode_as_text(word, merges):
    return " ".join(map(str, word))


def jaccard_of_words(first, second):
    one, two = set(first.lower().split()), set(second.lower().split())
    return len(one & two) / len(one | two)


def jaccard_with_capitals(first, second):
    one, two = (
        {tuple(text.split()[at : at + 5]) for at in range(len(text.split()) - 4)}
        for text in (first, second)
    )
    return len(one & two) / len(one | two) if one | two else 0.0


def jaccard_over_the_smaller(first, second):
    one, two = collection._runs(first), collection._runs(second)
    return len(one & two) / max(1, min(len(one), len(two)))


def jaccard_in_percent(first, second):
    return 100 * collection.jaccard(first, second)


def mask_words_with_at(text):
    return re.sub(r"\S*@\S*", "<EMAIL>", text)


def mask_the_first(text):
    return collection.ADDRESS.sub("<EMAIL>", text, count=1)


def mask_simple_names(text):
    return re.sub(r"\w+@[\w.]+\.\w+", "<EMAIL>", text)


def mask_with_the_full_stop(text):
    return re.sub(r"[\w.+%-]+@[\w-]+\.[\w.-]+", "<EMAIL>", text)


def loss_that_overflows(logits, target):
    return -math.log(math.exp(logits[target]) / sum(math.exp(one) for one in logits))


def loss_with_the_wrong_sign(logits, target):
    return -pretraining.cross_entropy(logits, target)


def loss_in_bits(logits, target):
    return pretraining.cross_entropy(logits, target) / math.log(2)


def loss_of_the_largest(logits, target):
    return pretraining.cross_entropy(logits, logits.index(max(logits)))


def loss_clipped(logits, target):
    clipped = [min(one, 700) for one in logits]
    return pretraining.cross_entropy(clipped, target)


def gradient_downhill(x, w, b, y):
    weights, bias = pretraining.neuron_gradient(x, w, b, y)
    return [-one for one in weights], -bias


def gradient_without_the_bias(x, w, b, y):
    return pretraining.neuron_gradient(x, w, b, y)[0], 0.0


def gradient_of_the_squared_error(x, w, b, y):
    p = 1 / (1 + math.exp(-sum(one * two for one, two in zip(x, w, strict=True)) - b))
    error = 2 * (p - y) * p * (1 - p)
    return [error * one for one in x], error


def gradient_as_one_list(x, w, b, y):
    weights, bias = pretraining.neuron_gradient(x, w, b, y)
    return [*weights, bias]


WRONG = [
    ("tokenization.count_pairs", pairs_without_times, "counts n times"),
    ("tokenization.count_pairs", pairs_across_words, "times; yours says"),
    ("tokenization.count_pairs", pairs_without_overlap, "The pair (2, 3) occurs 1 times"),
    ("tokenization.count_pairs", lambda words: [(1, 2)], "Return a dict"),
    ("tokenization.encode_word", encode_left_to_right, "learnt first goes first"),
    ("tokenization.encode_word", encode_with_one_merge, "Look again after every merge"),
    ("tokenization.encode_word", encode_as_text, "Return a tuple of ids, not a str"),
    ("tokenization.merge", merge_once, "A pair was left as it was"),
    ("tokenization.merge", merge_losing_the_last, "keep the last id"),
    ("tokenization.merge", merge_using_tokens_twice, "go on behind both ids"),
    ("tokenization.merge", lambda ids, pair, new_id: "93", "Return a list of ids, not a str"),
    ("collection.jaccard", jaccard_of_words, "runs of five words"),
    ("collection.jaccard", jaccard_with_capitals, "in lower case"),
    ("collection.jaccard", jaccard_over_the_smaller, "Make a set of runs"),
    ("collection.jaccard", jaccard_in_percent, "never below 0 or above 1"),
    ("collection.mask_emails", mask_words_with_at, "that is no address"),
    ("collection.mask_emails", mask_the_first, "An address is still there"),
    ("collection.mask_emails", mask_simple_names, "text around them changed or was left"),
    ("collection.mask_emails", mask_with_the_full_stop, "text around them changed or was left"),
    ("pretraining.cross_entropy", loss_that_overflows, "raised OverflowError"),
    ("pretraining.cross_entropy", loss_with_the_wrong_sign, "minus the logarithm"),
    ("pretraining.cross_entropy", loss_in_bits, "This is in bits"),
    ("pretraining.cross_entropy", loss_of_the_largest, "-log of the right one's"),
    ("pretraining.cross_entropy", loss_clipped, "gave"),
    ("pretraining.neuron_gradient", gradient_downhill, "Only the sign is wrong"),
    ("pretraining.neuron_gradient", gradient_without_the_bias, "whose input is always 1"),
    ("pretraining.neuron_gradient", gradient_of_the_squared_error, "(p - y) times the input"),
    ("pretraining.neuron_gradient", gradient_as_one_list, "Return two things"),
]
OWN_FILES = ("finetuning", "inference")  # stages whose wrong answers have a test file each


@pytest.mark.parametrize(
    ("challenge_id", "function", "words"),
    WRONG,
    ids=[f"{one[0]}-{one[1].__name__}" for one in WRONG],
)
def test_a_wrong_answer_is_refused_with_a_fitting_message(
    challenge_id: str, function, words: str, capsys
) -> None:
    challenges.check(challenge_id, function)
    said = capsys.readouterr().out
    assert f"{challenge_id}: not right yet." in said
    assert words in said
    assert challenges.done() == ()


@pytest.mark.parametrize("challenge", challenges.listed(), ids=lambda one: one.id)
def test_the_reference_is_right_and_three_wrong_answers_are_kept(challenge, capsys) -> None:
    stage, name = challenge.id.split(".")
    module = importlib.import_module(f"course_utils.challenges.{stage}")
    challenges.check(challenge.id, getattr(module, name))
    assert capsys.readouterr().out.startswith(f"{challenge.id}: done.")
    wrong = sum(one[0] == challenge.id for one in WRONG)
    if stage in OWN_FILES:
        text = Path(__file__).with_name(f"test_{stage}.py").read_text(encoding="utf-8")
        rows = text.split("\nWRONG = [\n")[1].split("\n]\n")[0]
        wrong += rows.count(f'("{name}", ')
    assert wrong >= 3


def test_the_reference_loss_agrees_with_torch() -> None:
    torch = pytest.importorskip("torch")
    logits = [2.0, -1.0, 900.0]
    for target in range(3):
        expected = torch.nn.functional.cross_entropy(
            torch.tensor([logits], dtype=torch.float64), torch.tensor([target])
        ).item()
        assert pretraining.cross_entropy(logits, target) == pytest.approx(expected)


def test_the_reference_gradient_agrees_with_torch() -> None:
    torch = pytest.importorskip("torch")
    x, w, b, y = [0.5, -2.0], [1.0, 0.3], 0.2, 1.0
    weights = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(b, dtype=torch.float64, requires_grad=True)
    p = torch.sigmoid(weights @ torch.tensor(x, dtype=torch.float64) + bias)
    torch.nn.functional.binary_cross_entropy(p, torch.tensor(y, dtype=torch.float64)).backward()
    found, found_bias = pretraining.neuron_gradient(x, w, b, y)
    assert found == pytest.approx(weights.grad.tolist())
    assert found_bias == pytest.approx(bias.grad.item())
