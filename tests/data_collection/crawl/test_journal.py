"""An interrupted crawl goes on where it stopped: it loses nothing and repeats nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils.data_collection.archives import warc
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.crawl import CrawlReport, crawl
from course_utils.data_collection.crawl.fetch import FetchResult
from course_utils.data_collection.crawl.journal import Journal

from ..smallweb import Reply, SmallWeb, html

SEED = "http://a.littleweb.test/"
CONFIG = CrawlConfig(allowed_hosts=("*.littleweb.test",), backoff_seconds=0.01, timeout_seconds=1)


def visit(web: SmallWeb, folder: Path, config: CrawlConfig = CONFIG, **more) -> CrawlReport:
    return crawl([SEED], folder, proxy=web.url, config=config, **more)


def fetched(report: CrawlReport) -> list[str]:
    return sorted(page.url for page in warc.read(report.warc) if page.status == 200)


def wide(pages: int, linked: int = 40) -> dict[str, Reply]:
    """A host of some pages, each reached from the front page or from another page."""
    names = [f"/page-{chr(97 + n % 26)}{n}.html" for n in range(pages)]
    web = {"/": html(*names[:linked])}
    for n, name in enumerate(names):
        web[name] = html(*names[n + linked :: linked][:1], text=f"page {n}")
    return web


@pytest.mark.parametrize("stop_after", [1, 17, 60])
def test_an_interrupted_crawl_resumes_and_loses_and_repeats_nothing(
    tmp_path: Path, stop_after: int
) -> None:
    seen = []

    def stop(url: str, status: int) -> None:
        seen.append(url)
        if len(seen) == stop_after:
            raise KeyboardInterrupt

    with SmallWeb(wide(80)) as web:
        with pytest.raises(KeyboardInterrupt):
            visit(web, tmp_path / "cut", on_page=stop)
        before = len((tmp_path / "cut" / "journal.jsonl").read_bytes().splitlines())
        report = visit(web, tmp_path / "cut")
        repeated = {page: count for page, count in web.asked.items() if count > 1}
        whole = visit(web, tmp_path / "whole")
    assert 0 < stop_after <= before - 2 <= report.resumed
    assert repeated == {}
    assert fetched(report) == fetched(whole)
    assert report.skipped == whole.skipped


def test_a_killed_crawl_resumes_and_keeps_each_page_once(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from course_utils.data_collection.crawl.crawl import crawl\n"
        f"crawl(['{SEED}'], Path(sys.argv[1]), proxy=sys.argv[2],"
        " on_page=lambda url, status: time.sleep(0.02))\n"
    )
    journal = tmp_path / "cut" / "journal.jsonl"
    with SmallWeb(wide(80)) as web:
        command = [sys.executable, "-c", program, str(tmp_path / "cut"), web.url]
        process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if journal.exists() and journal.read_bytes().count(b"\n") > 20:
                break
            time.sleep(0.01)
        process.kill()
        process.wait()
        kept = journal.read_bytes().count(b"\n") - 2
        report = crawl([SEED], tmp_path / "cut", proxy=web.url)
        whole = crawl([SEED], tmp_path / "whole", proxy=web.url)
    assert 10 < kept < 80
    assert report.resumed >= kept
    assert fetched(report) == fetched(whole)


def test_a_half_written_last_record_is_cut_away(tmp_path: Path) -> None:
    with SmallWeb(wide(30)) as web:
        report = visit(web, tmp_path)
        expected = fetched(report)
        journal = tmp_path / "journal.jsonl"
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(lines[:-3]) + lines[-3][:20])
        with report.warc.open("r+b") as file:
            file.truncate(json.loads(lines[-2])["warc_end"] - 30)
        again = visit(web, tmp_path)
    problems: list[str] = []
    assert sorted(p.url for p in warc.read(again.warc, problems.append)) == expected
    assert problems == []
    assert again.resumed == len(expected) - 3


def test_what_stands_behind_the_last_page_of_the_journal_is_cut_away(tmp_path: Path) -> None:
    with SmallWeb(wide(5)) as web:
        report = visit(web, tmp_path)
        whole = report.warc.read_bytes()
        report.warc.write_bytes(whole + whole[200:260])
        visit(web, tmp_path)
    assert report.warc.read_bytes() == whole


def test_an_interrupt_in_the_middle_of_writing_leaves_no_half_record(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"seeds": [SEED]}, "test")
    for number in range(3):
        journal.page(FetchResult(f"{SEED}{number}", 200, (), b"body"), [], None)
        journal.warc.file.write(b"half a record")
        journal.file.write(b'{"url": "half a line')
    journal.close()
    again = Journal(tmp_path, {"seeds": [SEED]}, "test")
    again.close()
    problems: list[str] = []
    pages = list(warc.read(tmp_path / "crawl-00000.warc.gz", problems.append))
    assert problems == []
    assert [page.url for page in pages] == [f"{SEED}{number}" for number in range(3)]
    assert sorted(again.pages) == [page.url for page in pages]
