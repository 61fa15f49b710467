"""What a page is called and which site it belongs to, whatever stands in its address."""

from __future__ import annotations

import pytest

from course_utils.data_collection.document import from_page


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("http://atlas.littleweb.test/france", "atlas"),
        ("https://www.example.org/", "example"),
        ("http://www", "www"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("http://[bad/", "unknown"),
        ("http://a\u2100.test/", "unknown"),  # NFKC makes "a/c" of it
        ("urn:x", "unknown"),
        ("http://a.test/\ud800", "a"),
        ("", "unknown"),
    ],
)
def test_any_address_gives_a_page_of_some_source(url: str, source: str) -> None:
    page = from_page(url, "text")
    assert (page.source, len(page.id)) == (source, 16)
