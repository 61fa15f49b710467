"""Labels: which pairs of replies are shown, what a reader or the script says of each.

Some pairs are shown twice, the second time with their sides swapped. Left out: the file that keeps
a reader's labels (label_store.py), how labels agree (agreement.py) and the files of other programs
(preference_files.py). Taught in notebook 04, section "Which reply is better?".
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from course_utils import checks
from course_utils.finetuning_rlhf.annotator import Annotator, Preference, label
from course_utils.finetuning_rlhf.chat_format import ROLES, Turn
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.littleweb.rng import Rng

LEFT, RIGHT, BOTH_GOOD, BOTH_BAD = CHOICES = ("left", "right", "both_good", "both_bad")
READER, SCRIPT, IMPORT = SOURCES = ("reader", "script", "import")
FIRST_AGAIN, AGAIN_EVERY = 6, 3  # new pairs before the first second showing, and between two

Turns = tuple[Turn, ...]
Key = tuple[Turns, str, str]  # a pair as it was shown: the conversation, left, right


@dataclass(frozen=True)
class Label:
    """What was said of two replies that stood side by side.

    Args:
        turns: the conversation up to where the reply begins, as (role, text).
        left: the reply on the left.
        right: the reply on the right.
        choice: "left", "right", "both_good" or "both_bad".
        source: "reader", "script" or "import".
        slip: the script meant the opposite; for looking into the noise only.
    """

    turns: Turns
    left: str
    right: str
    choice: str
    source: str = READER
    slip: bool = False

    def __post_init__(self) -> None:
        checks.choice("choice", self.choice, CHOICES)
        checks.choice("source", self.source, SOURCES)

    @property
    def key(self) -> Key:
        """The pair as it was shown."""
        return self.turns, self.left, self.right

    @property
    def swapped(self) -> Key:
        """The same pair with its sides swapped."""
        return self.turns, self.right, self.left

    @property
    def tie(self) -> bool:
        """Whether neither reply was called the better one."""
        return self.choice not in (LEFT, RIGHT)

    @property
    def chosen(self) -> str | None:
        """The better reply; None of a tie."""
        return None if self.tie else (self.left if self.choice == LEFT else self.right)

    @property
    def rejected(self) -> str | None:
        """The worse reply; None of a tie."""
        return None if self.tie else (self.right if self.choice == LEFT else self.left)


@dataclass(frozen=True)
class Item:
    """A pair as it is shown.

    Args:
        prompt: what was asked.
        left: the reply on the left.
        right: the reply on the right.
        again: it was shown before, with its sides swapped.
    """

    prompt: Prompt
    left: str
    right: str
    again: bool = False

    @property
    def key(self) -> Key:
        """The pair as it is shown."""
        return tuple(self.prompt.turns), self.left, self.right

    def label(self, choice: str, source: str = READER, slip: bool = False) -> Label:
        """This pair with what is said of it."""
        return Label(*self.key, choice, source, slip)


def schedule(
    prompts: Sequence[Prompt],
    first: Sequence[str],
    second: Sequence[str],
    seed: int = 0,
    most: int = 40,
) -> list[Item]:
    """What is shown in which order: each pair once, and some a second time with sides swapped.

    The same arguments give the same, so a lab that is run again goes on where it was.

    Args:
        prompts: N prompts.
        first: N replies.
        second: N other replies; a pair of texts that look equal, or one that came before, is left
            out.
        seed: which reply of a pair stands on the left.
        most: how many showings in all, second ones counted.

    Raises:
        ValueError: the lists are not equally long, no pair has two different replies, or a
            prompt is no conversation (see `as_turns`).
    """
    checks.whole("most", most, least=1)
    if not len(prompts) == len(first) == len(second):
        raise ValueError(
            f"There are {len(prompts)} prompts, {len(first)} and {len(second)} replies. "
            "Give two replies a prompt, in the same order."
        )
    rng, shown, waiting = Rng(f"{seed}/labels/sides"), [], deque()
    for number, (prompt, *pair) in enumerate(_distinct(prompts, first, second), 1):
        left, right = reversed(pair) if rng.happens(0.5) else pair
        shown.append(Item(prompt, left, right))
        waiting.append(shown[-1])
        # far enough from the first showing that a reader has to judge again
        if number >= FIRST_AGAIN and (number - FIRST_AGAIN) % AGAIN_EVERY == 0:
            old = waiting.popleft()
            shown.append(Item(old.prompt, old.right, old.left, again=True))
    if not shown:
        raise ValueError(
            f"None of {len(prompts)} pairs has two different replies, so there is nothing to "
            "choose. Draw the replies at temperature 1 with two seeds."
        )
    return shown[:most]


def _distinct(
    prompts: Sequence[Prompt], first: Sequence[str], second: Sequence[str]
) -> Iterator[tuple[Prompt, str, str]]:
    """The pairs of replies that look different, each once."""
    seen = set()
    for prompt, *pair in zip(prompts, first, second, strict=True):
        key = (as_turns(as_messages(prompt.turns)), *sorted(pair))
        # blanks at the ends are not seen, so nobody could say which of two such replies is better
        if pair[0].strip() != pair[1].strip() and key not in seen:
            seen.add(key)
            yield prompt, *pair


def scripted(items: Sequence[Item], annotator: Annotator) -> list[Label]:
    """What the annotator says of each item; replies that seem alike are both good or both bad.

    A pair that is shown again is judged by one of the same tastes and another seed: who is asked
    twice overlooks and slips elsewhere. Both replies are good where together they have at least
    the points of one right one.
    """
    likes = annotator.tastes
    other = Annotator(annotator.seed + 1, annotator.noise, annotator.ties, likes)
    found = []
    for item in items:
        person = other if item.again else annotator
        said = label([item.prompt], [item.left], [item.right], person)
        if said:
            choice = LEFT if said[0].chosen == item.left else RIGHT
            found.append(item.label(choice, SCRIPT, said[0].flipped))
            continue
        points = sum(person.taste(item.prompt, reply) for reply in (item.left, item.right))
        found.append(item.label(BOTH_GOOD if points >= likes.right else BOTH_BAD, SCRIPT))
    return found


def standing(labels: Sequence[Label]) -> list[Label]:
    """Of labels for the same pair in the same places the newest one, in the order of the newest.

    There are several where two labs were open on one file.
    """
    newest: dict[Key, Label] = {}
    for one in labels:
        newest.pop(one.key, None)
        newest[one.key] = one
    return list(newest.values())


def preferences(
    labels: Sequence[Label], prompts: Mapping[Turns, Prompt] | None = None
) -> list[Preference]:
    """The labels as a reward model is trained on them; ties are left out.

    Args:
        labels: of any source.
        prompts: turns -> the prompt with what is needed to judge a reply. Of a conversation that
            is not there the prompt has the kind "other" and no answers: good for training, not
            for judging.
    """
    known = prompts or {}
    return [
        Preference(
            known.get(one.turns) or Prompt(one.turns[-1][1], "other", before=one.turns[:-1]),
            one.chosen,
            one.rejected,
            one.slip,
        )
        for one in labels
        if not one.tie
    ]


def pair_text(preference: Preference, letters: int = 90) -> str:
    """A pair in three lines for a notebook: what was asked, the chosen reply (+), the other (-).

    Where the script slipped, the reply that it meant is marked; so what is noise can be seen.

    Args:
        preference: of `annotator.label` or of `preferences`.
        letters: of each line's text at most; the rest is cut.
    """
    checks.whole("letters", letters, least=1)

    def line(text: str) -> str:
        words = " ".join(text.split())
        return words if len(words) <= letters else f"{words[: letters - 1]}\N{HORIZONTAL ELLIPSIS}"

    chosen, rejected = (
        line(reply) or "(an empty reply)" for reply in (preference.chosen, preference.rejected)
    )
    meant = "   <- a slip: this one was meant" if preference.flipped else ""
    return f"{line(preference.prompt.text)}\n  + {chosen}\n  - {rejected}{meant}"


def as_messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Turns as other programs write them: a list of {"role": ..., "content": ...}."""
    return [{"role": role, "content": text} for role, text in turns]


def as_turns(messages: object) -> Turns:
    """The turns of a list of messages that ends where a reply begins.

    Raises:
        ValueError: it is no such list; the text says what it should be.
    """
    wanted = 'use a list such as [{"role": "user", "content": "Hello."}]'
    if not isinstance(messages, list) or not messages:
        raise ValueError(f"the prompt is {brief(messages)}; {wanted}")
    turns = []
    for one in messages:
        pair = (one.get("role"), one.get("content")) if isinstance(one, dict) else (None, None)
        if not all(isinstance(part, str) for part in pair) or not pair[1].strip():
            raise ValueError(f"the prompt holds {brief(one)}; {wanted}")
        turns.append(pair)
    first = int(turns[0][0] == "system")
    expected = [ROLES[(at - first) % 2] for at in range(first, len(turns))]
    if [role for role, _ in turns[first:]] != expected or len(expected) % 2 == 0:
        roles = ", ".join(role for role, _ in turns)
        raise ValueError(
            f"the prompt has the roles {roles}; after one system turn or none, user and assistant "
            "alternate, and the user speaks last"
        )
    return tuple(turns)


def brief(value: object) -> str:
    """A value as JSON for a message, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
