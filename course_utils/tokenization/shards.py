"""A corpus as token ids on disk: one flat file of 16-bit ids a source and split.

Leaves out the mix (pretraining/batches.py weighs the sources) and splitting large shards into
several files. Taught in notebook 02, section "Hand-off".
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from course_utils.tokenization.byte_alphabet import utf8

SPLITS = ("train", "validation")
INDEX_NAME = "index.json"
_ID = np.dtype("<u2")  # little-endian on every machine
_BATCH_DOCUMENTS = 512
_AGAIN = "Run notebook 02 again to write the tokens anew."


class Tokenizer(Protocol):
    """What is needed of a tokenizer: bpe.Tokenizer and fast.FastTokenizer both have it."""

    vocab_size: int

    def encode_batch(self, texts: list[str], end: bool = False) -> list[list[int]]:
        """The ids of each text, with <|end|> after them if end is true."""
        ...


class ShardError(ValueError):
    """A corpus that cannot be written as shards, or shards that cannot be read."""


def write(
    tokenizer: Tokenizer, corpus_folder: Path, folder: Path, seed: int = 0
) -> dict[str, Any]:
    """Writes <source>.<split>.bin for each source, and index.json.

    Documents follow one another in an order shuffled by the seed, each followed by <|end|>.

    Args:
        tokenizer: gives the ids.
        corpus_folder: holds train.jsonl.gz and validation.jsonl.gz (id, url, text, source).
        folder: receives the files; made if need be.
        seed: another seed gives another order of the documents.

    Returns:
        The index: vocab_size, seed, and for each source and split the tokens (each <|end|>
        included), the bytes of UTF-8 text and the number of documents.

    Raises:
        ShardError: a missing, damaged or empty corpus, a document that cannot be encoded, or ids
            beyond the vocabulary. Shards that were there before stay.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards: dict[str, dict[str, dict[str, int]]] = {}
    written: list[Path] = []
    try:
        for split in SPLITS:
            corpus = Path(corpus_folder) / f"{split}.jsonl.gz"
            for source, documents in sorted(_by_source(corpus, seed).items()):
                _check_name(source)
                written.append(folder / f"{source}.{split}.bin")
                counts = _write_shard(tokenizer, documents, _unfinished(written[-1]))
                shards.setdefault(source, {})[split] = counts
        if not any("train" in splits for splits in shards.values()):
            raise ShardError(
                f"The corpus in {corpus_folder} has no training document, so there is nothing to "
                "learn from. Run notebook 01 again and look at what its filters dropped."
            )
    except BaseException:
        # Nothing half-written stays, and what was there before is whole.
        for path in written:
            _unfinished(path).unlink(missing_ok=True)
        raise
    for path in written:
        os.replace(_unfinished(path), path)
    # The index comes last: without it nothing here counts as written.
    index = {"vocab_size": tokenizer.vocab_size, "seed": seed, "shards": shards}
    text = json.dumps(index, indent=1, sort_keys=True) + "\n"
    (folder / INDEX_NAME).write_text(text, encoding="utf-8", newline="\n")
    return index


def read(folder: Path, source: str, split: str = "train") -> np.ndarray:
    """The ids of one shard, in memory.

    They are read, not mapped: Windows refuses to replace a file that is mapped, so an open
    notebook would block writing the tokens again. At 2 bytes per token a course's corpus is small.

    Args:
        folder: what write filled.
        source: "atlas", "stories" ...; sources(folder) lists them.
        split: "train" or "validation".

    Returns:
        (N,) uint16 token ids.

    Raises:
        ShardError: no such shard, or a file that does not agree with the index.
    """
    index = load_index(folder)
    entry = index["shards"].get(source, {}).get(split)
    if entry is None:
        there = ", ".join(sources(folder, split)) or "none"
        raise ShardError(f"There is no {split} shard of source {source!r}. There are: {there}.")
    # The file must be there and as long as the index says.
    path = Path(folder) / f"{source}.{split}.bin"
    if not path.is_file():
        raise ShardError(f"{path} is missing, although {INDEX_NAME} lists it. {_AGAIN}")
    size = path.stat().st_size
    if size % 2:
        raise ShardError(
            f"{path} has {size} bytes, but ids take 2 bytes each: it was cut off. {_AGAIN}"
        )
    if size != 2 * entry["tokens"]:
        raise ShardError(
            f"{path} holds {size // 2} ids, but {INDEX_NAME} says {entry['tokens']}. {_AGAIN}"
        )
    # And it must be this tokenizer's.
    ids = np.fromfile(path, dtype=_ID)
    if ids.size and int(ids.max()) >= index["vocab_size"]:
        raise ShardError(
            f"{path} holds id {int(ids.max())}, but its vocabulary has ids 0 to "
            f"{index['vocab_size'] - 1}: it was changed, or is another tokenizer's. {_AGAIN}"
        )
    return ids.astype(np.uint16, copy=False)


