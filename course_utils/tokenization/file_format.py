"""The tokenizer's files: Hugging Face's tokenizer.json, written and read in plain Python.

Leaves out normalizers, prefixes, unknown tokens and everything else that byte-level BPE does not
need. Taught in notebook 02, section "Hand-off".
"""

from __future__ import annotations

import json
from pathlib import Path

from course_utils.tokenization.byte_alphabet import (
    BYTE_ORDER,
    BYTE_TO_CHARACTER,
    FIRST_MERGE_ID,
    PATTERN,
)
from course_utils.tokenization.special_tokens import SPECIAL_TOKENS

FILE_NAME = "tokenizer.json"
CONFIG_NAME = "tokenizer_config.json"
Pair = tuple[int, int]


def dumps(merges: list[Pair]) -> str:
    """The text of tokenizer.json for these merges.

    The special tokens stand in the vocabulary, not among "added_tokens": a library that finds
    them there cuts them out of every text, so a page or a user could type <|end|> and be obeyed.

    Args:
        merges: pairs of ids in the order learned; merge n makes id FIRST_MERGE_ID + n.

    Returns:
        JSON that tokenizers.Tokenizer.from_str and transformers open.
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
    end, user, assistant, pad = SPECIAL_TOKENS
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": end,
        "pad_token": pad,
        "additional_special_tokens": [user, assistant],
        "split_special_tokens": True,  # typed in a text they stay text, as in encode()
        "clean_up_tokenization_spaces": False,
    }
    config_text = json.dumps(config, indent=1) + "\n"
    (folder / FILE_NAME).write_text(dumps(merges), encoding="utf-8", newline="\n")
    (folder / CONFIG_NAME).write_text(config_text, encoding="utf-8", newline="\n")


def read(folder: Path) -> list[Pair]:
    """The merges of a tokenizer.json that this course wrote.

    Raises:
        FileNotFoundError: the folder has no tokenizer.json.
        ValueError: the file is damaged, or another tokenizer's.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {FILE_NAME} in {folder}. Train a tokenizer in notebook 02 and save it."
        )
    try:
        return loads(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        reason = error if type(error) is ValueError else "it is not whole or not a tokenizer"
        raise ValueError(
            f"{path} cannot be used: {reason}. Train and save the tokenizer again in notebook 02."
        ) from error


def loads(text: str) -> list[Pair]:
    """The merges in the text of a tokenizer.json, after checking that it is of our kind."""
    content = json.loads(text)
    if content["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] != PATTERN:
        raise ValueError("it splits text in another way than this course's tokenizer")
    # Merge n has to make token n, and nothing else may stand in the vocabulary.
    vocabulary = content["model"]["vocab"]
    names = content["model"]["merges"]
    merges = [(vocabulary[left], vocabulary[right]) for left, right in names]
    for expected, (left, right) in enumerate(names, start=FIRST_MERGE_ID):
        if vocabulary[left + right] != expected:
            raise ValueError(f"token {left + right!r} has not the id {expected} of its merge")
    if vocabulary != json.loads(dumps(merges))["model"]["vocab"]:
        raise ValueError("its vocabulary is not special tokens, bytes and merges in this order")
    return merges
