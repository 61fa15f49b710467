"""How a crawl behaves: its manners, its limits, and whom it says it is.

Left out: which pages come next (frontier.py), and what a site asks for (robots.py).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from course_utils import checks

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class CrawlConfig:
    """How a crawl behaves. The defaults are polite to the real web.

    Args:
        workers: hosts that are visited side by side.
        delay_seconds: pause between two requests to a host, or what its robots.txt asks for where
            that is more; None is 1 second, and no pause for the Little Web: hosts that end in
            .test, which no real one does, through a proxy on this machine.
        timeout_seconds: the longest a single request may take.
        retries: further tries after an answer such as 503.
        backoff_seconds: pause before the first further try; doubles with each.
        user_agent: says who asks and where to read about it.
        allowed_hosts: hosts to visit, "*.example.org" with those below; empty: the seeds' hosts.
        trusted_ips: private IP addresses that may be asked all the same (your own server).
        max_pages, max_pages_per_host: caps that stop a crawl of something endless.
        max_pages_per_pattern: cap for addresses that differ only in digits or parameter values
            and are linked only from addresses of the same shape: a calendar, a search.
        max_depth: the most links away from a seed.
        max_page_bytes: the longest page, packed or unpacked.
        max_redirects: the most redirects one after another.
    """

    workers: int = 8
    delay_seconds: float | None = None
    timeout_seconds: float = 10.0
    retries: int = 2
    backoff_seconds: float = 0.1
    user_agent: str = "AnatomyOfIntelligenceCourse/1.0 (a student's course crawler)"
    allowed_hosts: tuple[str, ...] = ()
    trusted_ips: tuple[str, ...] = ()
    max_pages: int = 1_000_000
    max_pages_per_host: int = 200_000
    max_pages_per_pattern: int = 200
    max_depth: int = 16
    max_page_bytes: int = 4 << 20
    max_redirects: int = 5

    def __post_init__(self) -> None:
        # A crawl without one of these would never begin, or never end.
        for name in ("workers", "max_pages", "max_pages_per_host", "max_page_bytes"):
            checks.whole(name, getattr(self, name), least=1)
        checks.whole("max_pages_per_pattern", self.max_pages_per_pattern, least=1)
        for name in ("retries", "max_depth", "max_redirects"):
            checks.whole(name, getattr(self, name))
        checks.number("timeout_seconds", self.timeout_seconds, above=0)
        checks.number("backoff_seconds", self.backoff_seconds, least=0)
        if self.delay_seconds is not None:
            checks.number("delay_seconds", self.delay_seconds, least=0)
        # The agent goes into a header: a line break in it would begin another one.
        if not self.user_agent.strip() or not self.user_agent.isprintable():
            raise ValueError(
                f"user_agent is {self.user_agent!r}. Say in a line who asks and where to write "
                'to: "MyCourseCrawler/1.0 (me@example.org)".'
            )

    def delay(self, proxy: str | None, crawl_delay: float, host: str) -> float:
        """Seconds between two requests to a host whose robots.txt asks for `crawl_delay` seconds.

        Source: RFC 2606 for .test, which is kept for tests.
        """
        if self.delay_seconds is None:
            # Only the Little Web goes without a pause, and a real host cannot pass for it.
            local = proxy is not None and urlsplit(proxy).hostname in LOOPBACK
            local = local and host.split(":")[0].endswith(".test")
            return 0.0 if local else max(1.0, crawl_delay)
        # What robots.txt asks for is never undercut, unless the crawl is to make no pause at all.
        return max(self.delay_seconds, crawl_delay) if self.delay_seconds else 0.0
