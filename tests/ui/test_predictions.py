"""The controls of a prediction: what they take and show, and that headless there is none."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from course_utils.challenges import path
from course_utils.ui.predictions import Prompt, as_number, own_answers, predict, reveal


def answer(prompt: Prompt, said: object, sure: int | None) -> str:
    """Say something, press the button, and read what is shown."""
    prompt.answer.value, prompt.sure.value = said, sure
    prompt.button.click()
    return prompt.state.value


def one(question: str) -> Prompt:
    (prompt,) = predict(question).prompts
    return prompt


@pytest.fixture(autouse=True)
def live(live_labs: None) -> None:
    """As in a notebook."""


def test_headless_there_is_no_control_and_no_file(
    own_workspace: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    assert predict("bytes-cafe", "bytes-face") is None
    assert reveal("bytes-cafe", 5) is None and own_answers() == ()
    assert capsys.readouterr().out == "" and not own_workspace.exists()


def test_headless_a_slip_of_the_notebook_is_found_all_the_same(monkeypatch) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    with pytest.raises(KeyError, match="bytes-cafe"):
        predict("bytes-caffe")
    with pytest.raises(ValueError, match="closest-source"):
        reveal("closest-source", "the moon")


def test_without_an_answer_a_cell_says_nothing(capsys) -> None:
    reveal("bytes-cafe", 5)
    assert capsys.readouterr().out == ""


def test_an_answer_is_shown_and_after_the_reveal_whether_it_was_right(capsys) -> None:
    prompt = one("more-per-token")
    assert "You said yours, 70 % sure. Run the cell" in answer(prompt, "yours", 70)
    assert not prompt.button.disabled
    reveal("more-per-token", "GPT-2")
    wanted = "You said yours, 70 % sure. Computed: GPT-2&#x27;s. Not right."
    assert wanted in prompt.state.value
    assert prompt.answer.disabled and prompt.sure.disabled and prompt.button.disabled
    assert capsys.readouterr().out == (
        "Your prediction: Which tokenizer carries more of this text in a token? "
        "You said yours, 70 % sure. Computed: GPT-2's. Not right.\n"
    )


def test_a_cell_that_runs_again_shows_what_was_said() -> None:
    answer(one("text-share"), "9", 60)
    reveal("text-share", 11.3)
    again = one("text-share")
    assert "You said 9 %, 60 % sure. Computed: 11.3 %. Right: 2.3 points off" in again.state.value
    assert again.answer.value == "9 %" and again.sure.value == 60 and again.button.disabled


def test_an_answer_after_the_reveal_does_not_count_and_says_so() -> None:
    reveal("bytes-cafe", 5)
    prompt = one("bytes-cafe")
    assert "does not count" in prompt.state.value
    said = answer(prompt, "5", 100)
    assert "does not count" in said and "You said 5 bytes. Computed: 5 bytes. Right." in said
    assert path.counted() == () and own_answers() == ()


@pytest.mark.parametrize(
    ("question", "said", "sure", "words"),
    [
        ("bytes-cafe", "five", 80, "is not a number"),
        ("bytes-cafe", "", 80, "is not a number"),
        ("bytes-cafe", "nan", 80, "is not a number"),
        ("bytes-cafe", "<b>5</b>", 80, "&lt;b&gt;5"),
        ("bytes-cafe", "5", None, "how sure"),
        ("first-merge", None, 20, "Choose an answer"),
    ],
)
def test_half_an_answer_is_asked_for_the_rest(question, said, sure, words, own_workspace) -> None:
    assert words in answer(one(question), said, sure)
    assert not (own_workspace / path.FILE).exists()


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" 1,200 ", 1200), ("12 %", 12), ("about 5", 5), ("-3.5", -3.5), ("1e3", 1000)],
)
def test_numbers_are_read_as_people_type_them(text: str, number: float) -> None:
    assert as_number(text, "%") == number


@pytest.mark.parametrize("text", ["1,2", "12,34", "inf", "twelve", "1 2", "9" * 400])
def test_what_could_be_two_numbers_or_none_is_not_guessed(text: str) -> None:
    assert as_number(text) is None


def test_a_workspace_that_cannot_be_written_is_said_and_nothing_stops(
    own_workspace: Path, capsys
) -> None:
    own_workspace.write_text("a file in the folder's place", encoding="utf-8", newline="\n")
    assert "could not be written down" in answer(one("bytes-cafe"), "5", 80)
    reveal("bytes-cafe", 5)
    assert "could not be written down" in capsys.readouterr().out


def test_what_a_cell_shows_is_a_widget_with_a_text_for_those_who_have_none() -> None:
    data, _ = predict("bytes-cafe", "bytes-face")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("Prediction (live): How many bytes are in café?")


def test_a_control_in_a_page_is_told_although_no_name_holds_it(capsys) -> None:
    state = one("bytes-face").state
    gc.collect()
    reveal("bytes-face", 4)
    assert "already run" in state.value
