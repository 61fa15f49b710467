"""The command reset: deletes what the course made, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from course_utils import report, workspace
from course_utils.cli import desk, reset


@pytest.fixture
def filled(own_workspace: Path) -> Path:
    """A workspace with an artifact, the report card and a swap that was interrupted."""
    with workspace.write("tokenizer") as folder:
        (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    report.add("tokenization.bytes_per_token", 4.0)
    (own_workspace / "model_card.md").touch()
    (own_workspace / "corpus.new").mkdir()
    (own_workspace / "preferences").mkdir()
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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no user without a home folder")
def test_a_user_without_a_home_folder_may_reset(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)  # as a container's --user
    with pytest.raises(RuntimeError):
        Path.home()
    assert reset.main(["--yes"]) == 0
    assert not filled.exists()


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


@pytest.fixture
def copies(filled: Path) -> Path:
    """The desk of a workspace; the copy of 03 is changed, that of 02 was run."""
    desk.lay_out(filled)
    folder = filled / desk.FOLDER
    change(folder / "03_pretraining.ipynb", source=["mine"])
    change(folder / "02_tokenization.ipynb", metadata={"scrolled": True})
    (folder / "my_own.ipynb").write_text("{}", encoding="utf-8")
    backups = folder / desk.CHECKPOINTS
    backups.mkdir()
    for number in ("02_tokenization", "03_pretraining"):
        (backups / f"{number}-checkpoint.ipynb").touch()
    return folder


def change(path: Path, **about: object) -> None:
    """Change something of a notebook's last cell."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][-1] |= about
    path.write_text(json.dumps(content), encoding="utf-8")


def test_what_the_reader_wrote_stays_and_it_says_so(
    copies: Path, capsys: pytest.CaptureFixture
) -> None:
    mine = copies / "03_pretraining.ipynb"
    before = mine.read_bytes()
    assert reset.main(["--yes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if "03_pretraining" in line]
    assert "stays: you have changed it" in line and "course.py reset 03" in line
    assert [line for line in lines if "my_own" in line and "stays" in line]
    assert mine.read_bytes() == before and workspace.MARKER not in "".join(lines)
    there = {path.relative_to(copies).as_posix() for path in copies.rglob("*.ipynb")}
    backup = f"{desk.CHECKPOINTS}/03_pretraining-checkpoint.ipynb"
    assert there == {mine.name, "my_own.ipynb", backup}
    assert {path.name for path in copies.parent.iterdir()} == {copies.name, workspace.MARKER}
    # Known again afterwards: it counts as changed, and the others come back.
    assert desk.lay_out(copies.parent) == [] and mine.read_bytes() == before
    assert len(list(copies.glob("0*.ipynb"))) == 5
    assert reset.main(["--yes"]) == 0 and mine.read_bytes() == before


def test_without_changed_copies_the_workspace_is_gone(filled: Path) -> None:
    desk.lay_out(filled)
    with workspace.alone(filled / desk.FOLDER):
        pass  # leaves its lock
    assert reset.main(["--yes"]) == 0
    assert not filled.exists()


def test_a_number_renews_that_copy_alone(copies: Path, capsys: pytest.CaptureFixture) -> None:
    run_only = (copies / "02_tokenization.ipynb").read_bytes()
    assert reset.main(["3", "--yes"]) == 0
    assert "03_pretraining.ipynb is changed: what you wrote in it goes" in capsys.readouterr().out
    assert not desk.is_changed(copies / "03_pretraining.ipynb", copies.parent)
    assert (copies / "02_tokenization.ipynb").read_bytes() == run_only
    assert (copies.parent / "tokenizer" / "tokenizer.json").exists()


def test_a_copy_is_not_renewed_without_being_asked(
    copies: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    before = (copies / "03_pretraining.ipynb").read_bytes()
    with open(os.devnull, encoding="utf-8") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert reset.main(["03"]) == 1
    assert "--yes" in capsys.readouterr().out
    assert (copies / "03_pretraining.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("number", "said"), [("77", "no notebook 77"), ("01", "`python course.py lab`")]
)
def test_a_copy_that_is_not_there_gets_a_sentence(
    filled: Path, capsys: pytest.CaptureFixture, number: str, said: str
) -> None:
    assert reset.main([number, "--yes"]) == 1
    assert said in capsys.readouterr().out


def test_a_file_that_is_named_like_the_desk_stays(filled: Path) -> None:
    (filled / desk.FOLDER).write_text("my notes", encoding="utf-8")
    assert reset.main(["--yes"]) == 0
    assert [path.name for path in filled.iterdir()] == [desk.FOLDER]
