"""The challenges of notebook 05: right answers pass, typical wrong ones are met with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from course_utils.challenges import inference
from course_utils.challenges.base import NotDoneError
from course_utils.inference import sampling

CHALLENGES = {one.id.split(".")[1]: one for one in inference.CHALLENGES}


def softmax_by_torch(logits, temperature):
    scores = torch.tensor([logits], dtype=torch.float64)
    return sampling.probabilities(scores, temperature)[0].tolist()


def softmax_that_overflows(logits, temperature):
    if temperature == 0:
        return inference.softmax_with_temperature(logits, 0)
    with np.errstate(all="ignore"):
        powers = np.exp(np.array(logits) / temperature)
        return (powers / powers.sum()).tolist()


def softmax_divided_afterwards(logits, temperature):
    row = np.array(inference.softmax_with_temperature(logits, 1.0)) / (temperature or 1)
    return (row / row.sum()).tolist()


def softmax_times_temperature(logits, temperature):
    return inference.softmax_with_temperature(logits, 1 / temperature)


def softmax_without_the_sum(logits, temperature):
    return [math.exp(logit / (temperature or 1)) for logit in logits]


def softmax_with_ties_shared(logits, temperature):
    if temperature:
        return inference.softmax_with_temperature(logits, temperature)
    return [float(logit == max(logits)) for logit in logits]


def top_p_by_numpy(probabilities, top_p):
    row = np.array(probabilities)
    order = np.argsort(-row)
    before = np.cumsum(row[order]) - row[order]
    row[order[before >= top_p]] = 0
    return row / row.sum()


def top_p_without_the_last(probabilities, top_p):
    row = np.array(probabilities)
    order = np.argsort(-row)
    row[order[np.cumsum(row[order]) > top_p]] = 0
    return list(row)


def top_p_not_divided(probabilities, top_p):
    right = inference.top_p_filter(probabilities, top_p)
    return [one if keep else 0.0 for one, keep in zip(probabilities, right, strict=True)]


def top_p_sorted(probabilities, top_p):
    return sorted(inference.top_p_filter(probabilities, top_p), reverse=True)


def top_p_as_a_threshold(probabilities, top_p):
    return [one if one >= 1 - top_p else 0.0 for one in probabilities]


def top_p_of_everything(probabilities, top_p):
    return list(probabilities)


def step_by_torch(keys, values, query, new_key, new_value):
    keys, values = np.vstack([keys, new_key]), np.vstack([values, new_value])
    rows = (torch.from_numpy(one)[None] for one in (query[None], keys, values))
    gathered = torch.nn.functional.scaled_dot_product_attention(*rows)
    return keys, values, gathered[0, 0].numpy()


def step_without_the_new_token(keys, values, query, new_key, new_value):
    _, _, gathered = inference.kv_cache_step(keys[:-1], values[:-1], query, keys[-1], values[-1])
    return np.vstack([keys, new_key]), np.vstack([values, new_value]), gathered


def step_without_the_root(keys, values, query, new_key, new_value):
    scaled = query * math.sqrt(len(query))
    return inference.kv_cache_step(keys, values, scaled, new_key, new_value)


def step_that_forgets(keys, values, query, new_key, new_value):
    longer = inference.kv_cache_step(keys, values, query, new_key, new_value)
    return keys, values, longer[2]


def step_in_front(keys, values, query, new_key, new_value):
    longer = inference.kv_cache_step(keys, values, query, new_key, new_value)
    return np.vstack([new_key, keys]), longer[1], longer[2]


def step_of_the_output_alone(keys, values, query, new_key, new_value):
    return inference.kv_cache_step(keys, values, query, new_key, new_value)[2]


def step_that_changes_the_query(keys, values, query, new_key, new_value):
    answer = inference.kv_cache_step(keys, values, query, new_key, new_value)
    query /= 2
    return answer


RIGHT = [
    ("softmax_with_temperature", inference.softmax_with_temperature),
    ("softmax_with_temperature", softmax_by_torch),
    ("top_p_filter", inference.top_p_filter),
    ("top_p_filter", top_p_by_numpy),
    ("kv_cache_step", inference.kv_cache_step),
    ("kv_cache_step", step_by_torch),
]
WRONG = [
    ("softmax_with_temperature", softmax_that_overflows, "Subtract the largest logit"),
    ("softmax_with_temperature", softmax_divided_afterwards, "before e is raised to them"),
    ("softmax_with_temperature", softmax_times_temperature, "Divide the scores"),
    ("softmax_with_temperature", softmax_without_the_sum, "have to sum to 1"),
    ("softmax_with_temperature", softmax_with_ties_shared, "only one token gets 1"),
    ("softmax_with_temperature", lambda logits, temperature: 0.5, "a list of 3 numbers, not a"),
    ("top_p_filter", top_p_without_the_last, "that reaches top_p is kept too"),
    ("top_p_filter", top_p_not_divided, "Divide by their sum"),
    ("top_p_filter", top_p_sorted, "The order must stay"),
    ("top_p_filter", top_p_as_a_threshold, "that reaches top_p"),
    ("top_p_filter", top_p_of_everything, "Stop as soon as"),
    ("kv_cache_step", step_without_the_new_token, "the new one among them"),
    ("kv_cache_step", step_without_the_root, "sqrt(D)"),
    ("kv_cache_step", step_that_forgets, "shape (1, 2), expected (2, 2)"),
    ("kv_cache_step", step_in_front, "not the old rows with the new one behind"),
    ("kv_cache_step", step_of_the_output_alone, "Return three arrays"),
    ("kv_cache_step", step_that_changes_the_query, "changed the values that it was given"),
]


@pytest.mark.parametrize(("name", "function"), RIGHT, ids=lambda one: getattr(one, "__name__", ""))
def test_a_right_answer_passes_however_it_is_written(name: str, function) -> None:
    assert CHALLENGES[name].check(function) is None


@pytest.mark.parametrize(
    ("name", "function", "words"), WRONG, ids=[f"{one[0]}-{one[1].__name__}" for one in WRONG]
)
def test_a_wrong_answer_is_refused_with_a_fitting_message(name: str, function, words) -> None:
    said = CHALLENGES[name].check(function)
    assert said is not None and words in said


@pytest.mark.parametrize("challenge", inference.CHALLENGES, ids=lambda one: one.id)
def test_the_empty_beginning_is_not_done(challenge) -> None:
    def not_written(*_arguments: object) -> None:
        raise NotImplementedError

    for function in (not_written, lambda *_arguments: None):
        with pytest.raises(NotDoneError):
            challenge.check(function)


@pytest.mark.parametrize("challenge", inference.CHALLENGES, ids=lambda one: one.id)
def test_three_wrong_answers_are_kept_and_the_frame_is_honest(challenge) -> None:
    assert sum(challenge.id == f"inference.{one[0]}" for one in WRONG) >= 3
    assert challenge.difficulty in (1, 2, 3) and 1 <= challenge.minutes <= 30
    assert challenge.title and challenge.hint.endswith(".")


def test_the_reference_filter_agrees_with_the_engines() -> None:
    for shares, top_p in inference._probabilities():
        logits = torch.tensor([shares]).log()
        ours = sampling.probabilities(logits, 1, top_p=top_p)[0].tolist()
        assert inference.top_p_filter(shares, top_p) == pytest.approx(ours, abs=1e-6)
