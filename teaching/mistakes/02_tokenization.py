"""Wrong answers that readers give to the challenges of notebook 02, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

from collections import Counter

from course_utils.tokenization.exercises import reference as right


def pairs_without_times(words):
    """Counts each word once, however often it occurs."""
    return dict(Counter(pair for ids in words for pair in zip(ids, ids[1:], strict=False)))


def pairs_across_words(words):
    """Joins all words into one text, so that pairs arise across their borders."""
    ids = [one for word, times in words.items() for one in word * times]
    return dict(Counter(zip(ids, ids[1:], strict=False)))


def pairs_without_overlap(words):
    """Goes on by two tokens after each pair."""
    counts = Counter()
    for ids, times in words.items():
        for at in range(0, len(ids) - 1, 2):
            counts[ids[at], ids[at + 1]] += times
    return dict(counts)


def pairs_replaced(words):
    """Writes = where += is needed, so that only the last word with a pair counts."""
    counts = {}
    for ids, times in words.items():
        for pair in zip(ids, ids[1:], strict=False):
            counts[pair] = times
    return counts


def pairs_in_any_order(words):
    """Sorts each pair, so that (1, 2) and (2, 1) become one."""
    counts = Counter()
    for (one, two), times in right.count_pairs(words).items():
        counts[min(one, two), max(one, two)] += times
    return dict(counts)


def pairs_without_the_last(words):
    """Ends range() one too early and loses the last pair of each word."""
    counts = Counter()
    for ids, times in words.items():
        for at in range(len(ids) - 2):
            counts[ids[at], ids[at + 1]] += times
    return dict(counts)


def pairs_past_the_end(words):
    """Goes on to the last token, which has nobody on its right."""
    counts = Counter()
    for ids, times in words.items():
        for at in range(len(ids)):
            counts[ids[at], ids[at + 1]] += times
    return dict(counts)


def pairs_as_a_list(words):
    """Returns the pairs as a list, most frequent first."""
    return Counter(right.count_pairs(words)).most_common()


def merge_once(ids, pair, new_id):
    """Merges only the first occurrence."""
    for at in range(len(ids) - 1):
        if (ids[at], ids[at + 1]) == pair:
            return [*ids[:at], new_id, *ids[at + 2 :]]
    return list(ids)


def merge_losing_the_last(ids, pair, new_id):
    """Ends the loop before the last id, which is lost where it belongs to no pair."""
    merged, at = [], 0
    while at < len(ids) - 1:
        hit = (ids[at], ids[at + 1]) == pair
        merged.append(new_id if hit else ids[at])
        at += 2 if hit else 1
    return merged


def merge_using_tokens_twice(ids, pair, new_id):
    """Goes on by one after a merge, so that one token takes part in two."""
    merged = []
    for at, one in enumerate(ids):
        if tuple(ids[at : at + 2]) == pair:
            merged.append(new_id)
        elif at == 0 or tuple(ids[at - 1 : at + 1]) != pair:
            merged.append(one)
    return merged


def merge_keeping_the_second(ids, pair, new_id):
    """Replaces the first id of the pair and leaves the second where it is."""
    return [new_id if tuple(ids[at : at + 2]) == pair else ids[at] for at in range(len(ids))]


def merge_from_the_right(ids, pair, new_id):
    """Goes from right to left, which differs where occurrences overlap."""
    return right.merge(ids[::-1], pair[::-1], new_id)[::-1]


def merge_without_an_end(ids, pair, new_id):
    """Forgets to go on where nothing is merged, so that the loop never ends."""
    merged, at = [], 0
    while at < len(ids):
        if tuple(ids[at : at + 2]) == pair:
            merged.append(new_id)
            at += 2
    return merged


def merge_past_the_end(ids, pair, new_id):
    """Looks for a right neighbour of the last id."""
    return [new_id for at in range(len(ids)) if (ids[at], ids[at + 1]) == pair]


def merge_in_place(ids, pair, new_id):
    """Merges in the list that it was given instead of in a new one."""
    ids[:] = right.merge(list(ids), pair, new_id)
    return ids


def encode_left_to_right(word, merges):
    """Merges the leftmost pair that was learnt, not the one that was learnt first."""
    ids, at = list(word), 0
    while at < len(ids) - 1:
        if (ids[at], ids[at + 1]) in merges:
            ids[at : at + 2] = [261 + merges.index((ids[at], ids[at + 1]))]
            at = 0
        else:
            at += 1
    return tuple(ids)


def encode_with_one_merge(word, merges):
    """Stops after the first merge that fits."""
    for rank, pair in enumerate(merges):
        merged = right.merge(word, pair, 261 + rank)
        if len(merged) < len(word):
            return tuple(merged)
    return word


def encode_from_256(word, merges):
    """Counts new ids from 256, as if there were no special tokens."""
    return tuple(one - 5 if one >= 261 else one for one in right.encode_word(word, merges))


def encode_with_the_last_learnt(word, merges):
    """Merges the pair of the largest rank first."""
    ids = list(word)
    while found := [pair for pair in zip(ids, ids[1:], strict=False) if pair in merges]:
        last = max(found, key=merges.index)
        ids = right.merge(ids, last, 261 + merges.index(last))
    return tuple(ids)


def encode_as_pieces(word, merges):
    """Returns the pieces as tuples of bytes instead of as ids."""
    names = {261 + rank: pair for rank, pair in enumerate(merges)}
    return tuple(names.get(one, (one,)) for one in right.encode_word(word, merges))


def encode_as_text(word, merges):
    """Returns text."""
    return " ".join(map(str, word))


def encode_without_an_end(word, merges):
    """Asks whether any merge is left in the list, not whether one is left in the word."""
    ids = list(word)
    while merges:
        for rank, pair in enumerate(merges):
            ids = right.merge(ids, pair, 261 + rank)
    return tuple(ids)


MISTAKES = [
    ("tokenization.count_pairs", pairs_without_times, "counts n times"),
    ("tokenization.count_pairs", pairs_across_words, "across the border of two words"),
    ("tokenization.count_pairs", pairs_without_overlap, "Pairs overlap: go on by one"),
    ("tokenization.count_pairs", pairs_replaced, "Add to what was counted"),
    ("tokenization.count_pairs", pairs_in_any_order, "are two pairs: the order counts"),
    ("tokenization.count_pairs", pairs_without_the_last, "The last pair of each word"),
    ("tokenization.count_pairs", pairs_past_the_end, "a place that the list does not have"),
    ("tokenization.count_pairs", pairs_as_a_list, "Return a dict of pairs, not a list"),
    ("tokenization.encode_word", encode_left_to_right, "learnt first goes first"),
    ("tokenization.encode_word", encode_with_one_merge, "Look again after every merge"),
    ("tokenization.encode_word", encode_from_256, "makes the id 261 + i"),
    ("tokenization.encode_word", encode_with_the_last_learnt, "learnt first goes first"),
    ("tokenization.encode_word", encode_as_pieces, "Every id is one whole number"),
    ("tokenization.encode_word", encode_as_text, "Return a tuple of ids, not a str"),
    ("tokenization.encode_word", encode_without_an_end, "bring its end closer"),
    ("tokenization.merge", merge_once, "replace each occurrence, not only the first"),
    ("tokenization.merge", merge_losing_the_last, "keep the last id"),
    ("tokenization.merge", merge_using_tokens_twice, "go on behind both ids"),
    ("tokenization.merge", merge_keeping_the_second, "one of them is still there"),
    ("tokenization.merge", merge_from_the_right, "Go from left to right"),
    ("tokenization.merge", merge_without_an_end, "bring its end closer"),
    ("tokenization.merge", merge_past_the_end, "a place that the list does not have"),
    ("tokenization.merge", merge_in_place, "changed the values that it was given"),
]
