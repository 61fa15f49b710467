"""The site copybook: notes and dictations of new names, so that copying is learnt.

Left out: what stands in the lessons (names.py). A page's truth holds `names`.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from course_utils.littleweb.sites.copybook import names
from course_utils.littleweb.sites.lesson import LessonSite

SITE = LessonSite("copybook", {"names": names.lesson}, ("names",))
