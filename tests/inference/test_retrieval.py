"""BM25 against SQLite's, by hand, and on pages; the sentence that answers; recall."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence

import numpy as np
import pytest

from course_utils.data_collection.document import from_page
from course_utils.inference import Chat, Engine, SamplingConfig, retrieval
from course_utils.inference.retrieval import BM25, Passage, Retriever
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.news import site as news

TEXTS = ["a ship sails", "the ship and the other ship", "a hill", "the old mill on a hill", "rain"]


def by_sqlite(texts: Sequence[str], question: str) -> np.ndarray:
    """The scores of SQLite's full-text search, which has BM25 with k1 1.2 and b 0.75."""
    base = sqlite3.connect(":memory:")
    base.execute("create virtual table t using fts5(body)")
    base.executemany("insert into t(rowid, body) values (?, ?)", enumerate(texts))
    asked = " OR ".join(f'"{word}"' for word in retrieval.words(question))
    found = base.execute("select rowid, bm25(t) from t where t match ?", (asked,)).fetchall()
    base.close()
    points = np.zeros(len(texts))
    for row, score in found:
        points[row] = -score  # there, less is better
    return points


@pytest.mark.parametrize("question", ["ship", "the ship on a hill", "rain, the", "a", "a a hill"])
def test_the_scores_are_sqlites(question: str) -> None:
    assert BM25(TEXTS).scores(question) == pytest.approx(by_sqlite(TEXTS, question), rel=1e-9)


def test_the_scores_are_sqlites_on_random_texts() -> None:
    rng = Rng("bm25")
    letters = [f"w{number}" for number in range(30)]
    texts = [" ".join(rng.choice(letters) for _ in range(rng.integer(1, 40))) for _ in range(60)]
    index = BM25(texts)
    for _ in range(20):
        question = " ".join(rng.choice(letters) for _ in range(rng.integer(1, 5)))
        assert index.scores(question) == pytest.approx(by_sqlite(texts, question), rel=1e-9)


def test_one_score_by_hand() -> None:
    # 5 texts of 3, 6, 2, 6, 1 words: 3.6 on average; "ship" stands in two, twice in the second.
    weight = math.log((5 - 2 + 0.5) / (2 + 0.5))
    first = 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / 3.6))
    second = 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 6 / 3.6))
    index = BM25(TEXTS)
    assert index.weight("ship") == pytest.approx(weight)
    assert index.scores("ship")[:2] == pytest.approx([weight * first, weight * second])


def test_k1_of_0_counts_only_whether_and_b_of_0_forgets_the_length() -> None:
    once = BM25(TEXTS, k1=0).scores("ship")
    assert once[0] == pytest.approx(once[1]) and once[2] == 0
    texts = ["ship", "ship and much else in a long text", "rain", "hill", "mill"]
    even, uneven = (BM25(texts, b=b).scores("ship") for b in (0, 0.75))
    assert even[0] == pytest.approx(even[1]) and uneven[0] > uneven[1]


def test_a_word_that_is_nearly_everywhere_tells_next_to_nothing() -> None:
    index = BM25(["the ship", "the hill", "the mill"])
    assert index.weight("the") == retrieval.LEAST_WEIGHT
    assert index.weight("unheard") > index.weight("ship") > 0.5


def test_the_best_come_first_and_what_has_no_word_is_left_out() -> None:
    index = BM25([*TEXTS, "", "A SHIP!"])
    assert index.best("Ship?", k=5) == [6, 1, 0]  # signs and case are nothing
    assert index.best("xylophone") == [] and index.best("") == []
    assert BM25(["rain", "rain", "sun"]).best("rain", 2) == [0, 1]


