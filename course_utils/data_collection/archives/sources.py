"""Reads pages from elsewhere than the Little Web: archives, addresses, folders, data sets.

Whatever the place, the pages come as the crawler's own responses, one at a time, so the pipeline
that takes a crawl takes them too: collect(read("my_texts")).
Left out: PDF and office files, tar and zip archives, data bases.
Taught in notebook 01, section "Other pages, other filters"; docs/real_web.md has the commands.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

from course_utils.data_collection.archives import hugging_face, warc
from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean.extract import is_text
from course_utils.data_collection.crawl.crawl import CrawlConfig, crawl

ARCHIVES = re.compile(r"\.(warc|wet)(\.gz)?$", re.I)
TEXTS, PAGES = (".txt", ".md"), (".html", ".htm")
ADDRESS = re.compile(r"https?://\S+$", re.I)

Report = Callable[[str], None]


@dataclass(frozen=True)
class Pages:
    """The pages of one place; each loop over it reads the place again from its start.

    Args:
        place: what is read, in words.
        walk: reads it; is given a function that takes a sentence about what cannot be read.
        most: stop after this many pages; None reads all.
        problems: those sentences, of the last loop.
    """

    place: str
    walk: Callable[[Report], Iterator[Response]]
    most: int | None = None
    problems: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Response]:
        self.problems.clear()
        return itertools.islice(self.walk(self.problems.append), self.most)


def read(
    place: str | Path | Sequence[str],
    *,
    folder: Path | None = None,
    crawl_config: CrawlConfig | None = None,
    proxy: str | None = None,
    text_field: str = "text",
    split: str | None = None,
    most: int | None = None,
) -> Pages:
    """The pages of a place, for collect(...) or for a loop.

    Args:
        place: one of these:
            a .warc, .warc.gz, .wet or .wet.gz file, or a folder of them (Common Crawl's too);
            a list of http(s) addresses, one address, or a .txt file with one a line;
            a folder of .txt, .md and .html files, or one such file;
            a folder or file of .parquet, .jsonl or .jsonl.gz rows, as Hugging Face lays them out;
            "hf://datasets/owner/name", a data set of the Hugging Face hub.
        folder: for addresses only: where the answers are kept, as an archive.
        crawl_config: for addresses only: manners and limits; links are never followed.
        proxy: for addresses only: as for crawl(...); None is the real web.
        text_field: for rows only: the field that holds the text.
        split: for rows only: "train", "validation" or "test"; None reads all, of the hub "train".
        most: stop after this many pages.

    Raises:
        FileNotFoundError: there is nothing to read, with what there is instead.
        ModuleNotFoundError: a package is missing, with the command that installs it.
        ValueError: addresses without a folder, or most below 1.
    """
    if most is not None and most < 1:
        raise ValueError(f"most is {most}; read at least 1 page, or None for all.")
    rows = {"text_field": text_field, "split": split}
    if isinstance(place, str) and place.startswith(hugging_face.HUB):
        hugging_face.needs("datasets", place)
        return Pages(place, partial(_rows, partial(hugging_face.hub_rows, place, **rows)), most)
    if isinstance(place, str) and ADDRESS.match(place):
        place = [place]
    if isinstance(place, (str, Path)):
        path = Path(place)
        if not path.exists():
            raise FileNotFoundError(f"there is no file or folder {path}; {_kinds()}")
        listed = _addresses(path)
        if not listed:
            return Pages(path.name, _walk(path, rows), most)
        place = listed
    return Pages("a list of addresses", _fetched(place, folder, crawl_config, proxy), most)


def archives(place: Path, report: Report) -> Iterator[Response]:
    """The responses of all WARC and WET files of a folder, or of one file, by their names.

    Raises:
        FileNotFoundError: there is no such file.
    """
    for file in archive_files(place):
        yield from warc.read(file, report)


def archive_files(place: Path) -> list[Path]:
    """The WARC and WET files of a folder in the order of their names; a file is itself.

    Raises:
        FileNotFoundError: there is no such file.
    """
    files = [place] if place.is_file() else [f for f in _files(place) if ARCHIVES.search(f.name)]
    if not files:
        raise FileNotFoundError(
            f"there is no .warc or .warc.gz file in {place.name}. Crawl first: crawl(seeds, "
            "folder) writes one."
        )
    return files


def _walk(path: Path, rows: dict[str, str | None]) -> Callable[[Report], Iterator[Response]]:
    """What reads a file or folder, chosen by the names of the files."""
    files = _files(path)
    if any(ARCHIVES.search(file.name) for file in files):
        return partial(archives, path)
    tables = [file for file in files if file.name.lower().endswith(hugging_face.TABLES)]
    if tables:
        if any(file.suffix.lower() == ".parquet" for file in tables):
            hugging_face.needs("pyarrow.parquet", path.name)
        return partial(_rows, partial(hugging_face.file_rows, path, tables, **rows))
    readable = [file for file in files if file.suffix.lower() in (*TEXTS, *PAGES)]
    if not readable:
        seen = Counter(file.suffix.lower() or "no ending" for file in files).most_common(5)
        found = ", ".join(f"{count} x {suffix}" for suffix, count in seen) or "nothing"
        raise FileNotFoundError(f"nothing to read in {path.name}: found {found}; {_kinds()}")
    return partial(_texts, path, readable)


def _kinds() -> str:
    return (
        "read(...) takes .warc(.gz), .wet(.gz), .txt, .md, .html, .parquet and .jsonl(.gz) files, "
        'folders of them, lists of addresses and "hf://datasets/owner/name".'
    )


def _files(place: Path) -> list[Path]:
    """A file, or a folder's files at any depth by their names, hidden ones left out."""
    if place.is_file():
        return [place]
    found = sorted(place.rglob("*"), key=lambda path: path.relative_to(place).as_posix())
    return [
        path
        for path in found
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(place).parts)
    ]


