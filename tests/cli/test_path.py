"""The command path: shows, exports and deletes what a reader did, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from course_utils import challenges
from course_utils.__main__ import COMMANDS
from course_utils.__main__ import main as course
from course_utils.challenges import path, questions
from course_utils.cli import path as command
from course_utils.cli import reset
from course_utils.tokenization.exercises.challenges import merge


@pytest.fixture
def begun(own_workspace: Path) -> Path:
    """A workspace of somebody who has begun notebook 02."""
    path.ran("tokenization", "setup")
    path.ran("tokenization", "bytes")
    path.say(questions.find("bytes-cafe"), 5, 80)
    path.compute(questions.find("bytes-cafe"), 5.0)
    challenges.check("tokenization.merge", merge)
    (own_workspace / "tokenizer").mkdir()
    return own_workspace


def test_it_shows_each_stage_and_what_comes_next(begun: Path, capsys) -> None:
    capsys.readouterr()
    assert course(["path"]) == 0 and "path" in COMMANDS
    said = capsys.readouterr().out
    assert "02 tokenization: ✓ tokenizer/; ○ tokens/; " in said
    assert "1 of 3 challenges done" in said and "1 of 1 right" in said
    assert "How many bytes are in café? You said 5 bytes, 80 % sure. Computed: 5 bytes." in said
    assert said.endswith("Next: notebook 02: section 1. The text you start from.\n")


def test_without_a_workspace_it_begins_at_the_first_notebook(own_workspace: Path, capsys) -> None:
    assert command.main([]) == 0
    assert "Next: notebook 01: section 1." in capsys.readouterr().out
    assert not own_workspace.exists()


def test_it_can_be_written_to_a_file(begun: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    assert command.main(["--export", str(file)]) == 0
    stage = json.loads(file.read_text(encoding="utf-8"))["stages"]["tokenization"]
    assert {"id": "tokenization.merge", "state": "done"} in stage["challenges"]
    assert stage["predictions"][0]["right"] is True and stage["artifacts"]["tokenizer"] is True
    assert stage["sections"][1]["cells_run"] == 1


def test_a_file_that_is_there_is_not_replaced(begun: Path, tmp_path: Path, capsys) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("years of work", encoding="utf-8", newline="\n")
    assert command.main(["--export", str(file)]) == 1
    assert file.read_text(encoding="utf-8") == "years of work"
    assert command.main(["--export", str(tmp_path / "no" / "folder.json")]) == 1
    assert "No such file" in capsys.readouterr().out


def test_it_is_deleted_only_after_a_yes_and_artifacts_stay(
    begun: Path, monkeypatch, capsys
) -> None:
    (begun / "path.json.aside").write_text("scribble", encoding="utf-8", newline="\n")
    (begun / "path.json.mine").write_text("a reader's own", encoding="utf-8", newline="\n")
    with open(os.devnull, encoding="utf-8") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert command.main(["--delete"]) == 1
    assert "path.json" in capsys.readouterr().out and (begun / path.FILE).exists()
    assert command.main(["--delete", "--yes"]) == 0
    left = {one.name for one in begun.iterdir() if not one.name.startswith(".")}
    assert left == {"tokenizer", "path.json.mine"}
    assert challenges.done() == () and path.load() == path.Record()
    assert command.main(["--delete"]) == 0  # there is nothing to ask about


def test_reset_knows_the_path_and_what_was_put_aside(begun: Path) -> None:
    (begun / "path.json.aside-2").touch()
    (begun / "challenges.json.aside").touch()
    assert reset.main(["--yes"]) == 0
    assert not begun.exists()
