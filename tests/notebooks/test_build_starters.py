"""Only whole artifacts of the reader's own making, of safetensors and JSON, become starters."""

from __future__ import annotations

import build_starters
import pytest

from course_utils import workspace

NAMES = ("tokenizer", "base_model", "chat_model", "reward_model")


@pytest.fixture
def made(own_workspace):
    """A workspace with a small artifact for each starter."""
    for name in NAMES:
        with workspace.write(name, settings={"steps": 1}, seed=0) as folder:
            (folder / "config.json").write_text("{}", encoding="utf-8", newline="\n")
            (folder / "model.safetensors").write_bytes(bytes(1000))
    return own_workspace


def test_what_the_workspace_ships_is_built():
    assert set(NAMES) <= set(build_starters.shipped())


def test_starters_are_copied_whole_and_their_sizes_printed(made, tmp_path, capsys):
    starters = tmp_path / "starters"

    assert build_starters.main(["--from", str(made), "--to", str(starters)]) == 0

    assert capsys.readouterr().out == "".join(f"{name}: 0.00 MB\n" for name in NAMES)
    for name in NAMES:
        copied = {path.name: path.read_bytes() for path in (starters / name).iterdir()}
        assert copied == {path.name: path.read_bytes() for path in (made / name).iterdir()}
    assert workspace.load("base_model", starters).manifest["seed"] == 0


def test_an_older_starter_is_replaced(made, tmp_path):
    old = tmp_path / "starters" / "base_model"
    old.mkdir(parents=True)
    (old / "stale.json").write_text("{}", encoding="utf-8", newline="\n")

    build_starters.copy_starter("base_model", made, tmp_path / "starters")

    assert not (old / "stale.json").exists()


def test_an_edited_artifact_is_refused_and_nothing_is_copied(made, tmp_path):
    (made / "base_model" / "model.safetensors").write_bytes(bytes(999) + b"x")

    with pytest.raises(build_starters.NotAStarter, match=r"model\.safetensors"):
        build_starters.copy_starter("base_model", made, tmp_path / "starters")
    assert not (tmp_path / "starters").exists()


def test_a_file_that_could_run_code_is_refused(made, tmp_path):
    with workspace.write("base_model") as folder:
        (folder / "model.bin").write_bytes(b"x")

    with pytest.raises(build_starters.NotAStarter, match=r"model\.bin"):
        build_starters.copy_starter("base_model", made, tmp_path / "starters")


def test_a_model_made_from_a_starter_is_refused(made, tmp_path):
    borrowed = workspace.Artifact(
        "tokenizer", made / "tokenizer", workspace.load("tokenizer").manifest, "starter"
    )
    with workspace.write("base_model", inputs=[borrowed]) as folder:
        (folder / "config.json").write_text("{}", encoding="utf-8", newline="\n")

    with pytest.raises(build_starters.NotAStarter, match="older starter"):
        build_starters.copy_starter("base_model", made, tmp_path / "starters")


def test_a_workspace_without_the_model_gives_a_sentence(own_workspace, tmp_path, capsys):
    assert build_starters.main(["--from", str(own_workspace), "--to", str(tmp_path / "s")]) == 1
    assert "tokenizer" in capsys.readouterr().err
