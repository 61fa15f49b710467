"""What a crawl has done so far, on disk, so that an interrupted one goes on where it stopped.

Each page is first written to the WARC file and then noted in the journal, with the place where the
file ends. After a crash both are cut back to the last page that stands in both.
Left out: surviving a power cut (nothing is forced to the disk).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

from course_utils.data_collection.archives.warc import WarcWriter
from course_utils.data_collection.crawl.fetch import FetchResult
from course_utils.data_collection.crawl.robots import SiteRules

WARC_NAME = "crawl-00000.warc.gz"
JOURNAL_NAME = "journal.jsonl"


class PageNote(TypedDict):
    """What the journal says of one page: what came, and where it leads.

    `target` is where a redirect points, `problem` why nothing came, `warc_end` where the WARC file
    ends that holds the page.
    """

    url: str
    status: int
    problem: str | None
    links: list[str]
    target: str | None
    bytes: int
    warc_end: int


class Journal:
    """The memory of one crawl folder.

    Attributes:
        pages: url -> note of each page asked for.
        sites: host -> SiteRules.

    Args:
        folder: where the WARC file and the journal are; made where there is none.
        scope: the settings that decide which pages belong to the crawl.
        software: who crawls, for the WARC file.

    Raises:
        ValueError: the folder holds a crawl with other settings.
    """

    def __init__(self, folder: Path, scope: dict[str, object], software: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.pages: dict[str, PageNote] = {}
        self.sites: dict[str, SiteRules] = {}
        self.path = folder / JOURNAL_NAME
        self.warc_end, self.end = 0, 0
        # Read what is good in both files, and cut off what is not.
        self._remember(scope, folder / WARC_NAME)
        self.warc = WarcWriter(folder / WARC_NAME, self.warc_end, software)
        self.file = self.path.open("r+b" if self.path.exists() else "w+b", buffering=0)
        self.file.seek(self.end)
        self.file.truncate()
        if self.end == 0:
            self._note({"scope": scope, "warc_end": self.warc.file.tell()})

    def _remember(self, scope: dict[str, object], warc: Path) -> None:
        """Reads the good lines of the journal, up to the first that does not fit the WARC file."""
        size = warc.stat().st_size if warc.exists() else 0
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        for line in lines:
            # A line that is no whole JSON object, or that notes more than the WARC file holds, was
            # written when the crawl stopped: it and what follows count no longer.
            try:
                entry = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n") or not isinstance(entry, dict):
                break
            if entry.get("warc_end", size + 1) > size:
                break
            # Other settings would choose other pages, so the two cannot be mixed.
            if "scope" in entry and entry["scope"] != scope:
                raise ValueError(_other_crawl(self.path, entry["scope"], scope))
            if "host" in entry:
                rules = entry["rules"]
                self.sites[entry["host"]] = SiteRules(
                    rules["rule"],
                    rules["robots"],
                    tuple(rules["sitemap"]),
                    rules.get("problem", ""),  # which older journals do not note
                )
            elif "url" in entry:
                self.pages[entry["url"]] = entry
            # As far as this line both files agree.
            self.end += len(line)
            self.warc_end = entry["warc_end"]

    def site(self, host: str, rules: SiteRules) -> None:
        """Notes a host's rules."""
        note = {**asdict(rules), "sitemap": list(rules.sitemap)}
        # The note says where the WARC file ends, so that both can be cut to one point.
        self._note({"host": host, "rules": note, "warc_end": self._warc_end()})
        self.sites[host] = rules

    def page(self, result: FetchResult, links: list[str], target: str | None) -> None:
        """Keeps what a server said: the answer in the WARC file, what follows from it here."""
        end = self._warc_end()
        # What a server said goes to the archive first: the journal never notes more than it holds.
        if result.status:
            end = self.warc.write(result.url, result.status, list(result.headers), result.body)
        entry: PageNote = {
            "url": result.url,
            "status": result.status,
            "problem": result.problem,
            "links": links,
            "target": target,
            "bytes": len(result.body),
            "warc_end": end,
        }
        self._note(entry)
        self.pages[result.url] = entry

    def _warc_end(self) -> int:
        """Where the WARC file ends; cuts off what an interrupt left behind."""
        if self.warc.file.tell() != self.warc_end:
            self.warc.cut(self.warc_end)
        return self.warc_end

    def _note(self, entry: Mapping[str, object]) -> None:
        if self.file.tell() != self.end:  # an interrupt in the middle of the last line
            self.file.seek(self.end)
            self.file.truncate()
        line = json.dumps(entry, ensure_ascii=True).encode("ascii") + b"\n"  # no line break inside
        self.file.write(line)
        self.end, self.warc_end = self.end + len(line), int(str(entry["warc_end"]))

    def close(self) -> None:
        """Closes both files."""
        self.file.close()
        self.warc.close()


def _other_crawl(path: Path, old: dict[str, object], new: dict[str, object]) -> str:
    # One setting that differs is enough to say what is wrong.
    names = [name for name in new if old.get(name) != new[name]]
    name = names[0] if names else "settings"
    return (
        f"{path.parent.name} holds a crawl with {name}={old.get(name)!r}, and this one has "
        f"{name}={new.get(name)!r}. Crawl into another folder, or delete this one to start over."
    )
