"""Preferences as other programs read and write them: JSON Lines of prompt, chosen and rejected.

It is the form in which TRL's trainers for DPO and reward models, and Hugging Face data sets, hold
conversations: three lists of messages. Two sorts of labels are left out on export: ties, because
a trainer would take either order of a tie for a preference, and pairs with an empty reply, which
the course's chat template refuses. The labels' own file (label_store.py) keeps both. Taught in
notebook 04, section "Which reply is better?".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils import disk, workspace
from course_utils.finetuning_rlhf.label_store import json_lines
from course_utils.finetuning_rlhf.labels import (
    IMPORT,
    LEFT,
    RIGHT,
    Item,
    Label,
    as_messages,
    as_turns,
    brief,
    standing,
)

FIELDS = ("prompt", "chosen", "rejected")
NAMED_AT_MOST = 5  # fields in a message


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Args:
        path: the file.
        rows: how many preferences are in it.
        ties: how many labels are not, because they are ties.
        empty: how many others are not, because a reply of theirs is empty.
    """

    path: Path
    rows: int
    ties: int
    empty: int = 0

    def __str__(self) -> str:
        left_out = [_counted(self.ties, "tie")] * bool(self.ties)
        if self.empty:
            left_out.append(f"{_counted(self.empty, 'preference')} with an empty reply")
        words = f"; {' and '.join(left_out)} left out" if left_out else ""
        return f"{_counted(self.rows, 'preference')} in {self.path.name}{words}"


def export_preferences(labels: Sequence[Label], path: Path | str) -> Exported:
    """Write preferences for other programs, whole or not at all; a file of that name goes.

    Args:
        labels: of any source; of several for one pair in the same places the newest counts.
        path: the file; its folder exists.

    Raises:
        ValueError: there are no labels, or only ties and empty replies; nothing is written.
        workspace.ArtifactError: the file cannot be written; what was there is kept.
    """
    path, newest = Path(path), standing(labels)
    decided = [label for label in newest if not label.tie]
    kept = [label for label in decided if label.chosen.strip() and label.rejected.strip()]
    if not newest:
        raise ValueError("There are no labels yet, so there is nothing to export. Label a pair.")
    if not decided:
        raise ValueError(
            f"All {len(newest)} labels say both good or both bad, and a preference needs a better "
            "reply. Call the left or the right one better in some pairs."
        )
    if not kept:
        raise ValueError(
            f"In each of the {len(decided)} pairs with a better reply one text is empty, and "
            "other programs refuse an empty turn. Label pairs of two texts."
        )
    rows = (
        {
            "prompt": as_messages(one.turns),
            "chosen": as_messages([("assistant", one.chosen)]),
            "rejected": as_messages([("assistant", one.rejected)]),
        }
        for one in kept
    )
    workspace.put(path, "".join(f"{json.dumps(row)}\n" for row in rows))
    return Exported(path, len(kept), len(newest) - len(decided), len(decided) - len(kept))


def import_preferences(path: Path | str, ignore: Collection[str] = ()) -> list[Label]:
    """Read preferences that this or another program wrote; see `parse_preferences`.

    Raises:
        ValueError: there is no such file, it is no UTF-8 text, or see `parse_preferences`.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({disk.reason(error)}). Give the path of a JSON Lines file."
        ) from error
    return parse_preferences(content, path.name, ignore)


def parse_preferences(content: bytes, name: str, ignore: Collection[str] = ()) -> list[Label]:
    """The preferences of a file's bytes; all of them, or none and what is wrong.

    A prompt is a text or a list of messages; chosen and rejected are texts or lists of one message
    of the assistant. The better reply is put on the left: no side was shown.

    Args:
        content: of the file.
        name: of the file, for messages.
        ignore: further fields that may be there and are not read, such as "score_chosen".

    Raises:
        ValueError: with the line and what is wrong: an empty file, no JSON, a field that is
            missing or unknown, a prompt without a user, or two equal replies.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is no UTF-8 text. Save it as JSON Lines in UTF-8.") from error
    found = []
    for number, line in json_lines(text):
        try:
            found.append(_parsed(json.loads(line), ignore))
        except (ValueError, RecursionError) as error:
            broken = isinstance(error, workspace.UNREADABLE)
            wrong = "it is not JSON; each line is one object" if broken else str(error)
            raise ValueError(
                f"{name}, line {number}: {wrong}.\nNothing was imported. A line is "
                '{"prompt": [...], "chosen": [...], "rejected": [...]}.'
            ) from error
    if not found:
        raise ValueError(f"{name} is empty: there is no line in it. Export some labels first.")
    return found


