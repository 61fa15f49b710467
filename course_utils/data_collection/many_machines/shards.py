"""The two jobs that a worker does for one archive of a large crawl, and the files it leaves.

First the pages: text, language, quality, masks; one compressed file of JSON lines, some hundred
pages after the other, so that no more are held. Later, when it is known which lines the collection
repeats, their signatures. A file is written beside its place and then moved there, so one that has
its name is whole; it says itself what it was made from, and a file that still fits is never made
again.
Left out: who asks for the jobs (collect.py), and what is done with the files (merge.py).
Taught in no notebook; docs/many_machines.md shows how to use it.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from course_utils.data_collection.archives import warc
from course_utils.data_collection.dedup.dedup import Line, signature_blocks, without_lines
from course_utils.data_collection.dedup.minhash import PERMUTATIONS
from course_utils.data_collection.dedup.shingles import fingerprint
from course_utils.data_collection.document import Document, read_lines, write_lines
from course_utils.data_collection.steps import PipelineConfig, PipelineState, take_pages

BLOCK_PAGES = 500  # one step after the other for so many: faster than all steps page by page
# The files whose change changes what the workers make.
CODE = Path(__file__).resolve().parents[1]
RULES_OF_PAGES = (
    "many_machines/shards",
    "clean/extract",
    "clean/letters",
    "clean/language",
    "clean/quality",
    "clean/privacy",
    "archives/packing",
    "archives/records",
    "archives/warc",
    "steps",
    "document",
    "failures",
)
RULES_OF_SIGNATURES = ("many_machines/shards", "dedup/dedup", "dedup/minhash", "dedup/shingles")


@dataclass(frozen=True)
class Shard:
    """One archive and the files that are made of it.

    Args:
        archive: the WARC or WET file; every machine has to see it under this path.
        folder: where the files go; likewise.
    """

    archive: Path
    folder: Path

    @property
    def pages(self) -> Path:
        """The file with the archive's pages."""
        return self.folder / f"pages-{self.archive.name}.jsonl.gz"

    @property
    def signatures(self) -> Path:
        """The file with the pages' signatures."""
        return self.folder / f"signatures-{self.archive.name}.safetensors"


@dataclass(frozen=True)
class ShardPage:
    """One page of an archive after the steps that look at one page at a time.

    Args:
        document: its text; several may have one URL, of which the first counts.
        masks: how many masks were set.
        step, reason: which step dropped it and why; None for a page that was kept.
    """

    document: Document
    masks: int = 0
    step: str | None = None
    reason: str | None = None


def make_pages(shard: Shard, config: PipelineConfig) -> tuple[str, bool]:
    """Job one: the steps that look at one page at a time, unless their file is there already.

    Returns:
        The key of the file, and whether it was made now.

    Raises:
        FileNotFoundError: the archive is not to be seen from this machine.
    """
    # The file says what it was made from; where that is still so, it is good.
    settings = [config.language, config.quality, config.privacy]
    key = _key([_digest(shard.archive), *settings], RULES_OF_PAGES)
    if _pages_key(shard.pages) == key:
        return key, False
    # Whole or not at all: a file with this name can be trusted.
    with _Whole(shard.pages) as path:
        write_lines(path, _records(shard.archive, key, config))
    return key, True


def _records(archive: Path, key: str, config: PipelineConfig) -> Iterator[dict[str, object]]:
    """The lines of a file of pages: its key, the pages, the problems."""
    # The key comes first, so that one line tells whether the file still fits.
    yield {"key": key}
    problems: list[str] = []
    pages = warc.read(archive, problems.append)
    # A block at a time, so that no more pages than that are held.
    for first in pages:
        state = PipelineState(problems, may_be_empty=True)
        take_pages(state, chain([first], islice(pages, BLOCK_PAGES - 1)), config)
        # Dropped pages are kept too: the merge counts them and says why they went.
        for document in state.documents:
            yield {**asdict(document), "masks": state.masks.get(document.url, 0)}
        for gone in state.dropped:
            yield {**asdict(gone.document), "step": gone.step, "reason": gone.reason}
    yield {"problems": problems}


def read_pages(shard: Shard, problems: list[str]) -> Iterator[ShardPage]:
    """Reads what make_pages wrote, page by page.

    Args:
        shard: an archive whose pages are made.
        problems: gets the sentences about damaged records.

    Raises:
        ValueError: the file was damaged since, with what to do about it.
    """
    try:
        # The problems come last and the key first; all between are pages.
        for record in read_lines(shard.pages):
            if "problems" in record:
                problems.extend(record["problems"])
            elif "key" not in record:
                more = {name: record.pop(name, None) for name in ("masks", "step", "reason")}
                yield ShardPage(Document(**record), more.pop("masks") or 0, **more)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{shard.pages.name} is damaged. Delete it and start again: only its archive is "
            "gone through anew."
        ) from error


