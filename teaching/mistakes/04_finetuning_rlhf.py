"""Wrong answers that readers give to the challenges of notebook 04, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

import itertools
import math
import statistics

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


def joint_of_sums(first, second):
    """Adds A to A and B to B."""
    (a1, b1, _), (a2, b2, _) = first, second
    return a1 + a2, b1 + b2


def joint_without_scales(first, second):
    """Forgets alpha / rank."""
    (a1, b1, _), (a2, b2, _) = first, second
    return torch.cat([a1, a2]), torch.cat([b1, b2], 1)


def joint_of_bare_alphas(first, second):
    """Takes alpha for the scale and does not divide by the rank."""
    (a1, b1, alpha1), (a2, b2, alpha2) = first, second
    return torch.cat([a1, a2]), torch.cat([alpha1 * b1, alpha2 * b2], 1)


def joint_over_the_joint_rank(first, second):
    """Divides both alphas by the rank of the joint LoRA."""
    a, b = joint_of_bare_alphas(first, second)
    return a, b / len(a)


def joint_scaled_twice(first, second):
    """Puts the scale into A and into B."""
    (a1, b1, alpha1), (a2, b2, alpha2) = first, second
    scale1, scale2 = alpha1 / len(a1), alpha2 / len(a2)
    return torch.cat([scale1 * a1, scale2 * a2]), torch.cat([scale1 * b1, scale2 * b2], 1)


def joint_upside_down(first, second):
    """Divides the rank by alpha."""
    (a1, b1, alpha1), (a2, b2, alpha2) = first, second
    return torch.cat([a1, a2]), torch.cat([len(a1) / alpha1 * b1, len(a2) / alpha2 * b2], 1)


def joint_crossed(first, second):
    """Joins the As in one order and the Bs in the other."""
    return right.join_loras(first, second)[0], right.join_loras(second, first)[1]


def joint_b_first(first, second):
    """Returns B before A."""
    return right.join_loras(first, second)[::-1]


def joint_transposed(first, second):
    """Returns both tables with rows and columns exchanged."""
    return tuple(table.T for table in right.join_loras(first, second))


def joint_without_a_small_rank(first, second):
    """Puts the whole sum into B and an identity into A, so that nothing is saved."""
    a, b = right.join_loras(first, second)
    return torch.eye(a.shape[1]), b @ a


def joint_as_a_table(first, second):
    """Returns the product, which has as many numbers as the table itself."""
    a, b = right.join_loras(first, second)
    return b @ a


def joint_of_the_mean(first, second):
    """Halves the sum, as for a mean of two models."""
    a, b = right.join_loras(first, second)
    return a, b / 2


def held_by_pair(prompts, share):
    """Takes the first pairs, whatever their prompts are."""
    return [place < share * len(prompts) for place in range(len(prompts))]


def held_as_typed(prompts, share):
    """Takes prompts for different ones that differ in capitals or spaces."""
    kept = set()
    for prompt in prompts:
        if sum(one in kept for one in prompts) >= share * len(prompts):
            break
        kept.add(prompt)
    return [prompt in kept for prompt in prompts]


def held_by_prompts(prompts, share):
    """Takes a share of the prompts, however many pairs they have."""
    names = [" ".join(prompt.lower().split()) for prompt in prompts]
    kinds = list(dict.fromkeys(names))
    kept = kinds[: math.ceil(share * len(kinds))]
    return [name in kept for name in names]


def held_too_many(prompts, share):
    """Goes on until more than the share is held out."""
    names = [" ".join(prompt.lower().split()) for prompt in prompts]
    kept = set()
    for name in names:
        if sum(one in kept for one in names) > share * len(names):
            break
        kept.add(name)
    return [name in kept for name in names]


def held_too_few(prompts, share):
    """Stops before a prompt that would go beyond the share."""
    names = [" ".join(prompt.lower().split()) for prompt in prompts]
    kept = set()
    for name in names:
        if sum(one in kept | {name} for one in names) > share * len(names):
            break
        kept.add(name)
    return [name in kept for name in names]


def held_from_the_end(prompts, share):
    """Holds the last prompts out."""
    return right.hold_out(prompts[::-1], share)[::-1]


def held_to_train_on(prompts, share):
    """Marks what is trained on."""
    return [not kept for kept in right.hold_out(prompts, share)]


def held_as_places(prompts, share):
    """Returns the places of the pairs instead of a value for each."""
    return [place for place, kept in enumerate(right.hold_out(prompts, share)) if kept]


def held_as_prompts(prompts, share):
    """Returns the prompts of one part instead of a value for each pair."""
    kept = right.hold_out(prompts, share)
    return {prompt for prompt, out in zip(prompts, kept, strict=True) if out}


def distance_of_the_logarithm(new, start, mask):
    """Takes the difference of the log-probabilities, which may be below 0."""
    return ((new - start)[mask].sum() / len(mask)).item()


def distance_of_squares(new, start, mask):
    """Takes half the square of log r."""
    return ((new - start)[mask].square().sum() / 2 / len(mask)).item()


def distance_the_wrong_way(new, start, mask):
    """Divides the probability now by the one at the start."""
    return right.kl_estimate(start, new, mask)


def distance_below_zero(new, start, mask):
    """Turns the sign."""
    return -right.kl_estimate(new, start, mask)


def distance_per_token(new, start, mask):
    """Takes the mean over tokens."""
    return right.kl_estimate(new, start, mask) * len(mask) / mask.sum().item()


def distance_of_all_replies(new, start, mask):
    """Returns the sum over all replies."""
    return right.kl_estimate(new, start, mask) * len(mask)


def distance_of_prompts_too(new, start, mask):
    """Adds up over all tokens of a row."""
    return right.kl_estimate(new, start, torch.ones_like(mask))


def distance_times_the_mask(new, start, mask):
    """Multiplies with the mask, and nan times 0 is nan."""
    ahead = start - new
    return (((ahead.exp() - 1 - ahead) * mask).sum() / len(mask)).item()


def distance_of_replies_with_tokens(new, start, mask):
    """Divides by the number of replies that are not empty."""
    filled = max(1, mask.any(1).sum().item())
    return right.kl_estimate(new, start, mask) * len(mask) / filled


def distance_without_minus_one(new, start, mask):
    """Forgets the - 1."""
    ahead = (start - new)[mask]
    return ((ahead.exp() - ahead).sum() / len(mask)).item()


def distance_of_log_probabilities(new, start, mask):
    """Divides one log-probability by the other."""
    ratio = start[mask] / new[mask]
    return ((ratio - 1 - ratio.log()).sum() / len(mask)).item()


def distance_weighed_again(new, start, mask):
    """Multiplies each sampled token with its probability."""
    return ((new - start)[mask] * new[mask].exp()).sum().item() / len(mask)


def distance_of_means(new, start, mask):
    """Takes the mean of nothing where every reply is empty."""
    ahead = (start - new)[mask]
    mean = (ahead.exp() - 1 - ahead).mean()
    return (mean * mask.sum() / len(mask)).item()


def paid_in_the_last_column(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Pays the score in the last column, behind the end of a shorter reply."""
    rewards = torch.where(mask, -kl_coefficient * moved, 0.0)
    lost = cut_penalty * ~torch.tensor(ended)
    rewards[:, -1] += torch.tensor(scores) - lost
    return rewards


