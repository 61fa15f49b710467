"""Copies and near-copies: found, no others, and the right one kept."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest

from course_utils.data_collection.dedup import dedup, shingles
from course_utils.data_collection.dedup.minhash import (
    band_keys,
    collision_probability,
    minhash,
    minhash_fast,
    near_duplicates,
)
from course_utils.data_collection.dedup.shingles import WORD, jaccard, shingle_sets, words_of
from course_utils.data_collection.document import Document, from_page

WORDS = [f"w{n}" for n in range(3_000)]


def text(seed: int, words: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def changed(words: str, count: int, seed: int = 9) -> str:
    rng, tokens = random.Random(seed), words.split()
    for place in rng.sample(range(len(tokens)), count):
        tokens[place] = "other"
    return " ".join(tokens)


def brute_jaccard(one: str, other: str) -> float:
    sets = []
    for words in (one.lower().split(), other.lower().split()):
        sets.append({tuple(words[i : i + 5]) for i in range(len(words) - 4)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_similarity_is_that_of_the_sets_of_five_words() -> None:
    for count in (0, 1, 5, 20, 300):
        one, other = text(1), changed(text(1), count)
        assert jaccard(*shingle_sets([one, other])) == pytest.approx(brute_jaccard(one, other))


@pytest.mark.parametrize("signed", [minhash, minhash_fast])
def test_signatures_agree_as_often_as_sets_overlap(signed) -> None:
    for count in (2, 8, 30):
        sets = shingle_sets([text(1, 2_000), changed(text(1, 2_000), count * 6)])
        one, other = signed(sets, 2_048)
        assert np.mean(one == other) == pytest.approx(jaccard(*sets), abs=0.05)


@pytest.mark.parametrize("signed", [minhash, minhash_fast])
def test_near_duplicates_are_those_that_comparing_each_with_each_finds(signed) -> None:
    texts = [text(seed, 120) for seed in range(60)]
    texts += [changed(texts[n], n % 7, seed=n) for n in range(60)]
    sets = shingle_sets(texts)

    def similarity(i: int, j: int) -> float:
        return jaccard(sets[i], sets[j])

    every = [(i, j) for j in range(120) for i in range(j) if similarity(i, j) >= 0.75]
    assert near_duplicates(signed(sets), 32, 0.75, similarity) == sorted(every)
    assert 20 < len(every) < 60


def test_bands_that_do_not_divide_the_signature_are_refused() -> None:
    with pytest.raises(ValueError, match="30.* 128"):
        near_duplicates(np.zeros((2, 128), np.uint64), 30, 0.8)


def test_a_bucket_is_known_by_the_order_of_its_values_and_by_its_band() -> None:
    parts = [[3, 0, 0, 0], [0, 1, 0, 0], [0, 3, 0, 0], [0, 0, 0, 0], [3, 0, 0, 0]]
    keys = band_keys(np.array([part * 2 for part in parts], np.uint32), 2)
    assert np.array_equal(keys[0], keys[4])
    assert len(set(keys[:4].ravel().tolist())) == 8


def test_the_s_curve_rises_from_nothing_to_certainty() -> None:
    assert collision_probability(0.2, 32, 4) < 0.06
    assert collision_probability(0.75, 32, 4) > 0.999


def pages(*entries: tuple[str, str]) -> list[Document]:
    return [from_page(f"http://{url}", words) for url, words in sorted(entries)]


def test_of_two_copies_the_one_on_the_more_original_host_stays() -> None:
    own = [(f"z.test/{n}", text(100 + n)) for n in range(5)]
    copies = [(f"a.test/{n}", text(100 + n).upper() + "!") for n in range(2)]
    kept, dropped = dedup.drop_exact(pages(*own, *copies))
    assert [d.document.source for d in dropped] == ["a", "a"]
    assert dropped[0].reason == "copy of http://z.test/0"
    assert len(kept) == 5
    near = [(f"a.test/{n}", changed(text(100 + n), 3)) for n in range(2)]
    kept, dropped = dedup.drop_near(pages(*own, *near))
    assert [d.document.url for d in dropped] == ["http://a.test/0", "http://a.test/1"]
    assert "near copy of http://z.test/1 (0.9" in dropped[1].reason


@pytest.mark.parametrize("fast", [True, False])
def test_no_two_kept_documents_are_alike_and_every_dropped_one_has_a_kept_likeness(
    fast: bool,
) -> None:
    chain = [("a.test/0", text(7))]
    for n in range(1, 8):  # each like its neighbour, the ends unlike each other
        chain.append((f"a.test/{n}", changed(chain[-1][1], 8, seed=n)))
    kept, dropped = dedup.drop_near(pages(*chain), dedup.DedupConfig(fast=fast))
    sets = dict(zip([d.url for d in kept], shingle_sets([d.text for d in kept]), strict=True))
    urls = list(sets)
    assert 2 <= len(kept) < 8
    assert all(jaccard(sets[a], sets[b]) < 0.75 for a in urls for b in urls if a < b)
    for each in dropped:
        rival = each.reason.split()[3]
        assert jaccard(shingle_sets([each.document.text])[0], sets[rival]) >= 0.75


def test_the_order_of_the_documents_does_not_change_what_is_kept() -> None:
    some = pages(*((f"{'ab'[n % 2]}.test/{n}", changed(text(n // 3), n % 3)) for n in range(30)))
    mixed = random.Random(3).sample(some, len(some))
    for step in (dedup.drop_exact, dedup.drop_near):
        assert {d.url for d in step(some)[0]} == {d.url for d in step(mixed)[0]}


def test_lines_that_stand_on_many_pages_of_a_source_are_taken_out() -> None:
    footer = "Share this page with all of your friends."
    some = pages(*((f"a.test/{n}", f"{text(n, 20)}\n\nThe end.\n\n{footer}") for n in range(25)))
    kept, lines = dedup.remove_repeated_lines(some)
    assert lines == 25
    assert kept[3].text == some[3].text.removesuffix(f"\n\n{footer}")
    few, lines = dedup.remove_repeated_lines(some[:10])
    assert (few, lines) == (some[:10], 0)


@pytest.mark.parametrize("documents", [[], pages(("a.test/", "")), pages(("a.test/", "one word"))])
def test_no_documents_or_empty_ones_are_no_copies(documents: list[Document]) -> None:
    assert dedup.drop_exact(documents) == (documents, [])
    assert dedup.drop_near(documents) == (documents, [])


@pytest.mark.parametrize(
    "some", ["", "Two, words_2!", "\x1cA\x85b\u00a0c-d", "İstanbul: Straße, ΑΣ."]
)
def test_words_are_what_the_pattern_finds_in_any_alphabet(some: str) -> None:
    assert words_of(some) == WORD.findall(some.lower())


def test_texts_signed_in_blocks_have_the_same_signatures(monkeypatch) -> None:
    texts = [text(seed, 20) for seed in range(7)] + [""]
    for fast, sign in ((True, minhash_fast), (False, minhash)):
        monkeypatch.setattr(dedup, "BLOCK_TEXTS", 3)
        blocks = list(dedup.signature_blocks(iter(texts), fast))
        assert [len(block) for block in blocks] == [3, 3, 2]
        signed = np.concatenate(blocks)
        assert np.array_equal(signed, sign(shingle_sets(texts)).astype(np.uint32))


@pytest.mark.parametrize("block", [1, 7, 100, 1 << 18])
def test_shingles_are_the_same_in_blocks_of_any_size(block: int, monkeypatch) -> None:
    texts = [text(seed, seed * 9) for seed in range(9)] + ["", "é", "x" * 300, "— ü, Ü\n\nÜ ü —"]
    before = shingle_sets(texts)
    monkeypatch.setattr(shingles, "BLOCK_BYTES", block)
    assert all(map(np.array_equal, before, shingle_sets(texts)))
    assert [len(each) for each in before[-4:]] == [0, 1, 1, 1]


def test_no_two_words_have_one_number() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789_é漢"
    words = {a + b + c for a in letters for b in letters for c in letters}
    words |= {"ab" * n for n in range(2, 600)} | {"a" * n for n in range(4, 600)}
    numbers = np.concatenate(shingle_sets([" ".join(sorted(words))], 1))
    assert len(numbers) == len(words)


def test_every_sign_counts_as_the_pattern_says() -> None:
    every = "".join(f"a{chr(code)}b " for code in range(0x11000) if not 0xD800 <= code < 0xE000)
    composed = unicodedata.normalize("NFC", every)
    assert words_of(every) == WORD.findall(composed.lower())
    assert words_of("a\ud800b") == ["a", "b"]


def test_a_text_whose_accents_are_signs_of_their_own_is_a_copy() -> None:
    one = "Élodie a déjeuné à la crêperie du port, où le café était très bon."
    other = unicodedata.normalize("NFD", one)
    assert one != other and words_of(one) == words_of(other)
    documents = [from_page("http://a.test/1", one), from_page("http://b.test/2", other)]
    assert len(dedup.drop_exact(documents)[0]) == 1
    assert jaccard(*shingle_sets([one, other])) == 1
