"""Wrong answers that readers give to the challenges of notebook 04, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

import math

import torch

from course_utils.finetuning_rlhf.exercises import reference as right


def mask_without_the_end(ids):
    """Leaves out the 0 that ends a reply, so that the model never learns to stop."""
    mask = right.mask_replies(ids)
    return [one and token != 0 for one, token in zip(mask, ids, strict=True)]


def mask_of_the_last_reply(ids):
    """Counts only the last reply of a conversation."""
    start = max((at for at, one in enumerate(ids) if one == 2), default=len(ids))
    return [at > start for at in range(len(ids))]


def mask_of_everything_after_the_first_reply(ids):
    """Counts everything behind the first 2, what the user says later among it."""
    return [2 in ids[:at] for at in range(len(ids))]


def mask_one_too_early(ids):
    """Counts the 2, which the model does not say, and not the 0."""
    return [*right.mask_replies(ids)[1:], False]


def mask_with_the_sign(ids):
    """Counts the 2 that opens a reply."""
    return [mine or one == 2 for mine, one in zip(right.mask_replies(ids), ids, strict=True)]


def mask_of_the_user(ids):
    """Marks what is not to be counted."""
    return [not one for one in right.mask_replies(ids)]


def mask_as_places(ids):
    """Returns the places that count instead of a value for each token."""
    return [at for at, one in enumerate(right.mask_replies(ids)) if one]


def loss_that_overflows(chosen, rejected):
    """Takes exp of a difference of any size."""
    return math.log(1 + math.exp(rejected - chosen))


def loss_that_becomes_infinite(chosen, rejected):
    """Takes the log of a sigmoid that was rounded to 0."""
    ahead = torch.tensor(chosen - rejected, dtype=torch.float64)
    return -torch.log(torch.sigmoid(ahead))


def loss_with_the_wrong_sign(chosen, rejected):
    """Forgets the minus."""
    return -right.preference_loss(chosen, rejected)


def loss_swapped(chosen, rejected):
    """Takes the rejected score minus the chosen one."""
    return right.preference_loss(rejected, chosen)


def loss_as_a_probability(chosen, rejected):
    """Stops at the probability."""
    return math.exp(-right.preference_loss(chosen, rejected))


def loss_in_bits(chosen, rejected):
    """Takes the logarithm to the base 2."""
    return right.preference_loss(chosen, rejected) / math.log(2)


def loss_with_a_margin(chosen, rejected):
    """Writes the hinge loss of a support vector machine."""
    return max(0.0, 1 - (chosen - rejected))


def loss_as_a_distance(chosen, rejected):
    """Stops at the difference of the two scores."""
    return rejected - chosen


def objective_without_the_clip(new, old, advantage, clip):
    """Forgets the clip."""
    return math.exp(new - old) * advantage


def objective_always_clipped(new, old, advantage, clip):
    """Clips always, also where a move made things worse."""
    return min(max(math.exp(new - old), 1 - clip), 1 + clip) * advantage


def objective_as_a_loss(new, old, advantage, clip):
    """Returns the loss, which is to be made small."""
    return -right.clipped_objective(new, old, advantage, clip)


def objective_with_the_larger(new, old, advantage, clip):
    """Takes the larger of the two."""
    free = math.exp(new - old) * advantage
    return max(free, objective_always_clipped(new, old, advantage, clip))


def objective_of_log_probabilities(new, old, advantage, clip):
    """Takes the difference of the log-probabilities for the ratio."""
    ratio = new - old
    return min(ratio * advantage, min(max(ratio, 1 - clip), 1 + clip) * advantage)


def objective_upside_down(new, old, advantage, clip):
    """Divides the old probability by the new one."""
    return right.clipped_objective(old, new, advantage, clip)


def objective_of_the_smaller_ratio(new, old, advantage, clip):
    """Takes the smaller ratio before it multiplies with the advantage."""
    ratio = math.exp(new - old)
    return min(ratio, min(max(ratio, 1 - clip), 1 + clip)) * advantage


MISTAKES = [
    ("finetuning.mask_replies", mask_without_the_end, "the 0 that ends a reply is one of"),
    ("finetuning.mask_replies", mask_of_the_last_reply, "Every reply of the conversation counts"),
    ("finetuning.mask_replies", mask_of_everything_after_the_first_reply, "What the user says"),
    ("finetuning.mask_replies", mask_one_too_early, "count the 0"),
    ("finetuning.mask_replies", mask_with_the_sign, "The 2 opens the reply and is not said"),
    ("finetuning.mask_replies", mask_of_the_user, "the other way round"),
    ("finetuning.mask_replies", mask_as_places, "There are 7 tokens, and the list has 3"),
    ("finetuning.preference_loss", loss_that_overflows, "A number became too large"),
    ("finetuning.preference_loss", loss_that_becomes_infinite, "Large scores overflow"),
    ("finetuning.preference_loss", loss_with_the_wrong_sign, "minus the logarithm"),
    ("finetuning.preference_loss", loss_swapped, "The two are swapped"),
    ("finetuning.preference_loss", loss_as_a_probability, "the probability of the choice"),
    ("finetuning.preference_loss", loss_in_bits, "This is in bits"),
    ("finetuning.preference_loss", loss_with_a_margin, "A straight line with a corner"),
    ("finetuning.preference_loss", loss_as_a_distance, "how far the scores are apart"),
    ("finetuning.clipped_objective", objective_without_the_clip, "the product without the clip"),
    ("finetuning.clipped_objective", objective_always_clipped, "This is clipped always"),
    ("finetuning.clipped_objective", objective_as_a_loss, "Only the sign is wrong"),
    ("finetuning.clipped_objective", objective_with_the_larger, "the larger of the two: take"),
    ("finetuning.clipped_objective", objective_of_log_probabilities, "These are log-probab"),
    ("finetuning.clipped_objective", objective_upside_down, "The ratio is upside down"),
    ("finetuning.clipped_objective", objective_of_the_smaller_ratio, "compare after multiplying"),
]
