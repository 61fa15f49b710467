"""Challenges: a check says what is wrong, never raises, reads the same everywhere."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from pathlib import Path

import pytest

from course_utils import challenges
from course_utils.challenges.base import NOTEBOOKS
from course_utils.tokenization.exercises.challenges import merge


def words_of(capsys: pytest.CaptureFixture, challenge_id: str, function: object) -> str:
    challenges.check(challenge_id, function)
    return capsys.readouterr().out


def unfinished(*_arguments: object) -> None:
    """What a challenge cell begins with."""


def not_written(*_arguments: object) -> None:
    raise NotImplementedError


def dots(*_arguments: object) -> object:
    return ...


@pytest.mark.parametrize("challenge", challenges.listed(), ids=lambda one: one.id)
@pytest.mark.parametrize("function", [unfinished, not_written, dots])
def test_an_unfinished_challenge_is_not_done_yet(challenge, function, capsys) -> None:
    said = words_of(capsys, challenge.id, function)
    assert said == (
        f"{challenge.id}: not done yet. {challenge.title} (about {challenge.minutes} minutes).\n"
        f"Hint: {challenge.hint}\n"
    )
    assert challenges.done() == ()


def test_each_challenge_has_its_stage_in_its_id_and_an_honest_frame() -> None:
    ids = [challenge.id for challenge in challenges.listed()]
    assert len(set(ids)) == len(ids)
    for challenge in challenges.listed():
        assert challenge in challenges.listed(challenge.id.split(".")[0])
        assert challenge.notebook in NOTEBOOKS.values()
        assert challenge.difficulty in (1, 2, 3) and 1 <= challenge.minutes <= 30
        assert challenge.title and challenge.hint.endswith(".")


def test_a_right_answer_is_done_and_written_down(own_workspace: Path, capsys) -> None:
    said = words_of(capsys, "tokenization.merge", merge)
    assert said == "tokenization.merge: done. Replace a pair by a new token.\n"
    noted = json.loads((own_workspace / "challenges.json").read_text(encoding="utf-8"))
    source = hashlib.sha256(inspect.getsource(merge).encode("utf-8")).hexdigest()
    assert noted == {"done": {"tokenization.merge": source}, "broken": {}}
    assert challenges.done() == ("tokenization.merge",)


def test_an_answer_that_breaks_later_is_not_done_any_more_until_it_is_right_again(capsys) -> None:
    challenges.check("tokenization.merge", merge)
    assert "not right yet" in words_of(capsys, "tokenization.merge", lambda ids, pair, new: [])
    assert challenges.done() == () and [*challenges.noted().broken] == ["tokenization.merge"]
    challenges.check("tokenization.merge", merge)
    assert challenges.done() == ("tokenization.merge",) and challenges.noted().broken == {}


@pytest.mark.parametrize("function", [unfinished, not_written, dots])
def test_the_empty_function_of_a_fresh_notebook_breaks_nothing(function, capsys) -> None:
    challenges.check("tokenization.merge", merge)
    assert "not done yet" in words_of(capsys, "tokenization.merge", function)
    assert challenges.done() == ("tokenization.merge",)


def test_a_wrong_answer_to_what_was_never_done_writes_nothing(own_workspace: Path) -> None:
    challenges.check("tokenization.merge", lambda ids, pair, new: [])
    assert not own_workspace.exists()


def test_a_list_of_an_earlier_version_of_the_course_still_counts(own_workspace: Path) -> None:
    own_workspace.mkdir()
    file = own_workspace / "challenges.json"
    file.write_text('{"done": ["collection.jaccard"]}', encoding="utf-8", newline="\n")
    challenges.check("tokenization.merge", merge)
    assert challenges.done() == ("collection.jaccard", "tokenization.merge")


def test_an_answer_whose_source_python_does_not_know_is_done_too() -> None:
    challenges.check("tokenization.merge", functools.partial(merge))
    assert challenges.noted().done == {"tokenization.merge": ""}


def test_what_is_no_function_is_said_to_be_none(capsys) -> None:
    said = words_of(capsys, "tokenization.merge", 17)
    assert said.startswith("tokenization.merge: not right yet. this is 17, not a function")


def test_an_answer_that_breaks_the_comparison_is_refused(capsys) -> None:
    class Odd(list):
        def __iter__(self):
            raise RuntimeError("odd")

    said = words_of(capsys, "tokenization.merge", lambda *_: Odd())
    assert "not right yet. the answer could not be compared (RuntimeError: odd)" in said


def test_the_stop_button_passes_through(capsys) -> None:
    def stopped(*_arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        challenges.check("tokenization.merge", stopped)
    assert capsys.readouterr().out == "" and challenges.done() == ()


def test_an_unknown_id_is_answered_with_those_that_there_are(capsys) -> None:
    said = words_of(capsys, "tokenization.merges", merge)
    assert "There is no challenge 'tokenization.merges'" in said and "tokenization.merge" in said


def test_a_check_whose_values_are_swapped_is_answered_too(capsys) -> None:
    said = words_of(capsys, merge, "tokenization.merge")
    assert said.startswith("There is no challenge <function merge>; there are: ")


@pytest.mark.parametrize("content", ["", "[]", '{"done": 3}', '{"done": [[1], "nothing"]}'])
def test_a_damaged_file_of_done_challenges_counts_as_none_and_is_kept(
    own_workspace: Path, content
) -> None:
    own_workspace.mkdir()
    (own_workspace / "challenges.json").write_text(content, encoding="utf-8", newline="\n")
    assert challenges.done() == ()
    challenges.check("tokenization.merge", merge)
    assert challenges.done() == ("tokenization.merge",)
    aside = own_workspace / "challenges.json.aside"
    assert aside.read_text(encoding="utf-8") == content


def test_a_workspace_that_cannot_be_written_costs_only_the_note(
    own_workspace: Path, capsys
) -> None:
    own_workspace.write_text("a file in the folder's place", encoding="utf-8", newline="\n")
    said = words_of(capsys, "tokenization.merge", merge)
    assert said.startswith("tokenization.merge: done.") and "could not be written down" in said
