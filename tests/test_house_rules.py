"""The package keeps the rules of the house, and each rule catches a bad file."""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in [str(ROOT / "tools")] if path not in sys.path]

from house_rules import (  # noqa: E402 (the tools' folder has to be on the path)
    OF_THE_PACKAGE,
    STAGES,
    Source,
    files_and_functions_are_short,
    imports,
    no_array_is_unpickled,
    nothing_names_one_machine,
    only_a_few_import_by_name,
    only_the_workspace_builds_paths_to_artifacts,
    texts_are_read_and_written_alike_everywhere,
    the_docstring_says_the_purpose,
)

CITED = re.compile(r'notebook (\d\d), sections? "([^"]+)"(?: and "([^"]+)")?', re.IGNORECASE)
REGISTRIES = ("pypi." + "org", "python" + "hosted", "conda." + "anaconda", "download." + "pytorch")


@functools.cache
def package() -> list[Source]:
    """Every Python file of course_utils."""
    folder = ROOT / "course_utils"
    return [
        Source(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    ]


@pytest.mark.parametrize("rule", OF_THE_PACKAGE, ids=lambda rule: rule.__name__)
def test_every_file_of_the_package_keeps_the_rule(rule):
    assert [f"{one.path}: {what}" for one in package() for what in rule(one)] == []


@functools.cache
def repository() -> list[Source]:
    """Every text file of the checkout: not what tools and notebooks leave in it."""
    left = {"workspace", "__pycache__", "build", "dist"}
    found, folders = [], [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name != ".ci"
            if path.is_dir() and not hidden and path.suffix != ".egg-info":
                folders += [path] if path.name not in left else []
            elif path.is_file() and b"\0" not in (data := path.read_bytes()):
                found.append(Source(path.relative_to(ROOT).as_posix(), data.decode("utf-8")))
    return found


def test_no_file_names_a_folder_of_one_machine():
    assert {"LICENSE", ".ci/run", "README.md"} < {one.path for one in repository()}
    wrong = [
        f"{one.path} {what}" for one in repository() for what in nothing_names_one_machine(one)
    ]
    assert wrong == []


def test_no_file_names_the_host_of_a_package_registry():
    wrong = [one.path for one in repository() if any(host in one.text for host in REGISTRIES)]
    assert wrong == []


def test_nothing_that_is_kept_is_a_pickle():
    code = [source for source in repository() if source.path.endswith(".py")]
    wrong = [f"{source.path}: {what}" for source in code for what in no_array_is_unpickled(source)]
    assert wrong == []
    binary = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".npy", ".npz", ".joblib")
    kept = [path for path in (ROOT / "course_utils").rglob("*") if path.suffix in binary]
    assert kept == []


def test_a_section_that_a_docstring_cites_stands_in_its_notebook():
    titles = {}
    for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        prose = "\n".join(
            "".join(one["source"]) for one in cells if one["cell_type"] == "markdown"
        )
        titles[path.name[:2]] = re.findall(r"^#{2,3} (?:\d+\. )?(.+)$", prose, re.MULTILINE)
    wrong, cited = [], 0
    for one in package():
        for number, *named in CITED.findall(" ".join((ast.get_docstring(one.tree) or "").split())):
            cited += 1
            wrong += [f"{one.path}: {x}" for x in named if x and x not in titles.get(number, ())]

    assert cited > 60
    assert wrong == []


def test_a_file_that_a_docstring_names_is_there():
    there = {one.path for one in repository()}
    wrong = []
    for one in package():
        for name in re.findall(r"[\w/]+\.(?:py|js|toml)\b", ast.get_docstring(one.tree) or ""):
            if not any(f"/{path}".endswith(f"/{name}") for path in there):
                wrong.append(f"{one.path} names {name}")

    assert wrong == []


def test_tools_and_tests_are_short_too():
    wrong = []
    for path in sorted([*(ROOT / "tools").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]):
        source = Source(path.name, path.read_text(encoding="utf-8"))
        wrong += [
            f"{path.relative_to(ROOT)}: {what}" for what in files_and_functions_are_short(source)
        ]

    assert wrong == []


def test_a_stage_folder_is_its_notebook_without_the_number():
    notebooks = {path.stem[3:] for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    folders = {name for name in STAGES if list((ROOT / "course_utils" / name).glob("*.py"))}

    assert notebooks == folders


def test_every_module_of_a_stage_is_tested_by_name():
    """By test_<module>.py, or by a test that imports it; a lab's parts are tested as the lab."""
    named, imported = set(), set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        named.add(path.stem.removeprefix("test_"))
        imported |= imports(Source(f"tests/{path.name}", path.read_text(encoding="utf-8")))
    missing = [
        source.path
        for source in package()
        if source.part in (*STAGES, "model")
        and not {"labs", "exercises"} & set(source.path.split("/"))
        and (name := source.path.removesuffix(".py")).split("/")[-1] not in {*named, "__init__"}
        and name.replace("/", ".") not in imported
    ]

    assert missing == []


GOOD = '"""Train the model.\n\nIt leaves out evaluation.\n"""\n'
BAD = [
    (
        only_a_few_import_by_name,
        "pretraining/train.py",
        "import importlib\nimportlib.import_module('course_utils.littleweb.truth.world')",
    ),
    (only_the_workspace_builds_paths_to_artifacts, "model/save.py", "p = x / 'base_model'"),
    (only_the_workspace_builds_paths_to_artifacts, "model/save.py", "Path('a/tokens')"),
    (the_docstring_says_the_purpose, "pretraining/train.py", "def train():\n    pass"),
    (files_and_functions_are_short, "pretraining/train.py", "x = 1\n" * 397),
    (files_and_functions_are_short, "pretraining/train.py", "def f():\n" + "    x = 1\n" * 60),
    (no_array_is_unpickled, "model/save.py", "np.load(path, allow_pickle=True)"),
    (texts_are_read_and_written_alike_everywhere, "model/save.py", "path.read_text()"),
    (
        texts_are_read_and_written_alike_everywhere,
        "model/save.py",
        "path.write_text(x, encoding='utf-8')",
    ),
    (nothing_names_one_machine, "model/save.py", "path = '/" + "home/ada/model'"),
]


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    BAD,
    ids=[f"{rule.__name__}-{i}" for i, (rule, _, _) in enumerate(BAD)],
)
def test_the_rule_catches_a_bad_file(rule, path, code):
    assert list(rule(Source(path, GOOD + code + "\n"))) != []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("TID251", "import pickle"),
        ("TID251", "from joblib import dump"),
        ("TID251", "import torch\ntorch.load(1)"),
        ("TID252", "from ..littleweb import web"),
        ("FIX002", "# TODO: more"),
    ],
)
def test_ruff_catches_what_it_holds(rule, code):
    place = ROOT / "course_utils" / "model" / "save.py"
    command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", str(place), "-"]
    done = subprocess.run(
        command, input=GOOD + code + "\n", cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1 and rule in done.stdout


def test_a_module_needs_a_first_line_that_is_a_sentence():
    for first in ("", '"""Training"""', '"""' + "long " * 30 + '."""'):
        assert list(the_docstring_says_the_purpose(Source("pretraining/train.py", first))) != []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("model/save.py", "from course_utils import workspace\nworkspace.load('base_model')"),
        ("model/save.py", "x = folder / 'tokenizer.json'"),
        ("challenges/base.py", "import importlib\nimportlib.import_module(name)"),
    ],
)
def test_a_good_file_is_left_alone(path, code):
    for rule in OF_THE_PACKAGE:
        assert list(rule(Source(path, GOOD + code + "\n"))) == []
