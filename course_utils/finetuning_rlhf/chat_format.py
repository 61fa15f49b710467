"""How a conversation becomes token ids, and the template that tells other programs the same.

Leaves out system messages and tools: there are a user and an assistant, nothing else. Taught in
notebook 04, section "A chat is a text with a form".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from course_utils.model import save
from course_utils.tokenization.file_format import CONFIG_NAME
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import ASSISTANT, END, SPECIAL_TOKENS, USER

ROLES = ("user", "assistant")
Turn = tuple[str, str]  # (role, text)

# In Jinja, the language of Hugging Face's chat templates. Where a text holds the name of a special
# token the template refuses: other programs would read the name as the token itself.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] != ['user', 'assistant'][loop.index0 % 2] %}"
    "{{ raise_exception('Turns must alternate: user, assistant, user, and so on.') }}"
    "{% endif %}"
    "{% for special in ['<|end|>', '<|user|>', '<|assistant|>', '<|pad|>'] %}"
    "{% if special in message['content'] %}"
    "{{ raise_exception('The text holds the special token ' + special + '; take it out.') }}"
    "{% endif %}"
    "{% endfor %}"
    "{{ '<|' + message['role'] + '|>' }}"
    "{% if message['role'] == 'user' %}{{ ' ' }}{% endif %}"
    "{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ '<|end|>' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt and messages[-1]['role'] == 'user' %}"
    "{{ '<|assistant|>' }}"
    "{% endif %}"
)


class HasText(Protocol):
    """What sampling and scoring need of a prompt: questions.Prompt has more."""

    @property
    def text(self) -> str:
        """What the user says."""


class Example(Protocol):
    """What finetuning needs of an example: chat_writers.ChatExample has these."""

    prompt: HasText
    reply: str


def conversation_ids(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The ids of a conversation; after a user's last turn they end where the reply begins.

    A space goes before what the user says, so that "Egypt" as the first word is the token that it
    is inside a sentence; replies begin as pages do. The texts go through `encode`, which never
    makes special tokens, so a typed "<|end|>" stays text and ends nothing.

    Args:
        tokenizer: the one of the model.
        turns: (role, text) in their order; the roles alternate, beginning with "user".

    Returns:
        <|user|> text <|assistant|> text <|end|>, turn after turn.

    Raises:
        ValueError: no turn, a role out of its order, or an empty text.
    """
    if not turns:
        raise ValueError("The conversation has no turns; expected at least ('user', 'Hello.').")
    ids: list[int] = []
    # Roles alternate, so a turn's place says whose it has to be.
    for number, (role, text) in enumerate(turns):
        expected = ROLES[number % 2]
        if role != expected:
            raise ValueError(
                f"Turn {number + 1} has the role {role!r}, expected {expected!r}. "
                "Let the roles alternate: user, assistant, user, and so on."
            )
        if not text.strip():
            raise ValueError(
                f"Turn {number + 1} ({role}) has the text {text!r}, which says nothing. "
                "Give it at least one word, or leave the turn out with the one after it."
            )
        # Only here are special tokens made; what was typed stays text.
        if role == "user":
            ids += [USER, *tokenizer.encode(f" {text}")]
        else:
            ids += [ASSISTANT, *tokenizer.encode(text), END]
    # After a user's turn the model is to speak.
    return ids if turns[-1][0] == "assistant" else [*ids, ASSISTANT]


def example_ids(tokenizer: TextTokenizer, prompt: str, reply: str) -> tuple[list[int], list[bool]]:
    """One question with its answer, and which tokens of it are learnt.

    Args:
        tokenizer: the one of the model.
        prompt: what the user says.
        reply: what the assistant shall say.

    Returns:
        (ids, mask), both of T entries. The mask is True on the reply's tokens and on the closing
        <|end|>, so that the loss is over what the assistant says and over where it stops.
    """
    # The question alone tells where the reply begins.
    asked = conversation_ids(tokenizer, [("user", prompt)])
    ids = conversation_ids(tokenizer, [("user", prompt), ("assistant", reply)])
    return ids, [position >= len(asked) for position in range(len(ids))]


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
    end, user, assistant, pad = SPECIAL_TOKENS
    # The file keeps all that it said; only these entries are replaced.
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings |= {
        "bos_token": end,
        "eos_token": end,
        "pad_token": pad,
        "additional_special_tokens": [user, assistant],
        "split_special_tokens": False,
        "chat_template": CHAT_TEMPLATE,
    }
    if (model := Path(folder) / save.CONFIG).is_file():
        settings["model_max_length"] = save.read_settings(model)["max_position_embeddings"]
    text = json.dumps(settings, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
