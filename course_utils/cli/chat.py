"""The command `chat`: a conversation with the chat model in the terminal, streamed.

Replies go to standard output and all else to standard error, so that a program can talk with it
too. What a reply is, inference/chat.py knows. Taught in no notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from course_utils import workspace
from course_utils.inference.chat import Chat
from course_utils.inference.engine import Engine
from course_utils.model.generate import LENGTH
from course_utils.model.sampling import SamplingConfig

TEMPERATURE = 0.5  # as in the chat of notebook 05
HELP = """Type a message and press Enter. Ctrl-C ends a reply.

    /new             begin a new conversation: it answers best without a long past
    /seed N          draw the next replies with other random numbers
    /temperature T   0 takes the likeliest token, above 1 words fall apart
    /help            this list
    /quit            end, as Ctrl-D does (on Windows Ctrl-Z and Enter)

It knows the Little Web and nothing else. Try: What is the capital of France?
Or: Tell me a story about a fox. Or: Hello!"""


class Terminal:
    """Where the conversation takes place: a person at a terminal, or a program at a pipe.

    Ctrl-C ends at most the reply that is being written, and never tears a step of the model apart:
    it is an exception only while a line is waited for.

    Args:
        person: whether somebody sits there, who is shown a prompt.
    """

    def __init__(self, person: bool) -> None:
        self.person = person
        self._asking = self._interrupted = False

    @contextlib.contextmanager
    def open(self) -> Iterator[Terminal]:
        """Take over Ctrl-C until the conversation ends."""
        before = signal.signal(signal.SIGINT, self._on_interrupt)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def _on_interrupt(self, *_about: object) -> None:
        self._interrupted = True
        if self._asking:
            self._asking = False
            raise KeyboardInterrupt

    def ask(self) -> str | None:
        """The next line; None at the end of the input.

        Raises:
            KeyboardInterrupt: Ctrl-C, where no person is there to be asked again.
        """
        while True:
            try:
                return self._line()
            except KeyboardInterrupt:
                if not self.person:
                    raise
                self.note("\n/quit ends the conversation.")

    def _line(self) -> str | None:
        self._asking = True
        try:
            return input("\nyou> " if self.person else "")
        except EOFError:
            return None
        finally:
            self._asking = False

    def reply(self, pieces: Iterator[str]) -> bool:
        """Show a reply piece by piece; Ctrl-C ends it. Whether it came to its own end."""
        self._interrupted = False
        print("model> " if self.person else "", end="", flush=True)
        for piece in pieces:
            print("".join(map(harmless, piece)), end="", flush=True)
            if self._interrupted:
                break
        print(flush=True)
        return not self._interrupted

    def note(self, text: str) -> None:
        """Say something that is no reply."""
        print(text, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `chat`.

    Returns:
        0 when the conversation was ended; 1 when there is no model, or a setting cannot be.
    """
    parser = argparse.ArgumentParser(prog="course.py chat", description="Talk with the model.")
    parser.add_argument("--seed", type=int, default=0, help="of the draws; 0 when left out")
    parser.add_argument(
        "--temperature", type=float, default=TEMPERATURE, help="0 takes the likeliest token"
    )
    parser.add_argument("--model", type=Path, help="a folder with another model")
    options = parser.parse_args(arguments)
    # A terminal or a pipe that has not all letters shows a sign for those that it lacks.
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    terminal = Terminal(sys.stdin is not None and sys.stdin.isatty())
    try:
        config = SamplingConfig(temperature=options.temperature, seed=options.seed)
        engine = Engine.load(options.model or finished_model(terminal))
    except (ValueError, FileNotFoundError, NotADirectoryError) as error:
        print(error)
        return 1
    with terminal.open():
        converse(Chat(engine, config), terminal)
    return 0


def finished_model(terminal: Terminal) -> Path:
    """The folder of the reader's own chat model, or of the starter; it is said which.

    Raises:
        ArtifactError: the reader's own is damaged.
    """
    with contextlib.redirect_stdout(sys.stderr):  # that a starter stands in is no reply
        model = workspace.load("chat_model")
    if model.origin == "own":
        terminal.note("Your own chat_model answers.")
    return model.path


def converse(chat: Chat, terminal: Terminal) -> None:
    """Take lines and answer them until the input ends or /quit comes.

    Args:
        chat: the conversation; its config changes with the commands.
        terminal: where the lines come from and the replies go.
    """
    if terminal.person:
        with contextlib.suppress(ImportError):  # the arrow keys; Windows has them of its own
            import readline  # noqa: F401
        terminal.note(HELP)
    while (line := terminal.ask()) is not None and line.strip() != "/quit":
        try:
            if line.strip().startswith("/"):
                terminal.note(obey(chat, line.split()))
            elif line.strip():
                answer(chat, line, terminal)
        except ValueError as error:
            terminal.note(str(error))


def answer(chat: Chat, text: str, terminal: Terminal) -> None:
    """Say something to the model and show its reply, with what should be known of it.

    Raises:
        ValueError: the text is too long.
    """
    pieces = chat.say(text)
    ended = terminal.reply(pieces)
    pieces.close()  # one that was interrupted is kept as far as it went
    if ended and chat.stream.finish == LENGTH:
        terminal.note(f"(cut off: a reply has at most {chat.config.max_new_tokens} tokens)")
    if chat.left_out:
        terminal.note(
            f"(the oldest {chat.left_out} turns no longer fit, and it did not read them; /new "
            "begins anew)"
        )


def obey(chat: Chat, words: list[str]) -> str:
    """Do what a line that begins with a slash says; what to tell of it.

    Raises:
        ValueError: there is no such command, or its number cannot be.
    """
    match words:
        case ["/help"]:
            return HELP
        case ["/new"]:
            chat.clear()
            return "A new conversation."
        case ["/seed", number]:
            chat.config = replace(chat.config, seed=_number(int, number, "/seed 7"))
            return f"The seed is {chat.config.seed}."
        case ["/temperature", number]:
            temperature = _number(float, number, "/temperature 0.8")
            chat.config = replace(chat.config, temperature=temperature)
            return f"The temperature is {chat.config.temperature:g}."
    raise ValueError(f"There is no command {' '.join(words)!r}; /help lists them.")


def _number(kind: Callable[[str], float], text: str, example: str) -> float:
    """A number from a command's text; a wrong one is told with an example."""
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number for this command; type {example}") from None


def harmless(character: str) -> str:
    """A character as it may be shown: a model might write signs that steer the terminal."""
    return (
        character
        if character.isprintable() or character in "\n\t"
        else "\N{REPLACEMENT CHARACTER}"
    )
