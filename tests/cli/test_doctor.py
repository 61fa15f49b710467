"""The command doctor: what it finds, what it advises, and its exit code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course_utils import report, workspace
from course_utils.cli import doctor, ports


def found(about: str, check) -> doctor.Finding:
    return next(one for one in check() if one.about == about)


@pytest.fixture
def tokenizer(own_workspace: Path) -> Path:
    """A whole artifact of the reader's own."""
    with workspace.write("tokenizer") as folder:
        (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    return own_workspace / "tokenizer"


def test_a_machine_in_order_ends_with_zero(capsys: pytest.CaptureFixture) -> None:
    assert doctor.main([]) == 0
    said = capsys.readouterr().out
    for about in ("system", "python", "cores", "memory", "packages", "device", "disk", "port"):
        assert f" {about} " in said
    assert " run          a notebook was executed" in said
    assert " lab          JupyterLab answered, and a kernel computed" in said
    assert "Ready" in said


def test_a_whole_artifact_is_the_readers_own(tokenizer: Path) -> None:
    assert found("tokenizer", doctor.artifacts).found == "your own, whole"


def test_an_edited_artifact_blocks_and_names_the_notebook(
    tokenizer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", (doctor.artifacts,))
    (tokenizer / "tokenizer.json").write_text("[]", encoding="utf-8")
    assert doctor.main([]) == 1
    said = capsys.readouterr().out
    assert "WRONG" in said and "-> Run 02_tokenization.ipynb again" in said


def test_a_missing_artifact_does_not_block() -> None:
    assert "wrong" not in {one.state for one in doctor.artifacts()}
    assert found("corpus", doctor.artifacts).found == "not made yet; 01_data_collection makes it"


def test_looking_makes_no_workspace(own_workspace: Path) -> None:
    doctor.storage()
    doctor.artifacts()
    assert not own_workspace.exists()


def test_a_report_card_that_no_run_can_add_to_blocks(own_workspace: Path) -> None:
    workspace.open_root()
    (own_workspace / report.FILE).write_text("{", encoding="utf-8")
    assert found("report card", doctor.artifacts).state == "wrong"


def test_a_workspace_that_cannot_be_written_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "file"))
    (finding,) = doctor.storage()
    assert finding.state == "wrong" and "COURSE_WORKSPACE" in finding.todo
    assert "Free" not in finding.todo


@pytest.mark.skipif(os.name == "nt", reason="Windows takes the folder beside one's own")
def test_a_workspace_in_the_home_folder_of_nobody_is_found_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", "~nobody123")
    (finding,) = doctor.storage() + doctor.artifacts()
    assert finding.state == "wrong" and "no home folder ~nobody123" in finding.found


def test_a_folder_of_the_workspace_that_cannot_be_written_blocks(own_workspace: Path) -> None:
    workspace.open_root()
    (own_workspace / "pages" / "laptop-0").mkdir(parents=True)
    assert {finding.state for finding in doctor.storage()} == {"ok"}
    if not Path("/proc/self/fdinfo").is_dir():
        return  # only Linux has a folder that takes no file, not even from root
    (own_workspace / "pages" / "laptop-1").symlink_to("/proc/self/fdinfo")
    (finding,) = doctor.storage()
    assert finding.state == "wrong" and "laptop-1" in finding.found


def test_every_folder_that_the_course_made_is_looked_at(own_workspace: Path) -> None:
    workspace.open_root()
    for made in ("pages/laptop-0", "tokenizer", "thesis"):
        (own_workspace / made).mkdir(parents=True)
    looked = [
        path.relative_to(own_workspace).as_posix() for path in doctor.folders_of(own_workspace)
    ]
    assert looked == ["pages", "tokenizer", "pages/laptop-0"]


def test_a_machine_that_does_not_reach_itself_blocks_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*about: object, **more: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(ports.socket, "create_connection", refused)
    assert found("loopback", doctor.network).state == "wrong"
    assert doctor.trials() == []


def test_a_proxy_is_noted_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    finding = found("proxy", doctor.network)
    assert finding.state == "note" and "NO_PROXY=127.0.0.1" in finding.todo


@pytest.mark.parametrize(
    ("name", "about", "check"),
    [("COURSE_SCALE", "scale", doctor.settings), ("COURSE_DEVICE", "device", doctor.device)],
)
def test_a_switch_set_to_nonsense_blocks(
    monkeypatch: pytest.MonkeyPatch, name: str, about: str, check
) -> None:
    monkeypatch.setenv(name, "huge")
    finding = found(about, check)
    assert finding.state == "wrong" and "huge" in finding.found and name in finding.todo


def test_the_pins_are_read_from_constraints() -> None:
    pinned = doctor.pinned_versions()
    assert pinned["torch"] == "2.13.0" and pinned["lxml-html-clean"] == "0.4.6"
    assert doctor.direct_packages() <= set(pinned)


def test_advice_stands_under_what_was_found() -> None:
    text = doctor.as_text(doctor.Finding("disk", "0.1 GB free", "wrong", "Free some."))
    assert text.splitlines()[0].startswith("WRONG  disk")
    assert text.splitlines()[1].strip() == "-> Free some."
