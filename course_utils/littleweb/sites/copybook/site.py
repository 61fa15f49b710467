"""The site copybook: lessons in which everything is written twice, so that copying is learnt.

Left out: what stands in the lessons, a file each. A page's truth holds what its kind fills in:
`names`, `lines` or `messages`.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from course_utils.littleweb.sites.copybook import lines, messages, names
from course_utils.littleweb.sites.lesson import LessonSite

SITE = LessonSite(
    "copybook",
    {"names": names.lesson, "lines": lines.lesson, "messages": messages.lesson},
    # The first three are all kinds, so that a few pages hold every kind.
    ("names", "lines", "messages", "names", "messages"),
)
