"""The sentences of the stories with their types, read once from the TOML files of this folder.

telling.toml has those that any plot may use and says what the marks in them mean, plots.toml those
of single plots, ways.toml what is tried and how it works or fails. Left out: how a wording becomes
a sentence (grammar.py), and what happens when (simulator.py). Taught in notebook 03, section "What
does it know?".
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Wordings = tuple[str, ...]  # of one event; telling it picks one


@dataclass(frozen=True)
class Way:
    """One way to get something done.

    Args:
        probability: how likely it is to work, 0..1, before the temper of others counts.
        attempt: what is tried.
        success: what is said when it works.
        failure: what is said when it fails.
        ability: which one the actor needs, of lexicon.ABILITIES; "" for none.
        for_friends: False where it moves things only, not a friend who is stuck.
    """

    probability: float
    attempt: Wordings
    success: Wordings
    failure: Wordings
    ability: str = ""
    for_friends: bool = True


def _read(name: str) -> dict:
    """The tables of a TOML file beside this one."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _wordings(table: Mapping[str, list[str]]) -> dict[str, Wordings]:
    """A table of events with the wordings of each."""
    return {event: tuple(wordings) for event, wordings in table.items()}


def _ways(table: Mapping[str, dict]) -> dict[str, Way]:
    """A table of ways by name."""
    return {
        name: Way(**{k: tuple(v) if isinstance(v, list) else v for k, v in way.items()})
        for name, way in table.items()
    }


_TELLING, _PLOTS, _WAYS = _read("telling.toml"), _read("plots.toml"), _read("ways.toml")

OPENINGS: Wordings = tuple(_TELLING["openings"])
FRIEND_LINES: Wordings = tuple(_TELLING["friend_lines"])
ENDINGS = _wordings(_TELLING["endings"])
STATES = _wordings(_TELLING["states"])
TRAIT_LINES = _wordings(_TELLING["traits"])
ROLE_LINES = _wordings(_TELLING["roles"])

PROBLEMS = _wordings(_PLOTS["problems"])
ASKING = _wordings(_PLOTS["asking"])
CONFESSING = _wordings(_PLOTS["confessing"])
MAKING: Wordings = tuple(_PLOTS["making"])
OBSTACLES = _wordings(_PLOTS["obstacles"])
RACING = _wordings(_PLOTS["racing"])

REACHING = {spot: _ways(ways) for spot, ways in _WAYS["reaching"].items()}
WANTING = _ways(_WAYS["wanting"])
MENDING = _ways(_WAYS["mending"])
GETTING = _ways(_WAYS["getting"])
TRAVELLING = {obstacle: _ways(ways) for obstacle, ways in _WAYS["travelling"].items()}
