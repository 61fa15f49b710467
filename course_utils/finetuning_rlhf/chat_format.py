"""How a conversation becomes token ids, and the template that tells other programs the same.

A conversation may begin with a system turn, an instruction that stands above what is said; then
user and assistant take turns. Left out: tools. Taught in notebook 04, section "A chat is a text
with a form".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from course_utils.model import save
from course_utils.tokenization.file_format import CONFIG_NAME
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import (
    ASSISTANT,
    END,
    PAD,
    SPECIAL_TOKENS,
    SYSTEM,
    USER,
)

ROLES = ("user", "assistant")
Turn = tuple[str, str]  # (role, text)

# In Jinja, the language of Hugging Face's chat templates. It makes what `conversation_ids` makes
# and refuses what that refuses. Where a text holds the name of a special token it refuses too:
# other programs would read the name as the token itself. The generation marks tell trainers such
# as TRL which tokens are the assistant's.
CHAT_TEMPLATE = (
    "{% set first = 1 if messages and messages[0]['role'] == 'system' else 0 %}"
    "{% if messages | length <= first %}"
    "{{ raise_exception('The conversation has no turn of a user; add what the user says.') }}"
    "{% endif %}"
    "{% for message in messages %}"
    "{% set expected = 'system' if loop.index0 < first"
    " else ['user', 'assistant'][(loop.index0 - first) % 2] %}"
    "{% if message['role'] != expected %}"
    "{{ raise_exception('Turn ' ~ loop.index ~ ' has the role ' ~ message['role'] ~ ', expected '"
    " ~ expected ~ ': first a system turn, if any, then user, assistant, user, and so on.') }}"
    "{% endif %}"
    "{% if message['content'] is not string %}"
    "{{ raise_exception('Turn ' ~ loop.index ~ ' is no text; join the parts that it has.') }}"
    "{% endif %}"
    "{% if not message['content'] | trim %}"
    "{{ raise_exception('Turn ' ~ loop.index ~ ' says nothing; write a word or leave it out.') }}"
    "{% endif %}"
    "{% for special in [" + ", ".join(map(repr, SPECIAL_TOKENS)) + "] %}"
    "{% if special in message['content'] %}"
    "{{ raise_exception('The text holds the special token ' ~ special ~ '; take it out.') }}"
    "{% endif %}"
    "{% endfor %}"
    "{{ '<|' ~ message['role'] ~ '|>' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] ~ '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ ' ' ~ (message['content'] | trim) }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt and messages[-1]['role'] == 'user' %}"
    "{{ '<|assistant|>' }}"
    "{% endif %}"
)


class HasTurns(Protocol):
    """What sampling and scoring need of a prompt: questions.Prompt has more."""

    @property
    def text(self) -> str:
        """What the user says last."""

    @property
    def turns(self) -> Sequence[Turn]:
        """The conversation up to there, that last turn included."""


class Example(Protocol):
    """What finetuning needs of an example: chat_writers.ChatExample has these."""

    prompt: HasTurns
    reply: str


def conversation_ids(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The ids of a conversation; after a user's last turn they end where the reply begins.

    What the user and the system say is stripped at both ends, as a chat window does, so that a
    line end behind a question changes nothing. A space goes before it, so that "Egypt" as the
    first word is the token that it is inside a sentence; replies begin as pages do. The texts go
    through `encode`, which never makes special tokens, so a typed "<|end|>" stays text and ends
    nothing.

    Args:
        tokenizer: the one of the model.
        turns: (role, text) in their order: one "system" first, or none, then "user" and
            "assistant" in turn, beginning with "user".

    Returns:
        <|system|> text <|user|> text <|assistant|> text <|end|>, turn after turn.

    Raises:
        ValueError: no turn of a user, a role out of its order, or a text that is empty or none.
    """
    return [token for ids, _ in _pieces(tokenizer, turns) for token in ids]


