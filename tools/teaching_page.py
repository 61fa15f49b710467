"""Write teaching/README.md: every challenge with what it tests and the usual mistakes.

    python tools/teaching_page.py           write the page anew

The frame comes from the package, what is tested from the solutions, the mistakes from the wrong
answers that are kept; tests/test_teaching.py compares the page with all three.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in [str(ROOT)] if path not in sys.path]

from course_utils import challenges  # noqa: E402 (the repository has to be on the path)
from course_utils.challenges import trial  # noqa: E402
from course_utils.challenges.base import NOTEBOOKS, Challenge  # noqa: E402

PAGE = ROOT / "teaching" / "README.md"
HEAD = """# For teachers

Every challenge of the course, in the order of the notebooks. This page is written by
`tools/teaching_page.py`; change the package, the solutions or the mistakes, and write it anew.

- `solutions/` has one file a notebook; each function has its challenge's name. Keep this folder
  from your class if the challenges count.
- `mistakes/` has wrong answers that readers give. A test runs each of them and sees it refused
  with words that fit.
- A challenge cell has the tag `challenge` and the id `challenge-...`, its check the tag `check`
  and the id `check-...`. A check never stops "Run All". It says *not done yet*, *not right yet*
  with the first case that disagrees, or *done*, which is noted in `workspace/challenges.json`.
  A challenge that is checked again later and is wrong then loses its *done*: the notebooks' strip
  and `python course.py path` call it *no longer right* until it is right again.
- A check waits {seconds:g} seconds for all its cases together. An endless loop is stopped; one
  that cannot be stopped (it catches every exception, or it waits) is left behind, and the message
  asks to restart the kernel. A single operation in C without an end holds all of Python: only a
  restart helps. What a function prints is shown, cut where it is long; random generators are put
  back.

{count} challenges, about {minutes} minutes in all:

| challenge | notebook | difficulty | minutes | what it tests |
| --- | --- | --- | --- | --- |
{table}

The wrong answers that are kept, by notebook:
"""


@functools.cache
def load(folder: str, notebook: str) -> ModuleType:
    """The file of a notebook in teaching/solutions or teaching/mistakes."""
    path = ROOT / "teaching" / folder / f"{notebook}.py"
    spec = importlib.util.spec_from_file_location(f"{folder}_{notebook}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page() -> str:
    """The page as it has to stand."""
    all_of_them = challenges.listed()
    head = HEAD.format(
        seconds=trial.SECONDS,
        count=len(all_of_them),
        minutes=sum(one.minutes for one in all_of_them),
        table="\n".join(map(_row, all_of_them)),
    )
    return "\n".join([head, *map(_notebook, NOTEBOOKS.items())])


def tested(challenge: Challenge) -> str:
    """What a challenge tests: the first line of its solution, after "Tests: "."""
    solution = getattr(load("solutions", challenge.notebook), challenge.id.split(".")[1])
    return inspect.getdoc(solution).removeprefix("Tests: ")


def _row(challenge: Challenge) -> str:
    cells = (
        f"`{challenge.id}`",
        f"[{challenge.notebook}](../notebooks/{challenge.notebook}.ipynb)",
        f"{challenge.difficulty} of 3",
        str(challenge.minutes),
        tested(challenge),
    )
    return f"| {' | '.join(cells)} |"


def _notebook(stage_and_notebook: tuple[str, str]) -> str:
    stage, notebook = stage_and_notebook
    mistakes, lines = load("mistakes", notebook).MISTAKES, [f"## {notebook}\n"]
    for challenge in challenges.listed(stage):
        kept = [function for name, function, _ in mistakes if name == challenge.id]
        lines.append(f"**{challenge.title}** (`{challenge.id}`). Common mistakes:\n")
        lines += [f"- {inspect.getdoc(function)}" for function in kept]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
