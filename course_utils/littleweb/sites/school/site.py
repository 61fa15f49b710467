"""The site school: lessons in reading and adding, and essays.

Left out: what stands in the lessons, a file each. A page's truth holds what its kind fills in:
`pronouns`, `sums` or `rumour`.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from course_utils.littleweb.sites.lesson import LessonSite
from course_utils.littleweb.sites.school import pronouns, rumour, sums

SITE = LessonSite(
    "school",
    {"pronouns": pronouns.lesson, "sums": sums.lesson, "rumour": rumour.lesson},
    # The first three are all kinds, so that a few pages hold every kind.
    ("pronouns", "sums", "rumour", "pronouns", "sums", "rumour",
     "pronouns", "sums", "sums", "pronouns", "sums", "pronouns"),
)  # fmt: skip
