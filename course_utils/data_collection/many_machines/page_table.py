"""Pages on disk, for more of them than fit into memory: one SQLite file, sorted by URL.

SQLite sorts and counts on disk, whatever the number of pages; in memory are its cache and one
block of pages.
Left out: what is done with the pages (merge.py).
Taught in no notebook; docs/many_machines.md shows how to use it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from weakref import WeakSet

from course_utils.data_collection.dedup.dedup import Line
from course_utils.data_collection.document import Document, Dropped, identifier
from course_utils.data_collection.many_machines.shards import ShardPage

CACHE_KIB = 4_096  # of the file; SQLite also sorts in pieces of this size
BLOCK_PAGES = 250
# Nothing is kept after a crash, so nothing has to be safe from one.
SETTINGS = f"""
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
PRAGMA cache_size = -{CACHE_KIB};
CREATE TABLE found (url TEXT UNIQUE, source TEXT, text TEXT, masks INTEGER, step TEXT,
    reason TEXT, shard INTEGER, place INTEGER);
CREATE TABLE page (number INTEGER PRIMARY KEY, url TEXT, source TEXT, text TEXT, masks INTEGER,
    step TEXT, reason TEXT, shard INTEGER, place INTEGER);
BEGIN;
"""
SORT = """
INSERT INTO page SELECT NULL, * FROM found ORDER BY +url;
DROP TABLE found;
CREATE INDEX of_shard ON page (shard, place) WHERE step IS NULL;
CREATE INDEX of_step ON page (step, number) WHERE step IS NOT NULL
"""


def uri_of(path: PurePath) -> str:
    """A path as SQLite wants it: with four slashes where it begins with a Windows share."""
    uri = path.as_uri()
    local = uri.startswith("file:///")
    return uri if local else uri.replace("file://", "file:////", 1)


class PageTable:
    """Pages with the step that dropped them, where one did, in a file that close() deletes.

    A page's number, 1 or more, follows its URL. Going through the table gives the documents
    that are left, in that order.

    Args:
        path: where the file goes; a disk of this machine is faster than a network's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cursors: WeakSet[sqlite3.Cursor] = WeakSet()  # of loops that may not have ended
        # A file from a run that was stopped would hold old pages.
        path.unlink(missing_ok=True)
        # Nobody else opens the file, and a network's file system may know no locks.
        self.base = sqlite3.connect(f"{uri_of(path.absolute())}?nolock=1", uri=True)
        self.base.isolation_level = None
        self.base.executescript(SETTINGS)

    def close(self) -> None:
        """Deletes the file; after an error, too, which may keep a loop over it alive."""
        # SQLite keeps a file open as long as a loop over it lives.
        for cursor in self.cursors:
            cursor.close()
        self.base.close()
        with suppress(PermissionError):  # Windows; then the next run deletes it
            self.path.unlink(missing_ok=True)

    def _rows(self, query: str, *values: object) -> sqlite3.Cursor:
        cursor = self.base.execute(query, values)
        self.cursors.add(cursor)
        return cursor

    def add(self, page: ShardPage, shard: int, place: int) -> bool:
        """Adds a page, the place-th of its shard, unless its URL is known; says whether."""
        given = page.document
        row = (given.url, given.source, given.text, page.masks, page.step, page.reason)
        # A known URL is left alone: of two pages with one URL the first counts.
        command = "INSERT OR IGNORE INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        return bool(self.base.execute(command, (*row, shard, place)).rowcount)

    def sort(self) -> None:
        """Gives the pages their numbers; to be called when all are added, before what follows."""
        for command in SORT.split(";"):
            self.base.execute(command)

    def __iter__(self) -> Iterator[Document]:
        return (document for block in self.blocks() for _, document in block)

    def blocks(self) -> Iterator[list[tuple[int, Document]]]:
        """Some documents at a time with their numbers; they may be changed meanwhile."""
        last = 0
        # On from the last number, so that pages may change between blocks.
        while block := self.base.execute(
            "SELECT number, url, text, source FROM page "
            "WHERE number > ? AND step IS NULL ORDER BY number LIMIT ?",
            (last, BLOCK_PAGES),
        ).fetchall():
            yield [(number, Document(identifier(url), url, *more)) for number, url, *more in block]
            last = block[-1][0]

    def change(self, number: int, text: str) -> None:
        """Gives a page another text."""
        self.base.execute("UPDATE page SET text = ? WHERE number = ?", (text, number))

    def drop(self, number: int, step: str, reason: str) -> None:
        """Drops a page."""
        command = "UPDATE page SET step = ?, reason = ? WHERE number = ?"
        self.base.execute(command, (step, reason, number))

    def dropped(self, step: str) -> Iterator[Dropped]:
        """What a step dropped."""
        query = "SELECT url, text, source, reason FROM page WHERE step = ? ORDER BY number"
        for url, text, source, reason in self._rows(query, step):
            yield Dropped(Document(identifier(url), url, text, source), step, reason)

    def how_many_dropped(self, step: str) -> int:
        """How many pages a step dropped."""
        return self._one("SELECT COUNT(*) FROM page WHERE step = ?", step)

    def __len__(self) -> int:
        return self._one("SELECT COUNT(*) FROM page")

    def masks(self) -> int:
        """How many masks all pages have."""
        return self._one("SELECT COALESCE(SUM(masks), 0) FROM page")

    def url(self, number: int) -> str:
        """A page's URL."""
        return self._one("SELECT url FROM page WHERE number = ?", number)

    def text(self, number: int) -> str:
        """A page's text."""
        return self._one("SELECT text FROM page WHERE number = ?", number)

    def source(self, number: int) -> str:
        """A page's source."""
        return self._one("SELECT source FROM page WHERE number = ?", number)

    def _one(self, query: str, *values: object) -> object:
        return self.base.execute(query, values).fetchone()[0]

    def sources(self) -> Counter[str]:
        """Source -> how many documents are left."""
        query = "SELECT source, COUNT(*) FROM page NOT INDEXED WHERE step IS NULL GROUP BY source"
        return Counter(dict(self.base.execute(query)))

    def urls(self, source: str) -> Iterator[str]:
        """The URLs of a source's documents that are left."""
        query = "SELECT url FROM page NOT INDEXED WHERE step IS NULL AND source = ?"
        return (url for (url,) in self._rows(query, source))

    def ranked(self, rank: Callable[[str], bytes]) -> Iterator[tuple[str, str]]:
        """Source and URL of the documents that are left, by source and a rank.

        Args:
            rank: a function that gives bytes for a URL.
        """
        # SQLite calls the function for each row, and sorts on disk.
        self.base.create_function("rank", 1, rank, deterministic=True)
        return self._rows(
            "SELECT source, url FROM page NOT INDEXED WHERE step IS NULL "
            "ORDER BY source, rank(url)"
        )

    def numbers(self, shard: int) -> dict[int, int]:
        """Place in its shard -> number, of a shard's documents that are left."""
        query = "SELECT place, number FROM page WHERE shard = ? AND step IS NULL"
        return dict(self.base.execute(query, (shard,)))

    def frequent(self, lines: Iterable[Line], times: int) -> set[Line]:
        """The lines that are given so many times or more."""
        # Sorted and counted on disk, since the lines of all pages need not fit into memory.
        self.base.execute("CREATE TABLE line (source TEXT, line TEXT)")
        self.base.executemany("INSERT INTO line VALUES (?, ?)", lines)
        query = "SELECT source, line FROM line GROUP BY source, line HAVING COUNT(*) >= ?"
        frequent = set(self.base.execute(query, (times,)))
        self.base.execute("DROP TABLE line")
        return frequent

    def groups(self, members: Iterable[tuple[int | bytes, int]]) -> Iterator[list[int]]:
        """The numbers that share a key, in order, where there are at least two.

        Args:
            members: keys and numbers.
        """
        self.base.execute("CREATE TABLE member (key BLOB, number INTEGER)")
        self.base.executemany("INSERT INTO member VALUES (?, ?)", members)
        query = "SELECT GROUP_CONCAT(number) FROM member GROUP BY key HAVING COUNT(*) > 1"
        # One row a key; the numbers come as one text and are sorted here.
        for (numbers,) in self._rows(query):
            yield sorted(map(int, numbers.split(",")))
        self.base.execute("DROP TABLE member")

    def distinct(self, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Pairs of numbers, sorted, each once."""
        self.base.execute("CREATE TABLE pair (one INTEGER, other INTEGER)")
        self.base.executemany("INSERT INTO pair VALUES (?, ?)", pairs)
        # In order, so that the pairs of one page come one after the other.
        yield from self._rows("SELECT DISTINCT one, other FROM pair ORDER BY one, other")
        self.base.execute("DROP TABLE pair")
