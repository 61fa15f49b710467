"""The tokenizer's files: Hugging Face's tokenizer.json, written and read in plain Python.

Leaves out normalizers, prefixes, unknown tokens and everything else that byte-level BPE does not
need: a file that asks for them is refused by name. Taught in notebook 02, section "Hand-off".
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterator
from pathlib import Path

from course_utils.tokenization.byte_alphabet import (
    BYTE_ORDER,
    BYTE_TO_CHARACTER,
    FIRST_MERGE_ID,
    PATTERN,
)
from course_utils.tokenization.special_tokens import (
    ASSISTANT,
    END,
    PAD,
    SPECIAL_TOKENS,
    SYSTEM,
    USER,
)

FILE_NAME = "tokenizer.json"
CONFIG_NAME = "tokenizer_config.json"
Pair = tuple[int, int]
# Where a file may say what it likes: these change neither ids nor texts, for all bytes are known.
HARMLESS = (
    "pre_tokenizer.pretokenizers[1].trim_offsets",
    "decoder.add_prefix_space",
    "decoder.trim_offsets",
    "decoder.use_regex",
    "model.unk_token",
    "model.fuse_unk",
    "model.byte_fallback",
)
LEFT_OUT = {"use_regex": True}  # what Hugging Face takes where a file does not say


def dumps(merges: list[Pair]) -> str:
    """The text of tokenizer.json for these merges.

    The special tokens stand in the vocabulary, not among "added_tokens": a library that finds
    them there cuts them out of every text, so a page or a user could type <|end|> and be obeyed.

    Args:
        merges: pairs of ids in the order learned; merge n makes id FIRST_MERGE_ID + n.

    Returns:
        JSON that tokenizers.Tokenizer.from_str (from 0.20 on) and transformers (from 4.45) open.
    """
    # Every token's name, in the order of the ids: Hugging Face spells bytes as characters.
    names = list(SPECIAL_TOKENS) + [BYTE_TO_CHARACTER[byte] for byte in BYTE_ORDER]
    for left, right in merges:
        names.append(names[left] + names[right])
    # How a text is cut and put together again, in Hugging Face's words.
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    split = {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated"}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [split | {"invert": False}, byte_level | {"use_regex": False}],
        },
        "post_processor": None,
        "decoder": byte_level | {"use_regex": False},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {name: token for token, name in enumerate(names)},
            "merges": [[names[left], names[right]] for left, right in merges],
        },
    }
    return json.dumps(tokenizer, ensure_ascii=False, indent=1) + "\n"


def write(merges: list[Pair], folder: Path) -> None:
    """Writes tokenizer.json, and beside it the names of the special tokens for transformers."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": SPECIAL_TOKENS[END],
        "pad_token": SPECIAL_TOKENS[PAD],
        "additional_special_tokens": [SPECIAL_TOKENS[one] for one in (USER, ASSISTANT, SYSTEM)],
        "split_special_tokens": True,  # typed in a text they stay text, as in encode()
        "clean_up_tokenization_spaces": False,
    }
    config_text = json.dumps(config, indent=1) + "\n"
    (folder / FILE_NAME).write_text(dumps(merges), encoding="utf-8", newline="\n")
    (folder / CONFIG_NAME).write_text(config_text, encoding="utf-8", newline="\n")


def read(folder: Path) -> list[Pair]:
    """The merges of a tokenizer.json that this course wrote, or that says the same.

    Raises:
        FileNotFoundError: the folder has no tokenizer.json.
        ValueError: the file is damaged, or another tokenizer's: what it asks for that the course's
            tokenizer does not do is named.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {FILE_NAME} in {folder}. Train a tokenizer in notebook 02 and save it."
        )
    try:
        return loads(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        reason = error if type(error) is ValueError else "it is not whole or not a tokenizer"
        raise ValueError(
            f"{path} cannot be used: {reason}. Train and save the tokenizer again in notebook 02; "
            "one that was made elsewhere is opened by the library that made it."
        ) from error


def loads(text: str) -> list[Pair]:
    """The merges in the text of a tokenizer.json, after checking that it is of our kind."""
    content = json.loads(text)
    if asked := list(_foreign(content)):
        raise ValueError("; ".join(asked))
    # Merge n has to make token n, and nothing else may stand in the vocabulary.
    vocabulary = content["model"]["vocab"]
    # Before tokenizers 0.20 a merge was written as one text, with a space between the two.
    names = [
        name.split(" ") if isinstance(name, str) else name for name in content["model"]["merges"]
    ]
    merges = [(vocabulary[left], vocabulary[right]) for left, right in names]
    for expected, (left, right) in enumerate(names, start=FIRST_MERGE_ID):
        if vocabulary[left + right] != expected:
            raise ValueError(f"token {left + right!r} has not the id {expected} of its merge")
    if vocabulary != json.loads(dumps(merges))["model"]["vocab"]:
        raise ValueError("its vocabulary is not special tokens, bytes and merges in this order")
    return merges


def _foreign(content: dict) -> Iterator[str]:
    """What a file asks for that the course's tokenizer does not do, by name."""
    # Vocabulary and merges are looked at by themselves.
    wanted = json.loads(dumps([]))
    said = content | {"model": content["model"] | {"vocab": None, "merges": None}}
    wanted["model"] |= {"vocab": None, "merges": None}
    # The names of the special tokens, which transformers writes here, mean the ids that they have;
    # typed in a text they stay text all the same.
    for token in said.pop("added_tokens", None) or []:
        if dict(enumerate(SPECIAL_TOKENS)).get(token["id"]) != token["content"]:
            yield f"added_tokens has {token['content']!r}"
    # A template may stand here too, as long as it adds nothing.
    after = said.pop("post_processor", None) or {}
    adds = after.get("type") != "TemplateProcessing" or after.get("special_tokens")
    if after and after.get("type") != "ByteLevel" and adds:
        yield f"post_processor is a {after.get('type')}"
    yield from _different("", said, wanted)


def _different(name: str, said: object, wanted: object) -> Iterator[str]:
    """The settings that are not the wanted ones, each with its name; null, 0 and "" are alike."""
    if name in HARMLESS or (not said and not wanted):
        return
    if isinstance(said, dict) and isinstance(wanted, dict):
        for key in dict.fromkeys((*wanted, *said)):
            inner = f"{name}.{key}".lstrip(".")
            yield from _different(inner, said.get(key, LEFT_OUT.get(key)), wanted.get(key))
    elif isinstance(said, list) and isinstance(wanted, list) and len(said) == len(wanted):
        for number, pair in enumerate(zip(said, wanted, strict=True)):
            yield from _different(f"{name}[{number}]", *pair)
    elif said != wanted:
        yield f"{name} is {reprlib.repr(said)} and not {reprlib.repr(wanted)}"
