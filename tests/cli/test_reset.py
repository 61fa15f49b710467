"""The command reset: deletes what the course made, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course_utils import report, workspace
from course_utils.cli import reset


@pytest.fixture
def filled(own_workspace: Path) -> Path:
    """A workspace with an artifact, the report card and a swap that was interrupted."""
    with workspace.write("tokenizer") as folder:
        (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    report.add("tokenization.bytes_per_token", 4.0)
    (own_workspace / "model_card.md").touch()
    (own_workspace / "corpus.new").mkdir()
    (own_workspace / ".corpus.lock.soft").touch()
    return own_workspace


def test_with_yes_the_workspace_is_gone(filled: Path) -> None:
    assert reset.main(["--yes"]) == 0
    assert not filled.exists()


def test_it_says_what_goes(filled: Path, capsys: pytest.CaptureFixture) -> None:
    reset.main(["--yes"])
    said = capsys.readouterr().out
    assert "tokenizer" in said and "report.json" in said and "corpus.new" in said


def test_without_a_terminal_and_without_yes_nothing_is_deleted(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    with open(os.devnull, encoding="utf-8") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert reset.main([]) == 1
    assert "--yes" in capsys.readouterr().out
    assert (filled / "tokenizer" / "tokenizer.json").exists()


def test_a_file_of_the_reader_stays(filled: Path, capsys: pytest.CaptureFixture) -> None:
    (filled / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert reset.main(["--yes"]) == 0
    assert [path.name for path in filled.iterdir()] == ["thesis.txt"]
    assert "stays" in capsys.readouterr().out


def test_a_folder_without_our_mark_is_refused(
    own_workspace: Path, capsys: pytest.CaptureFixture
) -> None:
    (own_workspace / "corpus").mkdir(parents=True)
    assert reset.main(["--yes"]) == 1
    assert "no workspace of the course" in capsys.readouterr().out
    assert (own_workspace / "corpus").exists()


@pytest.mark.parametrize(
    "place", [Path.home(), workspace.PACKAGE.parent, workspace.PACKAGE.parents[1]]
)
def test_home_and_the_course_itself_are_refused(place: Path) -> None:
    assert "is not reset" in reset.refusal(place)


def test_what_a_link_points_to_stays(filled: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.txt").touch()
    (filled / "crawl").symlink_to(elsewhere, target_is_directory=True)
    assert reset.main(["--yes"]) == 0
    assert (elsewhere / "precious.txt").exists()


def test_without_a_workspace_there_is_nothing_to_do(capsys: pytest.CaptureFixture) -> None:
    assert reset.main([]) == 0
    assert "nothing to delete" in capsys.readouterr().out
