"""That the benchmark beside transformers runs, and compares the same tokens."""

from __future__ import annotations

from benchmarks import inference
from course_utils import workspace


def test_every_table_is_measured_and_both_write_the_same(one_thread: None) -> None:
    lines = list(inference.report(workspace.load("chat_model").path, 3, new_tokens=3, repeats=1))
    text = "\n".join(lines)
    assert "1 of 1 rows agree" in text and "3 of 3 rows agree" in text
    for way in (inference.OURS, inference.IN_TORCH, inference.UNCACHED, inference.PEER):
        assert sum(line.startswith(f"| {way} | ") for line in lines) == 2, way
    assert text.count("| NumPy | ") == text.count("| torch | ") == 2
