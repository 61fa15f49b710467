"""The same tokenizer over Hugging Face tokenizers: the same merges and ids, on all cores.

Not faster everywhere, for all that it is called so. In processor time (`python -m
benchmarks.tokenization`) it takes as much as bpe.py to train, or more; to encode the course's text
about three times as much, because bpe.py remembers the words that come again; text in which none
does about half. Leaves out how it works: bpe.py shows that. Taught in notebook 02, section "The
same name, the industry's version".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import tokenizers

from course_utils.tokenization import file_format
from course_utils.tokenization.byte_alphabet import (
    BYTE_TO_CHARACTER,
    CHARACTER_TO_BYTE,
    check_ids,
    check_texts,
    check_training,
    utf8,
)
from course_utils.tokenization.special_tokens import END, SPECIAL_TOKENS

Pair = tuple[int, int]


class FastTokenizer:
    """Text to ids and back; see bpe.Tokenizer, whose methods these are."""

    def __init__(self, merges: Iterable[Pair] = ()) -> None:
        self.merges: list[Pair] = [(left, right) for left, right in merges]
        self._backend = tokenizers.Tokenizer.from_str(file_format.dumps(self.merges))

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int = 4096) -> FastTokenizer:
        """Learns a vocabulary from texts, merge for merge as bpe.Tokenizer.train does.

        Args:
            texts: documents.
            vocab_size: special tokens, 256 bytes and merges together.

        Raises:
            ValueError: no text, one bare string, or a size outside 261 to 65,536.
        """
        check_training(texts, vocab_size)
        backend = tokenizers.Tokenizer.from_str(file_format.dumps([]))
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=vocab_size,
            min_frequency=2,
            special_tokens=list(SPECIAL_TOKENS),
            initial_alphabet=list(BYTE_TO_CHARACTER.values()),
            show_progress=False,
        )
        seen = _Counted(texts)
        backend.train_from_iterator(seen, trainer)
        if not seen.bytes:
            raise ValueError("train got no text to learn from. Is the corpus empty?")
        model = json.loads(backend.to_str())["model"]
        vocabulary = model["vocab"]
        return cls((vocabulary[left], vocabulary[right]) for left, right in model["merges"])

    @property
    def vocab_size(self) -> int:
        """Special tokens, bytes and merges together."""
        return self._backend.get_vocab_size()

    def token_bytes(self, token: int) -> bytes:
        """The bytes that one id stands for (a special token: its name's)."""
        (token,) = check_ids([token], self.vocab_size)
        name = self._backend.id_to_token(token)
        if token < len(SPECIAL_TOKENS):
            return name.encode("utf-8")
        return bytes(CHARACTER_TO_BYTE[character] for character in name)

    def encode(self, text: str, end: bool = False) -> list[int]:
        """The text's ids, and the id of <|end|> after them if end is true."""
        utf8(text)
        return self.encode_batch([text], end)[0]

    def encode_batch(self, texts: Iterable[str], end: bool = False) -> list[list[int]]:
        """The ids of each of several texts, made on all cores; see encode."""
        texts = check_texts(texts, "encode_batch")
        try:
            encodings = self._backend.encode_batch_fast(texts, add_special_tokens=False)
        except (TypeError, UnicodeEncodeError):
            for text in texts:
                utf8(text)  # says which character cannot be encoded
            raise
        tail = [END] if end else []
        return [encoding.ids + tail for encoding in encodings]

    def decode(self, ids: Iterable[int], special: bool = False) -> str:
        """The text of the ids; bytes that are no UTF-8 become the replacement character.

        Args:
            ids: token ids.
            special: write special tokens by name instead of leaving them out.

        Raises:
            TypeError: they are no ids.
            ValueError: an id is not in the vocabulary.
        """
        ids = check_ids(ids, self.vocab_size)
        kept = [token for token in ids if special or token >= len(SPECIAL_TOKENS)]
        return self._backend.decode(kept, skip_special_tokens=False)

    def save(self, folder: Path) -> None:
        """Writes tokenizer.json and tokenizer_config.json, which transformers open too."""
        file_format.write(self.merges, folder)

    @classmethod
    def load(cls, folder: Path) -> FastTokenizer:
        """Opens the tokenizer that save wrote; refuses a damaged file or another tokenizer's."""
        return cls(file_format.read(folder))


class _Counted:
    """Passes texts on, refuses what has no bytes, and remembers how many bytes went by."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = texts
        self.bytes = 0

    def __iter__(self) -> Iterator[str]:
        for text in self.texts:
            self.bytes += len(utf8(text))
            yield text
