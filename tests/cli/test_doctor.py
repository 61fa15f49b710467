"""The command doctor: what it finds, what it advises, and its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import workspace
from course_utils.cli import doctor


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
    assert "Ready" in said


def test_a_whole_artifact_is_the_readers_own(tokenizer: Path) -> None:
    assert found("tokenizer", doctor.artifacts).found == "your own, whole"


def test_an_edited_artifact_blocks_and_names_the_notebook(
    tokenizer: Path, capsys: pytest.CaptureFixture
) -> None:
    (tokenizer / "tokenizer.json").write_text("[]", encoding="utf-8")
    assert doctor.main([]) == 1
    said = capsys.readouterr().out
    assert "WRONG" in said and "-> Run 02_tokenization.ipynb again" in said


def test_a_missing_artifact_does_not_block() -> None:
    assert "wrong" not in {one.state for one in doctor.artifacts()}
    assert found("corpus", doctor.artifacts).found == "not made yet; 01_data_collection makes it"


def test_looking_makes_no_workspace(own_workspace: Path) -> None:
    doctor.disk()
    doctor.artifacts()
    assert not own_workspace.exists()


def test_a_workspace_that_cannot_be_written_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "file"))
    (finding,) = doctor.disk()
    assert finding.state == "wrong" and "COURSE_WORKSPACE" in finding.todo


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
