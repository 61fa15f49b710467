"""The challenges of notebook 04: right answers pass, typical wrong ones are met with a reason."""

from __future__ import annotations

import math

import pytest
import torch

from course_utils.challenges import finetuning
from course_utils.challenges.base import NotDoneError
from course_utils.finetuning_rlhf.chat_format import conversation_ids, example_ids
from course_utils.finetuning_rlhf.ppo_objective import clipped_loss
from course_utils.tokenization.fast import FastTokenizer

CHALLENGES = {one.id.split(".")[1]: one for one in finetuning.CHALLENGES}


def mask_by_slices(ids):
    mask = [0] * len(ids)
    for at, one in enumerate(ids):
        if one == 2:
            end = ids.index(0, at) + 1 if 0 in ids[at:] else len(ids)
            mask[at + 1 : end] = [1] * (end - at - 1)
    return mask


def mask_without_the_end(ids):
    right = finetuning.mask_replies(ids)
    return [one and token != 0 for one, token in zip(right, ids, strict=True)]


def mask_of_the_last_reply(ids):
    start = max((at for at, one in enumerate(ids) if one == 2), default=len(ids))
    return [at > start for at in range(len(ids))]


def mask_of_everything_after_the_first_reply(ids):
    return [2 in ids[:at] for at in range(len(ids))]


def mask_one_too_early(ids):
    return [*finetuning.mask_replies(ids)[1:], False]


def mask_of_the_user(ids):
    return [not one for one in finetuning.mask_replies(ids)]


def mask_as_places(ids):
    return [at for at, one in enumerate(finetuning.mask_replies(ids)) if one]


def loss_by_torch(chosen, rejected):
    ahead = torch.tensor(chosen - rejected, dtype=torch.float64)
    return -torch.nn.functional.logsigmoid(ahead)


def loss_that_overflows(chosen, rejected):
    return math.log(1 + math.exp(rejected - chosen))


def loss_that_becomes_infinite(chosen, rejected):
    ahead = torch.tensor(chosen - rejected, dtype=torch.float64)
    return -torch.log(torch.sigmoid(ahead))


def loss_with_the_wrong_sign(chosen, rejected):
    return -finetuning.preference_loss(chosen, rejected)


def loss_swapped(chosen, rejected):
    return finetuning.preference_loss(rejected, chosen)


def loss_as_a_probability(chosen, rejected):
    return math.exp(-finetuning.preference_loss(chosen, rejected))


def loss_in_bits(chosen, rejected):
    return finetuning.preference_loss(chosen, rejected) / math.log(2)


def loss_with_a_margin(chosen, rejected):
    return max(0.0, 1 - (chosen - rejected))


def objective_by_torch(new, old, advantage, clip):
    numbers = (torch.tensor(one, dtype=torch.float64) for one in (new, old, advantage))
    return -clipped_loss(*numbers, clip)[0]


def objective_without_the_clip(new, old, advantage, clip):
    return math.exp(new - old) * advantage


def objective_always_clipped(new, old, advantage, clip):
    return min(max(math.exp(new - old), 1 - clip), 1 + clip) * advantage


def objective_as_a_loss(new, old, advantage, clip):
    return -finetuning.clipped_objective(new, old, advantage, clip)


def objective_with_the_larger(new, old, advantage, clip):
    free = math.exp(new - old) * advantage
    return max(free, objective_always_clipped(new, old, advantage, clip))


def objective_of_log_probabilities(new, old, advantage, clip):
    ratio = new - old
    return min(ratio * advantage, min(max(ratio, 1 - clip), 1 + clip) * advantage)


RIGHT = [
    ("mask_replies", finetuning.mask_replies),
    ("mask_replies", mask_by_slices),
    ("preference_loss", finetuning.preference_loss),
    ("preference_loss", loss_by_torch),
    ("clipped_objective", finetuning.clipped_objective),
    ("clipped_objective", objective_by_torch),
]
WRONG = [
    ("mask_replies", mask_without_the_end, "the 0 that ends a reply is one of them"),
    ("mask_replies", mask_of_the_last_reply, "Some tokens of replies are left out"),
    ("mask_replies", mask_of_everything_after_the_first_reply, "What the user says"),
    ("mask_replies", mask_one_too_early, "count the 0"),
    ("mask_replies", mask_of_the_user, "the other way round"),
    ("mask_replies", mask_as_places, "There are 7 tokens, and the list has 3"),
    ("mask_replies", lambda ids: 3, "a list of 7 truth values, not a int"),
    ("preference_loss", loss_that_overflows, "raised OverflowError"),
    ("preference_loss", loss_that_becomes_infinite, "Large scores overflow"),
    ("preference_loss", loss_with_the_wrong_sign, "minus the logarithm"),
    ("preference_loss", loss_swapped, "The two are swapped"),
    ("preference_loss", loss_as_a_probability, "the probability of the choice"),
    ("preference_loss", loss_in_bits, "This is in bits"),
    ("preference_loss", loss_with_a_margin, "its sigmoid, and minus the logarithm"),
    ("preference_loss", lambda chosen, rejected: "0.7 nats", "one number, not a str"),
    ("clipped_objective", objective_without_the_clip, "Take the smaller of the two"),
    ("clipped_objective", objective_always_clipped, "Take the smaller of the two"),
    ("clipped_objective", objective_as_a_loss, "Only the sign is wrong"),
    ("clipped_objective", objective_with_the_larger, "Take the smaller of the two"),
    ("clipped_objective", objective_of_log_probabilities, "The ratio is exp(new - old)"),
    ("clipped_objective", lambda new, old, advantage, clip: "good", "one number, not a str"),
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


@pytest.mark.parametrize("challenge", finetuning.CHALLENGES, ids=lambda one: one.id)
def test_the_empty_beginning_is_not_done(challenge) -> None:
    def not_written(*_arguments: object) -> None:
        raise NotImplementedError

    for function in (not_written, lambda *_arguments: None):
        with pytest.raises(NotDoneError):
            challenge.check(function)


@pytest.mark.parametrize("challenge", finetuning.CHALLENGES, ids=lambda one: one.id)
def test_three_wrong_answers_are_kept_and_the_frame_is_honest(challenge) -> None:
    assert sum(challenge.id == f"finetuning.{one[0]}" for one in WRONG) >= 3
    assert challenge.difficulty in (1, 2, 3) and 1 <= challenge.minutes <= 30
    assert challenge.title and challenge.hint.endswith(".")


def test_the_reference_mask_is_that_of_the_chat_data() -> None:
    ids, mask = example_ids(FastTokenizer(), "What is it?", "A fox.")
    assert finetuning.mask_replies(ids) == mask
    turns = [("user", "a"), ("assistant", "b"), ("user", "c")]
    longer = conversation_ids(FastTokenizer(), turns)
    assert sum(finetuning.mask_replies(longer)) == 2
