"""The form in which a conversation is put to a chat model: the right one, and wrong ones.

Each takes turns and gives token ids; what a wrong one costs is measured by prompting.py. Leaves
out the right form itself (finetuning_rlhf/chat_format.py). Taught in notebook 05, section
"Asking well".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from course_utils.finetuning_rlhf.chat_format import Turn, conversation_ids
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END, SPECIAL_TOKENS

EARLIER: tuple[Turn, ...] = (("user", "Hello."), ("assistant", "Hello to you."))


def trained(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The form of the finetuning: special tokens between the turns."""
    return conversation_ids(tokenizer, turns)


def no_template(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The bare text of the turns."""
    return tokenizer.encode("\n".join(text for _, text in turns))


def chatml(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The form of another family of models, ChatML, whose signs are only text to this one."""
    said = [f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns]
    return tokenizer.encode("".join(said) + "<|im_start|>assistant\n")


def joined_first(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The right form joined to one text and then tokenized, so that the signs become text too."""
    said = [
        f"<|{role}|>{text}<|end|>" if role == "assistant" else f"<|{role}|> {text}"
        for role, text in turns
    ]
    return tokenizer.encode("".join(said) + "<|assistant|>")


def no_end(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The form of the finetuning without the end token behind earlier replies."""
    return [token for token in conversation_ids(tokenizer, turns) if token != END]


def no_answer_sign(tokenizer: TextTokenizer, turns: Sequence[Turn]) -> list[int]:
    """The form of the finetuning without the last sign, which says whose turn it is."""
    return conversation_ids(tokenizer, turns)[:-1]


Template = Callable[[TextTokenizer, Sequence[Turn]], list[int]]
# name -> (template, what was said before the question)
TEMPLATES: Mapping[str, tuple[Template, tuple[Turn, ...]]] = {
    "the trained one": (trained, ()),
    "none": (no_template, ()),
    "ChatML": (chatml, ()),
    "joined, then tokenized": (joined_first, ()),
    "no sign to answer": (no_answer_sign, ()),
    "second turn": (trained, EARLIER),
    "second turn, no end": (no_end, EARLIER),
}


def shown(tokenizer: TextTokenizer, ids: Sequence[int]) -> str:
    """Token ids as a line: each token's text, ¦ between two, special tokens by name.

    A space is a dot and a line end an arrow, so that both can be seen.
    """
    names = dict(enumerate(SPECIAL_TOKENS))
    parts = [names.get(token) or tokenizer.decode([token]) for token in ids]
    return "¦".join(part.replace("\n", "⏎").replace(" ", "·") for part in parts)
