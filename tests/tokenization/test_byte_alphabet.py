"""Bytes, their ids and the pieces that merges never cross."""

import re

import pytest
import tokenizers

from course_utils.tokenization import byte_alphabet


def test_the_alphabet_is_hugging_faces():
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    names = byte_alphabet.BYTE_TO_CHARACTER
    assert sorted(alphabet) == [names[byte] for byte in byte_alphabet.BYTE_ORDER]


def test_bytes_follow_the_special_tokens_in_gpt2s_order():
    assert byte_alphabet.BYTE_TO_ID[ord("!")] == 5
    assert byte_alphabet.BYTE_TO_ID[ord("A")] == 37
    assert byte_alphabet.BYTE_TO_CHARACTER[ord(" ")] == "Ġ"
    assert sorted(byte_alphabet.BYTE_TO_ID.values()) == list(range(5, 261))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The cat's hat", ["The", " cat", "'s", " hat"]),
        ("it’s 1,000!", ["it", "’s", " 1", ",", "000", "!"]),
        ("a  b\n\n c", ["a", " ", " b", "\n\n", " c"]),
        ("x  \n\ty", ["x", "  \n", "\t", "y"]),
        ("Đà Nẵng 東京", ["Đà", " Nẵng", " 東京"]),
        ("<|end|>", ["<|", "end", "|>"]),
    ],
)
def test_text_splits_into_words_with_the_space_before_them(text, pieces):
    assert re.findall(byte_alphabet.PATTERN, text) == pieces


def test_every_character_belongs_to_a_piece():
    text = "".join(chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000)
    assert "".join(re.findall(byte_alphabet.PATTERN, text)) == text
