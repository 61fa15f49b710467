"""The fast path: merge for merge and id for id the same as the one in plain Python."""

import json
import random

import pytest
import tokenizers

from course_utils.tokenization import SPECIAL_TOKENS, FastTokenizer, Tokenizer
from course_utils.tokenization.byte_alphabet import PATTERN

from .texts import HARD, TEXTS, random_text


def test_both_learn_the_same_merges(slow, fast):
    assert len(slow.merges) == 439
    assert slow.merges == fast.merges


@pytest.mark.parametrize("seed", range(30))
def test_both_learn_the_same_merges_from_random_texts(seed):
    texts = [random_text(1000 * seed + number) for number in range(20)]
    assert Tokenizer.train(texts, 500).merges == FastTokenizer.train(texts, 500).merges


@pytest.mark.parametrize("letters", ["a", "ab", "aab"])
def test_both_learn_the_same_merges_from_long_runs(letters):
    rng = random.Random(letters)
    words = ("".join(rng.choices(letters, k=rng.randrange(1, 60))) for _ in range(200))
    texts = [" ".join(words)]
    assert Tokenizer.train(texts, 400).merges == FastTokenizer.train(texts, 400).merges


def test_a_trainer_set_up_by_hand_in_hugging_face_learns_the_same_vocabulary(slow):
    peer = tokenizers.Tokenizer(tokenizers.models.BPE())
    parts = tokenizers.pre_tokenizers
    peer.pre_tokenizer = parts.Sequence(
        [
            parts.Split(tokenizers.Regex(PATTERN), "isolated"),
            parts.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=700,
        min_frequency=2,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=parts.ByteLevel.alphabet(),
        show_progress=False,
    )
    peer.train_from_iterator(TEXTS, trainer)
    model = json.loads(peer.to_str())["model"]
    vocabulary = model["vocab"]
    merges = [(vocabulary[left], vocabulary[right]) for left, right in model["merges"]]
    assert merges == slow.merges
    assert [vocabulary[left + right] for left, right in model["merges"]] == [*range(261, 700)]


def test_both_give_the_same_ids_for_every_text(slow, fast):
    assert fast.encode_batch(TEXTS, end=True) == slow.encode_batch(TEXTS, end=True)


def test_both_give_the_same_ids_for_characters_of_every_block_of_unicode(slow, fast):
    points = [*range(0x3400), *range(0x3400, 0xD800, 7), *range(0xE000, 0x32000, 7)]
    rows = (points[at : at + 64] for at in range(0, len(points), 64))
    texts = [" ".join(f"x{chr(point)}1" for point in row) for row in rows]
    assert fast.encode_batch(texts) == slow.encode_batch(texts)


def test_both_say_the_same_bytes_for_every_id(slow, fast):
    ids = range(slow.vocab_size)
    assert [slow.token_bytes(id) for id in ids] == [fast.token_bytes(id) for id in ids]


def test_both_decode_random_ids_alike_even_where_they_are_no_utf8(slow, fast):
    rng = random.Random(3)
    for _ in range(300):
        ids = [rng.randrange(slow.vocab_size) for _ in range(rng.randrange(30))]
        assert slow.decode(ids) == fast.decode(ids)
        assert slow.decode(ids, special=True) == fast.decode(ids, special=True)


def test_a_special_token_typed_in_a_text_stays_text(fast):
    typed = "".join(SPECIAL_TOKENS)
    assert min(fast.encode(typed)) >= len(SPECIAL_TOKENS)
    assert fast.decode(fast.encode(typed)) == typed


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_decode_after_encode_is_the_identity(fast, text):
    assert fast.decode(fast.encode(text)) == text


def test_half_a_surrogate_pair_is_refused_by_name(fast):
    with pytest.raises(ValueError, match="Character 3 of the text"):
        fast.encode("abc\ud83d")


def test_half_a_surrogate_pair_is_refused_in_training_too():
    with pytest.raises(ValueError, match="Character 3 of the text"):
        FastTokenizer.train(["abc\ud83d"])


def test_an_id_beyond_the_vocabulary_is_refused(fast):
    with pytest.raises(ValueError, match="is not in this vocabulary"):
        fast.decode([fast.vocab_size])


def test_no_text_is_refused():
    with pytest.raises(ValueError, match="no text to learn from"):
        FastTokenizer.train([])