def _addresses(path: Path) -> list[str]:
    """The addresses in a file that holds nothing else, one a line; "#" begins a remark."""
    if not path.is_file() or path.suffix.lower() != ".txt":
        return []
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    return lines if all(ADDRESS.match(line) for line in lines) else []


def _fetched(
    addresses: Sequence[str], folder: Path | None, config: CrawlConfig | None, proxy: str | None
) -> Callable[[Report], Iterator[Response]]:
    """What fetches a list of addresses politely into an archive, then reads the archive."""
    if folder is None:
        raise ValueError(
            "addresses have to be fetched first, and the answers kept. Say where: "
            'read(addresses, folder=Path("my_crawl")).'
        )

    def walk(report: Report) -> Iterator[Response]:
        settings = replace(config or CrawlConfig(), max_depth=0)
        done = crawl(sorted(set(addresses)), Path(folder), proxy=proxy, config=settings)
        for reason, urls in done.skipped.items():
            if reason != "too many links away":  # a sitemap's pages, which nobody asked for
                for url in urls:
                    report(f"{url}: {reason}")
        yield from warc.read(done.warc, report)

    return walk


def _texts(place: Path, files: list[Path], report: Report) -> Iterator[Response]:
    """The pages in files of text and HTML; the folder's name is their host."""
    root = place if place.is_dir() else place.parent
    host = hugging_face.host(root.resolve().name)
    for file in files:
        inside = file.relative_to(root).as_posix()
        try:
            body = file.read_bytes()
        except OSError as error:
            report(f"{inside}: cannot be read ({error.strerror or error}); skipped.")
            continue
        if body and not is_text(body):
            report(f"{inside}: holds no text ({len(body):,} bytes of something else); skipped.")
        plain = file.suffix.lower() in TEXTS
        kind = {"content-type": "text/plain" if plain else "text/html"}
        yield Response(f"file://{host}/{quote(inside)}", 200, kind, body, plain)


def _rows(
    rows: Callable[[Report], Iterator[tuple[str, str]]], report: Report
) -> Iterator[Response]:
    """The pages in the rows of a table."""
    for url, text in rows(report):
        body = text.encode("utf-8", "replace")
        yield Response(url, 200, {"content-type": "text/plain; charset=utf-8"}, body, plain=True)
