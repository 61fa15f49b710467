"""Right answers are done, however they are written."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils import challenges
from course_utils.data_collection.exercises import reference as collection
from course_utils.finetuning_rlhf.exercises import reference as finetuning
from course_utils.finetuning_rlhf.ppo_objective import clipped_loss
from course_utils.finetuning_rlhf.ppo_rewards import standard_deviation
from course_utils.model.transformer import rotate
from course_utils.pretraining.exercises import reference as pretraining
from course_utils.pretraining.optimizer import schedule

TOOLS = str(Path(__file__).resolve().parents[2] / "tools")
sys.path[:0] = [path for path in [TOOLS] if path not in sys.path]

from teaching_page import load  # noqa: E402 (the tools' folder has to be on the path)

from . import inference_answers  # noqa: E402 (after the tools)


def mask_by_slices(ids):
    mask = [0] * len(ids)
    for at, one in enumerate(ids):
        if one == 2:
            end = ids.index(0, at) + 1 if 0 in ids[at:] else len(ids)
            mask[at + 1 : end] = [1] * (end - at - 1)
    return mask


def mask_as_an_array(ids):
    return np.array(finetuning.mask_replies(ids))


def loss_by_torch(chosen, rejected):
    ahead = torch.tensor(chosen - rejected, dtype=torch.float64, requires_grad=True)
    return -torch.nn.functional.logsigmoid(ahead)


def joint_of_lists(first, second):
    a, b = finetuning.join_loras(first, second)
    return [a.tolist(), b.tolist()]


def joint_scaled_in_a(first, second):
    parts = [(alpha / a.shape[0] * a.numpy(), b.numpy()) for a, b, alpha in (first, second)]
    return np.vstack([a for a, _ in parts]), np.hstack([b for _, b in parts])


def joint_from_the_other_end(first, second):
    a, b = finetuning.join_loras(second, first)
    return -a, -b


def held_by_counter(prompts, share):
    names = [" ".join(prompt.casefold().split()) for prompt in prompts]
    held, left = set(), share * len(names)
    for name, count in Counter(names).items():  # in the order in which they first come
        if left > 0:
            held.add(name)
            left -= count
    return np.array([int(name in held) for name in names])


def distance_by_loops(new, start, mask):
    total = 0.0
    for now, then, counted in zip(new.tolist(), start.tolist(), mask.tolist(), strict=True):
        for one, other, counts in zip(now, then, counted, strict=True):
            total += np.exp(other - one) - 1 - (other - one) if counts else 0
    return total / len(new)


def distance_by_where(new, start, mask):
    ahead = torch.where(mask, start - new, 0.0).requires_grad_()
    return (ahead.exp() - 1 - ahead).sum(1).mean()


def rewards_by_counting(moved, mask, scores, ended, kl_coefficient, cut_penalty):
    last = mask & (mask.cumsum(1) == mask.sum(1, keepdim=True))
    paid = [score - cut_penalty * (not end) for score, end in zip(scores, ended, strict=True)]
    return (last * torch.tensor(paid)[:, None] - kl_coefficient * moved * mask).numpy()


def advantages_by_numpy(advantages, mask):
    values, counted = advantages.numpy().astype(float), mask.numpy()
    if counted.sum() < 2 or values[counted].std() == 0:
        return (0 * values).tolist()
    normal = (values - values[counted].mean()) / values[counted].std(ddof=1)
    return np.where(counted, normal, 0).tolist()


def advantages_of_ppo(advantages, mask):
    chosen = advantages[mask]
    if not len(chosen):
        return 0 * advantages
    return (advantages - chosen.mean()) / (standard_deviation(chosen) + 1e-6) * mask


def gradient_of_the_clipped_loss(new, old, advantage, clip):
    now = torch.tensor(new, dtype=torch.float64, requires_grad=True)
    old, advantage = (torch.tensor(value, dtype=torch.float64) for value in (old, advantage))
    (-clipped_loss(now, old, advantage, clip)[0]).backward()
    return now.grad


def gradient_by_nudging(new, old, advantage, clip):
    def objective(new):
        ratio = np.exp(new - old)
        return min(ratio * advantage, np.clip(ratio, 1 - clip, 1 + clip) * advantage)

    return (objective(new + 1e-5) - objective(new - 1e-5)) / 2e-5


def dpo_by_torch(chosen, rejected, chosen_start, rejected_start, beta):
    replies = (chosen, rejected, chosen_start, rejected_start)
    c, r, c_start, r_start = (torch.tensor(reply, dtype=torch.float64).sum() for reply in replies)
    return -torch.nn.functional.logsigmoid(beta * ((c - r) - (c_start - r_start)))


def others_by_numpy(prompts, rewards):
    _, group = np.unique(prompts, return_inverse=True)
    values, count = np.array(rewards), np.bincount(group)[group]
    if not len(values):
        return values
    mean = np.bincount(group, values)[group] / count
    return (values - mean) * count / np.maximum(count - 1, 1)


def cross_entropy_by_torch(logits, target):
    scores = torch.tensor([logits], dtype=torch.float64)
    return torch.nn.functional.cross_entropy(scores, torch.tensor([target]))


def gradient_by_torch(x, w, b, y):
    weights = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(b, dtype=torch.float64, requires_grad=True)
    p = torch.sigmoid(weights @ torch.tensor(x, dtype=torch.float64) + bias)
    torch.nn.functional.binary_cross_entropy(p, torch.tensor(y, dtype=torch.float64)).backward()
    return weights.grad, bias.grad


def fork_by_torch(x, w1, w2, w3, y):
    leaves = torch.tensor([w1, w2, w3, x], dtype=torch.float64, requires_grad=True)
    a, b, c, value = leaves
    z = b * torch.tanh(a * value) + c * value
    wanted = torch.tensor(y, dtype=torch.float64)
    torch.nn.functional.binary_cross_entropy_with_logits(z, wanted).backward()
    return leaves.grad


def collapse_by_three_rows(w1, b1, w2, b2):
    def both(rows):
        return (rows @ w1 + b1) @ w2 + b2

    bias = both(np.zeros(len(w1)))
    return both(np.eye(len(w1))) - bias, bias.tolist()


def pair_loss_by_a_table(counts, vocabulary, words):
    shares = [
        (counts.get(a, {}).get(b, 0) + 1) / (sum(counts.get(a, {}).values()) + vocabulary)
        for a, b in zip(words, words[1:], strict=False)
    ]
    return -np.log(shares).mean()


def rate_of_the_package(step, steps, peak, warmup_steps, warmdown_steps):
    return peak * schedule(step, steps, warmup_steps, warmdown_steps / steps)


def windows_by_torch(q, k, window):
    seen = torch.ones(len(q), len(q)).tril().triu(1 - window).bool()
    values = torch.eye(len(q))[None]  # weights @ values are the weights themselves
    return torch.nn.functional.scaled_dot_product_attention(q[None], k[None], values, seen)[0]


def windows_by_loops(q, k, window):
    rows = []
    for here, query in enumerate(q.tolist()):
        first = max(0, here - window + 1)
        keys = k[first : here + 1].tolist()
        powers = [np.exp(np.dot(query, key) / len(query) ** 0.5) for key in keys]
        shares = [power / sum(powers) for power in powers]
        rows.append([0.0] * first + shares + [0.0] * (len(q) - here - 1))
    return rows


def windows_scaled_up_again(q, k, window):
    weights = (q @ k.T / q.shape[1] ** 0.5).softmax(1).tril().triu(1 - window)
    return (weights / weights.sum(1, keepdim=True)).numpy()


def score_of_two_positions(q, k, speeds, distance):
    angles = torch.outer(torch.arange(40.0), speeds).repeat(1, 2)
    cos, sin = angles.cos(), angles.sin()
    asked, offered = (rotate(row, cos[at], sin[at]) for row, at in ((q, 9 + distance), (k, 9)))
    return asked @ offered / len(q) ** 0.5


def score_by_complex_numbers(q, k, speeds, distance):
    asked, offered = (
        row[: len(speeds)].numpy() + 1j * row[len(speeds) :].numpy() for row in (q, k)
    )
    return (asked * offered.conj() * np.exp(1j * distance * speeds.numpy())).sum().real / len(
        q
    ) ** 0.5


def rows_by_torch(logits, ids, padding):
    targets = ids[:, 1:]
    if not (targets != padding).any():
        return 0
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].transpose(1, 2), targets, ignore_index=padding
    )


def rows_by_numpy(logits, ids, padding):
    scores, targets = logits[:, :-1].numpy(), ids[:, 1:].numpy()
    scores = scores - scores.max(2, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(2, keepdims=True))
    found = np.take_along_axis(logs, targets[..., None], 2)[..., 0][targets != padding]
    return -found.mean() if len(found) else np.float32(0)


def copies_by_a_table(weights, ids):
    tokens = torch.tensor(ids)
    same = (tokens[:, None] == tokens).float().tril(-1)  # (T, T), 1 for an earlier place
    followers = torch.nn.functional.pad(same, (1, 0))[:, :-1]
    counts = same.sum(1) > 0
    return (weights * followers).sum(1)[counts].mean() if counts.any() else torch.tensor(0)


def clinic_with_other_values(patient):
    fault, mend = pretraining.clinic(patient)
    return [fault, {name: {"lr": 0.08, "hidden_bias": 0.5}.get(name, mend[name]) for name in mend}]


def jaccard_in_float32(first, second):
    return np.float32(collection.jaccard(first, second))


OTHERS = [
    ("collection.jaccard", jaccard_in_float32),
    ("pretraining.cross_entropy", cross_entropy_by_torch),
    ("pretraining.neuron_gradient", gradient_by_torch),
    ("pretraining.fork_gradient", fork_by_torch),
    ("pretraining.collapse", collapse_by_three_rows),
    ("pretraining.pair_loss", pair_loss_by_a_table),
    ("pretraining.learning_rate_at", rate_of_the_package),
    ("pretraining.window_attention", windows_by_torch),
    ("pretraining.window_attention", windows_by_loops),
    ("pretraining.window_attention", windows_scaled_up_again),
    ("pretraining.relative_score", score_of_two_positions),
    ("pretraining.relative_score", score_by_complex_numbers),
    ("pretraining.row_loss", rows_by_torch),
    ("pretraining.row_loss", rows_by_numpy),
    ("pretraining.copying_score", copies_by_a_table),
    ("finetuning.mask_replies", mask_by_slices),
    ("finetuning.mask_replies", mask_as_an_array),
    ("finetuning.preference_loss", loss_by_torch),
    ("finetuning.join_loras", joint_of_lists),
    ("finetuning.join_loras", joint_scaled_in_a),
    ("finetuning.join_loras", joint_from_the_other_end),
    ("finetuning.hold_out", held_by_counter),
    ("finetuning.kl_estimate", distance_by_loops),
    ("finetuning.kl_estimate", distance_by_where),
    ("finetuning.token_rewards", rewards_by_counting),
    ("finetuning.normalise_advantages", advantages_by_numpy),
    ("finetuning.normalise_advantages", advantages_of_ppo),
    ("finetuning.clipped_gradient", gradient_of_the_clipped_loss),
    ("finetuning.clipped_gradient", gradient_by_nudging),
    ("finetuning.dpo_loss", dpo_by_torch),
    ("finetuning.leave_one_out", others_by_numpy),
    ("pretraining.clinic", clinic_with_other_values),
    *inference_answers.OTHERS,
]


@pytest.mark.parametrize(
    ("challenge_id", "function"), OTHERS, ids=lambda one: getattr(one, "__name__", one)
)
def test_a_right_answer_is_done_however_it_is_written(challenge_id, function, capsys) -> None:
    challenges.check(challenge_id, function)
    assert capsys.readouterr().out.startswith(f"{challenge_id}: done.")


@pytest.mark.parametrize("challenge", challenges.listed(), ids=lambda one: one.id)
def test_the_teachers_solution_is_done(challenge, capsys) -> None:
    name = challenge.id.split(".")[1]
    challenges.check(challenge.id, getattr(load("solutions", challenge.notebook), name))
    assert capsys.readouterr().out == f"{challenge.id}: done. {challenge.title}.\n"
    assert challenges.done() == (challenge.id,)