def test_a_page_becomes_passages_and_a_passage_sentences() -> None:
    page = from_page("http://a.test/1", "First. Second one?\n\nThird\nline")
    assert retrieval.passages([page]) == [
        Passage("First. Second one?", page.url), Passage("Third line", page.url),
    ]  # fmt: skip
    cut = [passage.text for passage in retrieval.passages([page], most_words=2)]
    assert cut == ["First.", "Second one?", "Third line"]
    long = from_page("http://a.test/2", "One two three four. Five. Six seven.")
    cut = [passage.text for passage in retrieval.passages([long], most_words=3)]
    assert cut == ["One two three four.", "Five. Six seven."]  # a sentence stays whole
    assert retrieval.sentences("First. Second one?") == ["First.", "Second one?"]
    assert retrieval.sentences("Third\nline") == ["Third", "line"]


def test_the_sentence_that_answers_holds_the_rare_words() -> None:
    retriever = Retriever([
        Passage("It rains. The bridge at Lund is long. Lund has a bridge.", "u1"),
        Passage("The bridge at Marn is short.", "u2"),
        Passage("The weather is fine.", "u3"),
    ])  # fmt: skip
    assert retriever.answer("How long is the bridge at Lund?") == "The bridge at Lund is long."
    # of two with the same words of the question the shorter one
    assert retriever.answer("Lund, the bridge?", 2) == "The bridge at Lund is long."
    assert retriever.answer("Lund bridge?") == "Lund has a bridge."
    assert retriever.answer("xylophone") == ""


def test_questions_about_the_news_find_their_page_and_mostly_their_sentence() -> None:
    pages = news.pages(7, 60)
    documents = [from_page(page.url, page.text) for page in pages]
    retriever = Retriever(retrieval.passages(documents))
    asked = news.questions(pages)
    ranks = retrieval.page_ranks(retriever, [(each.question, each.url) for each in asked])
    assert len(ranks) == 90 and retrieval.recall_at(ranks, 1) > 0.9
    right = [each.answer in retriever.answer(each.question, 3) for each in asked]
    assert sum(right) / len(right) > 0.6


def test_recall_counts_the_ranks_up_to_k() -> None:
    ranks = [1, 3, None, 2]
    assert [retrieval.recall_at(ranks, k) for k in (1, 2, 3, 9)] == [0.25, 0.5, 0.75, 0.75]
    retriever = Retriever([Passage("ship", "a"), Passage("ship ship", "b"), Passage("x y z", "c")])
    assert retrieval.page_ranks(retriever, [("ship", "b"), ("ship", "a"), ("ship", "c")]) == [
        1, 2, None,
    ]  # fmt: skip


def test_a_model_by_heart_says_what_its_chat_says(engine: Engine) -> None:
    questions = ["Hi?", "A longer one?"]
    chats = [
        "".join(Chat(engine, SamplingConfig(temperature=0, max_new_tokens=20)).say(text)).strip()
        for text in questions
    ]
    assert retrieval.by_heart(engine, 20)(questions) == chats and any(chats)


def test_the_three_ways_of_answering_are_scored_apart() -> None:
    retriever = Retriever([Passage("Lund has a mill. It is red.", "u"), Passage("Rain.", "v")])
    seen = []

    def answers(texts: list[str]) -> list[str]:
        seen.append(texts)
        return ["It is red." if "mill. It is red" in text else "Rome" for text in texts]

    asked = [("What is red at Lund?", ["mill", "red"]), ("And of Italy?", ["Rome"])]
    shares = retrieval.open_book(answers, retriever, asked)
    assert shares == {
        retrieval.CLOSED: 0.5, retrieval.WITH_PASSAGE: 1.0, retrieval.SENTENCE: 0.5,
    }  # fmt: skip
    assert seen[1] == ["Lund has a mill. It is red. What is red at Lund?", "And of Italy?"]
    with pytest.raises(ValueError, match="no questions"):
        retrieval.open_book(answers, retriever, [])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: BM25([]), "no text to search"),
        (lambda: BM25(["a"], k1=-1), "k1 is -1"),
        (lambda: BM25(["a"], b=1.5), "b is 1.5"),
        (lambda: BM25(["a"]).best("a", 0), "k is 0"),
        (lambda: retrieval.passages([], 0), "most_words is 0"),
        (lambda: retrieval.recall_at([], 1), "no ranks"),
        (lambda: retrieval.recall_at([1], 0), "k is 0"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()
