"""The decode loop: the cache changes nothing, lengths may differ, sampling is fair."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from course_utils.model.generate import ENDED, LENGTH, STOP, generate, steps
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer

GREEDY = SamplingConfig(temperature=0)
PROMPTS = [[5], [1, 2, 3], [7, 8], [30, 31, 32, 33, 34, 35], [0, 9]]


def slowly(model: Transformer, prompt: list[int], n: int) -> list[int]:
    """Greedy, without a cache, one row at a time."""
    ids = list(prompt)
    for _ in range(n):
        token = int(model(torch.tensor([ids]))[0, -1].argmax())
        if token == 0:
            break
        ids.append(token)
    return ids[len(prompt) :]


@torch.no_grad()
@pytest.mark.parametrize("cached", [True, False])
def test_rows_of_all_lengths_continue_as_each_would_alone(model: Transformer, cached: bool):
    limits = [10, 4, 0, 12, 1]
    expected = [slowly(model, p, n) for p, n in zip(PROMPTS, limits, strict=True)]
    written = generate(model, PROMPTS, GREEDY, limits=limits, cached=cached)
    assert [row.ids for row in written] == expected


@pytest.mark.parametrize("cached", [True, False])
def test_reading_prompts_computes_the_scores_of_their_last_position_alone(
    model: Transformer, cached: bool
):
    read, scored = [], []
    model.model.register_forward_hook(lambda _, inputs, output: read.append(output.shape))
    model.lm_head.register_forward_hook(lambda _, inputs, output: scored.append(output.shape))
    generate(
        model,
        [[7] * 30] * 16,
        SamplingConfig(temperature=0, stop_ids=()),
        limits=[3] * 16,
        cached=cached,
    )
    assert read[0] == (16, 30, model.config.width)
    assert scored == [(16, model.config.vocab_size)] * 3


def test_a_row_is_the_same_alone_as_among_others(model: Transformer):
    drawn = SamplingConfig(temperature=1.5, seed=3, max_new_tokens=12)
    together = generate(model, PROMPTS, drawn)
    alone = [generate(model, [p], drawn, row_seeds=[n])[0] for n, p in enumerate(PROMPTS)]
    assert together == alone and len({tuple(row.ids) for row in together}) == len(PROMPTS)


def test_a_stream_gives_the_tokens_of_the_whole(model: Transformer):
    drawn = SamplingConfig(temperature=1.0, seed=1, max_new_tokens=9)
    streamed = list(steps(model, [[4, 5]], lambda: drawn))
    whole = generate(model, [[4, 5]], drawn)[0]
    assert [step.ids[0] for step in streamed if step.finishes[0] != STOP] == whole.ids
    assert [step.finishes[0] for step in streamed][-1] == whole.finish


def test_the_end_token_stops_a_row_and_is_left_out(model: Transformer):
    with torch.no_grad():
        model.lm_head.weight.zero_()  # all scores equal: greedy takes id 0
    (row,) = generate(model, [[4, 5]], GREEDY, limits=[8])
    assert (row.ids, row.finish) == ([], STOP)


def test_a_row_that_has_used_up_its_limit_says_so(model: Transformer):
    rows = generate(
        model, [[4, 5], [6]], SamplingConfig(temperature=0, stop_ids=()), limits=[3, 0]
    )
    assert [(len(row.ids), row.finish) for row in rows] == [(3, LENGTH), (0, LENGTH)]


def test_the_seed_decides_the_sample(model: Transformer):
    drawn = [
        generate(model, [[4]], SamplingConfig(temperature=1.0, seed=seed), limits=[20])
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_sampling_follows_the_probabilities(model: Transformer):
    drawn = generate(model, [[4]] * 8000, SamplingConfig(temperature=0.8), limits=[1] * 8000)
    counts = torch.zeros(model.config.vocab_size)
    for row in drawn:
        counts[row.ids[0] if row.ids else 0] += 1
    with torch.no_grad():
        expected = torch.softmax(model(torch.tensor([[4]]))[0, -1] / 0.8, -1)
    assert (counts / 8000 - expected).abs().max() < 0.02


def test_top_k_of_one_is_greedy(model: Transformer):
    sampled = generate(model, [[4]], SamplingConfig(temperature=2.0, top_k=1), limits=[10])
    assert sampled == generate(model, [[4]], GREEDY, limits=[10])


def test_threads_are_given_back(model: Transformer):
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        generate(model, [[4]], GREEDY, limits=[2])
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_new_threads_that_write_at_once_all_get_their_number_back(model: Transformer):
    def write() -> None:
        generate(model, [[4, 5]], SamplingConfig(temperature=0, stop_ids=()), limits=[40])
        left.append(torch.get_num_threads())

    left, before = [], torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        for _ in range(4):
            threads = [threading.Thread(target=write) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert left == [3] * 12 and torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_a_row_ends_where_its_caller_says_so_and_the_others_go_on(model: Transformer):
    def ends(row: int, token: int) -> bool:
        asked.append((row, token))
        return row == 1 and sum(row == 1 for row, _ in asked) == 2

    asked = []
    config = SamplingConfig(temperature=0, stop_ids=())
    whole = generate(model, PROMPTS[:3], config, limits=[6] * 3)
    ended = generate(model, PROMPTS[:3], config, limits=[6] * 3, ends=ends)
    assert (ended[1].ids, ended[1].finish) == (whole[1].ids[:2], ENDED)
    assert (ended[0], ended[2]) == (whole[0], whole[2])
    assert [token for row, token in asked if row == 0] == whole[0].ids


def test_prompts_may_be_tables_of_numpy_and_torch(model: Transformer):
    expected = generate(model, [[4, 5], [6, 7]], GREEDY)
    table = np.array([[4, 5], [6, 7]])
    for prompts in (table, torch.from_numpy(table), ((4, 5), (6, 7))):
        assert generate(model, prompts, GREEDY) == expected


def test_no_prompts_give_nothing(model: Transformer):
    assert generate(model, []) == []


@pytest.mark.parametrize(
    ("prompts", "arguments", "fact"),
    [
        ([[1] * 40], {"limits": [10]}, "at most 8 new"),
        ([[1] * 48], {}, "48 tokens"),
        ([[]], {}, "Prompt 0 has no tokens"),
        ("hello", {}, "Prompt 0 is 'hello', expected a list of token ids"),
        (["hello"], {}, "Prompt 0 is 'hello', expected"),
        ([[1], b"hello"], {}, "Prompt 1 is b'hello', expected"),
        ([1, 2], {}, "Prompt 0 is 1, expected"),
        ([[1], [1.5]], {}, r"Prompt 1 is \[1.5\], expected"),
        ([None], {}, "Prompt 0 is None, expected"),
        ([[1]], {"limits": [1, 2]}, "2 limits"),
        ([[1]], {"row_seeds": []}, "0 row seeds"),
        ([[1], [2]], {"limits": [1, -1]}, r"limits\[1\] is -1"),
        ([[1]], {"limits": [1.5]}, r"limits\[0\] is 1.5"),
    ],
)
def test_what_cannot_be_continued_is_refused(model: Transformer, prompts, arguments, fact: str):
    with pytest.raises(ValueError, match=fact):
        generate(model, prompts, GREEDY, **arguments)
    with pytest.raises(ValueError, match=fact):  # and by a stream at once, not when it is read
        steps(model, prompts, lambda: GREEDY, **arguments)
