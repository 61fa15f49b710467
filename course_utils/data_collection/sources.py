"""Reads pages from elsewhere than the Little Web: archives, lists of URLs, folders, data sets.

Whatever the source, the pages come as the crawler's own responses, one at a time, so the pipeline
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
from pathlib import Path
from urllib.parse import quote

from course_utils.data_collection.archives import hugging_face, warc
from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean.extract import is_text
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.crawl.frontier import TOO_DEEP

ARCHIVES = re.compile(r"\.(warc|wet)(\.gz)?$", re.I)
TEXTS, PAGES = (".txt", ".md"), (".html", ".htm")
URL = re.compile(r"https?://\S+$", re.I)

Report = Callable[[str], None]
Walk = Callable[[Report], Iterator[Response]]  # reads pages, and reports what cannot be read


@dataclass(frozen=True)
class Pages:
    """The pages of one source; each loop over it reads the source again from its start.

    Args:
        name: what is read, in words.
        walk: reads it; is given a function that takes a sentence about what cannot be read.
        max_pages: stop after this many pages; None reads all.
        problems: those sentences, of the last loop.
    """

    name: str
    walk: Walk
    max_pages: int | None = None
    problems: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Response]:
        # The list is emptied, not exchanged: whoever holds it sees the new loop's problems.
        self.problems.clear()
        # Read on demand, so that nothing beyond max_pages is touched.
        return itertools.islice(self.walk(self.problems.append), self.max_pages)


def read(
    source: str | Path | Sequence[str],
    *,
    folder: Path | None = None,
    crawl_config: CrawlConfig | None = None,
    proxy: str | None = None,
    text_field: str = "text",
    split: str | None = None,
    max_pages: int | None = None,
) -> Pages:
    """The pages of a source, for collect(...) or for a loop.

    Args:
        source: one of these:
            a .warc, .warc.gz, .wet or .wet.gz file, or a folder of them (Common Crawl's too);
            a list of http(s) URLs, one URL, or a .txt file with one a line;
            a folder of .txt, .md and .html files, or one such file;
            a folder or file of .parquet, .jsonl or .jsonl.gz rows, as Hugging Face lays them out;
            "hf://datasets/owner/name", a data set of the Hugging Face hub.
        folder: for URLs only: where the answers are kept, as an archive.
        crawl_config: for URLs only: manners and limits; links are never followed.
        proxy: for URLs only: as for crawl(...); None is the real web.
        text_field: for rows only: the field that holds the text.
        split: for rows only: "train", "validation" or "test"; None reads all, of the hub "train".
        max_pages: stop after this many pages.

    Raises:
        FileNotFoundError: there is nothing to read, with what there is instead.
        ModuleNotFoundError: a package is missing, with the command that installs it.
        ValueError: URLs without a folder, or max_pages below 1.
    """
    if max_pages is not None and max_pages < 1:
        raise ValueError(f"max_pages is {max_pages}; read at least 1 page, or None for all.")
    # A name on the hub is no path, so it is looked for first.
    rows = {"text_field": text_field, "split": split}
    if isinstance(source, str) and source.startswith(hugging_face.HUB):
        return Pages(source, _hub(source, rows), max_pages)
    if isinstance(source, str) and URL.match(source):
        source = [source]
    # What is on this disk: a file may hold URLs, or be the pages itself.
    if isinstance(source, (str, Path)):
        path = Path(source)
        if not path.exists():
            raise FileNotFoundError(f"there is no file or folder {path}; {_kinds()}")
        urls = _listed_urls(path)
        if not urls:
            return Pages(path.name, _on_disk(path, rows), max_pages)
        source = urls
    # What is left is a list of URLs, to be fetched before it can be read.
    return Pages("a list of addresses", _fetched(source, folder, crawl_config, proxy), max_pages)


def archives(place: Path, report: Report) -> Iterator[Response]:
    """The responses of all WARC and WET files of a folder, or of one file, by their names.

    Raises:
        FileNotFoundError: there is no such file.
    """
    # One record after the other; no file is held as a whole.
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


def _hub(name: str, rows: dict[str, str | None]) -> Walk:
    """What reads a data set of the hub."""
    # Asked for here, so that a missing package is said at once and not at the first page.
    hugging_face.needs("datasets", name)
    return lambda report: _row_pages(hugging_face.hub_rows(name, report, **rows))


def _on_disk(path: Path, rows: dict[str, str | None]) -> Walk:
    """What reads a file or folder: archives, else tables, else texts, by the files' names."""
    # Archives count first, whatever else lies beside them.
    files = _files(path)
    if any(ARCHIVES.search(file.name) for file in files):
        return lambda report: archives(path, report)
    # Then tables, whose rows are pages.
    tables = [file for file in files if file.name.lower().endswith(hugging_face.TABLES)]
    if tables:
        if any(file.suffix.lower() == ".parquet" for file in tables):
            hugging_face.needs("pyarrow.parquet", path.name)
        return lambda report: _row_pages(hugging_face.file_rows(path, tables, report, **rows))
    # Then texts and HTML; if there are none, the message says what lies there instead.
    readable = [file for file in files if file.suffix.lower() in (*TEXTS, *PAGES)]
    if not readable:
        kinds = Counter(file.suffix.lower() or "no ending" for file in files).most_common(5)
        found = ", ".join(f"{count} x {suffix}" for suffix, count in kinds) or "nothing"
        raise FileNotFoundError(f"nothing to read in {path.name}: found {found}; {_kinds()}")
    return lambda report: _text_pages(path, readable, report)


def _fetched(
    urls: Sequence[str], folder: Path | None, config: CrawlConfig | None, proxy: str | None
) -> Walk:
    """What fetches a list of URLs politely into an archive, then reads the archive."""
    if folder is None:
        raise ValueError(
            "addresses have to be fetched first, and the answers kept. Say where: "
            'read(addresses, folder=Path("my_crawl")).'
        )

    def walk(report: Report) -> Iterator[Response]:
        # Only the pages asked for: at depth 0 no link is followed.
        settings = replace(config or CrawlConfig(), max_depth=0)
        crawled = crawl(sorted(set(urls)), Path(folder), proxy=proxy, config=settings)
        # What could not be fetched is said once for each page, with the reason.
        for reason, skipped in crawled.skipped.items():
            if reason != TOO_DEEP:  # a sitemap's pages, which nobody asked for
                for url in skipped:
                    report(f"{url}: {reason}")
        # The archive is read back, so that fetched pages come like those of any crawl.
        yield from warc.read(crawled.warc, report)

    return walk


def _text_pages(place: Path, files: list[Path], report: Report) -> Iterator[Response]:
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
        headers = {"content-type": "text/plain" if plain else "text/html"}
        yield Response(f"file://{host}/{quote(inside)}", 200, headers, body, plain)


def _row_pages(rows: Iterator[tuple[str, str]]) -> Iterator[Response]:
    """The pages in the rows of a table, each a URL and a text."""
    for url, text in rows:
        body = text.encode("utf-8", "replace")
        yield Response(url, 200, {"content-type": "text/plain; charset=utf-8"}, body, plain=True)


def _files(place: Path) -> list[Path]:
    """A file, or a folder's files at any depth by their names, hidden ones left out."""
    if place.is_file():
        return [place]
    paths = sorted(place.rglob("*"), key=lambda path: path.relative_to(place).as_posix())
    return [
        path
        for path in paths
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(place).parts)
    ]


def _listed_urls(path: Path) -> list[str]:
    """The URLs in a file that holds nothing else, one a line; "#" begins a remark."""
    if not path.is_file() or path.suffix.lower() != ".txt":
        return []
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    return lines if all(URL.match(line) for line in lines) else []


def _kinds() -> str:
    return (
        "read(...) takes .warc(.gz), .wet(.gz), .txt, .md, .html, .parquet and .jsonl(.gz) files, "
        'folders of them, lists of addresses and "hf://datasets/owner/name".'
    )
