"""The rules of the house that no linter has: purpose, length, paths; a function a rule.

A rule takes a file and returns sentences, none when it is kept. tests/test_house_rules.py holds
the package to them. Who may import whom is import-linter's, what else a linter can see ruff's
(pyproject.toml); the rules for notebooks are in notebook_rules.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

STAGES = ("data_collection", "tokenization", "pretraining", "finetuning_rlhf", "inference")
ARTIFACTS = ("corpus", "tokenizer", "tokens", "base_model", "chat_model", "reward_model")
# What is loaded by its name, so that nobody below has to know it: a command, a stage's challenges,
# what makes an artifact again, a package that need not be there.
BY_NAME = (
    "__main__.py",
    "challenges/base.py",
    "workspace.py",
    "data_collection/archives/hugging_face.py",
)
FILE_LINES, FUNCTION_LINES, FIRST_LINE = 400, 40, 100
LOCAL = re.compile(r"(?<![\w./:{}*])/(home|root|work|tmp|opt|Users)/\w|\b[A-Z]:\\+Users", re.ASCII)
UNFINISHED = re.compile(r"\b(TODO|FIXME|stub|placeholder)\b")


@dataclass(frozen=True)
class Source:
    """A Python file: its path from course_utils, or from the root where it is not in there."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @property
    def part(self) -> str:
        """The folder or module right under course_utils."""
        return self.path.split("/")[0].removesuffix(".py")


def imports(source: Source) -> set[str]:
    """What a file of course_utils imports from course_utils, such as "littleweb.world"."""
    package = ["course_utils", *source.path.split("/")[:-1]]
    found = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and name_of(node.func) in ("import_module", "__import__"):
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    inside = "course_utils."
    return {name.removeprefix(inside) for name in found if str(name).startswith(inside)}


def name_of(node: ast.expr) -> str:
    """The last name of an expression such as torch.load: "load"."""
    return getattr(node, "attr", getattr(node, "id", ""))


def only_a_few_import_by_name(source: Source) -> Iterator[str]:
    """import_module hides an import from import-linter, so its places are listed."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and name_of(node.func) in ("import_module", "__import__"):
            if source.path not in BY_NAME:
                yield f"line {node.lineno} imports by name; import it, or list the file in BY_NAME"


def only_the_workspace_builds_paths_to_artifacts(source: Source) -> Iterator[str]:
    """folder / "base_model" stands nowhere but in workspace.py; load("base_model") may."""
    if source.path == "workspace.py":
        return
    for node in ast.walk(source.tree):
        ends = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            ends = [node.left, node.right]
        elif isinstance(node, ast.Call) and name_of(node.func) in ("Path", "joinpath", "join"):
            ends = node.args
        for end in ends:
            if isinstance(end, ast.Constant) and str(end.value).split("/")[-1] in ARTIFACTS:
                yield f"line {node.lineno} builds a path to {end.value!r}; use workspace.load"


def the_docstring_says_the_purpose(source: Source) -> Iterator[str]:
    """A module's first line is a sentence up to 100 characters; what is public is described."""
    first = (ast.get_docstring(source.tree) or "").split("\n")[0]
    if len(first.split()) < 3 or len(first) > FIRST_LINE or first[-1] not in ".:":
        yield f"the docstring's first line is {first!r}, expected a sentence up to {FIRST_LINE}"
    for node in source.tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if not node.name.startswith("_") and not ast.get_docstring(node):
                yield f"{node.name} has no docstring"


def files_and_functions_are_short(source: Source) -> Iterator[str]:
    """A file has at most 400 lines, a function at most 40 of code: words about it do not count."""
    lines = len(source.text.splitlines())
    if lines > FILE_LINES:
        yield f"{lines} lines, at most {FILE_LINES}"
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = _code_lines(source, node)
            if length > FUNCTION_LINES:
                yield f"{node.name} has {length} lines, at most {FUNCTION_LINES}"


def _code_lines(source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring, comments and blank lines."""
    first = node.body[0]
    told = ast.get_docstring(node, clean=False) is not None
    lines = source.text.splitlines()
    body = lines[first.end_lineno if told else first.lineno - 1 : node.end_lineno]
    head = lines[node.lineno - 1 : first.lineno - 1]
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in head + body)


def no_array_is_unpickled(source: Source) -> Iterator[str]:
    """NumPy opens pickles when it is told to; ruff bans the rest of them."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            if getattr(node.value, "value", None) is not False:
                yield f"line {node.value.lineno} allows pickles"


def texts_are_read_and_written_alike_everywhere(source: Source) -> Iterator[str]:
    """A text file has its encoding named, and its line ends where it is written."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        given, name = {keyword.arg for keyword in node.keywords}, name_of(node.func)
        if name == "read_text" and "encoding" not in given and not node.args:
            yield f"line {node.lineno}: read_text without encoding"
        if name == "write_text" and not {"encoding", "newline"} <= given:
            yield f"line {node.lineno}: write_text without encoding and newline"


def nothing_names_one_machine(source: Source) -> Iterator[str]:
    """No folder of the machine it was written on."""
    yield from (f"names {found.group()}" for found in LOCAL.finditer(source.text))


OF_THE_PACKAGE = (
    only_a_few_import_by_name,
    only_the_workspace_builds_paths_to_artifacts,
    the_docstring_says_the_purpose,
    files_and_functions_are_short,
    no_array_is_unpickled,
    texts_are_read_and_written_alike_everywhere,
)
