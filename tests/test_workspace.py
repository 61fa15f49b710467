"""The hand-offs: whole or not at all, checked when loaded, plain about what is wrong."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils import manifest, report, workspace


def make_tokenizer(text: str = "one", **more: object) -> Path:
    with workspace.write("tokenizer", settings={"vocab": 3}, seed=7, **more) as folder:
        (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    return workspace.root() / "tokenizer"


def test_what_is_written_is_loaded_as_the_readers_own() -> None:
    make_tokenizer()
    artifact = workspace.load("tokenizer")
    assert artifact.origin == "own"
    assert (artifact.path / "tokenizer.json").read_text(encoding="utf-8") == "one"
    assert artifact.manifest["settings"] == {"vocab": 3}
    assert artifact.manifest["seed"] == 7
    assert artifact.manifest["seconds"] >= 0


def test_an_artifact_shows_itself_without_path_or_seconds() -> None:
    make_tokenizer()
    shown = workspace.load("tokenizer")._repr_mimebundle_()["text/plain"]
    assert shown == "tokenizer/ (own): 1 files, 0.0 MB"


def test_an_error_while_writing_keeps_the_old_artifact_whole() -> None:
    make_tokenizer("old")
    with pytest.raises(KeyboardInterrupt), workspace.write("tokenizer") as folder:
        (folder / "tokenizer.json").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    artifact = workspace.load("tokenizer")
    assert (artifact.path / "tokenizer.json").read_text(encoding="utf-8") == "old"
    assert not artifact.path.with_name("tokenizer.new").exists()


def test_an_artifact_without_files_is_refused() -> None:
    with (
        pytest.raises(workspace.ArtifactError, match="tokenizer: .*empty"),
        workspace.write("tokenizer"),
    ):
        pass


def test_an_edited_file_is_refused_with_the_cell_that_makes_it_again() -> None:
    folder = make_tokenizer("abc")
    (folder / "tokenizer.json").write_text("abd", encoding="utf-8")
    with pytest.raises(workspace.ArtifactError, match=r"02_tokenization\.ipynb to its hand-off"):
        workspace.load("tokenizer")


def test_a_truncated_file_is_refused_with_both_sizes() -> None:
    folder = make_tokenizer("abcdef")
    (folder / "tokenizer.json").write_text("abc", encoding="utf-8")
    with pytest.raises(workspace.ArtifactError, match="has 3 bytes, expected 6"):
        workspace.load("tokenizer")


def test_a_missing_file_is_named() -> None:
    folder = make_tokenizer()
    (folder / "tokenizer.json").unlink()
    with pytest.raises(workspace.ArtifactError, match=r"tokenizer\.json is missing"):
        workspace.load("tokenizer")


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"files": 3}'])
def test_a_missing_or_broken_manifest_is_refused(content: str | None) -> None:
    path = make_tokenizer() / manifest.FILE
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(workspace.ArtifactError, match=r"manifest\.json"):
        workspace.load("tokenizer")


def test_a_swap_cut_between_its_two_renames_is_recovered() -> None:
    folder = make_tokenizer("kept")
    folder.rename(folder.with_name("tokenizer.old"))
    assert workspace.have()["tokenizer"] == "whole"
    artifact = workspace.load("tokenizer")
    assert artifact.origin == "own"
    assert (artifact.path / "tokenizer.json").read_text(encoding="utf-8") == "kept"


def test_an_unknown_artifact_is_refused_with_the_known_ones() -> None:
    with pytest.raises(workspace.ArtifactError, match="corpus, tokenizer, tokens, base_model"):
        workspace.load("weights")


def test_a_full_disk_is_a_sentence_and_the_old_artifact_stays() -> None:
    make_tokenizer("old")
    with (
        pytest.raises(workspace.ArtifactError, match="Free "),
        workspace.write("tokenizer"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    loaded = workspace.load("tokenizer").path / "tokenizer.json"
    assert loaded.read_text(encoding="utf-8") == "old"


def test_a_workspace_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    with (
        pytest.raises(workspace.ArtifactError, match="COURSE_WORKSPACE"),
        workspace.write("tokenizer", folder=blocked / "workspace"),
    ):
        pass


def test_killing_the_writer_leaves_the_old_artifact(own_workspace: Path) -> None:
    make_tokenizer("old")
    code = (
        "import time\nfrom course_utils import workspace\n"
        "with workspace.write('tokenizer') as f:\n"
        "    (f / 'tokenizer.json').write_text('new')\n    print('in', flush=True)\n"
        "    time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline().strip() == "in"
    child.kill()
    child.wait(10)
    child.stdout.close()
    loaded = workspace.load("tokenizer")
    assert (loaded.path / "tokenizer.json").read_text(encoding="utf-8") == "old"
    make_tokenizer("new")  # the left-over folder is no obstacle
    assert (loaded.path / "tokenizer.json").read_text(encoding="utf-8") == "new"


def test_what_rests_on_a_starter_says_so(own_workspace: Path) -> None:
    make_tokenizer()
    own = workspace.load("tokenizer")
    lent = workspace.Artifact("tokenizer", own.path, own.manifest, "starter")
    with workspace.write("tokens", inputs=[lent]) as folder:
        (folder / "index.json").write_text("{}", encoding="utf-8")
    tokens = workspace.load("tokens")
    assert tokens.origin == "own"
    assert report.origin_of(tokens) == "starter"
    assert report.origin_of(own) == "own"


def test_the_manifest_holds_hashes_versions_and_inputs() -> None:
    make_tokenizer()
    with workspace.write("tokens", inputs=[workspace.load("tokenizer")]) as folder:
        (folder / "index.json").write_text("{}", encoding="utf-8")
    made = json.loads((folder.with_name("tokens") / manifest.FILE).read_text(encoding="utf-8"))
    assert set(made["inputs"]) == {"tokenizer"}
    assert made["versions"]["python"].count(".") == 2
    assert len(made["files"]["index.json"]["sha256"]) == 64


def test_a_live_notebook_is_told_when_a_starter_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    make_tokenizer(folder=tmp_path / "starters")
    monkeypatch.setattr(workspace, "PACKAGE", tmp_path)
    for headless, said in (("1", ""), ("0", "No tokenizer of your own yet: the starter")):
        monkeypatch.setenv("COURSE_HEADLESS", headless)
        assert workspace.load("tokenizer").origin == "starter"
        assert capsys.readouterr().out.startswith(said) and bool(said) == (headless == "0")
    make_tokenizer()
    assert workspace.load("tokenizer").origin == "own"
    assert capsys.readouterr().out == ""


def test_a_relative_workspace_is_the_same_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", "elsewhere")
    monkeypatch.chdir(tmp_path)
    assert workspace.root() == workspace.PACKAGE.parent / "elsewhere"


def test_have_tells_missing_whole_and_broken_apart() -> None:
    folder = make_tokenizer()
    assert workspace.have()["tokenizer"] == "whole"
    assert workspace.have()["corpus"] == "missing"
    time.sleep(0.01)
    (folder / "tokenizer.json").write_text("x", encoding="utf-8")
    assert "cut short or edited" in workspace.have()["tokenizer"]


def test_an_artifact_made_from_what_is_no_longer_there_is_refused() -> None:
    make_tokenizer("first")
    with workspace.write("tokens", inputs=[workspace.load("tokenizer")]) as folder:
        (folder / "index.json").write_text("{}", encoding="utf-8")
    make_tokenizer("first")
    assert workspace.load("tokens").origin == "own"  # the same again is the same
    make_tokenizer("second")
    with pytest.raises(workspace.ArtifactError, match="another tokenizer"):
        workspace.load("tokens")


def test_what_was_in_the_middle_is_forgotten_and_artifacts_stay() -> None:
    make_tokenizer()
    (workspace.unfinished("pages") / "seed-0").mkdir(parents=True)
    workspace.begin_anew()
    assert not workspace.unfinished("pages").exists()
    assert workspace.load("tokenizer").origin == "own"
    with pytest.raises(workspace.ArtifactError, match="pages, checkpoints"):
        workspace.unfinished("page")
