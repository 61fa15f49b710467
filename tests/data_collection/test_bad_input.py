"""Pages and archives as nobody wishes them: each skipped with a word, nothing else lost."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.archives.warc import read as read_warc
from course_utils.data_collection.corpus import Corpus, EmptyCorpus
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.crawl.workers import links
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.many_machines.collect import collect_shards
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.sources import Pages, read
from course_utils.data_collection.steps import NO_TEXT, TOO_LONG, PipelineConfig

from .pages import archive, prose
from .smallweb import SmallWeb, html

GOOD = [f"http://good.test/{number}" for number in range(3)]
ODD = "http://odd.test/"


def record(kind: str, url: str, body: bytes, length: int | None = None) -> bytes:
    """A record by hand, as warcio would not write it."""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def http(text: str) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + f"<p>{text}</p>".encode()


BAD_RECORDS = {
    "empty": record("response", ODD, b""),
    "headers without a body": record("response", ODD, b"HTTP/1.1 200 OK\r\n\r\n"),
    "not http": record("response", ODD, b"SSH-2.0-OpenSSH\r\n\r\n"),
    "raw bytes": record("response", ODD, bytes(range(256)) * 20),
    "length too small": record("response", ODD, http("x" * 300), 100),
    "length too large": record("response", ODD, http("x" * 300), 600),
    "length far too large": record("response", ODD, http("x"), 1 << 40),
    "length that is no number": record("response", ODD, http("x")).replace(
        b"Length: ", b"Length: x"
    ),
    "no address": record("response", "", http("x")),
    "no headers": b"WARC/1.0\r\n\r\n\r\n\r\n",
    "no archive": b"<html>\x00\xff</html>\r\n" * 50,
    "nothing": b"",
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", BAD_RECORDS)
def test_a_bad_record_loses_itself_alone(name: str, packed: bool, tmp_path: Path) -> None:
    pieces = [record("response", url, http(prose(n))) for n, url in enumerate(GOOD)]
    pieces.insert(1, BAD_RECORDS[name])
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(b"".join(gzip.compress(piece) if packed else piece for piece in pieces))
    problems: list[str] = []
    urls = [page.url for page in read_warc(path, problems.append)]
    whole = name == "headers without a body"
    assert urls == ([GOOD[0], ODD, *GOOD[1:]] if whole else GOOD)
    assert len(problems) == (not whole and name != "nothing")


@pytest.mark.parametrize("cut", [0, 3, 5, 60, 250])
@pytest.mark.parametrize("packed", [True, False])
def test_an_archive_that_is_cut_short_gives_what_is_whole(
    cut: int, packed: bool, tmp_path: Path
) -> None:
    pieces = [record("response", url, http(prose(n))) for n, url in enumerate(GOOD)]
    pieces = [gzip.compress(piece) if packed else piece for piece in pieces]
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    whole = b"".join(pieces)
    path.write_bytes(whole[: len(whole) - cut])
    problems: list[str] = []
    urls = [page.url for page in read_warc(path, problems.append)]
    only_line_ends = cut == 3 and not packed
    good = 3 if cut == 0 or only_line_ends else 2
    assert urls == GOOD[:good]
    assert len(problems) == (good == 2)


def odd(body: bytes, kind: str = "text/html") -> Response:
    return Response(ODD, 200, {"content-type": kind}, body)


def collected(page: Response) -> Corpus:
    """The corpus of a page in the company of three good ones."""
    good = [Response(url, 200, {}, f"<p>{prose(n)}</p>".encode()) for n, url in enumerate(GOOD)]
    return collect([good[0], page, *good[1:]])


@pytest.mark.parametrize(
    ("body", "step", "reason"),
    [
        (b"<p>harbour</p>", "language", None),
        (b"<p>Once</p>", "quality", "too few words"),
        (b"<p>" + b"x" * 1_000_000 + b"</p>", "language", None),
        (b"<div><span></span></div>" * 4_000, "extract", NO_TEXT),
        (b"<p>The harbour of the town.</p>" * 1_700_000, "extract", TOO_LONG),
        (b"<div>" * 10_000, "extract", NO_TEXT),
        (b"<b>" * 10_000 + b"The harbour" + b"</b>" * 10_000, "extract", NO_TEXT),
        (bytes(range(256)) * 400, "extract", NO_TEXT),
        (b"\x00" * 100_000, "extract", NO_TEXT),
    ],
    ids="word english endless only-tags 50-MB nested nested-words bytes zeros".split(),
)
def test_a_bad_page_is_dropped_with_a_reason_and_the_others_stay(
    body: bytes, step: str, reason: str | None
) -> None:
    corpus = collected(odd(body))
    assert sorted(document.url for document in corpus.documents) == GOOD
    (gone,) = corpus.dropped
    assert (gone.document.url, gone.step) == (ODD, step)
    assert reason in (None, gone.reason)


@pytest.mark.parametrize("control", ["&#27;[1m", "\x1b[1m", "\x0c", "\ufffe", "&#65535;", "\x00"])
@pytest.mark.parametrize("tag", ["p", "pre"])
def test_a_page_with_a_control_character_stays(tag: str, control: str, tmp_path: Path) -> None:
    body = f"<p>{prose(50)}</p><{tag}>The boat {control} waits\n  for me.</{tag}>".encode()
    corpus = collected(odd(body, "text/html; charset=utf-8"))
    (page,) = [document for document in corpus.documents if document.url == ODD]
    assert prose(50).split() == page.text.split()[: len(prose(50).split())]
    assert page.text.split()[-3:] == ["waits", "for", "me."]
    # The same on many machines.
    record_of_page = record("response", ODD, http("").replace(b"<p></p>", body))
    others = [record("response", url, http(prose(n))) for n, url in enumerate(GOOD)]
    (tmp_path / "a.warc").write_bytes(record_of_page + b"".join(others))
    collect_shards(tmp_path / "a.warc", tmp_path / "corpus")
    urls = [document.url for document in Corpus.load(tmp_path / "corpus").documents]
    assert urls == [*GOOD, ODD]


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/html; charset=shift_jis", ""])
def test_a_page_of_mixed_encodings_keeps_its_words(kind: str) -> None:
    parts = [prose(50).encode(), "São Tomé".encode("cp1252"), "Åland – Ísland".encode()]
    parts += ["Curaçao".encode("latin-1"), prose(51).encode("ascii")]
    corpus = collected(odd(b"<p>" + b"</p><p>".join(parts) + b"</p>", kind))
    (page,) = [document for document in corpus.documents if document.url == ODD]
    assert prose(50).split()[:30] == page.text.split()[:30]
    assert page.text.split()[-5:] == prose(51).split()[-5:]
    assert kind == "text/html; charset=shift_jis" or "Åland – Ísland" in page.text


def test_links_of_ten_thousand_nested_tags_are_looked_for_in_time() -> None:
    body = b'<div><a href="/x">' * 10_000
    assert links(body, ODD) in ([], [f"{ODD}x"])


def test_a_page_of_fifty_megabytes_is_not_fetched_to_its_end(tmp_path: Path) -> None:
    long = (200, {"Content-Type": "text/html"}, b"<p>harbour</p>" * 3_600_000)
    pages = {"/": html("/long", "/short"), "/long": long, "/short": html(text="short")}
    with SmallWeb(pages) as web:
        report = crawl(["http://a.littleweb.test/"], tmp_path, proxy=web.url)
    assert report.skipped["too large"] == ("http://a.littleweb.test/long",)
    assert report.fetched == 2
    assert report.warc.stat().st_size < 100_000


def test_a_seed_outside_the_allowed_hosts_is_not_asked_for(tmp_path: Path) -> None:
    with SmallWeb({"*": html()}) as web:
        report = crawl(
            ["http://a.littleweb.test/", "http://elsewhere.test/"],
            tmp_path,
            proxy=web.url,
            config=CrawlConfig(allowed_hosts=("a.littleweb.test",)),
        )
    assert report.skipped["other host"] == ("http://elsewhere.test/",)
    assert all(address.startswith("a.littleweb.test/") for address in web.asked)


def test_a_folder_of_binary_files_is_refused_with_what_was_found(tmp_path: Path) -> None:
    for name in ("a.bin", "b.png", "c.png"):
        (tmp_path / name).write_bytes(os.urandom(3_000))
    with pytest.raises(FileNotFoundError, match=r"2 x \.png, 1 x \.bin"):
        read(tmp_path)


def test_binary_files_that_pretend_to_be_text_are_dropped_and_reported(tmp_path: Path) -> None:
    for name in ("a.txt", "b.html", "c.md"):
        (tmp_path / name).write_bytes(b"\x00\x01\x02" * 1_000)
    (tmp_path / "good.txt").write_text(prose(1), encoding="utf-8", newline="\n")
    (tmp_path / "empty.txt").write_bytes(b"")
    corpus = collect(read(tmp_path))
    assert [document.url[-8:] for document in corpus.documents] == ["good.txt"]
    assert [gone.reason for gone in corpus.dropped] == [NO_TEXT] * 4
    assert corpus.problems[0] == "a.txt: holds no text (3,000 bytes of something else); skipped."
    assert len(corpus.problems) == 3


def test_a_corpus_that_ends_up_empty_says_which_step_dropped_what(tmp_path: Path) -> None:
    junk = {f"http://a.test/{n}": f"Home page number {n} of the site" for n in range(4)}
    with pytest.raises(EmptyCorpus) as caught:
        collect(archive(tmp_path / "w", junk | {"http://a.test/x": "", "http://a.test/y": "1 2"}))
    said = str(caught.value)
    assert "empty after the step 'quality'" in said
    assert "extract: 6 -> 5 (1 x no text)" in said
    assert "quality: " in said and "x too few words)" in said
    assert sum(caught.value.reasons.values()) == 6


def test_an_empty_corpus_also_says_what_could_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"no archive"))
    with pytest.raises(EmptyCorpus, match=r"a\.warc\.gz"):
        collect(path)
    with pytest.raises(EmptyCorpus, match="extract: 0 -> 0"):
        collect(Pages("nothing", lambda report: iter(())))


def test_a_corpus_of_nothing_but_repeated_lines_is_empty_by_that_step() -> None:
    pages = [
        Response(f"http://a.test/{n}", 200, {}, f"<p>{prose(1)}</p>".encode()) for n in range(25)
    ]
    with pytest.raises(EmptyCorpus, match="'repeated lines'"):
        collect(pages, PipelineConfig(quality=False))
    assert dedup.DedupConfig().line_documents < 25
