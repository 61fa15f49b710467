"""The longest common run against a search by brute force."""

from __future__ import annotations

import random

from course_utils.pretraining.overlap import longest_runs


def brute(text: str, corpus: list[str]) -> int:
    words, best = text.split(), 0
    padded = [f" {' '.join(document.split())} " for document in corpus]
    for i in range(len(words)):
        for j in range(i + 1, len(words) + 1):
            if any(f" {' '.join(words[i:j])} " in document for document in padded):
                best = max(best, j - i)
    return best


def test_it_agrees_with_brute_force_on_random_texts():
    rng = random.Random(3)

    def some(length: int) -> str:
        return " ".join(rng.choice("abc") for _ in range(length))

    corpus = [some(30) for _ in range(8)]
    texts = [some(rng.randrange(1, 40)) for _ in range(15)]
    texts.append(corpus[3])
    assert longest_runs(texts, corpus) == [brute(text, corpus) for text in texts]


def test_a_copy_is_found_whole_and_a_stranger_not_at_all():
    corpus = ["the cat sat on the mat", "a dog ran home"]
    assert longest_runs(["the cat sat on the mat", "x y", ""], corpus) == [6, 0, 0]


def test_a_run_does_not_cross_documents_or_texts():
    assert longest_runs(["one two three four", "five"], ["one two", "three four five"]) == [2, 1]


def test_texts_are_not_compared_with_each_other():
    assert longest_runs(["a b c", "a b c"], ["c"]) == [1, 1]


def test_without_a_corpus_there_is_no_overlap():
    assert longest_runs(["a b"], []) == [0]