def paid_at_the_first_token(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Pays the score at the first token of the reply, as argmax of the mask finds it."""
    rewards = torch.where(mask, -kl_coefficient * moved, 0.0)
    for row, first in enumerate(mask.int().argmax(1)):
        rewards[row, first] += scores[row] - cut_penalty * (not ended[row])
    return rewards


def paid_at_every_token(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Pays the score at every token."""
    lost = cut_penalty * ~torch.tensor(ended)
    each = (torch.tensor(scores) - lost)[:, None] - kl_coefficient * moved
    return torch.where(mask, each, 0.0)


def paid_one_too_late(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Pays the score one place behind the reply's last token."""
    paid = right.token_rewards(moved, mask, scores, ended, 0.0, cut_penalty).roll(1, 1)
    return paid - kl_coefficient * moved * mask


def paid_for_prompts_too(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Lets the tokens of the prompt pay for the leash."""
    paid = right.token_rewards(moved, mask, scores, ended, 0.0, cut_penalty)
    return paid - kl_coefficient * moved


def paid_with_a_bonus(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Adds the leash's price, which rewards running away."""
    return right.token_rewards(moved, mask, scores, ended, -kl_coefficient, cut_penalty)


def paid_over_the_price(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Writes = where += is needed, so that the last token pays no price."""
    rewards = torch.where(mask, -kl_coefficient * moved, 0.0)
    for row, counted in enumerate(mask):
        rewards[row, counted.nonzero()[-1:]] = scores[row] - cut_penalty * (not ended[row])
    return rewards


def paid_at_the_end_alone(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Lets the last token pay for all of the reply."""
    free = right.token_rewards(moved, mask, scores, ended, 0.0, cut_penalty)
    for row, counted in enumerate(mask):
        free[row, counted.nonzero()[-1:]] -= kl_coefficient * moved[row, counted].sum()
    return free


def paid_whatever_the_end(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Forgets that a cut reply loses something."""
    return right.token_rewards(moved, mask, scores, [True] * len(scores), kl_coefficient, 0.0)


def paid_less_for_an_end(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Takes the penalty from the replies that did end."""
    cut = [not end for end in ended]
    return right.token_rewards(moved, mask, scores, cut, kl_coefficient, cut_penalty)


def paid_more_for_a_cut(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Adds the penalty."""
    return right.token_rewards(moved, mask, scores, ended, kl_coefficient, -cut_penalty)


def paid_the_penalty_only(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Gives a cut reply the penalty in place of its score."""
    paid = [score if end else 0.0 for score, end in zip(scores, ended, strict=True)]
    return right.token_rewards(moved, mask, paid, ended, kl_coefficient, cut_penalty)


def paid_in_an_empty_row(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Looks for the last token from the right with argmax, which finds one where there is none."""
    rewards = torch.where(mask, -kl_coefficient * moved, 0.0)
    for row, back in enumerate(mask.flip(1).int().argmax(1)):
        rewards[row, -1 - back] += scores[row] - cut_penalty * (not ended[row])
    return rewards


def paid_at_no_place(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Asks an empty row for its last token."""
    rewards = torch.where(mask, -kl_coefficient * moved, 0.0)
    for row, counted in enumerate(mask):
        rewards[row, counted.nonzero()[-1]] += scores[row] - cut_penalty * (not ended[row])
    return rewards


def paid_in_place(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    """Writes the rewards into the tensor that it was given."""
    moved[:] = right.token_rewards(moved, mask, scores, ended, kl_coefficient, cut_penalty)
    return moved


def scaled_over_all(advantages, mask):
    """Takes mean and spread over all places, prompts and padding among them."""
    return (advantages - advantages.mean()) / advantages.std() * mask


def scaled_with_zeros(advantages, mask):
    """Puts 0 outside replies first, and counts these zeros."""
    zeros = advantages * mask
    return (zeros - zeros.mean()) / zeros.std() * mask


def scaled_by_reply(advantages, mask):
    """Brings each reply to mean 0, so that good and bad replies are alike."""
    result = torch.zeros_like(advantages)
    for row, counted in enumerate(mask):
        chosen = advantages[row, counted]
        result[row, counted] = (chosen - chosen.mean()) / (chosen.std() + 1e-6)
    return result


def scaled_everywhere(advantages, mask):
    """Leaves something outside replies."""
    return (advantages - advantages[mask].mean()) / advantages[mask].std()


def scaled_by_n(advantages, mask):
    """Divides by n in the standard deviation, as NumPy does."""
    chosen = advantages[mask]
    return (advantages - chosen.mean()) / chosen.std(correction=0) * mask


def scaled_by_the_variance(advantages, mask):
    """Divides by the variance."""
    return (advantages - advantages[mask].mean()) / advantages[mask].var() * mask


def scaled_to_mean_zero(advantages, mask):
    """Subtracts the mean and does not divide."""
    return (advantages - advantages[mask].mean()) * mask


def scaled_to_spread_one(advantages, mask):
    """Divides by the spread and does not subtract the mean."""
    return advantages / advantages[mask].std() * mask


def scaled_as_a_list(advantages, mask):
    """Returns the numbers that count, without their places."""
    return right.normalise_advantages(advantages, mask)[mask]


def scaled_by_zero(advantages, mask):
    """Divides by a spread of 0."""
    chosen = advantages[mask]
    result = torch.zeros_like(advantages)
    result[mask] = (chosen - chosen.mean()) / chosen.std()
    return result


def scaled_alone(advantages, mask):
    """Divides by n - 1 where n is 1, which is nan."""
    chosen = advantages[mask]
    variance = (chosen - chosen.mean()).square().sum() / (len(chosen) - 1)
    result = torch.zeros_like(advantages)
    if variance != 0:
        result[mask] = (chosen - chosen.mean()) / variance.sqrt()
    return result


def slope_without_the_clip(new, old, advantage, clip):
    """Forgets the clip."""
    return math.exp(new - old) * advantage


def slope_of_nothing_outside(new, old, advantage, clip):
    """Holds a token on both sides, also where a move made things worse."""
    ratio = math.exp(new - old)
    return ratio * advantage if 1 - clip <= ratio <= 1 + clip else 0.0


def slope_as_the_objective(new, old, advantage, clip):
    """Returns the objective itself."""
    ratio = math.exp(new - old)
    return min(ratio * advantage, min(max(ratio, 1 - clip), 1 + clip) * advantage)


def slope_of_the_ratio(new, old, advantage, clip):
    """Stops at the slope with respect to the ratio."""
    return right.clipped_gradient(new, old, advantage, clip) / math.exp(new - old)


def slope_of_the_loss(new, old, advantage, clip):
    """Takes the slope of the loss, which is to be made small."""
    return -right.clipped_gradient(new, old, advantage, clip)


def slope_upside_down(new, old, advantage, clip):
    """Divides the old probability by the new one."""
    return right.clipped_gradient(old, new, advantage, clip)


def slope_of_log_probabilities(new, old, advantage, clip):
    """Takes the difference of the log-probabilities for the ratio."""
    return (new - old) * advantage


def slope_above_the_clip_only(new, old, advantage, clip):
    """Looks at the upper end for good and bad tokens alike."""
    ratio = math.exp(new - old)
    return ratio * advantage if ratio <= 1 + clip else 0.0


def dpo_without_the_start(chosen, rejected, chosen_start, rejected_start, beta):
    """Forgets the starting model."""
    return right.preference_loss(beta * sum(chosen), beta * sum(rejected))


def dpo_without_beta(chosen, rejected, chosen_start, rejected_start, beta):
    """Forgets beta."""
    return right.dpo_loss(chosen, rejected, chosen_start, rejected_start, 1.0)


def dpo_with_beta_outside(chosen, rejected, chosen_start, rejected_start, beta):
    """Multiplies the loss with beta."""
    return beta * right.dpo_loss(chosen, rejected, chosen_start, rejected_start, 1.0)


def dpo_divided(chosen, rejected, chosen_start, rejected_start, beta):
    """Divides by beta, as by a temperature."""
    return right.dpo_loss(chosen, rejected, chosen_start, rejected_start, 1 / beta)


def dpo_swapped(chosen, rejected, chosen_start, rejected_start, beta):
    """Takes the rejected reply's score minus the chosen one's."""
    return right.dpo_loss(rejected, chosen, rejected_start, chosen_start, beta)


def dpo_with_the_other_start(chosen, rejected, chosen_start, rejected_start, beta):
    """Subtracts from each reply what the other one had at the start."""
    return right.dpo_loss(chosen, rejected, rejected_start, chosen_start, beta)


def dpo_of_means(chosen, rejected, chosen_start, rejected_start, beta):
    """Takes the mean over a reply's tokens, so that long replies count no more than short ones."""
    parts = [
        sum(reply) / max(1, len(reply))
        for reply in (chosen, rejected, chosen_start, rejected_start)
    ]
    return right.dpo_loss(*([mean] for mean in parts), beta)


def dpo_of_the_chosen(chosen, rejected, chosen_start, rejected_start, beta):
    """Looks at the chosen reply alone, as finetuning does."""
    return right.preference_loss(beta * (sum(chosen) - sum(chosen_start)), 0.0)


def dpo_that_overflows(chosen, rejected, chosen_start, rejected_start, beta):
    """Takes exp of a difference of any size."""
    ahead = sum(chosen) - sum(chosen_start) - sum(rejected) + sum(rejected_start)
    return math.log(1 + math.exp(-beta * ahead))


def dpo_that_becomes_infinite(chosen, rejected, chosen_start, rejected_start, beta):
    """Takes the log of a sigmoid that was rounded to 0."""
    ahead = sum(chosen) - sum(chosen_start) - sum(rejected) + sum(rejected_start)
    return -torch.log(torch.sigmoid(torch.tensor(beta * ahead, dtype=torch.float64)))


def dpo_as_a_probability(chosen, rejected, chosen_start, rejected_start, beta):
    """Stops at the probability."""
    return math.exp(-right.dpo_loss(chosen, rejected, chosen_start, rejected_start, beta))


def dpo_as_a_score(chosen, rejected, chosen_start, rejected_start, beta):
    """Stops at the difference of the two scores."""
    return beta * (sum(chosen) - sum(chosen_start) - sum(rejected) + sum(rejected_start))


def others_with_itself(prompts, rewards):
    """Takes the mean of all replies to the prompt, the reply itself among them."""
    means = {prompt: mean_of(prompts, rewards, prompt) for prompt in prompts}
    return [reward - means[prompt] for prompt, reward in zip(prompts, rewards, strict=True)]


def others_in_units_of_the_spread(prompts, rewards):
    """Divides by the group's standard deviation, as GRPO does."""
    result = []
    for prompt, reward in zip(prompts, rewards, strict=True):
        group = [r for p, r in zip(prompts, rewards, strict=True) if p == prompt]
        spread = statistics.pstdev(group) or 1.0
        result.append((reward - statistics.fmean(group)) / spread)
    return result


def others_of_the_batch(prompts, rewards):
    """Compares with all other replies, whatever they were asked."""
    return right.leave_one_out(["the same"] * len(prompts), rewards)


def others_beside_it(prompts, rewards):
    """Groups with itertools.groupby, which only sees replies that stand side by side."""
    result = []
    for _, group in itertools.groupby(zip(prompts, rewards, strict=True), lambda one: one[0]):
        result += right.leave_one_out(*zip(*group, strict=True))
    return result


def others_by_prompt(prompts, rewards):
    """Returns the advantages prompt by prompt."""
    advantages = right.leave_one_out(prompts, rewards)
    return [
        advantage
        for prompt in dict.fromkeys(prompts)
        for advantage, asked in zip(advantages, prompts, strict=True)
        if asked == prompt
    ]


def others_added_up(prompts, rewards):
    """Subtracts the sum of the others instead of their mean."""
    return [
        reward - (mean_of(prompts, rewards, prompt) * prompts.count(prompt) - reward)
        for prompt, reward in zip(prompts, rewards, strict=True)
    ]


def others_divided_by_all(prompts, rewards):
    """Adds up the others and divides by the number of all replies to the prompt."""
    return [
        reward - (mean_of(prompts, rewards, prompt) - reward / prompts.count(prompt))
        for prompt, reward in zip(prompts, rewards, strict=True)
    ]


def others_without_it(prompts, rewards):
    """Returns the mean of the others."""
    advantages = right.leave_one_out(prompts, rewards)
    return [reward - advantage for reward, advantage in zip(rewards, advantages, strict=True)]


def others_or_nothing(prompts, rewards):
    """Takes 0 for the mean of no others, so that a reply alone keeps its reward."""
    advantages = right.leave_one_out(prompts, rewards)
    return [
        advantage if prompts.count(prompt) > 1 else reward
        for prompt, reward, advantage in zip(prompts, rewards, advantages, strict=True)
    ]


def others_of_nobody(prompts, rewards):
    """Divides by the number of others even where there are none."""
    return [
        reward - (mean_of(prompts, rewards, prompt) * count - reward) / (count - 1)
        for prompt, reward in zip(prompts, rewards, strict=True)
        for count in [prompts.count(prompt)]
    ]


def others_as_a_dict(prompts, rewards):
    """Returns one advantage per prompt."""
    return dict(zip(prompts, right.leave_one_out(prompts, rewards), strict=True))


def mean_of(prompts, rewards, prompt):
    """The mean reward of a prompt's replies."""
    group = [reward for asked, reward in zip(prompts, rewards, strict=True) if asked == prompt]
    return sum(group) / len(group)


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
    ("finetuning.join_loras", joint_of_sums, "The rank has not grown"),
    ("finetuning.join_loras", joint_without_scales, "The scales are missing"),
    ("finetuning.join_loras", joint_of_bare_alphas, "alpha has to be divided by the rank"),
    ("finetuning.join_loras", joint_over_the_joint_rank, "not by that of the joint one"),
    ("finetuning.join_loras", joint_scaled_twice, "The scales count twice"),
    ("finetuning.join_loras", joint_upside_down, "The scale is upside down"),
    ("finetuning.join_loras", joint_crossed, "join both in the same order"),
    ("finetuning.join_loras", joint_b_first, "The two are exchanged"),
    ("finetuning.join_loras", joint_transposed, "Rows and columns are exchanged"),
    ("finetuning.join_loras", joint_without_a_small_rank, "the ranks add up, in and out stay"),
    ("finetuning.join_loras", joint_as_a_table, "Return two things"),
    ("finetuning.join_loras", joint_of_the_mean, "This is the mean of the two"),
    ("finetuning.hold_out", held_by_pair, "A prompt leaks"),
    ("finetuning.hold_out", held_as_typed, "in capitals or spaces alone are one prompt"),
    ("finetuning.hold_out", held_by_prompts, "The share is one of pairs"),
    ("finetuning.hold_out", held_too_many, "One prompt too many"),
    ("finetuning.hold_out", held_too_few, "At least this share is held out"),
    ("finetuning.hold_out", held_from_the_end, "held out from the end"),
    ("finetuning.hold_out", held_to_train_on, "the other way round"),
    ("finetuning.hold_out", held_as_places, "There are 4 pairs, and the list has 2"),
    ("finetuning.hold_out", held_as_prompts, "Return a list of 4 truth values, not a set"),
    ("finetuning.kl_estimate", distance_of_the_logarithm, "This is log r alone"),
    ("finetuning.kl_estimate", distance_of_squares, "Half the square of log r"),
    ("finetuning.kl_estimate", distance_the_wrong_way, "r is upside down"),
    ("finetuning.kl_estimate", distance_below_zero, "The sign is wrong"),
    ("finetuning.kl_estimate", distance_per_token, "This is a mean over tokens"),
    ("finetuning.kl_estimate", distance_of_all_replies, "This is the sum over all replies"),
    ("finetuning.kl_estimate", distance_of_prompts_too, "of prompts and padding too"),
    ("finetuning.kl_estimate", distance_times_the_mask, "nan times 0 is nan"),
    ("finetuning.kl_estimate", distance_of_replies_with_tokens, "An empty reply has moved by 0"),
    ("finetuning.kl_estimate", distance_without_minus_one, "Without the - 1"),
    ("finetuning.kl_estimate", distance_of_log_probabilities, "r is exp(start - new)"),
    ("finetuning.kl_estimate", distance_weighed_again, "no probability multiplies them"),
    ("finetuning.kl_estimate", distance_of_means, "All replies are empty here"),
    ("finetuning.token_rewards", paid_in_the_last_column, "need not be in the last column"),
    ("finetuning.token_rewards", paid_at_the_first_token, "gets it, not the first"),
    ("finetuning.token_rewards", paid_at_every_token, "The score is paid once"),
    ("finetuning.token_rewards", paid_one_too_late, "one place too late"),
    ("finetuning.token_rewards", paid_for_prompts_too, "was not chosen and costs nothing"),
    ("finetuning.token_rewards", paid_with_a_bonus, "The leash is a price"),
    ("finetuning.token_rewards", paid_over_the_price, "add the score to it"),
    ("finetuning.token_rewards", paid_at_the_end_alone, "Each token pays for itself"),
    ("finetuning.token_rewards", paid_whatever_the_end, "loses cut_penalty, at its last"),
    ("finetuning.token_rewards", paid_less_for_an_end, "Only a reply that was cut loses"),
    ("finetuning.token_rewards", paid_more_for_a_cut, "subtract it from the score"),
    ("finetuning.token_rewards", paid_the_penalty_only, "keeps its score, less the penalty"),
    ("finetuning.token_rewards", paid_in_an_empty_row, "A row without a token of a reply"),
    ("finetuning.token_rewards", paid_at_no_place, "a place that the list does not have"),
    ("finetuning.token_rewards", paid_in_place, "changed the values that it was given"),
    ("finetuning.normalise_advantages", scaled_over_all, "of the tokens of replies alone"),
    ("finetuning.normalise_advantages", scaled_with_zeros, "The zeros outside replies count"),
    ("finetuning.normalise_advantages", scaled_by_reply, "Each reply is scaled by itself"),
    ("finetuning.normalise_advantages", scaled_everywhere, "outside replies becomes 0"),
    ("finetuning.normalise_advantages", scaled_by_n, "divides by n - 1"),
    ("finetuning.normalise_advantages", scaled_by_the_variance, "the root of the variance"),
    ("finetuning.normalise_advantages", scaled_to_mean_zero, "the spread has to become 1"),
    ("finetuning.normalise_advantages", scaled_to_spread_one, "the mean has to become 0"),
    ("finetuning.normalise_advantages", scaled_as_a_list, "Expected shape (2, 4)"),
    ("finetuning.normalise_advantages", scaled_by_zero, "so that their spread is 0"),
    ("finetuning.normalise_advantages", scaled_alone, "A single token, or none"),
    ("finetuning.clipped_gradient", slope_without_the_clip, "Beyond the clip nothing more"),
    (
        "finetuning.clipped_gradient",
        slope_of_nothing_outside,
        "does not hold a move for the worse",
    ),
    ("finetuning.clipped_gradient", slope_as_the_objective, "This is the objective itself"),
    ("finetuning.clipped_gradient", slope_of_the_ratio, "the slope with respect to the ratio"),
    ("finetuning.clipped_gradient", slope_of_the_loss, "Only the sign is wrong"),
    ("finetuning.clipped_gradient", slope_upside_down, "The ratio is upside down"),
    ("finetuning.clipped_gradient", slope_of_log_probabilities, "These are log-probabilities"),
    ("finetuning.clipped_gradient", slope_above_the_clip_only, "Beyond the clip nothing more"),
    ("finetuning.dpo_loss", dpo_without_the_start, "The starting model is missing"),
    ("finetuning.dpo_loss", dpo_without_beta, "beta is missing"),
    ("finetuning.dpo_loss", dpo_with_beta_outside, "inside the sigmoid, and not the loss"),
    ("finetuning.dpo_loss", dpo_divided, "multiplied by beta, not divided"),
    ("finetuning.dpo_loss", dpo_swapped, "The two are swapped"),
    ("finetuning.dpo_loss", dpo_with_the_other_start, "from what the same reply has now"),
    ("finetuning.dpo_loss", dpo_of_means, "the sum over its tokens, not their mean"),
    ("finetuning.dpo_loss", dpo_of_the_chosen, "The rejected reply is missing"),
    ("finetuning.dpo_loss", dpo_that_overflows, "A number became too large"),
    ("finetuning.dpo_loss", dpo_that_becomes_infinite, "Large differences overflow"),
    ("finetuning.dpo_loss", dpo_as_a_probability, "the probability of the choice"),
    ("finetuning.dpo_loss", dpo_as_a_score, "the sigmoid comes next"),
    ("finetuning.leave_one_out", others_with_itself, "The reply itself is in this mean"),
    ("finetuning.leave_one_out", others_in_units_of_the_spread, "divided by the spread"),
    ("finetuning.leave_one_out", others_of_the_batch, "replies to the same prompt only"),
    ("finetuning.leave_one_out", others_beside_it, "need not stand side by side"),
    ("finetuning.leave_one_out", others_by_prompt, "keep that of the replies"),
    ("finetuning.leave_one_out", others_added_up, "subtracts the sum of the others"),
    ("finetuning.leave_one_out", others_divided_by_all, "one fewer than all replies"),
    ("finetuning.leave_one_out", others_without_it, "This is what the others have"),
    ("finetuning.leave_one_out", others_or_nothing, "has no others: give it 0.0"),
    ("finetuning.leave_one_out", others_of_nobody, "It divides by 0 here"),
    ("finetuning.leave_one_out", others_as_a_dict, "Return a list of 5 numbers, not a dict"),
]
