"""Retrieval: BM25 finds the passages that a question asks for, and the sentence that answers it.

Every word of a question gives points to the passages that hold it: more for a rare word, less for
each further time it comes, less in a long passage. Left out: stems, synonyms, and embeddings,
which find what is said in other words. Taught in notebook 05, section "Where did it read that?".

Source: Robertson and Zaragoza 2009, The Probabilistic Relevance Framework: BM25 and Beyond.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils import checks
from course_utils.data_collection.document import Document
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig

K1, B = 1.2, 0.75
PASSAGE_WORDS = 100  # as in Lewis et al. 2020; the context has room for one beside its question
# Of a word that more than half of all texts have: it tells next to nothing, and never less.
LEAST_WEIGHT = 1e-6
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def words(text: str) -> list[str]:
    """The words of a text as they are compared: small letters, no marks."""
    return _WORD.findall(text.lower())


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its end mark, and lines that have none."""
    return [part for part in map(str.strip, _SENTENCE_END.split(text)) if part]


class BM25:
    """An index of texts, from which a question takes the best.

    The index holds for each word the texts that have it and how often (its postings), so a
    question reads the postings of its own words and nothing else.

    Args:
        texts: what is searched; an empty one is never found.
        k1: how much a word that comes again still adds; 0 counts only whether it is there.
        b: how much a long text is marked down, 0 (not at all) to 1.

    Raises:
        ValueError: there is no text, or a setting is outside of what it can be.
    """

    def __init__(self, texts: Iterable[str], k1: float = K1, b: float = B) -> None:
        checks.number("k1", k1, least=0)
        checks.share("b", b)
        self.k1, self.b, self.numbers = k1, b, {}
        # Every word as a number, text after text.
        number_of, ids, lengths = self.numbers, [], []
        for text in texts:
            spoken = words(text)
            ids += [number_of.setdefault(word, len(number_of)) for word in spoken]
            lengths.append(len(spoken))
        if not lengths:
            raise ValueError("There is no text to search.\nGive the passages of a corpus.")
        self.lengths = np.array(lengths)  # (N,)
        # One number per word in a text; equal ones are counted.
        texts_of = np.repeat(np.arange(len(lengths)), lengths)
        keys = np.array(ids, dtype=np.int64) * len(lengths) + texts_of
        keys, counts = np.unique(keys, return_counts=True)
        word_of, self._texts = np.divmod(keys, len(lengths))
        # The postings of word w stand from starts[w] to starts[w + 1].
        self._starts = np.searchsorted(word_of, np.arange(len(number_of) + 1))
        # What a posting is worth, apart from how rare its word is.
        relative = self.lengths / max(self.lengths.mean(), 1e-9)
        damped = counts + k1 * (1 - b + b * relative[self._texts])
        self._worth = counts * (k1 + 1) / damped

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.lengths)

    def weight(self, word: str) -> float:
        """How much a word tells: the logarithm of the odds that a text does not have it."""
        number, n = self.numbers.get(word), len(self)
        having = 0 if number is None else int(np.diff(self._starts)[number])
        return max(math.log((n - having + 0.5) / (having + 0.5)), LEAST_WEIGHT)

    def scores(self, question: str) -> np.ndarray:
        """(N,) the points of every text; a word that the question says twice counts twice."""
        points = np.zeros(len(self))
        for word in words(question):
            if (number := self.numbers.get(word)) is not None:
                rows = slice(self._starts[number], self._starts[number + 1])
                points[self._texts[rows]] += self.weight(word) * self._worth[rows]
        return points

    def best(self, question: str, k: int = 1) -> list[int]:
        """The numbers of the k best texts, best first; of equal ones the earlier.

        Texts without a word of the question are left out.
        """
        checks.whole("k", k, least=1)
        points = self.scores(question)
        # Only texts as good as the k-th are sorted: of a large crawl nearly all are worse.
        k = min(k, len(points))
        least = np.partition(points, len(points) - k)[len(points) - k]
        candidates = np.flatnonzero((points >= least) & (points > 0))
        order = np.argsort(-points[candidates], kind="stable")[:k]
        return candidates[order].tolist()


@dataclass(frozen=True)
class Passage:
    """A paragraph of a page, or a piece of a long one.

    Args:
        text: its words.
        url: of the page.
    """

    text: str
    url: str


