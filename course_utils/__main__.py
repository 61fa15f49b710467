"""The commands: `python course.py lab | chat | run | test | doctor | path | reset`.

Each is a file in cli/. This one finds the command and turns what goes wrong into one sentence; it
does nothing else. They work without course.py too, as `python -m course_utils lab`. Taught in no
notebook; see README.md.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from course_utils import disk, workspace

COMMANDS = {
    "lab": "open JupyterLab at your copy of notebook 01",
    "chat": "talk with the finished model in the terminal",
    "run": "execute the notebooks in order, without a browser, and print the report card",
    "test": "run everything that CI runs",
    "doctor": "say what this machine has, what is wrong and what to do about it",
    "path": "show how far you are, what you predicted, and what comes next",
    "reset": "delete the workspace and start over; with 03, renew your copy of notebook 03",
}


def usage() -> str:
    """The commands, one a line."""
    lines = [f"    python course.py {command:<8} {what}" for command, what in COMMANDS.items()]
    return "\n".join(["Usage:", *lines, "", "Each takes --help."])


def main(arguments: Sequence[str]) -> int:
    """Run a command.

    Args:
        arguments: the command and what follows it.

    Returns:
        The exit code: 0 for well, 1 for something that was said in a sentence, 130 for Ctrl-C.
    """
    # Asking for help is no mistake; typing nothing is, as far as a script can tell.
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if arguments else 1
    command, *rest = arguments
    if command not in COMMANDS:
        print(f"There is no command {command!r}.\n{usage()}")
        return 1
    # What a command expects to go wrong becomes a sentence; the rest is a defect.
    try:
        # The module of a command is imported only when it is asked for.
        return importlib.import_module(f"course_utils.cli.{command}").main(rest)
    except KeyboardInterrupt:
        print("\nstopped; what was finished is kept")
        return 130
    except workspace.ArtifactError as error:
        print(error)
    except ModuleNotFoundError as error:
        print(
            f"The package {error.name} is missing. Start with `python course.py {command}`, which "
            "installs it; `python course.py doctor` says what else is wrong."
        )
    except OSError as error:
        todo = disk.advice(error, "let `python course.py doctor` look further")
        print(f"{disk.reason(error).rstrip('.')}. {todo}. What was finished is kept.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
