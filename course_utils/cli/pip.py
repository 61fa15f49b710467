"""Runs pip in a virtual environment, and says what went wrong in its own words and in ours.

Where packages come from (an index, a proxy, a certificate) is the reader's setting; where they go
and which versions are taken is the course's. Only the standard library is used, because nothing is
installed yet. Taught in no notebook.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

# What would put packages elsewhere than into .venv, take others, or hide what pip says.
CONTRARY = (
    *("user", "target", "prefix", "root", "python", "dry-run", "report", "quiet"),
    *("constraint", "requirement", "editable", "group", "no-deps", "ignore-installed"),
    *("force-reinstall", "no-build-isolation", "platform", "python-version", "implementation"),
    *("abi", "isolated", "build-constraint"),
)
CONTRARY_TO_PYTHON = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE")
SETTING = re.compile(r"^(global|install)\.([\w-]+)=(.+)$", re.MULTILINE)
# (what pip printed, what to try); the first that fits.
REMEDIES = (
    (
        r"No space left|not enough space|[Dd]isk quota",
        "free some disk: 2 GB are needed, 8 GB with torch's CUDA packages.",
    ),
    (
        r"Read-only file system|Permission denied|Access is denied|WinError (5|32)\b",
        "set COURSE_VENV to a folder that can be written; on Windows close what uses this one.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "give pip your network's certificate (PIP_CERT names its file), then start again.",
    ),
    (
        r"Retry\(total=0|ProxyError|NewConnectionError|Connection(Reset|Refused)?Error|ReadTimeout"
        r"|ConnectTimeout|IncompleteRead|connection error|\b50[234] (Server|Client) Error",
        "check the network (HTTPS_PROXY names a proxy), then start again.",
    ),
    # With every version pinned, a package that cannot be had looks like a conflict.
    (
        r"from versions: none|ResolutionImpossible",
        "check the network; and the index may have no such package for this system and Python "
        "(`pip config list` shows which index pip asks).",
    ),
    (
        r"No matching distribution",
        "the index that pip asks has other versions only; `pip config list` shows which it is.",
    ),
    (
        r"Failed building wheel|Failed to build|error: command|subprocess-exited-with-error",
        "a package had to be built and could not be; what its build said stands above.",
    ),
)


class PipError(RuntimeError):
    """pip did not install what it was asked to; the text holds what it said and what to try."""


def install(python: Path, root: Path, arguments: list[str], settings: dict[str, str]) -> None:
    """Run `pip install`, showing what it is at on a terminal.

    Args:
        python: of the virtual environment.
        root: the folder to stand in; nothing is written there.
        arguments: what stands after `pip install`.
        settings: pip's settings as variables, over the reader's own.

    Raises:
        PipError: pip ended with an error.
    """
    output, live = [], sys.stdout.isatty()
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=root,
        env=environment(python, root) | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as running:
        # Its output is kept for the explanation; a terminal sees what it is at.
        try:
            for line in running.stdout or ():
                output.append(line.rstrip())
                if live and line.split(" ")[0] in ("Collecting", "Downloading", "Installing"):
                    print(f"\r  {line.strip()[:76]:<76}", end="", flush=True)
        except BaseException:
            running.terminate()
            raise
    if live:
        print(f"\r{'':79}\r", end="", flush=True)
    if running.returncode:
        raise PipError(explain("\n".join(output)))


def environment(python: Path, root: Path) -> dict[str, str]:
    """The environment for pip: the reader's settings, from files too, without the contrary ones.

    Raises:
        PipError: pip cannot read its own settings.
    """
    plain = {name: value for name, value in os.environ.items() if name not in CONTRARY_TO_PYTHON}
    mine = {name for name in plain if name.upper().startswith("PIP_")}
    # A file's setting for `install` goes over its general one, and a variable over both.
    found = _from_files(python, root, plain)
    found |= {name[4:].lower().replace("_", "-"): plain[name] for name in mine if plain[name]}
    left = sorted(set(found) & set(CONTRARY))
    if left:
        print(f"Of pip's own settings these are left aside here: {', '.join(left)}.", flush=True)
    kept = {
        f"PIP_{key.upper().replace('-', '_')}": value
        for key, value in found.items()
        if key not in CONTRARY
    }
    others = {name: value for name, value in plain.items() if name not in mine}
    return others | kept | {"PIP_CONFIG_FILE": os.devnull, "PYTHONIOENCODING": "utf-8"}


def _from_files(python: Path, root: Path, plain: dict[str, str]) -> dict[str, str]:
    """pip's settings from all its files, by name."""
    # `pip config` has a --user of its own, which PIP_USER would switch on.
    over = {"PIP_USER": "0", "PIP_GLOBAL": "0", "PIP_SITE": "0", "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run(
        [str(python), "-m", "pip", "config", "list"],
        cwd=root,
        env={name: value for name, value in plain.items() if name != "PIP_PYTHON"} | over,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if told.returncode:
        raise PipError(explain(told.stdout + told.stderr))
    lines, found = SETTING.findall(told.stdout), {}
    for section in ("global", "install"):
        found |= {key: ast.literal_eval(value) for part, key, value in lines if part == section}
    return found


def explain(output: str) -> str:
    """What pip said last, and what to try.

    Args:
        output: everything that pip printed.
    """
    tries = "what pip said names the cause; `pip config list` shows the settings that it has."
    tries = next((todo for sign, todo in REMEDIES if re.search(sign, output)), tries)
    if _asks_for_two_versions(output):
        tries = (
            "these two versions exclude one another; a constraints file or a list of packages in "
            "pip's settings asks for one of them: type `pip config list`."
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # Without a network pip ends by speaking of conflicts; the cause stands further up.
    cause = [line for line in lines[:-8] if re.search("Retrying|ProxyError|^ERROR", line)][:1]
    last = "\n    ".join(cause + lines[-8:])
    return (
        "The packages could not be installed, and nothing half-made was left.\n"
        f"pip said last:\n    {last}\nWhat to try: {tries}"
    )


def _asks_for_two_versions(output: str) -> bool:
    """Whether pip was asked for one package in two versions, which is a conflict in earnest."""
    asked: dict[str, set[str]] = {}
    for name, version in re.findall(r"requested (?:\(constraint\) )?([\w.-]+)==(\S+)", output):
        asked.setdefault(name, set()).add(version)
    return any(len(versions) > 1 for versions in asked.values())