def sources(folder: Path, split: str = "train") -> tuple[str, ...]:
    """The sources that have a shard of this split, sorted."""
    shards = load_index(folder)["shards"]
    return tuple(sorted(source for source in shards if split in shards[source]))


def load_index(folder: Path) -> dict[str, Any]:
    """What write returned, read back: vocab_size, seed, shards (tokens, bytes, documents)."""
    path = Path(folder) / INDEX_NAME
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(index["shards"], dict) or not isinstance(index["vocab_size"], int):
            raise TypeError("fields of another kind")
        return index
    except FileNotFoundError as error:
        raise ShardError(
            f"There are no tokens in {folder}: {INDEX_NAME} is missing. "
            "Run notebook 02 to write them."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ShardError(f"{path} is damaged. {_AGAIN}") from error


def _check_name(source: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", source):
        raise ShardError(
            f"The source {source!r} cannot name a file: only letters, digits, - and _ can. "
            "Rename the source in the corpus."
        )


def _by_source(corpus: Path, seed: int) -> dict[str, list[tuple[bytes, str, str]]]:
    """(key, text, id) of each document by source, in an order that only seed and ids decide."""
    by_source: dict[str, list[tuple[bytes, str, str]]] = {}
    for document in _documents(corpus):
        key = hashlib.sha256(f"{seed}/{document['id']}".encode("utf-8", "surrogatepass")).digest()
        entry = (key, document["text"], document["id"])
        by_source.setdefault(document["source"], []).append(entry)
    return {source: sorted(entries) for source, entries in by_source.items()}


def _unfinished(path: Path) -> Path:
    """Where a shard is written before it takes its place."""
    return path.with_name(path.name + ".new")


def _write_shard(
    tokenizer: Tokenizer, documents: list[tuple[bytes, str, str]], path: Path
) -> dict[str, int]:
    tokens = text_bytes = 0
    with path.open("wb") as file:
        for at in range(0, len(documents), _BATCH_DOCUMENTS):
            batch = documents[at : at + _BATCH_DOCUMENTS]
            text_bytes += sum(_text_bytes(text, identifier) for _, text, identifier in batch)
            encoded = tokenizer.encode_batch([text for _, text, _ in batch], end=True)
            for _, ids in zip(batch, encoded, strict=True):
                if max(ids) >= min(tokenizer.vocab_size, 65_536):
                    raise ShardError(
                        f"The tokenizer gave id {max(ids)}, but its vocabulary has "
                        f"{tokenizer.vocab_size} ids and a shard holds ids up to 65535."
                    )
                file.write(np.array(ids, dtype=_ID).tobytes())
                tokens += len(ids)
    return {"tokens": tokens, "bytes": text_bytes, "documents": len(documents)}


def _text_bytes(text: str, identifier: str) -> int:
    """How many bytes of UTF-8 a document has; one that cannot be written is named."""
    try:
        return len(utf8(text))
    except ValueError as error:
        raise ShardError(
            f"The document with the id {identifier!r} cannot become tokens. {error}\n"
            "Do so with the document's text in the corpus, or leave the document out."
        ) from error


def _documents(path: Path) -> Iterator[dict[str, str]]:
    """The documents of one jsonl.gz file, each line checked."""
    if not path.is_file():
        raise ShardError(f"{path} is missing. Run notebook 01 to collect a corpus.")
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):  # noqa: B007
                document = json.loads(line)
                if not all(isinstance(document[key], str) for key in ("id", "text", "source")):
                    raise TypeError("a field that is not a text")
                yield document
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ShardError(
            f"{path} is damaged after line {number}: {error}. Run notebook 01 again."
        ) from error
