"""Pages from archives, addresses, folders and data sets, and what is said where there are none."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from course_utils.data_collection.clean.extract import extract
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.sources import read

from .pages import archive, prose, web
from .smallweb import SmallWeb, html, moved


def common_crawl(path: Path, kind: str, packed: bool = True) -> Path:
    """A file as Common Crawl lays it out: "warc" with requests and metadata, or "wet"."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "test"}))
        for number in range(4):
            url = f"http://www.site{number}.org/page.html"
            body = prose(number).encode()
            if kind == "wet":
                record = writer.create_warc_record(
                    url, "conversion", io.BytesIO(body), len(body), "text/plain"
                )
                writer.write_record(record)
                continue
            body = b"<html><body><p>" + body + b"</p></body></html>"
            said = [("Content-Type", "text/html"), ("Content-Length", str(len(body)))]
            said.append(("X-Crawler-Content-Encoding", "gzip"))
            http = StatusAndHeaders("200 OK", said, protocol="HTTP/1.1")
            asked = StatusAndHeaders("GET /page.html HTTP/1.1", [("Host", "x")], is_http_request=1)
            for name, headers, payload in (
                ("request", asked, b""),
                ("response", http, body),
                ("metadata", None, b"fetchTimeMs: 12\r\n"),
            ):
                writer.write_record(
                    writer.create_warc_record(
                        url, name, io.BytesIO(payload), len(payload), http_headers=headers
                    )
                )
    return path


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("kind", ["warc", "wet"])
def test_files_of_common_crawl_give_one_page_for_each_address(
    kind: str, packed: bool, tmp_path: Path
) -> None:
    name = f"CC-MAIN.warc{'.wet' * (kind == 'wet')}{'.gz' * packed}"
    pages = read(common_crawl(tmp_path / name, kind, packed))
    assert [(page.url, page.status, page.plain) for page in pages] == [
        (f"http://www.site{n}.org/page.html", 200, kind == "wet") for n in range(4)
    ]
    said = [" ".join(extract(page).split()) for page in pages]
    assert said == [" ".join(prose(n).split()) for n in range(4)]
    assert pages.problems == []


def test_lines_of_a_wet_record_become_paragraphs(tmp_path: Path) -> None:
    (page, *_) = read(common_crawl(tmp_path / "a.warc.wet.gz", "wet"))
    assert extract(page).split("\n\n") == prose(0).split("\n\n")


def test_a_folder_of_archives_is_collected_like_a_crawl(tmp_path: Path) -> None:
    folder = archive(tmp_path / "w", web())
    one, other = collect(folder), collect(read(folder))
    assert (one.train, one.validation, one.dropped) == (
        other.train,
        other.validation,
        other.dropped,
    )


def test_a_list_of_addresses_is_fetched_politely_and_no_link_is_followed(tmp_path: Path) -> None:
    pages = {
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /closed\n"),
        "/a": html("/linked", text="first"),
        "/b": moved("/c"),
        "/c": html(text="second"),
    }
    with SmallWeb(pages) as small:
        listed = tmp_path / "urls.txt"
        lines = [f"http://a.littleweb.test/{name}" for name in ("a", "b", "closed", "gone")]
        listed.write_text("# mine\n" + "\n".join(lines), encoding="utf-8", newline="\n")
        fetched = read(listed, folder=tmp_path / "crawl", proxy=small.url)
        good = [page.url[-2:] for page in fetched if page.status == 200]
    assert good == ["/a", "/c"]
    assert fetched.problems == [
        "http://a.littleweb.test/closed: robots.txt",
        "http://a.littleweb.test/gone: status 404",
    ]
    assert small.asked["a.littleweb.test/linked"] == small.asked["a.littleweb.test/closed"] == 0


@pytest.mark.parametrize("addresses", [["http://a.test/"], "https://a.test/page"])
def test_addresses_need_a_folder_for_the_answers(addresses: object) -> None:
    with pytest.raises(ValueError, match="folder="):
        read(addresses)


def test_a_redirect_to_a_host_that_was_not_listed_is_reported(tmp_path: Path) -> None:
    with SmallWeb({"a.littleweb.test/": moved("http://b.littleweb.test/"), "*": html()}) as small:
        fetched = read(["http://a.littleweb.test/"], folder=tmp_path, proxy=small.url)
        assert [page.status for page in fetched] == [302]
    assert fetched.problems == ["http://b.littleweb.test/: other host"]
    assert small.asked["b.littleweb.test/"] == 0


def test_addresses_keep_the_manners_that_are_asked_for(tmp_path: Path) -> None:
    with SmallWeb({"*": html(text="hello")}) as small:
        config = CrawlConfig(user_agent="MyBot/1.0 (me@example.org)")
        list(
            read(
                ["http://a.littleweb.test/"],
                folder=tmp_path,
                proxy=small.url,
                crawl_config=config,
            )
        )
    assert small.agents == {"MyBot/1.0 (me@example.org)"}


def test_a_folder_of_texts_becomes_documents_of_one_source(tmp_path: Path) -> None:
    folder = tmp_path / "My Notes"
    (folder / "deep").mkdir(parents=True)
    for number in range(30):
        name = f"{number}.txt" if number % 2 else f"deep/a {number}.md"
        (folder / name).write_bytes(prose(number).replace("\n", "\r\n").encode())
    (folder / "page.html").write_text(f"<p>{prose(40)}</p>", encoding="utf-8", newline="\n")
    (folder / ".hidden.txt").write_text(prose(41), encoding="utf-8", newline="\n")
    corpus = collect(read(folder))
    assert {document.source for document in corpus.documents} == {"my-notes"}
    texts = {document.url: document.text for document in corpus.documents}
    assert len(texts) == 31
    assert texts["file://my-notes/deep/a%2010.md"] == prose(10)


def test_no_more_pages_are_read_than_asked_for(tmp_path: Path) -> None:
    pages = read(common_crawl(tmp_path / "a.warc.gz", "warc"), max_pages=3)
    assert [len(list(pages)) for _ in range(2)] == [3, 3]
    with pytest.raises(ValueError, match="max_pages is 0"):
        read(tmp_path, max_pages=0)


def test_a_damaged_archive_says_what_is_missing(tmp_path: Path) -> None:
    path = common_crawl(tmp_path / "a.warc.gz", "warc")
    path.write_bytes(path.read_bytes()[:-100])
    pages = read(path)
    for _ in range(2):
        assert len(list(pages)) == 4 and len(pages.problems) == 1


def test_what_is_not_there_or_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        read(tmp_path / "nothing")
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    with gzip.open(tmp_path / "a.tar.gz", "wb") as file:
        file.write(b"x")
    with pytest.raises(FileNotFoundError, match=r"1 x \.gz, 1 x \.mp3"):
        read(tmp_path)
