"""Small programs that a model writes after a tutorial's explanation, and whether they run.

A program is run in a process of its own, with few builtins and a limit of time. Leaves out all
that could be asked of a program but what it prints. Taught in notebook 05, section "More that it
learnt".
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from course_utils.inference.engine import Engine
from course_utils.littleweb.sites import tutorials
from course_utils.model.sampling import SamplingConfig

SECONDS = 5.0  # for one program; those of the tutorials take a thousandth
VALUES = {"a": 12, "b": 4, "c": 40, "n": 15, "s": "letter", "w": ["amber", "basil", "cedar"]}
NAMES = ("total", "found")
_RUN = (
    "import sys; from course_utils.littleweb.sites.tutorials import run; "
    "sys.stdout.write(run(sys.stdin.read()))"
)


@dataclass(frozen=True)
class Written:
    """What a model wrote after an explanation.

    Attributes:
        asked: the explanation.
        program: the first paragraph of what it wrote.
        said: the paragraphs after it, among which the output should be.
    """

    asked: str
    program: str
    said: tuple[str, ...]

    @property
    def parses(self) -> bool:
        """Whether it is Python at all, and more than a bare word."""
        try:
            tree = ast.parse(self.program)
        except (SyntaxError, ValueError):
            return False
        return any(isinstance(node, ast.Call) for node in ast.walk(tree))

    def output(self) -> str | None:
        """What it really prints; None where it does not run, or reaches for more than it may."""
        if not self.parses or "__" in self.program:
            return None
        try:
            done = subprocess.run(
                [sys.executable, "-c", _RUN],
                input=self.program,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        return done.stdout if done.returncode == 0 else None


def explanations() -> list[str]:
    """What the tutorials say before their programs, each family's in turn."""
    return [
        f"The second idea is {family.title}. {text.format(**VALUES, v=name)}"
        for family in tutorials.FAMILIES.values()
        for text, name in zip(family.explanations, NAMES, strict=False)
    ]


def write(engine: Engine, asked: Sequence[str], new_tokens: int = 128) -> list[Written]:
    """Lets a base model go on after each explanation, greedy."""
    config = SamplingConfig(temperature=0.0, max_new_tokens=new_tokens)
    prompts = [engine.tokenizer.encode(f"{text}\n\n") for text in asked]
    replies = engine.complete(prompts, config)
    return [written(text, reply.text) for text, reply in zip(asked, replies, strict=True)]


def written(asked: str, text: str) -> Written:
    """The program and what is said after it, from a text whose paragraphs are set apart."""
    program, *said = text.strip("\n").split("\n\n")
    return Written(asked, program, tuple(paragraph.strip("\n") for paragraph in said))