def make_signatures(
    shard: Shard, pages_key: str, skipped: np.ndarray, common: Path, fast: bool
) -> bool:
    """Job two: fingerprints and signatures of what was kept, unless their file is there already.

    Args:
        shard: an archive whose pages are made.
        pages_key: what make_pages gave.
        skipped: (D,) the numbers of pages (0 is the file's first) whose URL came before.
        common: the file with the lines that the collection repeats.
        fast: sign with rensa.

    Returns:
        Whether the file was made now.
    """
    # The lines that repeat are part of the key: other lines, other signatures.
    key = _key([pages_key, skipped.tolist(), _digest(common), fast], RULES_OF_SIGNATURES)
    if _signatures_key(shard.signatures) == key:
        return False
    rows: list[int] = []
    fingerprints: list[bytes] = []

    def noted_texts() -> Iterator[str]:
        """Each text on its way to the signatures, its row and fingerprint noted as it passes."""
        for row, text in _kept_texts(shard, set(skipped.tolist()), read_common(common)):
            rows.append(row)
            fingerprints.append(bytes.fromhex(fingerprint(text)))
            yield text

    # With nothing in front, an archive without a kept page still gives an array.
    nothing = np.empty((0, PERMUTATIONS), np.uint32)
    signatures = np.concatenate([nothing, *signature_blocks(noted_texts(), fast)])
    tensors = {
        "signatures": signatures,  # (N, P)
        "fingerprints": np.frombuffer(b"".join(fingerprints), np.uint8).reshape(-1, 32),  # (N, 32)
        "rows": np.array(rows, np.int64),  # (N,) which pages of the file they are
    }
    with _Whole(shard.signatures) as path:
        path.write_bytes(save(tensors, {"key": key}))  # save_file: none but us may read those
    return True


def _kept_texts(shard: Shard, skipped: set[int], common: set[Line]) -> Iterator[tuple[int, str]]:
    """Row and text of each page that no step dropped, without the lines that repeat."""
    for row, page in enumerate(read_pages(shard, [])):
        if page.step is None and row not in skipped:
            yield row, without_lines(page.document, common)[0]


def read_signatures(shard: Shard) -> dict[str, np.ndarray]:
    """Reads what make_signatures wrote: signatures, fingerprints, rows."""
    return load_file(shard.signatures)


def write_common(path: Path, common: set[Line]) -> None:
    """Writes the lines that the collection repeats, where every worker can read them."""
    with _Whole(path) as new:
        write_lines(new, ({"source": source, "line": line} for source, line in sorted(common)))


def read_common(path: Path) -> set[Line]:
    """Reads what write_common wrote."""
    return {(str(record["source"]), str(record["line"])) for record in read_lines(path)}


class _Whole:
    """Gives a path to write to; moves what was written to its place when all went well."""

    def __init__(self, path: Path) -> None:
        # Two workers that make the same file must not write into one another's.
        own = f"{socket.gethostname()}-{os.getpid()}"
        self.path, self.new = path, path.with_name(f"{path.name}.{own}.new")

    def __enter__(self) -> Path:
        return self.new

    def __exit__(self, kind: type | None, *error: object) -> None:
        # One step, so that nobody sees half a file; what failed is taken away.
        if kind is None:
            os.replace(self.new, self.path)
        else:
            self.new.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(inputs: list[object], rules: Sequence[str]) -> str:
    """What a file is known by: its inputs, its settings and the code that makes it."""
    digest = hashlib.sha256(json.dumps(inputs).encode("ascii"))
    # The code counts too: after a change of the rules everything is made anew.
    for name in rules:
        code = (CODE / f"{name}.py").read_bytes()
        digest.update(code.replace(b"\r\n", b"\n"))  # git may write either
    return digest.hexdigest()


def _pages_key(path: Path) -> str | None:
    """The key in a file of pages, None where there is no good one."""
    try:
        # The first line is enough; a file that is damaged there counts as none.
        return str(next(read_lines(path))["key"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None


def _signatures_key(path: Path) -> str | None:
    """The key in a file of signatures, None where there is no good one."""
    try:
        with safe_open(path, framework="np") as file:
            return (file.metadata() or {}).get("key")
    except (OSError, SafetensorError):
        return None