def passages(documents: Iterable[Document], most_words: int = PASSAGE_WORDS) -> list[Passage]:
    """The paragraphs of some documents; a long one is cut between two sentences.

    Args:
        documents: any.
        most_words: of a passage; a single sentence may have more.
    """
    checks.whole("most_words", most_words, least=1)
    found = []
    for document in documents:
        for paragraph in document.text.split("\n\n"):
            piece, count = [], 0
            for sentence in sentences(paragraph):
                length = len(sentence.split())
                if piece and count + length > most_words:
                    found.append(Passage(" ".join(piece), document.url))
                    piece, count = [], 0
                piece.append(sentence)
                count += length
            if piece:
                found.append(Passage(" ".join(piece), document.url))
    return found


class Retriever:
    """Finds passages in a crawl, and in the best of them the sentence that answers.

    Args:
        found_in: the passages, as `passages` gives them.
        k1, b: see BM25.

    Raises:
        ValueError: see BM25.
    """

    def __init__(self, found_in: Sequence[Passage], k1: float = K1, b: float = B) -> None:
        self.passages = list(found_in)
        self.index = BM25((passage.text for passage in self.passages), k1, b)

    def best(self, question: str, k: int = 1) -> list[Passage]:
        """The k best passages for a question, best first; fewer where no word of it stands."""
        return [self.passages[number] for number in self.index.best(question, k)]

    def answer(self, question: str, k: int = 1) -> str:
        """The sentence of the k best passages that has most of the question's weight.

        A word counts once; of sentences alike the shorter is taken, then the one found first.

        Returns:
            A sentence as it stands on the page; "" where no word of the question was found.
        """
        weights = {word: self.index.weight(word) for word in words(question)}
        candidates = [
            text for passage in self.best(question, k) for text in sentences(passage.text)
        ]

        def merit(sentence: str) -> tuple[float, int]:
            held = set(words(sentence))
            return sum(weights[word] for word in weights if word in held), -len(held)

        return max(candidates, key=merit, default="")


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """The share of questions whose right page is among the first k.

    Args:
        ranks: of each question the rank of the right page from 1 on; None where it was not found.
        k: how many pages are looked at.

    Raises:
        ValueError: there is no rank, or k is no whole number from 1 on.
    """
    checks.whole("k", k, least=1)
    if not ranks:
        raise ValueError("There are no ranks to count.\nAsk at least one question.")
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def page_ranks(retriever: Retriever, asked: Sequence[tuple[str, str]], deep: int = 20) -> list:
    """The rank of the right page for each question, by the best of its passages.

    Args:
        retriever: what searches.
        asked: (question, address of the page that answers it).
        deep: how many passages are looked at.

    Returns:
        A rank from 1 on for each question; None where the page is not among them.
    """
    ranks = []
    for question, url in asked:
        pages = list(dict.fromkeys(p.url for p in retriever.best(question, deep)))
        ranks.append(pages.index(url) + 1 if url in pages else None)
    return ranks


def by_heart(engine: Engine, max_new_tokens: int = 40) -> Callable[[list[str]], list[str]]:
    """A function from questions to a chat model's likeliest replies; "" where there is no room.

    Args:
        engine: the chat model.
        max_new_tokens: of a reply.
    """
    config = SamplingConfig(temperature=0, max_new_tokens=max_new_tokens)

    def answers(questions: list[str]) -> list[str]:
        asked = [conversation_ids(engine.tokenizer, [("user", text)]) for text in questions]
        return [text.strip() for text in engine.texts(asked, config)]

    return answers


CLOSED, WITH_PASSAGE, SENTENCE = "by heart", "with the passage", "best sentence"


def open_book(
    answers: Callable[[list[str]], list[str]],
    retriever: Retriever,
    asked: Sequence[tuple[str, Sequence[str]]],
    k: int = 1,
) -> dict[str, float]:
    """The share of questions answered rightly in three ways: a reply has to hold a true value.

    Args:
        answers: questions in, the model's replies out.
        retriever: what searches.
        asked: (question, its true values).
        k: of how many passages the best sentence is taken; the model is given the first.

    Returns:
        CLOSED: the model is asked the bare question; WITH_PASSAGE: the best passage stands before
        it; SENTENCE: no model, but the sentence that the search gives.

    Raises:
        ValueError: there are no questions.
    """
    if not asked:
        raise ValueError("There are no questions.\nGive at least one with its true values.")
    questions = [question for question, _ in asked]
    found = [next((p.text for p in retriever.best(each)), "") for each in questions]
    opened = [" ".join(pair).strip() for pair in zip(found, questions, strict=True)]
    replies = {
        CLOSED: answers(questions),
        WITH_PASSAGE: answers(opened),
        SENTENCE: [retriever.answer(question, k) for question in questions],
    }
    return {
        way: sum(
            any(value in reply for value in values)
            for reply, (_, values) in zip(texts, asked, strict=True)
        )
        / len(asked)
        for way, texts in replies.items()
    }
