"""Copying, or not: the longest run of a reply that stands on a page of the corpus word for word.

A search engine's answer is a piece of a page. Here a reply is laid beside every page to see how
much of it is one. Left out: copies with a word changed (data_collection/dedup finds those). The
same longest runs as pretraining/overlap.py finds, and where they stand. Taught in notebook 05,
section "Where did it read that?".

Source of the question: Carlini et al. 2022, Quantifying Memorization Across Neural Language
Models, arXiv:2202.07646.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils import checks
from course_utils.data_collection.document import Document
from course_utils.finetuning_rlhf import chat_data, judge, rollouts
from course_utils.inference.engine import Engine

PIECE = 6  # words; a shorter run is a phrase that anybody uses
BETWEEN = -1  # stands between two documents, and is no word


@dataclass(frozen=True)
class Copied:
    """How much of a text stands in a corpus.

    Attributes:
        words: of the text; words are what white space separates.
        longest: words of its longest run that stands on a page word for word.
        run: that run.
        url: of a page that has it, the first in the corpus; "" where no word of it is known.
        one_page: share of the words, 0..1, that lie in pieces of PIECE words or more of the one
            page that has most of them. A text shorter than a piece is a piece if a page has it.
        anywhere: the same over all pages together.
    """

    words: int
    longest: int
    run: str
    url: str
    one_page: float
    anywhere: float

    @property
    def share(self) -> float:
        """The longest run as a share of the text's words."""
        return self.longest / max(1, self.words)


def mean_shares(copied: Sequence[Copied]) -> dict[str, float]:
    """How much of some texts stands in a corpus, on average, in the words of the picture.

    Raises:
        ValueError: there are none.
    """
    if not copied:
        raise ValueError("There are no texts.\nLook at one at least.")
    fields = {"longest run": "share", "from one page": "one_page", "from all pages": "anywhere"}
    return {
        words: sum(getattr(each, name) for each in copied) / len(copied)
        for words, name in fields.items()
    }


class Pages:
    """A corpus made ready to be looked through: every word of it by all the places it stands at.

    Args:
        documents: at least one.

    Raises:
        ValueError: there is no document.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._numbers: dict[str, int] = {}
        number_of, ids, lengths, self._urls = self._numbers, [], [], []
        for document in documents:
            spoken = document.text.split()
            ids += [number_of.setdefault(word, len(number_of)) for word in spoken]
            ids.append(BETWEEN)  # no run crosses from one page into the next
            lengths.append(len(spoken) + 1)
            self._urls.append(document.url)
        if not lengths:
            raise ValueError("There are no documents to compare with.\nGive those of a corpus.")
        words = np.array(ids, dtype=np.int64)  # (N,)
        self._document = np.repeat(np.arange(len(lengths)), lengths)  # (N,) which page it is
        # All places sorted by their word: those of word w from starts[w] to starts[w + 1].
        self._places = np.argsort(words, kind="stable")
        self._starts = np.searchsorted(words[self._places], np.arange(len(number_of) + 1))
        # How long a run ends at each place, while a text is read; 0 everywhere between two texts.
        self._ending = np.zeros(len(words) + 1, dtype=np.int64)

    def places(self, word: str) -> np.ndarray:
        """Where a word stands, as positions in the whole corpus."""
        number = self._numbers.get(word)
        if number is None:
            return np.empty(0, dtype=np.int64)
        return self._places[self._starts[number] : self._starts[number + 1]]

    def copied(self, text: str, piece: int = PIECE) -> Copied:
        """How much of a text stands here, word for word.

        The text is read from left to right. A run that ends at one of its words ends at every
        place of that word, and is one longer than the run that ended at the place before.

        Args:
            text: such as a reply.
            piece: how many words make a piece that counts for `one_page` and `anywhere`.
        """
        checks.whole("piece", piece, least=1)
        spoken, ending = text.split(), self._ending
        least = min(piece, max(1, len(spoken)))
        longest, end, at, before = 0, 0, -1, np.empty(0, dtype=np.int64)
        pieces = []
        for number, word in enumerate(spoken):
            places = self.places(word)
            runs = ending[places - 1] + 1  # index -1 is the spare place at the end, always 0
            ending[before] = 0
            ending[places], before = runs, places
            if len(runs) and runs.max() > longest:
                longest, end, at = int(runs.max()), number + 1, int(places[runs.argmax()])
            # A page has this word and the least - 1 before it.
            pages = np.unique(self._document[places[runs >= least]])
            pieces.append(pages * len(spoken) + number)
        ending[before] = 0
        one_page, anywhere = _covered(pieces, least, len(spoken))
        url = self._urls[self._document[at]] if longest else ""
        run = " ".join(spoken[end - longest : end])
        return Copied(len(spoken), longest, run, url, one_page, anywhere)


def _covered(pieces: list[np.ndarray], least: int, count: int) -> tuple[float, float]:
    """(share of the words that one page covers, share that all pages cover).

    Args:
        pieces: page * count + the word at which a piece of `least` words ends there.
        least: words of a piece.
        count: words of the text.
    """
    ends = np.concatenate([np.empty(0, dtype=np.int64), *pieces])
    if not len(ends):
        return 0.0, 0.0
    # Each piece covers its last word and those before it; a word that several cover counts once.
    covered = np.unique(ends[:, None] - np.arange(least))
    pages, word = np.divmod(covered, count)
    return float(np.bincount(pages).max() / count), len(np.unique(word)) / count


RIGHT, WRONG, STORIES, UNREAD = "right answers", "wrong answers", "its stories", "unread stories"
STORY_WORDS = 70  # of a page's story, about as many as the model's have


def replies_by_sort(
    engine: Engine, seed: int, unread: Iterable[str], every: int = 6, stories: int = 30
) -> dict[str, list[str]]:
    """Replies of a chat model in sorts, and beside them stories that it never read.

    Args:
        engine: the chat model.
        seed: of the split of the countries, which the chat data was made with.
        unread: stories of pages that no training had.
        every: ask every so manyth question about the countries that the chat data left out.
        stories: how many it is asked for, at temperature 0.7.

    Returns:
        RIGHT and WRONG: greedy answers, as the judge finds them; STORIES; UNREAD: the first words
        of each page. A sort without texts is left out.
    """
    model, tokenizer = engine.model, engine.tokenizer
    asked = chat_data.evaluation_questions(seed)[::every]
    said = rollouts.replies(model, tokenizer, asked, max_new_tokens=40)
    right = [judge.judge(*pair).right for pair in zip(asked, said, strict=True)]
    shares = {name: float(name == "stories") for name in vars(chat_data.Mixture())}
    wishes = chat_data.holdout_prompts(stories, seed, "copying", chat_data.Mixture(**shares))
    sorts = {
        RIGHT: [reply for reply, good in zip(said, right, strict=True) if good],
        WRONG: [reply for reply, good in zip(said, right, strict=True) if not good],
        STORIES: rollouts.replies(model, tokenizer, wishes, temperature=0.7),
        UNREAD: [" ".join(text.split()[:STORY_WORDS]) for text in unread],
    }
    return {name: texts for name, texts in sorts.items() if texts}
