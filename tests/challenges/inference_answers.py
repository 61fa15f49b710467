"""Right answers to the challenges of notebook 05, written in other ways than the reference."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import torch

from course_utils.model import sampling


def softmax_by_torch(logits, temperature):
    scores = torch.tensor([logits], dtype=torch.float64)
    if temperature == math.inf:
        return scores.isfinite().double()[0] / scores.isfinite().sum()
    return sampling.probabilities(scores, temperature)[0]


def softmax_of_a_masked_array(logits, temperature):
    row = np.array(logits)
    allowed = np.isfinite(row)
    heat = max(temperature, 1e-12)
    powers = np.exp((row[allowed] - row[allowed].max()) / heat)
    if temperature == 0:
        powers = np.eye(len(powers))[powers.argmax()]
    row[~allowed], row[allowed] = 0, powers / powers.sum()
    return row


def top_p_by_numpy(probabilities, top_p):
    row = np.array(probabilities)
    order = np.argsort(-row)
    before = np.cumsum(row[order]) - row[order]
    row[order[before >= top_p]] = 0
    return row / row.sum()


def min_p_by_powers(logits, share, temperature):
    row = torch.tensor(logits, dtype=torch.float64).softmax(0)
    left = torch.where(row >= share * row.max(), row, 0) ** (1 / temperature)
    return left / left.sum()


def min_p_of_scores(logits, share, temperature):
    row = np.array(logits)
    bar = row.max() + (math.log(share) if share else -math.inf)
    powers = np.where(row >= bar, np.exp(row / temperature), 0)
    return tuple(powers / powers.sum())


def step_by_torch(keys, values, query, new_key, new_value):
    keys, values = np.vstack([keys, new_key]), np.vstack([values, new_value])
    rows = [torch.from_numpy(row)[None].requires_grad_() for row in (query[None], keys, values)]
    gathered = torch.nn.functional.scaled_dot_product_attention(*rows)
    return rows[1][0], rows[2][0], gathered[0, 0]


def eviction_by_sums(lengths, room, cached):
    sizes = np.array(lengths)
    starts = np.arange(1, len(sizes), 2)
    fits = [sizes[0] + sizes[start:].sum() <= room for start in starts]
    kept = np.r_[0, starts[np.argmax(fits)] : len(sizes)]
    alike = [tuple(kept[:i]) == tuple(cached[:i]) for i in range(1, len(cached) + 1)]
    return [kept, sizes[kept].sum() - sizes[kept[: sum(alike)]].sum()]


def eviction_from_the_front(lengths, room, cached):
    kept = list(range(len(lengths)))
    while sum(lengths[turn] for turn in kept) > room:
        kept = kept[:1] + kept[3:]
    read = list(kept)
    for turn in cached:
        if not read or read[0] != turn:
            break
        read = read[1:]
    return tuple(kept), torch.tensor(lengths)[torch.tensor(read)].sum()


def calibration_by_histograms(sure, right, bins):
    if not sure:
        return 0
    ends = np.arange(1, bins) / bins
    places = np.digitize(sure, ends)
    told, true = (np.bincount(places, np.array(row, float)) for row in (sure, right))
    return np.abs(told - true).sum() / len(sure)


def calibration_in_float32(sure, right, bins):
    places = (torch.tensor(sure, dtype=torch.float64) * bins).long().clamp(max=bins - 1)
    apart = torch.tensor(sure) - torch.tensor(right, dtype=torch.float32)
    gaps = torch.zeros(bins).index_add(0, places, apart).abs()
    return gaps.sum() / max(len(sure), 1)


def bm25_by_counter(query, page, pages_with, pages, mean_length, k1, b):
    counts, asked = Counter(page), Counter(query)
    shared = sorted(counts.keys() & asked)
    f, times, n = (np.array([row[w] for w in shared]) for row in (counts, asked, pages_with))
    rarity = np.log((pages + 1) / (n + 0.5))
    length = 1 - b + b * len(page) / mean_length
    return (times * rarity * (k1 + 1) / (1 + k1 * length / np.maximum(f, 1))).sum()


def int8_by_torch(weights, group):
    groups = torch.from_numpy(weights).unflatten(1, (-1, group))
    scales = groups.abs().amax(2, keepdim=True) / 127
    codes = (groups / scales).nan_to_num(0).round().to(torch.int8)
    return codes.flatten(1), scales[..., 0], (codes * scales).flatten(1)


def int8_row_by_row(weights, group):
    codes, scales = np.zeros(weights.shape, dtype="int8"), []
    for row, values in enumerate(weights):
        for at in range(0, len(values), group):
            scale = max(abs(value) for value in values[at : at + group]) / 127
            scales.append(scale)
            for column in range(at, at + group):
                codes[row, column] = round(values[column] / scale) if scale else 0
    scales = np.array(scales).reshape(len(weights), -1)
    return codes, scales, codes * np.repeat(scales, group, 1)


def draft_by_searching(p, q, drafted, accept_at, draw_at):
    p, q = np.array(p), np.array([*q, np.zeros(len(p[0]))])
    places = np.arange(len(drafted))
    ratios = p[places, drafted] / q[places, drafted] if len(drafted) else np.array([])
    accepted = int(np.append(np.array(accept_at) >= ratios, True).argmax())
    left = np.maximum(p[accepted] - q[accepted], 0)
    token = np.searchsorted(left.cumsum() / left.sum(), draw_at, "right")
    return [*drafted[:accepted], token]


def draft_as_a_tensor(p, q, drafted, accept_at, draw_at):
    return torch.tensor(draft_by_searching(p, q, drafted, accept_at, draw_at))


OTHERS = [
    ("inference.softmax_with_temperature", softmax_by_torch),
    ("inference.softmax_with_temperature", softmax_of_a_masked_array),
    ("inference.top_p_filter", top_p_by_numpy),
    ("inference.min_p", min_p_by_powers),
    ("inference.min_p", min_p_of_scores),
    ("inference.kv_cache_step", step_by_torch),
    ("inference.cache_eviction", eviction_by_sums),
    ("inference.cache_eviction", eviction_from_the_front),
    ("inference.calibration_error", calibration_by_histograms),
    ("inference.calibration_error", calibration_in_float32),
    ("inference.bm25", bm25_by_counter),
    ("inference.int8_weights", int8_by_torch),
    ("inference.int8_weights", int8_row_by_row),
    ("inference.speculative_acceptance", draft_by_searching),
    ("inference.speculative_acceptance", draft_as_a_tensor),
]
