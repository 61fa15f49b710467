"""One spelling for each address, and addresses that no crawler should call."""

from __future__ import annotations

import pytest

from course_utils.data_collection.crawl.public_ip import RefusedIp, is_public, public_ip
from course_utils.data_collection.crawl.urls import allowed, normalise, pattern_of, trap
from course_utils.data_collection.crawl.workers import MAX_LINKS, links


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HTTP://A.Test:80/x#part", "http://a.test/x"),
        ("http://a.test", "http://a.test/"),
        ("http://a.test/%7euser/%e4%f6", "http://a.test/~user/%E4%F6"),
        ("http://a.test/côte d'or", "http://a.test/c%C3%B4te%20d'or"),
        ("http://a.test/a/../b/./c", "http://a.test/b/c"),
        ("http://a.test/?b=2&a=1&utm_source=x&sid=9", "http://a.test/?b=2&a=1&sid=9"),
        ("http://a.test/?ref=7&b=1&a=2&b=0", "http://a.test/?ref=7&b=1&a=2&b=0"),
        ("http://a.test/search?q=cats&page=2", "http://a.test/search?q=cats&page=2"),
        ("http://a.test/?x", "http://a.test/?x"),
        ("http://a.test/?x=", "http://a.test/?x="),
        ("http://a.test/?to=http://b.test/;y", "http://a.test/?to=http://b.test/;y"),
        ("https://a.test:8443/", "https://a.test:8443/"),
        ("http://bücher.test/", "http://xn--bcher-kva.test/"),
        ("http://faß.test/", "http://xn--fa-hia.test/"),
        ("http://☃.test/", "http://xn--n3h.test/"),
        ("../up.html", "http://base.test/up.html"),
        ("//other.test/x", "http://other.test/x"),
    ],
)
def test_spellings_of_one_address_become_the_same(written: str, meant: str) -> None:
    assert normalise(written, "http://base.test/folder/page.html") == meant
    assert normalise(meant) == meant


@pytest.mark.parametrize(
    "written",
    ["mailto:a@b.test", "javascript:x()", "http://", "http://me@a.test/", "http://[x/", "ftp://a/"]
    + ["http://a b.test/", "http://a.test:99999/", "data:text/html,x"],
)
def test_what_cannot_be_asked_for_is_no_address(written: str) -> None:
    assert normalise(written) is None


def test_addresses_of_one_shape_share_a_pattern() -> None:
    assert pattern_of("http://a.test/2024/05?d=1") == pattern_of("http://a.test/1999/12?d=31")
    assert pattern_of("http://a.test/x") != pattern_of("http://a.test/y")


def test_traps_are_known_by_their_spelling() -> None:
    assert trap("http://a.test/x/x/x/") == "path repeats itself"
    assert trap("http://a.test/" + "/".join("abcdefghijk")) == "path too deep"
    assert trap("http://a.test/" + "a" * 600) == "address too long"
    assert trap("http://a.test/country/france.html?page=2") is None


def test_a_host_pattern_stands_for_the_hosts_below_it_only() -> None:
    assert allowed("http://a.littleweb.test/", ("*.littleweb.test",))
    assert not allowed("http://littleweb.test.evil.org/", ("*.littleweb.test",))
    assert not allowed("http://evillittleweb.test/", ("*.littleweb.test",))


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 192.168.0.1 172.16.0.1 169.254.169.254 0.0.0.0 224.0.0.1 ::1 fe80::1 "
    "fc00::1 ::ffff:127.0.0.1 2002:7f00:1:: 64:ff9b::7f00:1 100.64.0.1 ff02::1".split(),
)
def test_private_addresses_are_known_in_every_disguise(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_are_public() -> None:
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")


def test_a_refused_address_says_what_to_do() -> None:
    with pytest.raises(RefusedIp, match="trusted_ips"):
        public_ip("127.0.0.1", 80)
    assert public_ip("127.0.0.1", 80, ("127.0.0.1",)) == "127.0.0.1"


def test_links_are_read_against_the_base_of_the_page() -> None:
    page = b"<base href='/folder/'><a href='x.html'>x</a><a rel=nofollow href='y'>y</a><a>z</a>"
    assert links(page, "http://a.test/") == ["http://a.test/folder/x.html"]


def test_a_base_without_an_address_is_no_base() -> None:
    page = b"<base target=_blank><base href='/folder/'><base href='/later/'><a href='x'>x</a>"
    assert links(page, "http://a.test/") == ["http://a.test/folder/x"]


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "text/html; charset=utf-8"),
        ("utf-8", ""),
        ("iso-8859-1", "text/html; charset=iso-8859-1"),
        ("windows-1252", ""),
        ("utf-16", ""),
    ],
)
def test_letters_of_a_link_are_those_of_the_page(encoding: str, content_type: str) -> None:
    page = "<a href='/café?q=año'>x</a>".encode(encoding)
    asked = ["http://a.test/caf%C3%A9?q=a%C3%B1o"]
    assert links(page, "http://a.test/", content_type) == asked


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=/new", ["http://a.test/new"]),
        ("5;URL='http://a.test/new'", ["http://a.test/new"]),
        ("0.5, /new", ["http://a.test/new"]),
        ("30", []),
        ("soon", []),
    ],
)
def test_a_page_that_says_it_has_moved_links_there(content: str, target: list[str]) -> None:
    page = f'<meta name=x content="0; url=/no"><meta http-equiv=Refresh content="{content}">'
    assert links(page.encode(), "http://a.test/") == target


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 500, b"<div>" * 10_000 + b"<a href=x>x"])
def test_broken_pages_have_few_links_and_no_errors(body: bytes) -> None:
    assert len(links(body, "http://a.test/")) <= 1


def test_a_page_of_links_is_read_up_to_a_limit() -> None:
    body = "".join(f"<a href='/{n}'>x</a>" for n in range(MAX_LINKS + 500)).encode()
    assert len(links(body, "http://a.test/")) == MAX_LINKS
