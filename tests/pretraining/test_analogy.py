"""Word vectors from made-up sentences: their arithmetic, and when it holds."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining import analogy


def test_the_same_seed_gives_the_same_sentences_and_another_seed_others() -> None:
    assert analogy.sentences(20, seed=1) == analogy.sentences(20, seed=1)
    assert analogy.sentences(20, seed=1) != analogy.sentences(20, seed=2)


def test_clear_text_speaks_of_a_queen_with_a_queens_things_and_pronouns() -> None:
    of_queens = [text.split() for text in analogy.sentences(600) if " queen " in text]
    assert of_queens
    men = {"he", "his", "him"}
    assert not any(men & set(words) for words in of_queens)
    blurred = [text.split() for text in analogy.sentences(600, blur=1.0) if " queen " in text]
    assert any(men & set(words) for words in blurred)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sums_hold_on_clear_text_and_not_on_blurred_text(seed: int) -> None:
    clear = analogy.learn_vectors(analogy.sentences(seed=seed), seed=seed)
    plain, helped = analogy.score(clear)
    assert plain > 0.9 and helped >= plain
    blurred = analogy.learn_vectors(analogy.sentences(blur=0.8, seed=seed), seed=seed)
    plain, helped = analogy.score(blurred)
    assert plain < 0.6 and helped > plain


def test_the_nearest_of_a_words_own_vector_is_the_word() -> None:
    vectors = {"a": torch.tensor([1.0, 0.0]), "b": torch.tensor([0.6, 0.8])}
    assert analogy.nearest(vectors, vectors["b"]) == [
        ("b", pytest.approx(1.0)),
        ("a", pytest.approx(0.6)),
    ]


def test_every_ordered_pair_of_roles_is_asked_for_both_genders() -> None:
    asked = analogy.analogies()
    assert len(asked) == len(set(asked)) == 60
    assert ("man", "king", "woman", "queen") in asked


def test_text_without_neighbours_and_a_blur_that_is_no_share_are_refused() -> None:
    with pytest.raises(ValueError, match="two words"):
        analogy.learn_vectors(["alone"])
    with pytest.raises(ValueError, match="0 to 1"):
        analogy.sentences(blur=1.5)
