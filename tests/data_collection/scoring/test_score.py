"""Scores: perfect where nothing is wrong, lower where something is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.scoring import score

from ..pages import prose, web


@dataclass(frozen=True)
class Label:
    text: str
    language: str = "en"
    junk: str | None = None
    pii: tuple[tuple[str, str], ...] = ()
    copy_of: str | None = None
    similarity: float | None = None
    holdout: bool = False


def truth() -> dict[str, Label]:
    labels = {url: Label(text) for url, text in web().items() if text}
    labels["http://tales.test/fr"] = Label(web()["http://tales.test/fr"], "fr")
    labels["http://tales.test/spam"] = Label("", junk="keywords")
    labels["http://mirror.test/a"] = Label(
        prose(3), "en", None, (), "http://atlas.test/0/3.html", 1
    )
    near, original = web()["http://mirror.test/b"], "http://atlas.test/0/4.html"
    labels["http://mirror.test/b"] = Label(near, "en", None, (), original, 0.9)
    mail = "http://tales.test/mail.html"
    labels[mail] = Label(web()[mail], pii=(("email", "ada@example.com"),) * 2)
    return labels


def test_a_perfect_collection_scores_one_everywhere(corpus: Corpus) -> None:
    scores = score.scores(corpus, truth())
    scored = {name for name in scores if not name.endswith("_holdout")}
    assert {scores[name] for name in scored} == {1.0}
    assert {scores[name] for name in scores if name not in scored} == {None}


def test_mistakes_lower_the_figure_that_they_belong_to(corpus: Corpus) -> None:
    labels = truth()
    labels["http://tales.test/spam"] = Label("Buy cheap lamps now and save on cheap lamps.")
    labels["http://tales.test/1.html"] = Label("", junk="keywords")
    labels["http://mirror.test/a"] = Label(prose(77))
    labels["http://tales.test/2.html"] = Label(prose(102), pii=(("phone", "The"), ("name", "The")))
    labels["http://tales.test/3.html"] = Label(prose(103), copy_of="http://tales.test/4.html",
                                               similarity=0.9)  # fmt: skip
    scores = score.scores(corpus, labels)
    assert scores["collection.quality_precision"] == 0
    assert scores["collection.quality_recall"] == 0
    assert scores["collection.near_duplicate_precision"] == 0.5
    assert scores["collection.near_duplicate_recall"] == 0.5
    assert scores["collection.pii_precision"] == 1
    assert scores["collection.pii_recall"] == pytest.approx(2 / 3)
    assert scores["collection.pii_recall_with_names"] == 0.5
    assert 0.9 < scores["collection.extract_f1"] < 1


def test_the_f1_of_words_is_that_of_bags() -> None:
    assert score.word_f1("a b c d", "a b") == pytest.approx(2 * 1.0 * 0.5 / 1.5)
    assert score.word_f1("a a", "a") == pytest.approx(2 / 3)
    assert score.word_f1("x", "a") == 0


def test_labels_of_another_web_are_refused(corpus: Corpus) -> None:
    with pytest.raises(ValueError, match="62"):
        score.scores(corpus, {"http://else.test/": Label("x")})
