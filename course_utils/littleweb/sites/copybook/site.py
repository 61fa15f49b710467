"""The site copybook: new names and capital letters, so that copying is learnt.

Left out: what stands in the lessons, a file each. A page's truth holds `names` or
`capitals`.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from course_utils.littleweb.sites.copybook import capitals, names
from course_utils.littleweb.sites.lesson import LessonSite

SITE = LessonSite(
    "copybook",
    {"names": names.lesson, "capitals": capitals.lesson},
    ("names", "capitals", "names", "names", "names"),
)
