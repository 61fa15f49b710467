"""The two jobs that a worker does for one archive of a large crawl, and the files it leaves.

First the pages: text, language, quality, masks; one compressed file of JSON lines. Later, when it
is known which lines the collection repeats, their signatures. A file is written beside its place
and then moved there, so one that has its name is whole; its first line says what it was made
from, and a file that still fits is never made again.
Left out: who asks for the jobs, and what is done with the files (scaled.py).
Taught in no notebook; docs/many_machines.md shows how to use it.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from course_utils.data_collection import warc
from course_utils.data_collection.dedup import Line, Signer, without_lines
from course_utils.data_collection.document import Document, Dropped, read_lines, write_lines
from course_utils.data_collection.steps import PipelineConfig, Run, take_pages

# The files whose change changes what the workers make.
RULES_OF_PAGES = "extract language quality privacy records warc steps document".split()
RULES_OF_SIGNATURES = "dedup minhash shingles".split()


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
class ShardPages:
    """What the first job found in one archive.

    Args:
        documents: those that were kept.
        dropped: the others, with step and reason.
        masks: address -> how many masks were set.
        problems: sentences about damaged records.
    """

    documents: list[Document]
    dropped: list[Dropped]
    masks: dict[str, int]
    problems: list[str]


def make_pages(shard: Shard, config: PipelineConfig) -> tuple[str, bool]:
    """Job one: the steps that look at one page at a time, unless their file is there already.

    Returns:
        The key of the file, and whether it was made now.

    Raises:
        FileNotFoundError: the archive is not to be seen from this machine.
    """
    settings = [config.language, config.quality, config.privacy]
    key = _key([_digest(shard.archive), *settings], RULES_OF_PAGES)
    if _pages_key(shard.pages) == key:
        return key, False
    problems: list[str] = []
    run = Run(problems, may_be_empty=True)
    take_pages(run, warc.read(shard.archive, problems.append), config)

    def lines() -> Iterator[dict[str, object]]:
        yield {"key": key, "problems": problems}
        for document in run.documents:
            yield {**asdict(document), "masks": run.masks.get(document.url, 0)}
        for gone in run.dropped:
            yield {**asdict(gone.document), "step": gone.step, "reason": gone.reason}

    with _Whole(shard.pages) as path:
        write_lines(path, lines())
    return key, True


def read_pages(shard: Shard) -> ShardPages:
    """Reads what make_pages wrote.

    Raises:
        ValueError: the file was damaged since, with what to do about it.
    """
    found = ShardPages([], [], {}, [])
    try:
        for record in read_lines(shard.pages):
            if "key" in record:
                found.problems.extend(record["problems"])
                continue
            step, reason = record.pop("step", None), record.pop("reason", None)
            masks = record.pop("masks", 0)
            document = Document(**record)
            if step is not None:
                found.dropped.append(Dropped(document, str(step), str(reason)))
                continue
            found.documents.append(document)
            if masks:
                found.masks[document.url] = int(masks)
    except ValueError as error:
        raise ValueError(
            f"{shard.pages.name} is damaged. Delete it and start again: only its archive is "
            "gone through anew."
        ) from error
    return found


def make_signatures(
    shard: Shard, pages_key: str, skipped: frozenset[str], common: Path, fast: bool
) -> bool:
    """Job two: fingerprints, shingles and signatures, unless their file is there already.

    Args:
        shard: an archive whose pages are made.
        pages_key: what make_pages gave.
        skipped: addresses that stand in an earlier archive too; not signed here.
        common: the file with the lines that the collection repeats.
        fast: sign with rensa.

    Returns:
        Whether the file was made now.
    """
    key = _key([pages_key, sorted(skipped), _digest(common), fast], RULES_OF_SIGNATURES)
    if _signatures_key(shard.signatures) == key:
        return False
    lines = read_common(common)
    documents = [
        Document(each.id, each.url, without_lines(each, lines)[0], each.source)
        for each in read_pages(shard).documents
        if each.url not in skipped
    ]
    signer = Signer(fast)
    sets = list(signer.shingles(documents))
    marks = b"".join(map(bytes.fromhex, signer.fingerprints(documents)))
    tensors = {
        "fingerprints": np.frombuffer(marks, np.uint8).reshape(-1, 32),  # (N, 32)
        "signatures": signer.signatures(documents),  # (N, P)
        "shingles": np.concatenate([np.empty(0, np.uint64), *sets]),  # (S,) of all documents
        "ends": np.cumsum([0, *map(len, sets)]).astype(np.int64),  # (N + 1,)
    }
    about = {"key": key, "urls": json.dumps([each.url for each in documents])}
    with _Whole(shard.signatures) as path:
        path.write_bytes(save(tensors, about))  # save_file makes files that only we can read
    return True


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
        own = f"{socket.gethostname()}-{os.getpid()}"
        self.path, self.new = path, path.with_name(f"{path.name}.{own}.new")

    def __enter__(self) -> Path:
        return self.new

    def __exit__(self, kind: type | None, *error: object) -> None:
        if kind is None:
            os.replace(self.new, self.path)
        else:
            self.new.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(inputs: list[object], rules: list[str]) -> str:
    """What a file is known by: its inputs, its settings and the code that makes it."""
    digest = hashlib.sha256(json.dumps(inputs).encode("ascii"))
    for name in rules:
        code = Path(__file__).with_name(f"{name}.py").read_bytes()
        digest.update(code.replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _pages_key(path: Path) -> str | None:
    """The key in a file of pages, None where there is no good one."""
    try:
        return str(next(read_lines(path))["key"])
    except (OSError, ValueError, KeyError, StopIteration):
        return None


def _signatures_key(path: Path) -> str | None:
    """The key in a file of signatures, None where there is no good one."""
    try:
        with safe_open(path, framework="np") as file:
            return (file.metadata() or {}).get("key")
    except (OSError, SafetensorError):
        return None
