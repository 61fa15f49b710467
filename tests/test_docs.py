"""What docs/ tells readers to type: names, options and links that are there."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from course_utils import workspace
from course_utils.data_collection.archives import warc
from course_utils.data_collection.many_machines.collect import options
from course_utils.data_collection.pipeline import collect

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
WITH_PROGRAMS = [page for page in DOCS if "```python" in page.read_text(encoding="utf-8")]
OPTIONAL = ("distributed",)
# What the repository holds, without what an installation or a run put there.
PLACES = [
    *(path for path in ROOT.iterdir() if path.is_file() or path.name == ".ci"),
    *(path.parent for path in ROOT.glob("*/*.md")),
    *(ROOT / name for name in ("benchmarks", "course_utils", "notebooks", "tests", "tools")),
]


def programs(path: Path) -> list[ast.Module]:
    return [
        ast.parse(code)
        for code in re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.S)
    ]


def names(path: Path) -> dict[str, object]:
    """What the programs of a page import, by name."""
    found = {}
    for program in programs(path):
        for node in ast.walk(program):
            if isinstance(node, ast.ImportFrom) and node.module not in OPTIONAL:
                module = importlib.import_module(node.module)
                found |= {one.name: getattr(module, one.name) for one in node.names}
    return found


@pytest.mark.parametrize("path", WITH_PROGRAMS, ids=[path.stem for path in WITH_PROGRAMS])
def test_programs_import_what_there_is_and_name_arguments_that_there_are(path: Path) -> None:
    known = names(path) | {"collect": collect}
    checked = 0
    for program in programs(path):
        for node in ast.walk(program):
            called = known.get(getattr(getattr(node, "func", None), "id", ""))
            if called is not None and inspect.getmodule(called).__name__.startswith(
                "course_utils"
            ):
                given = {keyword.arg for keyword in node.keywords}
                assert given <= set(inspect.signature(called).parameters), ast.unparse(node)
                checked += 1
    assert checked


@pytest.mark.parametrize("path", DOCS, ids=[path.stem for path in DOCS])
def test_links_lead_to_files(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert links and [link for link in links if not (path.parent / link).exists()] == []


def test_the_program_that_writes_archives_writes_pages_that_can_be_read(tmp_path: Path) -> None:
    (program,) = [
        one
        for one in programs(ROOT / "docs" / "many_machines.md")
        if any(isinstance(node, ast.FunctionDef) for node in one.body)
    ]
    program.body.pop()  # the call for 100,000 pages
    known: dict[str, object] = {}
    exec(compile(program, "many_machines.md", "exec"), known)
    known["write_archives"](tmp_path / "archives", 25, 10)
    files = sorted((tmp_path / "archives").iterdir())
    pages = [[page.url for page in warc.read(file)] for file in files]
    assert [len(each) for each in pages] == [10, 10, 5]
    assert pages[0][0].startswith("http://atlas.littleweb.test/")


def test_commands_have_the_options_that_are_named() -> None:
    text = (ROOT / "docs" / "many_machines.md").read_text(encoding="utf-8")
    commands = re.findall(
        r"^python -m course_utils\.data_collection\.many_machines\.collect (.+)$", text, re.M
    )
    assert len(commands) == 2
    given = [options().parse_args(command.split()) for command in commands]
    assert given[0].processes == 4 and given[1].scheduler.startswith("tcp://")


def test_the_map_names_every_room_in_the_order_of_the_layers() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("| room |")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+)(?:/|\.py)?`", "".join(re.findall(r"^\| ([^|]+) \|", table, re.M)))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    rooms = [name for layer in layers for name in layer.split(" | ")]
    core = rooms.index("littleweb") + 1
    assert named[2:core] == rooms[2:core] and set(named) == set(rooms)


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_file_that_a_page_for_contributors_names_is_there(page: str) -> None:
    """But for those of its examples, which are to be written."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:python )?([\w./]+(?:\.py|\.toml|\.txt|/))[`\s]", text))
    artifacts = tuple(f"{name}/" for name in workspace.KINDS)
    examples = ("labs/", "sampling", "05_inference", *artifacts)
    there = {path for place in PLACES for path in (place, *place.rglob("*"))}
    # A name is a whole path or the end of one, cut between two folders.
    ends = {"/" + path.relative_to(ROOT).as_posix() for path in there}
    missing = [
        name
        for name in sorted(named)
        if not any(part in name for part in examples)
        and not any(end.endswith("/" + name.rstrip("/")) for end in ends)
    ]
    assert len(named) > 5 and missing == []
