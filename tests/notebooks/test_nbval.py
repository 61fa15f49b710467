"""The committed outputs are what the notebooks give: strict nbval, in sequence and alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.notebooks, pytest.mark.timeout(2400)]
SEQUENCE = (
    "01_data_collection",
    "02_tokenization",
    "03_pretraining",
    "04_finetuning_rlhf",
    "05_inference",
)
THERE = {path.stem for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb")}
# 01 is first in the sequence and finds nothing there: it runs alone anyway. That the first three
# are there is test_hygiene.py's; later ones are checked as soon as they are.
ALONE = [name for name in SEQUENCE[1:] if name in (*SEQUENCE[:3], *THERE)]
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def committed(notebooks_folder: Path) -> list[Path]:
    paths = [notebooks_folder / f"{name}.ipynb" for name in SEQUENCE]
    return [path for path in paths if path.exists()]


def test_in_sequence_from_an_empty_workspace_every_output_agrees(nbval, committed, tmp_path):
    workspace, nothing = tmp_path / "sequence", str(tmp_path / "nothing-is-remade")

    done = nbval(committed, workspace, COURSE_REMADE=nothing, HTTP_PROXY=NOBODY, http_proxy=NOBODY)

    assert done.returncode == 0, done.stdout[-6000:]
    card = json.loads((workspace / "report.json").read_text(encoding="utf-8"))
    assert [key for key, entry in card.items() if entry["from"] != "own"] == []
    assert not (tmp_path / "nothing-is-remade").exists(), "a stage made again what it was handed"


@pytest.mark.parametrize("name", ALONE)
def test_alone_in_an_empty_workspace_every_output_agrees(
    nbval, notebooks_folder, tmp_path, remade, name
):
    path = notebooks_folder / f"{name}.ipynb"

    done = nbval([path], tmp_path / "alone", COURSE_REMADE=str(remade))

    assert done.returncode == 0, done.stdout[-6000:]


def test_nbval_sees_a_changed_figure_and_passes_the_right_one(nbval, make_notebook, tmp_path):
    from kernels import execute, kernel_environment
    from notebook_files import read, write

    right = make_notebook(
        "01_right", "import os", "print('seen', 41 + 1)", "os.environ['COURSE_HEADLESS']"
    )
    with kernel_environment(tmp_path) as environment:
        write(execute(read(right), environment, tmp_path), right)
    wrong = right.with_name("02_wrong.ipynb")
    text = right.read_text(encoding="utf-8").replace("seen 42", "seen 43")
    wrong.write_text(text, encoding="utf-8", newline="\n")

    done = nbval([right, wrong], tmp_path)

    assert done.returncode == 1
    assert "02_wrong.ipynb::Cell 1" in done.stdout
    assert "1 failed, 5 passed" in done.stdout
