"""Byte-pair encoding in plain Python: by hand, against the naive loop, and there and back."""

import random
import time

import pytest

from course_utils.tokenization import SPECIAL_TOKENS, Tokenizer
from course_utils.tokenization.bpe import count_pairs, count_words, learn, learn_slowly, merge
from course_utils.tokenization.byte_alphabet import BYTE_TO_ID
from course_utils.tokenization.exercises.reference import encode_word as walk_once_for_each

from .texts import HARD, TEXTS


def test_pairs_are_counted_with_the_words_times():
    assert count_pairs({(1, 2, 3): 5, (2, 3): 2}) == {(1, 2): 5, (2, 3): 7}


def test_overlapping_pairs_all_count():
    assert count_pairs({(7, 7, 7): 1}) == {(7, 7): 2}


def test_a_merge_takes_pairs_from_the_left():
    assert merge((7, 7, 7, 8, 7, 7), (7, 7), 9) == (9, 7, 8, 9)


def test_the_first_merges_of_a_small_text_are_those_counted_by_hand():
    t, h, e, space = (BYTE_TO_ID[ord(letter)] for letter in "the ")
    tokenizer = Tokenizer.train(["the the the then he"], vocab_size=264)
    # "he" stands 5 times, " t" and "th" fewer; then " t" 3 times beside "he"; then both together.
    assert tokenizer.merges == [(h, e), (t, 261), (space, 262)]


def test_equal_counts_are_decided_by_the_smallest_ids():
    a, b, c, d = (BYTE_TO_ID[ord(letter)] for letter in "abcd")
    assert Tokenizer.train(["cd", "ab", "cd", "ab"], vocab_size=263).merges == [(a, b), (c, d)]


@pytest.mark.parametrize("seed", range(40))
def test_the_incremental_trainer_agrees_with_the_naive_loop(seed):
    rng = random.Random(seed)
    letters = "ab" if seed % 2 else "abcdef"
    words = ["".join(rng.choices(letters, k=rng.randrange(1, 25))) for _ in range(60)]
    counted = count_words([" ".join(words)])
    assert learn(counted, 120) == learn_slowly(counted, 120)


def test_a_pair_that_occurs_once_is_never_merged():
    assert Tokenizer.train(["abcdefg"], vocab_size=500).vocab_size == 261


@pytest.mark.parametrize("seed", range(20))
def test_merges_are_applied_as_by_walking_over_the_word_once_for_each(seed):
    rng = random.Random(seed)
    letters = [BYTE_TO_ID[ord(letter)] for letter in "abc"]
    merges = []  # of whatever is there, as no text would teach them
    while len(merges) < 30:
        pair = tuple(rng.choice([*letters, *range(261, 261 + len(merges))]) for _ in "lr")
        if pair not in merges:
            merges.append(pair)
    tokenizer = Tokenizer(merges)
    for length in [0, 1, 2, 3, *range(10, 200, 7)]:
        word = tuple(rng.choices(letters, k=length))
        assert tokenizer.encode_word(word) == walk_once_for_each(word, merges)


def test_a_word_of_many_thousand_letters_is_encoded_at_once():
    rng = random.Random(0)
    words = ["".join(rng.choices("aeioutnsr", k=8)) for _ in range(1500)]
    tokenizer, word = Tokenizer.train([" ".join(words)], 1200), "".join(words * 10)
    started = time.process_time()
    ids = tokenizer.encode(word)
    assert time.process_time() - started < 1  # walking over it once for each merge takes many
    assert tokenizer.decode(ids) == word


def test_watch_sees_every_merge_with_its_count():
    seen = []
    tokenizer = Tokenizer.train(["aa aa aa"], 300, watch=lambda *merge: seen.append(merge))
    assert [pair for _, pair, _ in seen] == tokenizer.merges
    assert [count for *_, count in seen] == [3, 2]


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_decode_after_encode_is_the_identity(slow, text):
    assert slow.decode(slow.encode(text)) == text


def test_decode_after_encode_is_the_identity_for_random_texts(slow):
    assert all(slow.decode(slow.encode(text)) == text for text in TEXTS)


def test_a_special_token_typed_in_a_text_stays_text(slow):
    typed = "".join(SPECIAL_TOKENS)
    assert min(slow.encode(typed)) >= len(SPECIAL_TOKENS)
    assert slow.decode(slow.encode(typed)) == typed


def test_the_end_token_is_added_only_when_asked(slow):
    assert slow.encode("hello", end=True) == [*slow.encode("hello"), 0]
    assert slow.encode("", end=True) == [0]


def test_special_tokens_are_left_out_of_a_text_unless_asked_for(slow):
    ids = [1, *slow.encode("hi"), 0]
    assert slow.decode(ids) == "hi"
    assert slow.decode(ids, special=True) == "<|user|>hi<|end|>"


def test_an_id_beyond_the_vocabulary_is_refused(slow):
    with pytest.raises(ValueError, match=f"Id {slow.vocab_size} is not in this vocabulary"):
        slow.decode([5, slow.vocab_size])


def test_half_a_surrogate_pair_is_refused_by_name(slow):
    with pytest.raises(ValueError, match="Character 3 of the text"):
        slow.encode("abc\ud83d")


def test_one_bare_string_is_refused_as_training_texts():
    with pytest.raises(ValueError, match="pass \\[text\\]"):
        Tokenizer.train("a text")


def test_no_text_is_refused():
    with pytest.raises(ValueError, match="no text to learn from"):
        Tokenizer.train(["", ""])


@pytest.mark.parametrize("size", [260, 65_537])
def test_an_impossible_vocabulary_size_is_refused(size):
    with pytest.raises(ValueError, match="261 to 65536"):
        Tokenizer.train(["text"], vocab_size=size)
