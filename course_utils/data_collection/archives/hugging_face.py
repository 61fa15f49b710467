"""Reads the rows of a Hugging Face data set: a folder of tables, or a name on the hub.

A data set is a folder whose files hold rows with named fields, one file or more a split; the
split's name stands in the file's name or its folder's. Rows of JSON need nothing further;
Parquet and the hub need the extra "huggingface".
Left out: CSV, pictures and sound, data sets that need a login or run a script.
Taught in notebook 01, section "Other pages, other filters".
"""

from __future__ import annotations

import gzip
import importlib
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

HUB = "hf://datasets/"
TABLES = (".parquet", ".jsonl", ".jsonl.gz", ".json.gz")
SPLITS = ("train", "validation", "test")
ALSO = {"valid": "validation", "val": "validation", "dev": "validation", "eval": "test"}
BATCH_ROWS = 256
INSTALL = 'pip install -c constraints.txt -e ".[huggingface]"'

Report = Callable[[str], None]


def needs(module: str, source: str) -> ModuleType:
    """Imports a package of the extra "huggingface".

    Args:
        module: to import.
        source: what is to be read with it, for the message.

    Raises:
        ModuleNotFoundError: it is not installed, with the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split(".")[0]
        raise ModuleNotFoundError(
            f"{source} needs the package {package}, which is not installed. In the folder of the "
            f"course type: {INSTALL}"
        ) from error


def host(name: str) -> str:
    """A folder's or data set's name in the letters of a host, so that it can stand in a URL."""
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "unnamed"


def split_of(file: str) -> str | None:
    """The split that a file's path names: "data/train-00000-of-00002.parquet" is of train."""
    # From the file's name back through its folders: the nearest name counts.
    for part in reversed(re.split(r"[^a-z]+", file.lower())):
        part = ALSO.get(part, part)
        if part in SPLITS:
            return part
    return None


def file_rows(
    source: Path, files: list[Path], report: Report, *, text_field: str, split: str | None
) -> Iterator[tuple[str, str]]:
    """The URL and text of each row of a folder's tables.

    Args:
        source: the folder, or the one file.
        files: its tables, sorted.
        report: called with a sentence for each row that cannot be read.
        text_field: the field that holds the text.
        split: only files of this split; a folder without splits is all "train".

    Raises:
        FileNotFoundError: no file is of that split.
        ValueError: the rows have no such field.
    """
    # Which files: those of the split, as their names and folders tell.
    root = source if source.is_dir() else source.parent
    splits = {file: split_of(file.relative_to(root).as_posix()) for file in files}
    # A folder that names no split is all "train".
    if not any(splits.values()):
        splits = dict.fromkeys(files, "train")
    chosen = [file for file in files if split in (None, splits[file])]
    if not chosen:
        names = ", ".join(sorted({name for name in splits.values() if name}))
        raise FileNotFoundError(f"{source.name} has no split {split!r}; it has {names}.")
    # Their rows, one after the other; a row without a URL of its own gets one that names it.
    name = host(root.resolve().name)
    for file in chosen:
        inside = file.relative_to(root).as_posix()
        if file.suffix.lower() == ".parquet":
            rows = _parquet(file, inside, text_field, report)
        else:
            rows = _json_lines(file, inside, report)
        yield from _texts(rows, f"file://{name}/{quote(inside)}", text_field, inside, report)


def hub_rows(
    source: str, report: Report, *, text_field: str, split: str | None
) -> Iterator[tuple[str, str]]:
    """The URL and text of each row of a data set of the hub, as they stream in.

    Args:
        source: "hf://datasets/owner/name", or "hf://datasets/owner/name/configuration".
        report, text_field, split: as for file_rows; None reads "train".
    """
    datasets = needs("datasets", source)
    # The owner may be missing, and a configuration may follow the name.
    owner, _, rest = source.removeprefix(HUB).strip("/").partition("/")
    name, _, configuration = rest.partition("/")
    dataset = f"{owner}/{name}" if name else owner
    split = split or "train"
    # Row by row: a data set may be larger than the disk.
    rows = datasets.load_dataset(dataset, configuration or None, split=split, streaming=True)
    # Rows without a URL of their own get one under this name.
    url = f"hf://{host(name or owner)}/{split}"
    yield from _texts(enumerate(rows), url, text_field, dataset, report)


def _texts(
    rows: Iterator[tuple[int, object]], base: str, text_field: str, name: str, report: Report
) -> Iterator[tuple[str, str]]:
    """URL and text of numbered rows; a row keeps the URL that it brings along."""
    seen: set[str] = set()
    for number, row in rows:
        if not isinstance(row, Mapping):
            report(f"{name}: row {number} is {type(row).__name__}, no set of fields; skipped.")
            continue
        # A missing field is a mistake of the caller's, a missing text one of the file's.
        if text_field not in row:
            fields = ", ".join(sorted(map(str, row))) or "none"
            raise ValueError(
                f"{name} has no field {text_field!r}; its fields are {fields}. Name the one that "
                'holds the text: read(..., text_field="...").'
            )
        text, url = row[text_field], row.get("url")
        if not isinstance(text, str):
            report(f"{name}: row {number} has {type(text).__name__} for its text; skipped.")
            continue
        # Every page needs a URL, and no two the same.
        if not (isinstance(url, str) and url.startswith(("http://", "https://"))):
            url = f"{base}/{number}"
        url = url.encode("utf-8", "replace").decode("utf-8")  # JSON can name half a letter
        if url in seen:
            url = f"{url}#{number}"  # another part of that page
        seen.add(url)
        yield url, text


def _json_lines(file: Path, name: str, report: Report) -> Iterator[tuple[int, object]]:
    """The rows of a file with one JSON object a line, numbered; damaged lines are left out."""
    number = -1
    try:
        with gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb") as lines:
            for number, line in enumerate(lines):
                if not line.strip():
                    continue
                # A damaged line loses itself, not the rows behind it.
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):  # the latter for thousands of brackets
                    report(f"{name}: line {number + 1} is not JSON; skipped.")
                    continue
                yield number, row
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        # What was packed cannot be read beyond the damage.
        report(f"{name}: damaged after line {number + 1} ({error}); the rest is skipped.")


def _parquet(
    file: Path, name: str, text_field: str, report: Report
) -> Iterator[tuple[int, object]]:
    """The rows of a Parquet file, numbered; only the columns that are wanted are read."""
    parquet = needs("pyarrow.parquet", name)
    number = 0
    try:
        with parquet.ParquetFile(file) as table:
            columns = table.schema_arrow.names
            wanted = [column for column in (text_field, "url") if column in columns]
            # A row without the field lets `_texts` say which fields there are.
            if text_field not in wanted:
                yield 0, dict.fromkeys(columns)
                return
            for batch in table.iter_batches(BATCH_ROWS, columns=wanted):
                for row in batch.to_pylist():
                    yield number, row
                    number += 1
    except (OSError, importlib.import_module("pyarrow").ArrowException) as error:
        first = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        report(f"{name}: damaged after row {number} ({first}); the rest is skipped.")
