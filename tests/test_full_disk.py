"""A disk that takes no more, in every step: a sentence, and what was there before is whole.

The system itself refuses to write on: a limit on the size of files, and Linux' own full device.
What a folder that cannot be written is told is in test_workspace.py and test_front_door.py.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils import challenges, report, workspace
from course_utils.cli import desk
from course_utils.data_collection.archives import warc
from course_utils.pretraining.checkpoint import CheckpointError

from . import stages

resource = pytest.importorskip("resource", reason="Windows has no limit on the size of files")


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: writing on fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def silent(*_about: object) -> None:
    """Says nothing."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which every step ran to its end."""
    folder = tmp_path_factory.mktemp("filled") / "workspace"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_WORKSPACE", str(folder))
        for step in stages.STEPS:
            step(silent)
    return folder


@pytest.fixture
def copied(filled: Path, own_workspace: Path) -> Path:
    shutil.copytree(filled, own_workspace)
    return own_workspace


@pytest.mark.parametrize(
    "step", [stages.corpus, stages.tokenizer, stages.tokens], ids=lambda step: step.__name__
)
def test_an_artifact_that_does_not_fit_is_a_sentence_and_the_old_one_stays(
    step, copied: Path
) -> None:
    before = workspace.load(step.__name__).sha256

    with (
        pytest.raises(workspace.ArtifactError, match="too large.*kept") as refused,
        files_of_at_most(3_000),
    ):
        step(silent)

    assert "Free" not in str(refused.value)  # more room would not help
    assert workspace.load(step.__name__).sha256 == before
    assert not (copied / f"{step.__name__}.new").exists()


def test_a_model_that_does_not_fit_is_a_sentence_before_the_first_step(copied: Path) -> None:
    before, steps = workspace.load("base_model").sha256, []

    with pytest.raises(CheckpointError, match=r"(?s)written.*too large.*\d MB"):
        with files_of_at_most(3_000):
            stages.base_model(steps.append)

    assert steps == []
    assert workspace.load("base_model").sha256 == before
    stages.base_model(silent)
    assert workspace.load("base_model").sha256 == before


def test_a_crawl_that_does_not_fit_is_a_sentence_and_goes_on_when_there_is_room(
    filled: Path, own_workspace: Path
) -> None:
    with pytest.raises(OSError, match=r"pages cannot be written"):
        with files_of_at_most(60_000):
            stages.crawl_pages(silent)
    seen = []
    stages.crawl_pages(lambda url, status: seen.append(url))

    problems: list[str] = []
    here, whole = (
        [page.url for page in warc.read(next((folder / "pages").glob("*.gz")), problems.append)]
        for folder in (own_workspace, filled)
    )
    assert sorted(here) == sorted(whole)
    assert problems == []
    assert 0 < len(seen) < len(whole)


def test_an_artifact_on_a_full_disk_is_a_sentence_that_asks_for_room() -> None:
    if not Path("/dev/full").exists():
        return  # only Linux has a device that is always full
    with (
        pytest.raises(workspace.ArtifactError, match=r"No space left.*Free some space.*kept"),
        workspace.write("tokenizer") as folder,
    ):
        (folder / "tokenizer.json").symlink_to("/dev/full")
        (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    assert workspace.have()["tokenizer"] == "missing"


def test_a_report_card_on_a_full_disk_is_a_sentence_and_the_old_one_stays(
    own_workspace: Path,
) -> None:
    if not Path("/dev/full").exists():
        return  # only Linux has a device that is always full
    report.add("a.b", 1.0)
    (own_workspace / (report.FILE + ".new")).symlink_to("/dev/full")

    with pytest.raises(workspace.ArtifactError, match=r"No space left on device.*kept"):
        report.add("a.c", 2.0)

    assert list(report.load()) == ["a.b"]


def test_a_challenge_that_cannot_be_noted_is_done_all_the_same(
    own_workspace: Path, capsys: pytest.CaptureFixture
) -> None:
    workspace.open_root()
    with files_of_at_most(5):
        challenges.check("collection.jaccard", _jaccard)
    said = capsys.readouterr().out
    assert "collection.jaccard: done." in said and "could not be written down" in said
    assert challenges.done() == ()


def _jaccard(first: str, second: str) -> float:
    one, other = (
        {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
        for words in (first.lower().split(), second.lower().split())
    )
    return len(one & other) / len(one | other) if one | other else 0.0


def test_a_copy_of_a_notebook_that_does_not_fit_is_a_sentence_and_no_other_is_lost(
    own_workspace: Path,
) -> None:
    folder = workspace.open_root() / desk.FOLDER
    desk.lay_out(own_workspace)
    # One is changed, one damaged, one missing, and what was handed out is not known any more.
    changed, damaged, missing = sorted(folder.glob("0[1-3]_*.ipynb"))
    changed.write_text(changed.read_text(encoding="utf-8").replace("crawl", "walk"), "utf-8")
    damaged.write_text("{", encoding="utf-8")
    missing.unlink()
    (folder / desk.STATE).unlink()
    text = changed.read_text(encoding="utf-8")

    for step in (
        lambda: desk.lay_out(own_workspace),
        lambda: desk.renew(changed.name, own_workspace),
    ):
        with (
            pytest.raises(workspace.ArtifactError, match="too large.*kept"),
            files_of_at_most(3_000),
        ):
            step()
        assert changed.read_text(encoding="utf-8") == text
        assert damaged.read_text(encoding="utf-8") == "{"
        assert not list(folder.glob("*.new*"))

    desk.lay_out(own_workspace)
    assert changed.read_text(encoding="utf-8") == text and missing.exists()
    assert list(folder.glob("02_*.kept.ipynb")) and list(folder.glob("01_*.new.ipynb"))