@dataclass(frozen=True)
class Placed:
    """Imported labels beside those that are there.

    Args:
        new: to be added, with the sides of the pairs that a lab shows where it shows them.
        same: how many say of a pair what a label says already.
        against: how many say something else of it; the label that is there stands.
    """

    new: tuple[Label, ...]
    same: int
    against: int

    def __str__(self) -> str:
        same = f"; there already: {self.same}" if self.same else ""
        other = f"; against your own labels, which stand: {self.against}" if self.against else ""
        return f"{_counted(len(self.new), 'preference')} imported{same}{other}"


def placed(found: Sequence[Label], items: Sequence[Item], labels: Sequence[Label]) -> Placed:
    """Put imported labels beside those that are there, none of them twice.

    Args:
        found: what was imported.
        items: what the lab shows; a pair's first showing is labelled before its second.
        labels: those that are there.
    """
    there = standing(labels)
    said = Counter((one.turns, one.chosen, one.rejected) for one in there)
    pairs = {key for one in there for key in (one.key, one.swapped)}
    free = [item for item in items if item.key not in {one.key for one in there}]
    new, same, against = [], 0, 0
    for one in found:
        verdict = (one.turns, one.chosen, one.rejected)
        # each label that is there stands for one line, so that a second showing has its own
        if said[verdict] > 0:
            said[verdict] -= 1
            same += 1
        elif item := next((item for item in free if item.key in (one.key, one.swapped)), None):
            free.remove(item)
            new.append(item.label(LEFT if one.chosen == item.left else RIGHT, IMPORT))
        elif one.key not in pairs:
            pairs |= {one.key, one.swapped}
            said[verdict] = 0
            new.append(one)
        elif verdict in said:
            same += 1
        else:
            against += 1
    return Placed(tuple(new), same, against)


def _parsed(entry: object, ignore: Collection[str]) -> Label:
    """The label of a line's JSON; a ValueError says what is wrong with it."""
    if not isinstance(entry, dict):
        raise ValueError(f"it is {brief(entry)}, and not an object with {', '.join(FIELDS)}")
    missing = [name for name in FIELDS if name not in entry]
    if missing:
        hint = " (trl.extract_prompt makes one)" if missing == ["prompt"] else ""
        raise ValueError(f"it has no {' and no '.join(missing)}{hint}")
    if unknown := [name for name in entry if name not in FIELDS and name not in ignore]:
        named = ", ".join(unknown[:NAMED_AT_MOST])
        raise ValueError(
            f"it has the unknown fields {named}; take them out, or call import_file (of the lab) "
            f"with ignore={unknown[:NAMED_AT_MOST]} if nothing is lost without them"
        )
    prompt = entry["prompt"]
    turns = as_turns(as_messages([("user", prompt)]) if isinstance(prompt, str) else prompt)
    chosen, rejected = (_reply(name, entry[name]) for name in FIELDS[1:])
    if chosen == rejected:
        raise ValueError(f"chosen and rejected are the same, {brief(chosen)}")
    return Label(turns, chosen, rejected, LEFT, IMPORT)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _reply(name: str, value: object) -> str:
    """A reply as a text, whether it was one or a message of the assistant."""
    if isinstance(value, str):
        return value
    one = value[0] if isinstance(value, list) and len(value) == 1 else None
    if not isinstance(one, dict) or one.get("role") != "assistant":
        one = {}
    if not isinstance(one.get("content"), str):
        raise ValueError(
            f"{name} is {brief(value)}; use a text, or one message of the assistant: "
            '[{"role": "assistant", "content": "Hello."}]'
        )
    return one["content"]
