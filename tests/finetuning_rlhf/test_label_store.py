"""The file of labels: written at once, by several at a time, and never lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import disk, workspace
from course_utils.finetuning_rlhf.label_store import FILE, LabelStore, as_json
from course_utils.finetuning_rlhf.labels import Label

from .pairs import labelled

ROOT = Path(__file__).resolve().parents[2]
WRITES = """
import sys
from course_utils.finetuning_rlhf.label_store import LabelStore
from course_utils.finetuning_rlhf.labels import Label
sys.stdin.read()
for number in range(15):
    LabelStore().add(Label((("user", f"Question {number}?"),), "L", sys.argv[1], "left"))
"""


def test_a_label_is_on_disk_at_once_and_another_program_reads_it() -> None:
    store, label = LabelStore(), labelled("left")
    assert store.load() == [] and not store.path.exists()
    store.add(label)
    (line,) = store.path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == as_json(label)
    assert LabelStore().load() == [label]


def test_the_file_lies_in_a_folder_of_the_workspace_and_has_no_half_written_neighbour() -> None:
    store = LabelStore()
    store.add(labelled("left"))
    assert store.path == workspace.root() / "preferences" / FILE
    assert {path.name for path in store.path.parent.iterdir()} == {FILE, f".{FILE}.lock"}


def test_taking_back_removes_the_newest_equal_label_and_no_other() -> None:
    store = LabelStore()
    one, other = labelled("left", 0), labelled("left", 1)
    store.add(one, other, one)
    assert store.take_back(one) == [one, other]
    assert store.take_back(labelled("right", 5)) == [one, other] == store.load()


@pytest.mark.parametrize(
    "text", ["", "  ", "a\nb", '"\\', "\u2028\x85\r", "\ud800", "ä\U0001f600"]
)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    label = Label((("user", f"Hm? {text}"),), text, f"$x$ {text}.", "both_good")
    store = LabelStore()
    store.add(label)
    assert store.load() == [label]


def test_two_programs_on_one_file_keep_the_labels_of_both() -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", WRITES, name],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        for name in ("one", "other")
    ]
    for program in programs:
        program.stdin.close()
        program.stdin = None
    assert [program.communicate(timeout=60)[0] for program in programs] == ["", ""]
    found = LabelStore().load()
    assert len(found) == 30
    for name in ("one", "other"):
        asked = [one.turns[0][1] for one in found if one.right == name]
        assert asked == [f"Question {number}?" for number in range(15)]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("{", "line 2 is not JSON"),
        ("[1]", "line 2 says: it has"),
        ('{"prompt": [], "left": "a"}', "and a label has prompt, left, right, choice, source"),
        (
            json.dumps(as_json(labelled("left")) | {"choice": "neither"}),
            "choice is 'neither'",
        ),
        (json.dumps(as_json(labelled("left")) | {"left": 3}), "have to be texts"),
        (json.dumps(as_json(labelled("left")) | {"prompt": "Hm?"}), 'the prompt is "Hm?"'),
    ],
)
def test_a_line_that_cannot_be_read_is_told_the_file_kept_and_the_others_go_on(
    line: str, wrong: str
) -> None:
    store, good = LabelStore(), [labelled("left", 1), labelled("both_bad", 2)]
    store.add(*good)
    first, last = store.path.read_text(encoding="utf-8").splitlines()
    broken = f"{first}\n{line}\n\n{last}\n"
    store.path.write_text(broken, encoding="utf-8", newline="\n")

    assert store.load() == good

    assert wrong in store.notice and "2 labels" in store.notice
    aside = store.path.with_name(f"{FILE}.aside")
    assert aside.read_text(encoding="utf-8") == broken
    assert store.load() == good and store.notice == ""


def test_a_file_that_is_no_text_is_kept_and_a_new_one_begins() -> None:
    store = LabelStore()
    store.make_folder()
    store.path.write_bytes(b"\xff\xfe\x00")
    assert store.add(labelled("left")) == [labelled("left")]
    assert "UTF-8" in store.notice
    assert store.path.with_name(f"{FILE}.aside").read_bytes() == b"\xff\xfe\x00"


def test_a_file_that_the_disk_does_not_give_is_not_taken_for_an_empty_one() -> None:
    store = LabelStore()
    store.path.mkdir(parents=True)  # a folder of that name
    (store.path / "kept.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(workspace.ArtifactError, match="cannot be read.*no label is lost"):
        store.add(labelled("left"))
    assert (store.path / "kept.txt").exists()


def test_another_program_that_does_not_let_go_is_told_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = LabelStore()
    store.add(labelled("left"))
    monkeypatch.setattr(disk, "WAIT_SECONDS", 0.1)
    with disk.alone(store.path):
        with pytest.raises(workspace.ArtifactError, match="another program"):
            store.add(labelled("right", 1))
    assert store.load() == [labelled("left")]


@pytest.mark.parametrize("name", ["labels.txt", "../labels.jsonl", ".jsonl", "a/b.jsonl"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="file is .*jsonl"):
        LabelStore(name)