def example_ids(
    tokenizer: TextTokenizer, turns: Sequence[Turn], reply: str
) -> tuple[list[int], list[bool]]:
    """A conversation with its last reply, and which tokens of it are learnt.

    Args:
        tokenizer: the one of the model.
        turns: (role, text), up to what the user says last.
        reply: what the assistant shall say.

    Returns:
        (ids, mask), both of T entries. The mask is True on all replies' tokens and on the closing
        <|end|> of each, so that the loss is over what the assistant says and over where it stops.

    Raises:
        ValueError: see `conversation_ids`.
    """
    pieces = list(_pieces(tokenizer, [*turns, ("assistant", reply)]))
    ids = [token for piece, _ in pieces for token in piece]
    return ids, [learnt for piece, learnt in pieces for _ in piece]


def _pieces(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> Iterator[tuple[list[int], bool]]:
    """The ids of a conversation, piece by piece, each with whether the assistant says it."""
    # Roles alternate after the system turn, so a turn's place says whose it has to be.
    first = int(bool(turns) and turns[0][0] == "system")
    if len(turns) <= first:
        raise ValueError(
            "The conversation has no turns of a user; expected at least ('user', 'Hello.')."
        )
    for number, (role, text) in enumerate(turns):
        _check(number + 1, role, text, "system" if number < first else ROLES[(number - first) % 2])
        # Only here are special tokens made; what was typed stays text.
        if role == "assistant":
            yield [ASSISTANT], False
            yield [*tokenizer.encode(text), END], True
        else:
            mark = SYSTEM if role == "system" else USER
            yield [mark, *tokenizer.encode(f" {text.strip()}")], False
    # After a user's turn the model is to speak.
    if turns[-1][0] != "assistant":
        yield [ASSISTANT], False


def _check(number: int, role: str, text: str, expected: str) -> None:
    """Refuses a turn out of its order, or one that says nothing or is no text."""
    if role != expected:
        raise ValueError(
            f"Turn {number} has the role {role!r}, expected {expected!r}. "
            "Begin with one system turn or none, then let the roles alternate: user, assistant, "
            "user, and so on."
        )
    if not isinstance(text, str):
        raise ValueError(
            f"Turn {number} ({role}) has {repr(text)[:60]} where its text belongs, a "
            f"{type(text).__name__}. Give a text; of a list of parts, join what they say."
        )
    if not text.strip():
        raise ValueError(
            f"Turn {number} ({role}) has the text {text!r}, which says nothing. "
            "Give it at least one word, or leave the turn out with the one after it."
        )


def write_template(folder: Path | str) -> None:
    """Adds the template to a saved folder, so that other programs chat in the same form.

    A template is a text, and its special tokens must be read as tokens: `split_special_tokens`,
    which the tokenizer's own files switch on against typed special tokens, is switched off here,
    and the template itself refuses them. What config.json says beside it is said here too: the
    token that begins a text, and how many tokens the model reads.

    Args:
        folder: holds tokenizer_config.json, as tokenization/file_format.py writes it, and best the
            model's config.json.

    Raises:
        FileNotFoundError: it does not hold that file.
    """
    path = Path(folder) / CONFIG_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {CONFIG_NAME} in {folder}. Save a model with its tokenizer there first."
        )
    # The file keeps all that it said; only these entries are replaced.
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings |= {
        "bos_token": SPECIAL_TOKENS[END],
        "eos_token": SPECIAL_TOKENS[END],
        "pad_token": SPECIAL_TOKENS[PAD],
        "additional_special_tokens": [SPECIAL_TOKENS[one] for one in (USER, ASSISTANT, SYSTEM)],
        "split_special_tokens": False,
        "chat_template": CHAT_TEMPLATE,
    }
    if (model := Path(folder) / save.CONFIG).is_file():
        settings["model_max_length"] = save.read_settings(model)["max_position_embeddings"]
    text = json.dumps(settings, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
