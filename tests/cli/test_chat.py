"""The command chat: at a terminal and at a pipe, with the real starter and with a small model."""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from course_utils import workspace
from course_utils.cli import chat
from course_utils.inference.chat import Chat
from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig
from course_utils.model.save import save
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(model: Transformer, tmp_path: Path, one_thread: None) -> Path:
    """A saved model that writes letters."""
    with torch.no_grad():
        model.lm_head.weight[:5] = 0  # special tokens and
        model.lm_head.weight[70:] *= 0.01  # most bytes seldom: text rather than noise
    FastTokenizer().save(tmp_path / "tokenizer")
    save(model, tmp_path / "model", tmp_path / "tokenizer")
    return tmp_path / "model"


def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, typed: str, *options: object
) -> tuple[str, str]:
    """What the command says to these lines: the replies, and the rest."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert chat.main([str(option) for option in options]) == 0
    captured = capsys.readouterr()
    return captured.out, captured.err


def reply(folder: Path, temperature: float, seed: int, *texts: str) -> str:
    """What the model answers to the last of these messages."""
    talk = Chat(Engine.load(folder), SamplingConfig(temperature=temperature, seed=seed))
    return [talk.reply(text) for text in texts][-1]


def test_lines_are_answered_and_nothing_else_is_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, folder: Path
) -> None:
    replies, _ = said(monkeypatch, capsys, "Hi\n\n  \nHi\n", "--model", folder)
    first, second = reply(folder, 0.5, 0, "Hi"), reply(folder, 0.5, 0, "Hi", "Hi")
    assert replies == "".join(map(chat.harmless, f"{first}\n{second}\n"))


def test_options_and_commands_set_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, folder: Path
) -> None:
    model = ("--model", folder)
    options = (*model, "--seed", 7, "--temperature", 0.9)
    by_option, _ = said(monkeypatch, capsys, "Hi\n", *options)
    by_command, notes = said(monkeypatch, capsys, "/seed 7\n/temperature 0.9\nHi\n", *model)
    assert by_option == by_command
    assert by_option != said(monkeypatch, capsys, "Hi\n", *model)[0]
    assert "seed is 7" in notes and "temperature is 0.9" in notes


def test_a_new_conversation_has_no_past(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, folder: Path
) -> None:
    alone, _ = said(monkeypatch, capsys, "Hi\n", "--model", folder)
    again, _ = said(monkeypatch, capsys, "Hi\n/new\nHi\n", "--model", folder)
    assert again == alone * 2


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("/seed", "/help lists"),
        ("/seed red", "/seed 7"),
        ("/seed -1", "seed is -1"),
        ("/temperature hot", "/temperature 0.8"),
        ("/temperature nan", "temperature is nan"),
        ("/start", "/help lists"),
        ("/help", "/temperature T"),
        ("x" * 99, "tokens too long"),
    ],
)
def test_a_line_that_cannot_be_gets_a_sentence_and_the_chat_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    folder: Path,
    line: str,
    note: str,
) -> None:
    replies, notes = said(monkeypatch, capsys, f"{line}\nHi\n/quit\nHi\n", "--model", folder)
    assert note in notes
    assert replies == said(monkeypatch, capsys, "Hi\n", "--model", folder)[0]


class Impatient(io.StringIO):
    """A terminal whose reader presses Ctrl-C at the first word."""

    pressed = False

    def write(self, text: str) -> int:
        if text.strip() and not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)
        return super().write(text)


def test_ctrl_c_ends_the_reply_and_not_the_conversation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, folder: Path
) -> None:
    whole, _ = said(monkeypatch, capsys, "Hi\n", "--model", folder)
    before, terminal = signal.getsignal(signal.SIGINT), Impatient()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("sys.stdin", io.StringIO("Hi\n/new\nHi\n"))
    assert chat.main(["--model", str(folder)]) == 0
    cut, _, rest = terminal.getvalue().partition("\n")
    assert cut and len(cut) < len(whole) - 1 and whole.startswith(cut) and rest == whole
    assert signal.getsignal(signal.SIGINT) is before


def test_signs_that_steer_a_terminal_are_not_shown() -> None:
    assert "".join(map(chat.harmless, "\x1b[2J\a é\n")) == "�[2J� é\n"


@pytest.mark.parametrize("what", ["missing", "a_file", "empty"])
def test_without_a_model_there_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture, what: str
) -> None:
    (tmp_path / "a_file").touch()
    (tmp_path / "empty").mkdir()
    assert chat.main(["--model", str(tmp_path / what)]) == 1
    told = capsys.readouterr().out
    assert str(tmp_path / what) in told and "cannot be read" in told


def test_a_temperature_that_cannot_be_gets_a_sentence(capsys: pytest.CaptureFixture) -> None:
    assert chat.main(["--temperature", "-1"]) == 1
    assert "temperature is -1.0" in capsys.readouterr().out


def test_an_own_model_that_was_edited_is_refused(own_workspace: Path) -> None:
    with workspace.write("chat_model") as folder:
        (folder / "config.json").write_text("{}", encoding="utf-8")
    (own_workspace / "chat_model" / "config.json").write_text("{ }", encoding="utf-8")
    with pytest.raises(workspace.ArtifactError, match="04_finetuning_rlhf"):
        chat.main([])


def test_an_own_model_answers_before_the_starter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, folder: Path
) -> None:
    with workspace.write("chat_model") as place:
        for file in folder.iterdir():
            (place / file.name).write_bytes(file.read_bytes())
    replies, notes = said(monkeypatch, capsys, "Hi\n")
    assert replies == said(monkeypatch, capsys, "Hi\n", "--model", folder)[0]
    assert "Your own chat_model" in notes


def test_a_program_can_talk_with_the_starter() -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "course.py"), "chat", "--temperature", "0"],
        input="What is the capital of France?\n/new\nWhat is the capital of Peru?\n",
        env={**os.environ, "COURSE_NO_VENV": "1", "COURSE_HEADLESS": "0"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    first, second = ended.stdout.splitlines()
    assert "Paris" in first and "Lima" in second
    assert "the starter" in ended.stderr


def test_at_a_terminal_ctrl_c_ends_a_reply_and_ctrl_d_the_conversation() -> None:
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals of this kind")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "course.py"), "chat", "--temperature", "0"],
        env={**os.environ, "COURSE_NO_VENV": "1", "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    os.close(theirs)
    try:
        assert "/quit" in until(ours, "you> ")
        os.write(ours, b"Tell me a story about a fox.\n")
        until(ours, "model> ")
        os.write(ours, b"\x03")  # Ctrl-C, as the terminal hands it to all programs at it
        until(ours, "you> ")
        for _ in range(2):  # and at the prompt, which misses one that comes before it waits
            until_quiet(ours)
            os.write(ours, b"\x03")
            assert "/quit" in until(ours, "you> ")
        until_quiet(ours)
        os.write(ours, b"What is the capital of France?\n")
        until(ours, "Paris")
        until_quiet(ours)
        os.write(ours, b"\x04")  # Ctrl-D
        assert child.wait(timeout=30) == 0
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def take_terminal() -> None:
    """Makes the terminal at standard input the one whose Ctrl-C reaches this process."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def until(terminal: int, wanted: str, seconds: float = 30) -> str:
    """What a terminal shows up to a text."""
    shown, end = "", time.monotonic() + seconds
    while wanted not in shown:
        assert time.monotonic() < end, shown
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 1000).decode("utf-8", "replace")
    return shown


def until_quiet(terminal: int, seconds: float = 0.5) -> None:
    """Wait until a terminal shows nothing more."""
    while select.select([terminal], [], [], seconds)[0]:
        os.read(terminal, 1000)
