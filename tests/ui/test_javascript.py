"""The views' JavaScript: its own tests, its linter, and no function that stands in it twice."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "course_utils").rglob("*.js"))
TESTS = sorted((ROOT / "tests" / "ui" / "js").glob("*.test.mjs"))
FUNCTION = re.compile(
    r"^(?:export )?(?:async )?function\*? (?P<name>[\w$]+)\(.*?^\}", re.MULTILINE | re.DOTALL
)
ENTRIES = {"render", "build"}  # of a lab's own view


def node() -> str:
    """Node, or the reason why its tests are left out; in CI a test that is skipped fails."""
    found = shutil.which("node") or shutil.which("nodejs")
    if found is None:
        pytest.skip("Node is not installed: the tests in tests/ui/js are left out.")
    return found


def oxlint() -> str:
    """The linter, which pip has put beside Python."""
    found = shutil.which("oxlint", path=str(Path(sys.executable).parent))
    assert found, 'oxlint is missing: pip install -c constraints.txt -e ".[test]"'
    return found


def functions(text: str) -> list[tuple[str, str]]:
    """(name, what it does) of a file's functions, without spaces and comments."""
    found = []
    for match in FUNCTION.finditer(text):
        body = re.sub(
            r"//[^\n]*|/\*.*?\*/|\s", "", match.group().split("(", 1)[1], flags=re.DOTALL
        )
        found.append((match["name"], body))
    return found


def repeated(texts: list[str]) -> list[str]:
    """The names and bodies that more than one function has, those of views' entries left out."""
    every = [one for text in texts for one in functions(text) if one[0] not in ENTRIES]
    names, bodies = (Counter(parts) for parts in zip(*every, strict=True))
    return sorted(
        [name for name, count in names.items() if count > 1]
        + [body for body, count in bodies.items() if count > 1]
    )


def test_the_javascript_tests_pass() -> None:
    ended = subprocess.run(
        [node(), "--test", *map(str, TESTS)], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    passed = re.search(r"^(?:#|ℹ) pass (\d+)", ended.stdout, re.MULTILINE)
    assert passed and int(passed[1]) >= 14, ended.stdout


def test_no_script_of_a_package_in_venv_is_taken_for_a_module() -> None:
    # JupyterLab calls Node with one, and would print all of it, 237 kB, at each start of `lab`.
    assert not (ROOT / "package.json").exists()
    assert (ROOT / "course_utils" / "package.json").exists()  # which Node asks about the views


def test_the_linter_finds_nothing() -> None:
    command = [oxlint(), "--deny-warnings", "course_utils", "tests/ui/js"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    "line",
    [
        "const unused = 1;",
        "export const made = missing();",
        'document.body.innerHTML = "text";',
        'import { nothing } from "./dom.js";\nexport const made = nothing;',
    ],
)
def test_the_linter_finds_what_is_wrong(tmp_path: Path, line: str) -> None:
    shutil.copy(ROOT / ".oxlintrc.json", tmp_path)
    (tmp_path / "dom.js").write_text("export const html = 1;\n", encoding="utf-8")
    (tmp_path / "view.js").write_text(line + "\n", encoding="utf-8")
    ended = subprocess.run([oxlint(), "."], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert ended.returncode == 1 and "view.js" in ended.stdout


def test_no_function_stands_twice_in_the_views() -> None:
    assert repeated([path.read_text(encoding="utf-8") for path in SOURCES]) == []


def test_a_function_that_stands_twice_is_found() -> None:
    first = "function addTicks(picture) {\n  return picture; // a comment\n}\n"
    other = "/** Words. */\nexport function ticks(picture) {\n  return picture;\n}\n"
    assert repeated([first, first]) == ["addTicks", "picture){returnpicture;}"]
    assert repeated([first, other]) == ["picture){returnpicture;}"]


def test_files_are_short_and_every_one_says_what_it_is_for() -> None:
    for path in SOURCES:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("// ") and len(lines) <= 400, path
        assert max(map(len, lines)) <= 110, path


def test_nothing_that_is_drawn_watches_a_size_for_ever() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        watched, ended = text.count("new ResizeObserver"), text.count(".disconnect()")
        assert watched == ended, path


def test_what_readers_are_told_changes_seldom() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert 'html("output"' not in text, f"{path}: an output is read aloud with every frame"
        banners = text.count('"anatomy-banner"')
        assert banners == (path.name == "banner.js"), f"{path}: banners are kit/banner.js's"
