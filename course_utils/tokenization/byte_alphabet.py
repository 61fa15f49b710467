"""How a text becomes pieces and bytes become ids: what both tokenizers share.

Leaves out the merges, which are learned (bpe.py). Taught in notebook 02, section "Everything is
bytes".
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import index

from course_utils import checks
from course_utils.tokenization.special_tokens import SPECIAL_TOKENS

# GPT-2 writes each byte as one visible character, so that a token file is plain text: a byte that
# prints stands for itself, the other 68 (spaces, controls) become the characters from U+0100 on.
_VISIBLE = (*range(33, 127), *range(161, 173), *range(174, 256))
_HIDDEN = tuple(byte for byte in range(256) if byte not in _VISIBLE)

BYTE_ORDER: tuple[int, ...] = _VISIBLE + _HIDDEN
"""The 256 bytes in the order of their ids: byte BYTE_ORDER[n] has id FIRST_BYTE_ID + n."""

FIRST_BYTE_ID = len(SPECIAL_TOKENS)
FIRST_MERGE_ID = FIRST_BYTE_ID + 256
BYTE_TO_ID: dict[int, int] = {byte: FIRST_BYTE_ID + n for n, byte in enumerate(BYTE_ORDER)}
BYTE_TO_CHARACTER: dict[int, str] = {byte: chr(byte) for byte in _VISIBLE} | {
    byte: chr(256 + n) for n, byte in enumerate(_HIDDEN)
}
CHARACTER_TO_BYTE: dict[str, int] = {char: byte for byte, char in BYTE_TO_CHARACTER.items()}

# Which characters are letters and spaces is written out, not asked of the regex engine: Python's
# engine and the one inside Hugging Face tokenizers know different editions of Unicode, and two
# tokenizers that disagree on one character give different ids. The letters are Latin, then every
# block of other alphabets as a whole, with its marks, digits and commas.
_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIGIT = "0-9"
_LETTER = (
    "A-Za-z\xaa\xb5\xba\xc0-\xd6\xd8-\xf6\xf8-\u167f\u1681-\u1fff\u2c00-\u2dff\u3040-\ud7ff"
    "\uf900-\ufdff\ufe70-\ufefe\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc"
    "\U00010000-\U0001cfff\U00020000-\U0003ffff"
)

PATTERN = "|".join(
    (
        "['\u2019](?:s|t|re|ve|m|ll|d)",  # the end of don't, we're, she'll
        f" ?[{_LETTER}]+",  # a word, with the space before it
        f" ?[{_DIGIT}]+",  # a number
        f" ?[^{_SPACE}{_LETTER}{_DIGIT}]+",  # punctuation, symbols, emoji
        f"[{_SPACE}]*[\r\n]+",  # the ends of lines, blank lines with them
        f"[{_SPACE}]+(?![^{_SPACE}])",  # spaces, but the last one is left to the word after it
        f"[{_SPACE}]+",
    )
)
"""The pieces that merges never cross. Close to GPT-2's; the ends of lines are from GPT-4's."""


def byte_ids(piece: str) -> tuple[int, ...]:
    """The ids of a piece's UTF-8 bytes, before any merge.

    Raises:
        ValueError: the text holds half of a surrogate pair, which no UTF-8 file can hold.
    """
    return tuple(BYTE_TO_ID[byte] for byte in utf8(piece))


def utf8(text: str) -> bytes:
    """The text's UTF-8 bytes.

    Raises:
        TypeError: it is no text.
        ValueError: it holds half of a surrogate pair; the message says where.
    """
    if not isinstance(text, str):
        raise TypeError(f"Expected a text, but got {_kind(text)}.")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"Character {error.start} of the text is {text[error.start]!r}, half of a surrogate "
            "pair: it was cut or decoded wrongly, and has no UTF-8 bytes. This joins the halves "
            "that belong together, such as those of an emoji, and puts a replacement character "
            "for any other:\n"
            '    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")'
        ) from error


def check_texts(texts: Iterable[str], who: str) -> list[str]:
    """The texts as a list.

    Args:
        texts: any number.
        who: the function that was called, for the message.

    Raises:
        ValueError: one bare text, which would be taken letter by letter.
        TypeError: no texts.
    """
    check_many(texts, who)
    texts = list(texts)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{who} needs a list of texts, but got {_kind(text)} in it.")
    return texts


def check_many(texts: object, who: str) -> None:
    """Refuses what is no list of texts, without a look into it: it may be read only once."""
    if isinstance(texts, str):
        raise ValueError(f"{who} needs a list of texts, but got one string: pass [text].")
    if isinstance(texts, bytes) or not isinstance(texts, Iterable):
        raise TypeError(f"{who} needs a list of texts, but got {_kind(texts)}.")


def check_ids(ids: Iterable[int], vocab_size: int) -> list[int]:
    """The ids as a list of plain numbers; arrays and tensors will do.

    Raises:
        TypeError: they are no whole numbers.
        ValueError: the vocabulary does not hold one of them; the first is named.
    """
    try:
        if isinstance(ids, (str, bytes)):
            raise TypeError
        ids = [index(token) for token in ids]
    except TypeError:
        raise TypeError(f"Expected token ids, whole numbers, but got {ids!r:.60}.") from None
    if len(ids) == 0 or (min(ids) >= 0 and max(ids) < vocab_size):
        return ids
    wrong = next(token for token in ids if not 0 <= token < vocab_size)
    raise ValueError(
        f"Id {wrong} is not in this vocabulary, which has ids 0 to {vocab_size - 1}. "
        "These ids come from another tokenizer: load the one that they were made with."
    )


def check_training(texts: object, vocab_size: int) -> None:
    """Refuses what neither trainer can learn from: no list of texts, an impossible size."""
    check_many(texts, "train")
    checks.whole("vocab_size", vocab_size)
    if not FIRST_MERGE_ID <= vocab_size <= 65_536:
        raise ValueError(
            f"vocab_size is {vocab_size}, but it must lie in {FIRST_MERGE_ID} to 65536: "
            f"{FIRST_BYTE_ID} special tokens and 256 bytes come first, and shards keep an id "
            "in 16 bits."
        )


def _kind(value: object) -> str:
    """What was given instead of a text, with what makes one of it."""
    if isinstance(value, bytes):
        return 'bytes, which bytes.decode("utf-8") makes a text of'
    return f"{value!r:.60} ({type(value).__name__})"
