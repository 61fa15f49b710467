"""How far a reader is: sections, predictions, challenges, artifacts, and what comes next."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_utils import challenges
from course_utils.challenges import path, questions
from course_utils.tokenization.exercises.challenges import merge
from course_utils.ui import sections
from course_utils.ui.position import position
from course_utils.ui.progress import latest, next_step, progress
from course_utils.ui.stages import STAGES

AT = 1  # tokenization


@pytest.fixture
def shell(live_labs: None, monkeypatch) -> InteractiveShell:
    """What runs the cells of a live notebook."""
    made = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: made)
    return made


def run(shell: InteractiveShell, source: str = "1", cell: str | None = None) -> None:
    shell.run_cell(source, store_history=False, cell_id=cell)


def run_section(number: int) -> None:
    for cell in sections.sections("tokenization")[number].cells:
        path.ran("tokenization", cell)


def test_every_notebook_has_its_sections_with_their_code() -> None:
    for stage in STAGES:
        titles = [one.title for one in sections.sections(stage.folder)]
        assert titles[0].startswith("1. ") and titles[-1] == "Hand-off" and len(titles) >= 7
        assert all(one.cells for one in sections.sections(stage.folder))


def test_cells_that_run_are_noted_by_the_name_that_the_front_end_gives(shell) -> None:
    position("tokenization")
    run(shell, cell="bytes")
    run(shell, cell="a-cell-of-the-readers-own")
    assert path.load().cells == {"tokenization": ("bytes",)}


def test_where_the_front_end_gives_no_name_the_text_tells(shell) -> None:
    position("tokenization")
    (letters,) = (one for one in sections._cells("tokenization") if one["id"] == "check-merge")
    shell.user_ns["check"] = lambda *_: None
    shell.user_ns["merge_ids"] = None
    run(shell, "".join(letters["source"]) + "\n", cell="some-other-id")
    assert path.load().cells == {"tokenization": ("check-merge",)}


def test_a_cell_that_fails_has_not_run(shell, capsys) -> None:
    position("tokenization")
    run(shell, "1 / 0", cell="bytes")
    run(shell, "1 +", cell="letters")
    assert path.load().cells == {}


def test_a_strip_that_runs_twice_notes_once(shell, monkeypatch) -> None:
    position("tokenization")
    position("pretraining")
    hooks = shell.events.callbacks["post_run_cell"]
    assert sum(isinstance(one, sections.Recorder) for one in hooks) == 1
    run(shell, cell="gym")
    assert path.load().cells == {"pretraining": ("gym",)}


def test_the_disk_is_asked_once_for_each_cell(shell, monkeypatch) -> None:
    position("tokenization")
    asked = []
    monkeypatch.setattr(path, "ran", lambda *cell: asked.append(cell))
    for _ in range(3):
        run(shell, cell="bytes")
    assert asked == [("tokenization", "bytes")]


def test_headless_nothing_is_noted(shell, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    position("tokenization")
    run(shell, cell="bytes")
    assert path.load().cells == {}


def test_a_full_disk_is_said_once_and_the_notebook_runs_on(
    shell, own_workspace: Path, capsys
) -> None:
    own_workspace.write_text("a file in the folder's place", encoding="utf-8", newline="\n")
    position("tokenization")
    for cell in ("bytes", "letters"):
        run(shell, "print('ran')", cell=cell)
    said = capsys.readouterr().out
    assert said.count("ran\n") == 2 and said.count("not written down any more") == 1


def test_a_section_has_run_when_its_last_cell_has() -> None:
    assert progress()[AT].sections_run == 0
    run_section(0)
    path.ran("tokenization", sections.sections("tokenization")[2].cells[0])
    known = progress()
    assert known[AT].sections_run == 1 and "1 of 7 sections run" in known[AT].lines()
    assert latest(known) == AT
    assert next_step(known, AT).startswith("notebook 02: section 2. Everything is bytes")


def test_predictions_are_counted_and_scored() -> None:
    path.say(questions.find("bytes-cafe"), 5, 80)
    path.say(questions.find("bytes-face"), 5, 80)
    count = len(questions.listed("tokenization"))
    assert f"2 of {count} predictions" in progress()[AT].lines()
    path.compute(questions.find("bytes-cafe"), 5.0)
    path.compute(questions.find("bytes-face"), 4.0)
    assert f"2 of {count} predictions, 1 of 2 right" in progress()[AT].lines()


def test_a_challenge_that_broke_later_is_named_and_comes_first(monkeypatch, capsys) -> None:
    for number in range(len(sections.sections("tokenization"))):
        run_section(number)
    challenges.check("tokenization.merge", merge)
    assert "1 of 3 challenges done" in progress()[AT].lines()
    challenges.check("tokenization.merge", lambda ids, pair, new: ids)
    known = progress()
    assert "0 of 3 challenges done, 1 no longer right" in known[AT].lines()
    assert "tokenization.merge is no longer right" in next_step(known, AT)
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    assert "its answer is no longer right" in position("tokenization").html()


def test_what_comes_next_goes_round_and_ends(own_workspace: Path, monkeypatch) -> None:
    for number in range(len(sections.sections("tokenization"))):
        run_section(number)
    for challenge in challenges.listed("tokenization"):
        challenges.base._note(challenge.id, True, "")
    assert next_step(progress(), AT) == (
        "notebook 02: the hand-off at its end makes tokenizer/ and tokens/"
    )
    for name in STAGES[AT].writes:
        (own_workspace / name).mkdir()
    known = progress()
    assert next_step(known, AT).startswith("notebook 03: section 1.")
    assert next_step((known[AT],), 0).startswith("nothing is left")


def test_without_its_notebooks_the_course_counts_no_sections(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sections, "FOLDER", tmp_path)
    sections._cells.cache_clear()
    sections.sections.cache_clear()
    try:
        assert all(not one.sections for one in progress())
        assert "challenge" in next_step(progress(), 0)
    finally:
        sections._cells.cache_clear()
        sections.sections.cache_clear()


def test_a_broken_path_costs_the_strip_a_sentence_and_nothing_else(
    own_workspace: Path, live_labs: None, capsys
) -> None:
    own_workspace.mkdir()
    (own_workspace / path.FILE).write_text("scribble", encoding="utf-8", newline="\n")
    shown = position("tokenization")._repr_mimebundle_()["text/html"]
    assert "0 of 7 sections run" in shown and "kept as path.json.aside" in capsys.readouterr().out
