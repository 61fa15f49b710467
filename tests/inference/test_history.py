"""The file of a conversation: whole or not at all, two labs on one file, files that are broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.inference.conversation import Conversation, Exchange, Reply
from course_utils.inference.history import FILE, ChatHistory

ONE = Exchange("Hi", (Reply("Hello.", (5, 1), (0.5, 0.25), "stop"),))
TWO = Exchange("日本?", (Reply("Tokyo 🦊"), Reply("No.")), 1)


@pytest.fixture
def history() -> ChatHistory:
    return ChatHistory()


def test_what_was_saved_is_loaded_by_another_lab(history: ChatHistory) -> None:
    assert history.load() == Conversation()
    kept = Conversation((ONE, TWO), "Be brief.")
    history.save(kept)
    assert ChatHistory().load() == kept and history.notice == ""
    history.save(Conversation((ONE,)))
    assert ChatHistory().load() == Conversation((ONE,))


def test_a_forgotten_conversation_leaves_no_file(history: ChatHistory) -> None:
    history.save(Conversation((ONE,)))
    assert history.path.is_file()
    history.save(Conversation())
    assert not history.path.exists() and "Hello" not in "".join(
        file.read_text(encoding="utf-8") for file in history.path.parent.iterdir()
    )
    history.save(Conversation((TWO,)))  # and undo writes one again
    assert ChatHistory().load() == Conversation((TWO,)) and history.notice == ""


def test_two_labs_on_one_file_lose_nothing(history: ChatHistory) -> None:
    history.save(Conversation((ONE,)))
    other = ChatHistory()
    other.load()
    history.save(Conversation((ONE, TWO)))
    assert history.notice == ""
    other.save(Conversation((ONE, ONE)))
    assert other.name == "chat-2.json" and "chat-2.json" in other.notice
    assert ChatHistory().load() == Conversation((ONE, TWO))
    assert ChatHistory("chat-2.json").load() == Conversation((ONE, ONE))
    # both go on where they are, and a third one takes a free name
    other.save(Conversation((ONE, ONE, TWO)))
    history.save(Conversation((TWO,)))
    assert "chat-2.json" in other.notice and history.notice == ""
    late = ChatHistory()
    late.save(Conversation((ONE,)))
    assert late.name == "chat-3.json"


def test_who_forgets_takes_nothing_from_the_other_lab(history: ChatHistory) -> None:
    history.save(Conversation((ONE,)))
    other = ChatHistory()
    other.load()
    history.save(Conversation((ONE, TWO)))
    other.save(Conversation())
    assert ChatHistory().load() == Conversation((ONE, TWO))


def test_a_conversation_in_memory_goes_on_with_its_own_file_alone(history: ChatHistory) -> None:
    history.save(Conversation((ONE,)))
    same, another = ChatHistory(), ChatHistory()
    same.expect(Conversation((ONE,)))
    another.expect(Conversation((TWO,)))
    same.save(Conversation((ONE, TWO)))
    assert same.name == FILE
    another.save(Conversation((TWO,)))
    assert another.name == "chat-2.json"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "not JSON"),
        ('{"version": 1, "mark": "a", "exch', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no conversation"),
        ('{"version": 9, "mark": "a", "exchanges": []}', "version 9"),
        ('{"version": 1, "exchanges": []}', "version 1"),
        ('{"version": 1, "mark": "a", "exchanges": [{"user": "Hi"}]}', "exchange 1"),
    ],
)
def test_a_broken_file_is_kept_aside_and_said(history: ChatHistory, text: str, wrong: str) -> None:
    history.path.parent.mkdir(parents=True)
    history.path.write_text(text, encoding="utf-8")
    assert history.load() == Conversation()
    assert wrong in history.notice and "chat.json.aside" in history.notice
    aside = history.path.with_name("chat.json.aside")
    assert aside.read_text(encoding="utf-8") == text
    history.save(Conversation((ONE,)))
    assert ChatHistory().load() == Conversation((ONE,)) and history.name == FILE


def test_a_file_that_breaks_while_the_lab_is_open_is_kept_aside_too(history: ChatHistory) -> None:
    history.save(Conversation((ONE,)))
    history.path.write_bytes(b"\xff\xfe")
    history.save(Conversation((ONE, TWO)))
    assert "not JSON" in history.notice and history.name == FILE
    assert ChatHistory().load() == Conversation((ONE, TWO))
    assert history.path.with_name("chat.json.aside").read_bytes() == b"\xff\xfe"


def test_a_disk_that_refuses_is_said_and_the_old_file_stays(
    history: ChatHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.save(Conversation((ONE,)))

    def refuse(source: object, target: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse)
        history.save(Conversation((ONE, TWO)))
    assert "not kept" in history.notice and "Permission denied" in history.notice
    assert ChatHistory().load() == Conversation((ONE,))
    history.save(Conversation((ONE, TWO)))
    assert history.notice == "" and ChatHistory().load() == Conversation((ONE, TWO))


def test_a_folder_that_cannot_be_made_is_said(own_workspace: Path) -> None:
    own_workspace.mkdir()
    (own_workspace / "chats").write_text("in the way", encoding="utf-8")
    history = ChatHistory()
    assert history.load() == Conversation()
    history.save(Conversation((ONE,)))
    assert "not kept" in history.notice


def test_a_killed_program_leaves_a_whole_file(history: ChatHistory, own_workspace: Path) -> None:
    history.save(Conversation((ONE,)))
    program = (
        "import os, signal\nfrom pathlib import Path\n"
        "from course_utils.inference.conversation import Conversation, Exchange, Reply\n"
        "from course_utils.inference import history\n"
        "kept = history.ChatHistory()\nkept.load()\n"
        "history.workspace.disk.rename = lambda *_: os._exit(3)\n"
        "kept.save(Conversation((Exchange('x' * 9999, (Reply('y'),)),)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2])
    assert ended.returncode == 3
    assert history.load() == Conversation((ONE,)) and history.notice == ""


@pytest.mark.parametrize("name", ["../chat.json", "chat.txt", ".json", "a/b.json", ""])
def test_what_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="ends with .json"):
        ChatHistory(name)


def test_the_file_can_be_read_by_people(history: ChatHistory) -> None:
    history.save(Conversation((TWO,)))
    text = history.path.read_text(encoding="utf-8")
    assert "日本?" in text and json.loads(text)["version"] == 1
