"""One page of text on its way through the pipeline, and the file that holds many of them.

Four fields are enough: who it is, where it came from, what it says and which site it belongs to.
Left out: languages, dates, scores. A step that needs more computes it and forgets it again.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

# What a file cut short or overwritten raises.
DAMAGES = (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError, json.JSONDecodeError)


@dataclass(frozen=True)
class Document:
    """A page's text.

    Args:
        id: the first 16 hexadecimal digits of the URL's SHA-256; the same on every machine.
        url: where the page was found.
        text: paragraphs joined by an empty line.
        source: the first label of the host: "atlas" for atlas.littleweb.test.
    """

    id: str
    url: str
    text: str
    source: str


@dataclass(frozen=True)
class Dropped:
    """A document that a step took out, kept to be looked at.

    Args:
        document: with the text that it had then.
        step: the step's name.
        reason: why, in words.
        instead: the URL of the copy that was kept instead; None where the page was no copy. It is
            not saved: who reads the file finds it in the reason.
    """

    document: Document
    step: str
    reason: str
    instead: str | None = field(default=None, compare=False)


def identifier(url: str) -> str:
    """The 16 hexadecimal digits by which a page is known in every later file."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]  # 64 bits


def source_of(url: str) -> str:
    """The site that a URL belongs to: the first label of its host, without a leading "www"."""
    # Not every URL has a host, and an archive's need not even be one; those share a source.
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    labels = (host or "unknown").split(".")
    # "www" names no site; the label after it does.
    return labels[1] if labels[0] == "www" and len(labels) > 1 else labels[0]


def from_page(url: str, text: str) -> Document:
    """The document of one page."""
    return Document(identifier(url), url, text, source_of(url))


def write_lines(path: Path, records: Iterable[Mapping[str, object]]) -> None:
    """Writes one JSON object a line, gzipped without a time stamp: same records, same bytes."""
    # Neither name nor time goes in: the bytes depend on the records alone.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        for record in records:
            line = json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n"
            packed.write(line.encode("utf-8", "replace"))  # a lone surrogate becomes "?"


def read_lines(path: Path) -> Iterator[dict[str, object]]:
    """Reads what write_lines wrote.

    Raises:
        ValueError: the file is damaged, with the line on which it ends.
    """
    number = 0  # whole lines so far
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield json.loads(line)
                number += 1
    except DAMAGES as error:
        # Whatever the damage is called, the reader needs the line and what to do.
        raise ValueError(
            f"{path.name} is damaged after line {number} ({error}). "
            "Make the corpus again with the hand-off cell of notebook 01."
        ) from error


def write_documents(path: Path, documents: Iterable[Document]) -> None:
    """Writes documents, one a line: id, text, source, url."""
    write_lines(path, (asdict(document) for document in documents))


def read_documents(path: Path) -> list[Document]:
    """Reads the documents that write_documents wrote."""
    # The fields stand in the file by their names.
    return [Document(**record) for record in read_lines(path)]
