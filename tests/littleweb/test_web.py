"""Tests of the web as a whole: size, order, addresses, and that every page can be reached."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from urllib.parse import urljoin

import pytest

from course_utils.littleweb import hazards
from course_utils.littleweb.web import SITES, LittleWeb, plain_url

TINY = LittleWeb(0, "tiny")
# Of the tiny web of seed 0: found on Python 3.11, 3.12 and 3.13. The sites that hang on how facts
# are phrased are left to test_atlas.py.
SAME_BYTES = {
    "stories": "e221a4a394",
    "code": "e64a5b2839",
    "spam": "d4139d7697",
    "world": "10e1424b2d",
    "school": "ce2bf25c21",
    "copybook": "c79e9adaa8",
    "news": "6f8cdce001",
}
COPYING = ("atlas", "factbook", "mirror", "spam")  # a later round says some things again
DIGEST = """
import hashlib
from course_utils.littleweb.web import LittleWeb
web, digest = LittleWeb(0, "tiny"), hashlib.sha256()
for page in web.pages():
    digest.update(page.url.encode() + page.text.encode() + web.html(page)[0])
print(digest.hexdigest())
"""


def test_the_laptop_web_is_as_large_as_promised():
    pages = list(LittleWeb(0, "laptop").pages())
    assert len(pages) >= 3_000
    assert sum(len(page.text.encode("utf-8")) for page in pages) >= 12_000_000
    assert len({page.url for page in pages}) == len(pages)


def test_the_tiny_web_has_about_150_pages_of_every_site():
    pages = list(TINY.pages())
    assert 120 <= len(pages) <= 200
    assert tuple(dict.fromkeys(page.site for page in pages)) == SITES


def test_the_same_seed_gives_the_same_bytes_in_another_process():
    digest = hashlib.sha256()
    for page in TINY.pages():
        digest.update(page.url.encode() + page.text.encode() + TINY.html(page)[0])
    environment = os.environ | {"PYTHONHASHSEED": "5"}
    done = subprocess.run(
        [sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes_on_every_system_and_version():
    digests = {site: hashlib.sha256() for site in SAME_BYTES}
    for page in TINY.pages():
        if page.site in digests:
            html, _ = TINY.html(page)
            digests[page.site].update(page.url.encode() + page.text.encode() + html)
    assert {site: digest.hexdigest()[:10] for site, digest in digests.items()} == SAME_BYTES


def test_another_seed_gives_another_web():
    assert [p.text for p in LittleWeb(1, "tiny").pages()] != [p.text for p in TINY.pages()]


def test_addresses_are_on_the_web_s_hosts_and_in_their_plain_form():
    for page in TINY.pages():
        assert page.url.split("/")[2] == f"{page.site}.littleweb.test"
        assert page.url.split("/")[2] in TINY.hosts
        assert plain_url(page.url) == page.url


def test_a_page_is_found_by_its_address_and_a_wrong_one_is_explained():
    page = next(TINY.pages())
    assert TINY.page(page.url) is page
    with pytest.raises(KeyError, match="atlantis.html"):
        TINY.page("http://atlas.littleweb.test/atlantis.html")


def test_an_unknown_scale_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'huge'.*tiny, laptop, gpu"):
        LittleWeb(0, "huge")


def test_every_page_is_reached_from_the_seeds_or_a_sitemap():
    plan = hazards.plan(TINY)
    reached, waiting = set(), list(TINY.seeds)
    while waiting:
        url = waiting.pop()
        if url in reached or url not in plan.responses:
            reached.add(url)
            continue
        reached.add(url)
        found = re.findall(r'href="([^"]+)"', plan.responses[url].body.decode("utf-8", "replace"))
        links = [urljoin(url, link) for link in found]
        waiting += [plain_url(link) for link in links if link.startswith("http://")]
    in_maps = set()
    for url, body in hazards.sitemaps(TINY).items():
        robots = plan.responses[url.replace("sitemap.xml", "robots.txt")]
        assert f"Sitemap: {url}" in robots.body.decode()
        in_maps |= set(re.findall(r"<loc>([^<]+)</loc>", body.decode()))
    pages = {page.url for page in TINY.pages()}
    assert pages <= reached | in_maps
    assert pages - reached, "some pages stand in a sitemap only"
    assert not pages & set(plan.responses)


def test_a_stream_begins_with_the_web_and_goes_on_with_other_pages():
    own = list(TINY.pages())
    streamed = list(LittleWeb(0, "tiny").pages(len(own) + 400))
    assert streamed[: len(own)] == own
    assert len({page.url for page in streamed}) == len(streamed) == len(own) + 400
    texts = [page.text for page in streamed if page.site not in COPYING]
    assert len(set(texts)) == len(texts)
    urls = {page.url for page in streamed}
    later = [page for page in streamed[len(own) :] if page.site == "mirror"]
    assert later and all(page.truth["copy_of"] in urls for page in later)


def test_more_pages_of_a_stream_leave_the_first_ones_as_they_were():
    few = [page.text for page in LittleWeb(3, "tiny").pages(300)]
    assert [page.text for page in LittleWeb(3, "tiny").pages(350)][:300] == few


def test_no_pages_at_all_are_refused():
    with pytest.raises(ValueError, match=r"pages\(0\)"):
        TINY.pages(0)
