"""Wrong answers that readers give to the challenges of notebook 05, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

import math

import numpy as np

from course_utils.inference.exercises import reference as right


def softmax_that_overflows(logits, temperature):
    """Takes exp of the scores as they are."""
    if temperature == 0:
        return right.softmax_with_temperature(logits, 0)
    with np.errstate(all="ignore"):
        powers = np.exp(np.array(logits) / temperature)
        return (powers / powers.sum()).tolist()


def softmax_divided_afterwards(logits, temperature):
    """Divides the probabilities by the temperature, which changes nothing."""
    row = np.array(right.softmax_with_temperature(logits, 1.0)) / (temperature or 1)
    return (row / row.sum()).tolist()


def softmax_times_temperature(logits, temperature):
    """Multiplies with the temperature, so that heat makes the choice surer."""
    return right.softmax_with_temperature(logits, 1 / temperature)


def softmax_without_the_sum(logits, temperature):
    """Forgets to divide by the sum."""
    return [math.exp(logit / (temperature or 1)) for logit in logits]


def softmax_with_ties_shared(logits, temperature):
    """Gives 1 to every one of the largest scores at temperature 0."""
    if temperature:
        return right.softmax_with_temperature(logits, temperature)
    return [float(logit == max(logits)) for logit in logits]


def softmax_without_zero(logits, temperature):
    """Divides by a temperature of 0."""
    powers = [math.exp((one - max(logits)) / temperature) for one in logits]
    return [one / sum(powers) for one in powers]


def softmax_of_shares(logits, temperature):
    """Divides the scores by their sum, without exp."""
    return [one / sum(logits) for one in logits]


def top_p_without_the_last(probabilities, top_p):
    """Leaves out the token that reaches top_p."""
    row = np.array(probabilities)
    order = np.argsort(-row)
    row[order[np.cumsum(row[order]) > top_p]] = 0
    return list(row)


def top_p_not_divided(probabilities, top_p):
    """Does not scale up what was kept."""
    kept = right.top_p_filter(probabilities, top_p)
    return [one if keep else 0.0 for one, keep in zip(probabilities, kept, strict=True)]


def top_p_sorted(probabilities, top_p):
    """Returns the probabilities in the order of their size."""
    return sorted(right.top_p_filter(probabilities, top_p), reverse=True)


def top_p_as_a_threshold(probabilities, top_p):
    """Keeps every token that has top_p alone."""
    kept = [one if one >= top_p else 0.0 for one in probabilities]
    return [one / (sum(kept) or 1) for one in kept]


def top_p_of_everything(probabilities, top_p):
    """Keeps everything."""
    return list(probabilities)


def top_p_in_the_order_of_the_list(probabilities, top_p):
    """Adds up from the start of the list, not from the likeliest on."""
    kept = []
    for one in probabilities:
        kept.append(one if sum(kept) < top_p else 0.0)
    return [one / sum(kept) for one in kept]


def step_without_the_new_token(keys, values, query, new_key, new_value):
    """Lets the new token listen to all but itself."""
    weights = np.exp(keys @ query / math.sqrt(len(query)))
    gathered = weights / weights.sum() @ values
    return np.vstack([keys, new_key]), np.vstack([values, new_value]), gathered


def step_without_the_root(keys, values, query, new_key, new_value):
    """Does not divide the scores by the root of the width."""
    scaled = query * math.sqrt(len(query))
    return right.kv_cache_step(keys, values, scaled, new_key, new_value)


def step_divided_by_the_width(keys, values, query, new_key, new_value):
    """Divides the scores by the width and not by its root."""
    scaled = query / math.sqrt(len(query))
    return right.kv_cache_step(keys, values, scaled, new_key, new_value)


def step_without_softmax(keys, values, query, new_key, new_value):
    """Weighs the values with the bare scores."""
    keys, values = np.vstack([keys, new_key]), np.vstack([values, new_value])
    return keys, values, keys @ query / math.sqrt(len(query)) @ values


def step_that_forgets(keys, values, query, new_key, new_value):
    """Returns the cache as short as it was."""
    longer = right.kv_cache_step(keys, values, query, new_key, new_value)
    return keys, values, longer[2]


def step_in_front(keys, values, query, new_key, new_value):
    """Puts the new row in front of the old ones."""
    longer = right.kv_cache_step(keys, values, query, new_key, new_value)
    return np.vstack([new_key, keys]), longer[1], longer[2]


def step_of_the_output_alone(keys, values, query, new_key, new_value):
    """Returns what was gathered and not the cache."""
    return right.kv_cache_step(keys, values, query, new_key, new_value)[2]


def step_that_changes_the_query(keys, values, query, new_key, new_value):
    """Scales the query in place, which changes it for the caller too."""
    answer = right.kv_cache_step(keys, values, query, new_key, new_value)
    query /= 2
    return answer


MISTAKES = [
    ("inference.softmax_with_temperature", softmax_that_overflows, "Subtract the largest logit"),
    ("inference.softmax_with_temperature", softmax_divided_afterwards, "Divide the scores by it"),
    ("inference.softmax_with_temperature", softmax_times_temperature, "the wrong way round"),
    ("inference.softmax_with_temperature", softmax_without_the_sum, "have to sum to 1"),
    ("inference.softmax_with_temperature", softmax_with_ties_shared, "only one token gets 1"),
    ("inference.softmax_with_temperature", softmax_without_zero, "It divides by 0 here"),
    ("inference.softmax_with_temperature", softmax_of_shares, "take exp of each score before"),
    ("inference.top_p_filter", top_p_without_the_last, "that reaches top_p is kept too"),
    ("inference.top_p_filter", top_p_not_divided, "Divide by their sum"),
    ("inference.top_p_filter", top_p_sorted, "The order must stay"),
    ("inference.top_p_filter", top_p_as_a_threshold, "top_p is no bar for one token"),
    ("inference.top_p_filter", top_p_of_everything, "Stop as soon as"),
    ("inference.top_p_filter", top_p_in_the_order_of_the_list, "The likeliest tokens are kept"),
    ("inference.kv_cache_step", step_without_the_new_token, "it listens to itself too"),
    ("inference.kv_cache_step", step_without_the_root, "have to be divided by sqrt(D)"),
    ("inference.kv_cache_step", step_divided_by_the_width, "take its square root"),
    ("inference.kv_cache_step", step_without_softmax, "no weights before the softmax"),
    ("inference.kv_cache_step", step_that_forgets, "shape (1, 2), expected (2, 2)"),
    ("inference.kv_cache_step", step_in_front, "not the old rows with the new one behind"),
    ("inference.kv_cache_step", step_of_the_output_alone, "Return three arrays"),
    ("inference.kv_cache_step", step_that_changes_the_query, "changed the values that it was"),
]
