"""The command `doctor`: says what this machine has, what is wrong and what to do about it.

It looks and changes nothing. What a check finds is in course_utils/cli/checks.py; here is the
order of the checks and how they are printed. Taught in no notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import textwrap

from course_utils.cli import checks

MARKS = {"ok": "ok", "note": "note", "wrong": "WRONG"}


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `doctor`.

    Returns:
        1 when something was found that keeps the notebooks from running, else 0.
    """
    argparse.ArgumentParser(
        prog="course.py doctor", description="Look for what is wrong."
    ).parse_args(arguments)
    findings = [finding for check in checks.ALL for finding in check()]
    for finding in findings:
        print(as_text(finding))
    wrong = sum(finding.state == "wrong" for finding in findings)
    notes = sum(finding.state == "note" for finding in findings)
    if wrong:
        print(f"\n{wrong} of these must be put right before the notebooks run.")
        return 1
    print(f"\nReady: nothing stands in the way, {notes} note{'' if notes == 1 else 's'}.")
    return 0


def as_text(finding: checks.Finding) -> str:
    """A finding as lines of text: the mark, what it is about, what was found, what to do."""
    lines = [f"{MARKS[finding.state]:<6} {finding.about:<12} {finding.found}"]
    if finding.todo:
        lines += textwrap.wrap(
            finding.todo, 90, initial_indent=" " * 20 + "-> ", subsequent_indent=" " * 23
        )
    return "\n".join(lines)
