"""Views joined to one module: names stay apart, and what does not fit together is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from course_utils.ui import bundle

ROOT = Path(__file__).resolve().parents[2]
LABS = sorted((ROOT / "course_utils").rglob("labs/*/lab.js"))


def write(folder: Path, **files: str) -> str:
    """Write files of a lab; returns what its `__file__` would be."""
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8", newline="\n")
    return str(folder / "lab.py")


def run(script: str, tmp_path: Path) -> str:
    """What the bundle's default export, called, gives back as a text."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        pytest.skip("Node is not installed: no bundle is run.")
    module = tmp_path / "bundle.mjs"
    ask = (
        "\nconst { default: one } = await import(import.meta.url);\nconsole.log(String(one()));\n"
    )
    module.write_text(script, encoding="utf-8")
    asking = tmp_path / "ask.mjs"
    asking.write_text(ask.replace("import.meta.url", '"./bundle.mjs"'), encoding="utf-8")
    ended = subprocess.run([node, str(asking)], capture_output=True, encoding="utf-8")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_equal_names_of_different_files_stay_apart(tmp_path: Path) -> None:
    lab = write(
        tmp_path,
        lab='import { add } from "./one.js";\nimport { add as more } from "./two.js";\n'
        "const SIZE = 1;\nexport default () => [SIZE, add(), more()];\n",
        one="const SIZE = 10;\nexport function add() {\n  return SIZE;\n}\n",
        two="const SIZE = 100;\nexport const add = () => SIZE;\n",
    )
    assert run(bundle.script(lab), tmp_path) == "1,10,100"


def test_a_file_that_two_others_need_is_there_once(tmp_path: Path) -> None:
    lab = write(
        tmp_path,
        lab='import { a } from "./a.js";\nimport {\n  b,\n} from "./b.js";\n'
        "export default () => a + b;\n",
        a='import { base } from "./base.js";\nexport const a = base;\n',
        b='import { base } from "./base.js";\nexport const b = base;\n',
        base="export const base = 21;\n",
    )
    script = bundle.script(lab)
    assert script.count("base = 21") == 1
    assert run(script, tmp_path) == "42"


def test_the_kit_is_found_from_any_folder(tmp_path: Path) -> None:
    lab = write(
        tmp_path, lab='import { signed } from "#kit/number.js";\nexport default () => signed(1);\n'
    )
    assert run(bundle.script(lab), tmp_path) == "+1.00"


def test_styles_stand_in_the_order_of_the_files_the_views_own_last(tmp_path: Path) -> None:
    lab = write(
        tmp_path,
        lab='import { a } from "./a.js";\nexport default a;\n',
        a='import { b } from "./b.js";\nexport const a = b;\n',
        b="export const b = 1;\n",
    )
    for name in ("lab", "a", "b"):
        (tmp_path / f"{name}.css").write_text(f".anatomy-{name} {{}}\n", encoding="utf-8")
    assert re.findall(r"anatomy-(\w+)", bundle.styles(lab)) == ["b", "a", "lab"]


GOOD = "export const good = 1;\n"


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('import { bad } from "./other.js";\n', "other.js, which exports good"),
        ('import { good } from "./missing.js";\n', "missing.js"),
        ('import { good } from "react";\n', "'react'"),
        ('import good from "./other.js";\n', "line 1"),
        ('import { good } from "./other.js";\nimport { good } from "./other.js";\n', "good twice"),
        ('import { go-od } from "./other.js";\n', "'go-od'"),
        ("\nexport let good = 1;\n", "line 2"),
        ("export const a = 1;\nexport const a = 2;\n", "a twice"),
        ('export { good } from "./other.js";\n', "line 1"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_name(
    tmp_path: Path, source: str, named: str
) -> None:
    lab = write(tmp_path, lab=source + "export default {};\n", other=GOOD)
    with pytest.raises(bundle.BundleError) as refused:
        bundle.script(lab)
    assert named in str(refused.value)


def test_a_circle_is_refused_with_its_way(tmp_path: Path) -> None:
    lab = write(
        tmp_path,
        lab='import { a } from "./a.js";\nexport default a;\n',
        a='import { b } from "./b.js";\nexport const a = b;\n',
        b='import { a } from "./a.js";\nexport const b = a;\n',
    )
    with pytest.raises(bundle.BundleError, match=r"a\.js -> b\.js -> a\.js"):
        bundle.script(lab)


def test_a_view_without_a_default_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bundle.BundleError, match="no default"):
        bundle.script(write(tmp_path, lab=GOOD))


@pytest.mark.parametrize("view", LABS, ids=[path.parent.name for path in LABS])
def test_every_labs_view_is_one_module(view: Path, tmp_path: Path) -> None:
    script = bundle.script(str(view))
    assert script.count("export default") == 1
    assert not [line for line in script.splitlines() if line.startswith("import")]
    # Every style of the kit that the view needs is there, and the theme's variables among them.
    assert "--anatomy-ink" in bundle.styles(str(view))
    read = f"{script.replace('export default', 'export default () =>')}"
    assert run(read, tmp_path) == "[object Object]"


# Classes that tests and other rules find an element by, and that have no look of their own.
WITHOUT_A_LOOK = set(
    "chart first loss met name near network seen sources still train url word".split()
)


@pytest.mark.parametrize("view", LABS, ids=[path.parent.name for path in LABS])
def test_every_class_of_a_view_has_a_rule_in_its_styles(view: Path) -> None:
    name = re.compile(r"anatomy-([a-z]+(?:-[a-z]+)*)")
    used = set(name.findall(bundle.script(str(view))))
    styled = set(name.findall(bundle.styles(str(view))))
    assert used - styled - WITHOUT_A_LOOK == set()
