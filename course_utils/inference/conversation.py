"""What is kept of a conversation: what a user said, every reply that was written to it, and how.

Frozen values and their JSON; who writes replies is chat.py, and where they lie on the disk
history.py. Taught in notebook 05, section "A chat".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from course_utils.model.generate import LENGTH, STOP

Turn = tuple[str, str]  # (role, text)
FINISHES = (None, STOP, LENGTH)


@dataclass(frozen=True)
class Reply:
    """A text that a model wrote.

    Attributes:
        text: what was shown.
        lengths: of each token, how many characters of the text came with it; 0 for half of one.
        probabilities: of each token, 0..1, as the model itself had it, at temperature 1.
        finish: "stop" where the model ended it, "length" where its room was used up, None where
            somebody stopped it or nobody knows.
    """

    text: str
    lengths: tuple[int, ...] = ()
    probabilities: tuple[float, ...] = ()
    finish: str | None = None


@dataclass(frozen=True)
class Exchange:
    """What a user said, and the replies to it, of which one stands.

    Attributes:
        user: the message.
        replies: one or more, in the order in which they were written.
        chosen: the number, from 0, of the one that the conversation goes on from.
    """

    user: str
    replies: tuple[Reply, ...]
    chosen: int = 0

    @property
    def reply(self) -> Reply:
        """The reply that stands."""
        return self.replies[self.chosen]

    def with_reply(self, reply: Reply) -> Exchange:
        """With another reply, which stands; one of the same words is not kept twice."""
        texts = [earlier.text for earlier in self.replies]
        if reply.text in texts:
            return replace(self, chosen=texts.index(reply.text))
        return replace(self, replies=(*self.replies, reply), chosen=len(self.replies))


@dataclass(frozen=True)
class Conversation:
    """All of a conversation.

    Attributes:
        exchanges: the oldest first.
        system: the instruction above it, or None.
        unanswered: a message whose reply was being written, or None.
    """

    exchanges: tuple[Exchange, ...] = ()
    system: str | None = None
    unanswered: str | None = None


def turns_of(exchanges: Sequence[Exchange]) -> list[Turn]:
    """(role, text) of all turns, with the replies that stand."""
    pairs = ((("user", one.user), ("assistant", one.reply.text)) for one in exchanges)
    return [turn for pair in pairs for turn in pair]


def exchanges_of(turns: Sequence[Turn]) -> tuple[Exchange, ...]:
    """The exchanges of plain turns, of which nothing but the text is known.

    Raises:
        ValueError: they are not pairs of a user's turn and an assistant's.
    """
    made = []
    for number, (asked, answered) in enumerate(zip_longest(turns[::2], turns[1::2])):
        roles = (asked[0], answered and answered[0])
        if roles != ("user", "assistant"):
            raise ValueError(
                f"Turns {2 * number + 1} and {2 * number + 2} are of {roles[0]!r} and "
                f"{roles[1]!r}, expected 'user' and 'assistant'.\nGive each message with its "
                "reply; the message that waits for one goes to `say`, a system turn to `system`."
            )
        made.append(Exchange(asked[1], (Reply(answered[1]),)))
    return tuple(made)


def as_json(conversation: Conversation) -> dict[str, object]:
    """The conversation as JSON can hold it; probabilities with four digits."""
    return {
        "system": conversation.system,
        "unanswered": conversation.unanswered,
        "exchanges": [
            {
                "user": exchange.user,
                "chosen": exchange.chosen,
                "replies": [
                    {
                        "text": reply.text,
                        "lengths": list(reply.lengths),
                        "probabilities": [round(share, 4) for share in reply.probabilities],
                        "finish": reply.finish,
                    }
                    for reply in exchange.replies
                ],
            }
            for exchange in conversation.exchanges
        ],
    }


def parsed(content: object) -> Conversation:
    """The conversation of what `as_json` made.

    Raises:
        ValueError: it is something else; the text says what.
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("exchanges"), list):
        raise ValueError("it is no conversation: it has no list of exchanges")
    system, unanswered = content.get("system"), content.get("unanswered")
    for name, text in (("system turn", system), ("unanswered message", unanswered)):
        if text is not None and not _says(text):
            raise ValueError(f"its {name} is no text")
    exchanges = [_exchange(number, one) for number, one in enumerate(content["exchanges"], 1)]
    return Conversation(tuple(exchanges), system, unanswered)


def _exchange(number: int, entry: object) -> Exchange:
    """One exchange of the JSON."""
    if not isinstance(entry, Mapping) or not _says(entry.get("user")):
        raise ValueError(f"exchange {number} has no message of a user")
    replies, chosen = entry.get("replies"), entry.get("chosen")
    if not isinstance(replies, list) or not replies:
        raise ValueError(f"exchange {number} has no reply")
    if type(chosen) is not int or not 0 <= chosen < len(replies):
        raise ValueError(f"exchange {number} has {len(replies)} replies and chose {chosen!r}")
    return Exchange(entry["user"], tuple(_reply(number, one) for one in replies), chosen)


def _reply(number: int, entry: object) -> Reply:
    """One reply of the JSON."""
    if not isinstance(entry, Mapping) or not _says(entry.get("text")):
        raise ValueError(f"a reply of exchange {number} has no text")
    lengths, shares = entry.get("lengths"), entry.get("probabilities")
    if not isinstance(lengths, list) or not isinstance(shares, list):
        raise ValueError(f"a reply of exchange {number} has no lists of lengths, probabilities")
    whole = all(type(one) is int and one >= 0 for one in lengths)
    numbers = all(type(one) in (int, float) and 0 <= one <= 1 for one in shares)
    # Of a reply that was written elsewhere nothing is known but the text.
    fits = not lengths or sum(lengths) == len(entry["text"])
    if not whole or not numbers or len(lengths) != len(shares) or not fits:
        raise ValueError(f"the tokens of a reply of exchange {number} do not fit its text")
    if entry.get("finish") not in FINISHES:
        raise ValueError(f"a reply of exchange {number} ended by {entry.get('finish')!r}")
    return Reply(entry["text"], tuple(lengths), tuple(map(float, shares)), entry["finish"])


def _says(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())
