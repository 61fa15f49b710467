"""The site school: lessons in reading, adding and writing, and essays.

Left out: what stands in the lessons, a file each. A page's truth holds what its kind fills in:
`pronouns`, `sums`, `rumour` or `messages`.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from course_utils.littleweb.sites.lesson import LessonSite
from course_utils.littleweb.sites.school import messages, pronouns, rumour, sums

SITE = LessonSite(
    "school",
    {
        "pronouns": pronouns.lesson,
        "sums": sums.lesson,
        "rumour": rumour.lesson,
        "messages": messages.lesson,
    },
    # The first six hold every kind and, of the rumour, both sides.
    ("pronouns", "sums", "rumour", "messages", "rumour", "pronouns", "sums", "messages",
     "pronouns", "sums", "messages", "sums", "pronouns", "messages", "pronouns", "sums",
     "messages"),
)  # fmt: skip
