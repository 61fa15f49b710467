"""The package keeps the rules of the house, and each rule catches a bad file."""

from __future__ import annotations

import functools
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
    imports_run_one_way,
    nothing_is_pickled,
    nothing_is_unfinished,
    nothing_names_one_machine,
    only_the_workspace_builds_paths_to_artifacts,
    texts_are_read_and_written_alike_everywhere,
    the_docstring_says_the_purpose,
    the_truth_is_imported_only_where_scores_are_made,
)

TEXTS = (".py", ".md", ".toml", ".js", ".css", ".ipynb", ".yml", ".yaml", ".txt", ".json")


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


def test_no_file_names_a_folder_of_one_machine():
    folders = ("course_utils", "tools", "tests", "docs", "teaching", "benchmarks", "notebooks")
    paths = [path for path in ROOT.iterdir() if path.is_file()]
    paths += [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    wrong = []
    for path in paths:
        if path.suffix in TEXTS and path != Path(__file__).resolve():
            source = Source(path.name, path.read_text(encoding="utf-8"))
            wrong += [
                f"{path.relative_to(ROOT)} {what}" for what in nothing_names_one_machine(source)
            ]

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
    """By tests/<folder>/test_<module>.py, or by a test file of that folder that imports it."""
    missing = []
    for part in STAGES:
        files = [*(ROOT / "tests" / part).glob("test_*.py")]
        used = {path.stem.removeprefix("test_") for path in files}
        for path in files:
            used |= {
                name.split(".")[1]
                for name in imports(Source(f"tests/{path.name}", path.read_text(encoding="utf-8")))
                if name.startswith(f"{part}.")
            }
        modules = {path.stem for path in (ROOT / "course_utils" / part).glob("*.py")}
        missing += [f"{part}/{module}.py" for module in sorted(modules - used - {"__init__"})]

    assert missing == []


GOOD = '"""Train the model.\n\nIt leaves out evaluation.\n"""\n'
BAD = [
    (imports_run_one_way, "tokenization/bpe.py", "from course_utils.pretraining import train"),
    (imports_run_one_way, "tokenization/bpe.py", "from ..pretraining.train import Trainer"),
    (imports_run_one_way, "pretraining/train.py", "import course_utils.widgets.base"),
    (
        imports_run_one_way,
        "pretraining/train.py",
        "def f():\n    from course_utils import figures",
    ),
    (imports_run_one_way, "littleweb/web.py", "from course_utils import data_collection"),
    (imports_run_one_way, "report.py", "from .experiments import remake"),
    (
        the_truth_is_imported_only_where_scores_are_made,
        "data_collection/quality.py",
        "from course_utils.littleweb import labels",
    ),
    (
        the_truth_is_imported_only_where_scores_are_made,
        "pretraining/train.py",
        "from ..littleweb.world import facts",
    ),
    (
        the_truth_is_imported_only_where_scores_are_made,
        "pretraining/train.py",
        "import importlib\nimportlib.import_module('course_utils.littleweb.world')",
    ),
    (
        the_truth_is_imported_only_where_scores_are_made,
        "littleweb/__init__.py",
        "from .world import facts",
    ),
    (only_the_workspace_builds_paths_to_artifacts, "pretraining/save.py", "p = x / 'base_model'"),
    (only_the_workspace_builds_paths_to_artifacts, "pretraining/save.py", "Path('a/tokens')"),
    (the_docstring_says_the_purpose, "pretraining/train.py", "def train():\n    pass"),
    (files_and_functions_are_short, "pretraining/train.py", "x = 1\n" * 297),
    (files_and_functions_are_short, "pretraining/train.py", "def f():\n" + "    x = 1\n" * 60),
    (nothing_is_pickled, "pretraining/save.py", "import pickle"),
    (nothing_is_pickled, "pretraining/save.py", "from joblib import dump"),
    (nothing_is_pickled, "pretraining/save.py", "torch.load(path)"),
    (nothing_is_pickled, "pretraining/save.py", "np.load(path, allow_pickle=True)"),
    (texts_are_read_and_written_alike_everywhere, "pretraining/save.py", "path.read_text()"),
    (
        texts_are_read_and_written_alike_everywhere,
        "pretraining/save.py",
        "path.write_text(x, encoding='utf-8')",
    ),
    (nothing_is_unfinished, "pretraining/save.py", "# TODO: more"),
    (nothing_names_one_machine, "pretraining/save.py", "path = '/" + "home/ada/model'"),
]


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    BAD,
    ids=[f"{rule.__name__}-{i}" for i, (rule, _, _) in enumerate(BAD)],
)
def test_the_rule_catches_a_bad_file(rule, path, code):
    assert list(rule(Source(path, GOOD + code + "\n"))) != []


def test_a_module_needs_a_first_line_that_is_a_sentence():
    for first in ("", '"""Training"""', '"""' + "long " * 30 + '."""'):
        assert list(the_docstring_says_the_purpose(Source("pretraining/train.py", first))) != []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("pretraining/evaluate.py", "from course_utils.littleweb import world"),
        ("data_collection/score.py", "from course_utils.littleweb import labels"),
        ("pretraining/batches.py", "from course_utils.tokenization import shards"),
        ("experiments/remake.py", "from course_utils import pretraining, tokenization"),
        (
            "pretraining/save.py",
            "from course_utils import workspace\nworkspace.load('base_model')",
        ),
        ("pretraining/save.py", "x = folder / 'tokenizer.json'"),
    ],
)
def test_a_good_file_is_left_alone(path, code):
    for rule in OF_THE_PACKAGE:
        assert list(rule(Source(path, GOOD + code + "\n"))) == []
