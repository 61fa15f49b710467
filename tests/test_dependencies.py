"""pyproject.toml, constraints.txt and environment.yml say the same."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from course_utils.cli.doctor import plain_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def pins() -> dict[str, str]:
    """What constraints.txt pins; each line of it has to be a pin or a comment."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line:
            one = Requirement(line)
            assert re.fullmatch(r"==[\w.]+", str(one.specifier)), f"{line} is no pin"
            assert plain_name(one.name) not in found, f"{one.name} is pinned twice"
            found[plain_name(one.name)] = str(one.specifier)[2:]
    return found


def environment() -> str:
    return (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_everything_that_is_asked_for_is_pinned() -> None:
    asked = [*PROJECT["dependencies"], *(name for names in EXTRAS.values() for name in names)]
    assert {plain_name(name) for name in asked} <= set(pins())


def test_everything_that_those_bring_along_is_pinned() -> None:
    pinned, seen = pins(), set()
    ahead = [plain_name(name) for name in PROJECT["dependencies"] + EXTRAS["test"]]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        assert name in pinned or re.match("nvidia-|cuda-|triton", name), f"{name} is not pinned"
        for line in metadata.requires(name) or ():
            one = Requirement(line)
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                ahead.append(plain_name(one.name))
    assert len(seen) > 100


def test_no_version_stands_in_pyproject() -> None:
    asked = [*PROJECT["dependencies"], *(name for names in EXTRAS.values() for name in names)]
    assert [name for name in asked if not re.fullmatch(r"[\w-]+", name)] == []


def test_the_extras_are_those_of_the_readme() -> None:
    assert set(EXTRAS) == {"test", "teach", "distributed", "huggingface", "shakespeare"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f".[{extra}]" in readme for extra in EXTRAS)


def test_environment_yml_has_the_same_direct_packages_and_versions() -> None:
    there = dict(re.findall(r"^ +- ([\w-]+)==([\w.]+)$", environment(), re.MULTILINE))
    direct = {plain_name(name) for name in PROJECT["dependencies"]}
    assert {plain_name(name): version for name, version in there.items()} == {
        name: version for name, version in pins().items() if name in direct
    }


def test_environment_yml_asks_for_a_python_that_the_course_takes() -> None:
    version = re.search(r"- python=([\d.]+)$", environment(), re.MULTILINE).group(1)
    from packaging.specifiers import SpecifierSet

    assert version in SpecifierSet(PROJECT["requires-python"])


def test_course_py_takes_the_pythons_of_pyproject() -> None:
    source = (ROOT / "course.py").read_text(encoding="utf-8")
    assert "OLDEST, NEWEST = (3, 11), (3, 13)" in source
    assert PROJECT["requires-python"] == ">=3.11,<3.14"


def test_torch_is_pinned_for_any_build() -> None:
    assert pins()["torch"] == "2.13.0"


def test_no_file_of_versions_holds_an_address_or_a_hash() -> None:
    for name in (
        "constraints.txt",
        "environment.yml",
        "pyproject.toml",
        ".pre-commit-config.yaml",
    ):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text and "sha256" not in text, name
