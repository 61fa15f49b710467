"""The committed outputs are what the notebooks give: strict nbval, one run of all in sequence.

That a notebook gives the same alone follows from its inputs: the sequence's artifacts are the
starters, and at tiny scale each notebook does run in an empty workspace.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import notebook_files as files
import pytest
import run_notebooks
import torch
from safetensors.torch import load_file

from course_utils import manifest, workspace

pytestmark = [pytest.mark.notebooks, pytest.mark.timeout(2400)]
SEQUENCE = (
    "01_data_collection",
    "02_tokenization",
    "03_pretraining",
    "04_finetuning_rlhf",
    "05_inference",
)
NOBODY = "http://127.0.0.1:9"
# The same training on two processors, the instruction set fixed: the weights were .001 (base),
# .005 (chat) and .020 (reward) of their length apart, those of another training run .05 and more.
MOST_APART = 0.03
WEIGHTS = ("base_model", "chat_model", "reward_model")


@dataclass(frozen=True)
class Run:
    """What one run of all notebooks under nbval left."""

    ended: subprocess.CompletedProcess
    workspace: Path
    wrong: list[Mapping]  # what became of outputs in which one thing was wrong
    remade: bool  # whether a stage made again what the stage before had handed it


@pytest.fixture(scope="module")
def sequence(
    nbval, notebooks_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """All notebooks in order, from an empty workspace, compared by nbval; minutes."""
    folder = tmp_path_factory.mktemp("sequence")
    wrong = folder / "wrong.jsonl"
    paths = [notebooks_folder / f"{name}.ipynb" for name in SEQUENCE]
    nothing = str(folder / "nothing-is-remade")
    ended = nbval(
        paths,
        folder / "workspace",
        wrong,
        COURSE_REMADE=nothing,
        HTTP_PROXY=NOBODY,
        http_proxy=NOBODY,
    )
    lines = wrong.read_text(encoding="utf-8").splitlines() if wrong.exists() else []
    yield Run(
        ended, folder / "workspace", [json.loads(line) for line in lines], Path(nothing).exists()
    )


def test_in_sequence_from_an_empty_workspace_every_output_agrees(sequence: Run) -> None:
    assert sequence.ended.returncode == 0, sequence.ended.stdout[-6000:]
    assert not sequence.remade, "a stage made again what it was handed"


@pytest.mark.parametrize("name", SEQUENCE)
def test_a_wrong_figure_and_a_spoilt_picture_are_noticed_in_every_cell(
    sequence: Run, notebooks_folder: Path, name: str
) -> None:
    tried = [one for one in sequence.wrong if one["notebook"] == name]

    assert [one for one in tried if not one["noticed"]] == []
    assert len({one["cell"] for one in tried if one["kind"] == "figure"}) > 5
    committed = files.code_cells(files.read(notebooks_folder / f"{name}.ipynb"))
    exact = [cell for cell in committed if files.PICTURE_VARIES not in files.tags(cell)]
    pictures = {cell.id for cell in exact if files.compared_pictures(cell)}
    assert {one["cell"] for one in tried if one["kind"] == "picture"} == pictures


def test_every_figure_of_the_card_is_the_runs_own(sequence: Run) -> None:
    card = json.loads((sequence.workspace / "report.json").read_text(encoding="utf-8"))

    assert [key for key, entry in card.items() if entry["from"] != "own"] == []
    stages = {key.split(".")[0] for key in card}
    assert stages == {
        "collection",
        "tokenization",
        "pretraining",
        "finetuning",
        "rlhf",
        "inference",
    }


def test_every_artifact_is_whole_and_made_from_those_beside_it(sequence: Run) -> None:
    assert set(workspace.have(sequence.workspace).values()) == {"whole"}
    for name in workspace.KINDS:
        assert not workspace.load(name, sequence.workspace).rests_on_starter


def test_the_starters_are_of_this_run(sequence: Run) -> None:
    made = {name: workspace.load(name, sequence.workspace) for name in workspace.KINDS}
    shipped = {name: workspace.PACKAGE / "starters" / name for name in ("tokenizer", *WEIGHTS)}

    assert manifest.digest(manifest.read(shipped["tokenizer"])) == made["tokenizer"].sha256
    inputs = manifest.read(shipped["base_model"])["inputs"]
    assert {name: inputs[name]["sha256"] for name in inputs} == {
        name: made[name].sha256 for name in inputs
    }
    apart = {name: distance(shipped[name], made[name].path) for name in WEIGHTS}
    assert max(apart.values()) <= MOST_APART, apart


def distance(one: Path, other: Path) -> float:
    """How far apart two folders' weights are, as a share of their length."""
    first, second = (load_file(folder / "model.safetensors") for folder in (one, other))
    assert set(first) == set(second)
    ours, theirs = (
        torch.cat([weights[name].float().flatten() for name in sorted(first)])
        for weights in (first, second)
    )
    return float((ours - theirs).norm() / theirs.norm())


@pytest.mark.parametrize("name", SEQUENCE[1:])  # the first finds nothing there in any case
def test_alone_in_an_empty_workspace_it_runs_to_its_end(
    notebooks_folder, tmp_path, remade, name, monkeypatch
) -> None:
    monkeypatch.setenv("COURSE_REMADE", str(remade))

    run_notebooks.run([notebooks_folder / f"{name}.ipynb"], tmp_path / "alone", scale="tiny")

    card = json.loads((tmp_path / "alone" / "report.json").read_text(encoding="utf-8"))
    assert {entry["from"] for entry in card.values()} == {"starter"}


def test_nbval_sees_a_changed_figure_and_passes_the_right_one(
    nbval, make_notebook, tmp_path
) -> None:
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
