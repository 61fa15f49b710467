"""The web without end is streamed: its pages are never held together in memory."""

from __future__ import annotations

import subprocess
import sys

# A process of its own, as memory that other tests gave back would hide what is held.
MEMORY = """
import psutil
from course_utils.littleweb.web import LittleWeb
process, highest, before = psutil.Process(), 0, 0
for number, _ in enumerate(LittleWeb(0, "tiny").pages(20_000), 1):
    if number == 1_000:
        before = process.memory_info().rss
    elif number > 1_000 and number % 500 == 0:
        highest = max(highest, process.memory_info().rss - before)
print(number, highest / 1e6)
"""


def test_twenty_thousand_pages_are_streamed_in_a_few_megabytes():
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages, megabytes = done.stdout.split()
    assert int(pages) == 20_000
    assert float(megabytes) < 10  # 0.2 when this was written; 114 when all are held
