"""Exercises that check themselves: a reader's function beside the reference, on seeded cases.

`challenges.check("tokenization.merge", merge)` ends a challenge cell. One file a stage holds the
challenges and their cases, `reference` the right answers, `mistakes` what a wrong one betrays;
`base`, `compare`, `trial` and `answers` are what all of them share. The solutions for teachers
are not in this package. `questions` are to be answered before a cell computes the answer, and
`path` writes down what was said.
"""

from course_utils.challenges.base import Challenge, Noted, check, done, find, listed, noted

__all__ = ["Challenge", "Noted", "check", "done", "find", "listed", "noted"]
