"""The rules of the house for Python files: imports, purpose, length; a function a rule.

A rule takes a file and returns sentences, none when it is kept. tests/test_house_rules.py holds
the package to them; the rules for notebooks are in notebook_rules.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

STAGES = ("data_collection", "tokenization", "pretraining", "finetuning_rlhf", "inference")
CORE = ("workspace", "manifest", "runtime", "report", "facts")
# A part imports only what stands above it, the core, and itself.
PARTS = (
    "littleweb",
    "challenges",
    "ui",
    "tokenization",
    "model",
    "data_collection",
    "economics",
    "pretraining",
    "finetuning_rlhf",
    "inference",
    "experiments",
    "cli",
    "__main__",
)
ARTIFACTS = ("corpus", "tokenizer", "tokens", "base_model", "chat_model", "reward_model")
TRUTH = {
    "littleweb.truth.world": (
        "littleweb/",
        "pretraining/evaluate.py",
        "finetuning_rlhf/judge.py",
        "finetuning_rlhf/chat_data.py",
    ),
    "littleweb.truth.labels": ("littleweb/", "data_collection/scoring/"),
    "littleweb.truth.bias": ("littleweb/",),
}
MAY_IMPORT = {part: {*CORE, *PARTS[: i + 1]} for i, part in enumerate(PARTS)}
MAY_IMPORT |= {name: set(CORE) for name in CORE}
PICKLES = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
FILE_LINES, FUNCTION_LINES, FIRST_LINE = 400, 60, 100
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


def imports_run_one_way(source: Source) -> Iterator[str]:
    """A part imports the parts above it and the core; nothing inner imports what is outer."""
    allowed = MAY_IMPORT.get(source.part)
    for name in sorted(imports(source)):
        part = name.split(".")[0]
        known = part in (*PARTS, *CORE)
        if allowed is not None and known and part not in allowed:
            yield f"{source.part} imports {name}"


def the_truth_is_imported_only_where_scores_are_made(source: Source) -> Iterator[str]:
    """littleweb.truth is not for those whose work is measured by them."""
    inner = source.part in PARTS
    for truth, places in TRUTH.items():
        named = any(name == truth or name.startswith(truth + ".") for name in imports(source))
        if named and inner and not source.path.startswith(places):
            yield f"{source.path} imports {truth}; only {', '.join(places)} may"
        if named and source.path == "littleweb/__init__.py":
            yield f"littleweb/__init__.py hands {truth} to everyone"


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
    """A file has at most 400 lines, a function at most 60."""
    lines = len(source.text.splitlines())
    if lines > FILE_LINES:
        yield f"{lines} lines, at most {FILE_LINES}"
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{node.name} has {length} lines, at most {FUNCTION_LINES}"


def nothing_is_pickled(source: Source) -> Iterator[str]:
    """Weights are safetensors, the rest is JSON or raw ids."""
    for node in ast.walk(source.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (f"imports {name}" for name in names if name.split(".")[0] in PICKLES)
        if isinstance(node, ast.Attribute) and node.attr in ("save", "load", "to_pickle"):
            if name_of(node.value) == "torch" or node.attr == "to_pickle":
                yield f"line {node.lineno} uses {name_of(node.value)}.{node.attr}"
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


def nothing_is_unfinished(source: Source) -> Iterator[str]:
    """What is there is finished."""
    yield from (f"says {found.group()}" for found in UNFINISHED.finditer(source.text))


def nothing_names_one_machine(source: Source) -> Iterator[str]:
    """No folder of the machine it was written on."""
    yield from (f"names {found.group()}" for found in LOCAL.finditer(source.text))


OF_THE_PACKAGE = (
    imports_run_one_way,
    the_truth_is_imported_only_where_scores_are_made,
    only_the_workspace_builds_paths_to_artifacts,
    the_docstring_says_the_purpose,
    files_and_functions_are_short,
    nothing_is_pickled,
    texts_are_read_and_written_alike_everywhere,
    nothing_is_unfinished,
)
