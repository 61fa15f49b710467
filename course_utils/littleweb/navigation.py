"""Pages that only lead to other pages: fronts, paged lists and sitemaps of the hosts.

Left out: everything that goes wrong on purpose (hazards.py). These pages hold no text worth
keeping and have no label. Every 40th page of a host with a sitemap stands in the sitemap only.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import unquote

from course_utils.littleweb.web import LittleWeb

PER_LIST = 60  # links
ORPHAN_EVERY = 40
SITEMAP_HOSTS = ("atlas.littleweb.test", "factbook.littleweb.test", "stories.littleweb.test")


def lists(web: LittleWeb, front_links: dict[str, list[str]]) -> dict[str, bytes]:
    """The HTML of every front page and list.

    Args:
        web: whose pages are listed.
        front_links: more links for the front page of a host, as they stand in the HTML.

    Returns:
        address -> HTML in UTF-8.
    """
    html: dict[str, bytes] = {}
    for host, urls in _by_host(web).items():
        # Some pages are left to the sitemap, so that links alone do not lead everywhere.
        listed = urls
        if host in SITEMAP_HOSTS:
            listed = [url for i, url in enumerate(urls) if i % ORPHAN_EVERY != 7]
        runs = [listed[i : i + PER_LIST] for i in range(0, len(listed), PER_LIST)]
        # The front leads to every list, to the hazards and to the other hosts.
        paths = [f"/list/{number + 1}.html" for number in range(len(runs))]
        others = [seed for seed in web.seeds if host not in seed]
        links = [*paths, *front_links.get(host, []), *others]
        html[f"http://{host}/"] = _link_page(f"Welcome to {host}", links)
        # A list leads to its pages and to the next list.
        for number, run in enumerate(runs):
            links = [_as_written(url, i) for i, url in enumerate(run)]
            links += paths[number + 1 : number + 2]
            title = f"Pages {number * PER_LIST + 1} to {number * PER_LIST + len(run)}"
            html[f"http://{host}{paths[number]}"] = _link_page(title, links)
    return html


def sitemaps(web: LittleWeb) -> dict[str, bytes]:
    """The sitemap.xml of the hosts that have one.

    Returns:
        address -> XML in UTF-8, in the form of sitemaps.org's protocol 0.9.
    """
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset '
    start += 'xmlns="http://www.sitemaps.org/schemas'
    xml = {}
    for host, urls in _by_host(web).items():
        if host in SITEMAP_HOSTS:
            rows = "\n".join(f"<url><loc>{escape(url)}</loc></url>" for url in urls)
            text = f'{start}/sitemap/0.9">\n{rows}\n</urlset>\n'
            xml[f"http://{host}/sitemap.xml"] = text.encode("utf-8")
    return xml


def _by_host(web: LittleWeb) -> dict[str, list[str]]:
    """The addresses of every host's pages."""
    urls: dict[str, list[str]] = {host: [] for host in web.hosts}
    for page in web.pages():
        urls[page.url.split("/")[2]].append(page.url)
    return urls


def _as_written(url: str, number: int) -> str:
    """An address as authors write it: whole, without its host, with a fragment or not encoded."""
    path = "/" + url.split("/", 3)[3]
    spellings = (path, url, path + "#top", unquote(path), "/list/.." + path, path)
    return spellings[number % len(spellings)]


def _link_page(title: str, links: Sequence[str]) -> bytes:
    """A plain page of links."""
    rows = "\n".join(f'<li><a href="{escape(link)}">{escape(link)}</a></li>' for link in links)
    text = f'<meta charset="utf-8"><title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{rows}\n</ul>\n'
    return f"<!DOCTYPE html>\n<html>{text}</html>\n".encode()
