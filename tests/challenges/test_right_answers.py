"""Right answers are done, however they are written, and the references agree with the package."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from protego import Protego

from course_utils import challenges
from course_utils.data_collection.dedup import shingles
from course_utils.data_collection.exercises import reference as collection
from course_utils.finetuning_rlhf.chat_format import conversation_ids, example_ids
from course_utils.finetuning_rlhf.exercises import reference as finetuning
from course_utils.finetuning_rlhf.ppo_objective import clipped_loss
from course_utils.inference.exercises import reference as inference
from course_utils.model import sampling
from course_utils.model.transformer import Transformer, TransformerConfig, rotate
from course_utils.pretraining.exercises import reference as pretraining
from course_utils.pretraining.inside import induction
from course_utils.pretraining.optimizer import schedule
from course_utils.tokenization.fast import FastTokenizer

TOOLS = str(Path(__file__).resolve().parents[2] / "tools")
sys.path[:0] = [path for path in [TOOLS] if path not in sys.path]

from teaching_page import load  # noqa: E402 (the tools' folder has to be on the path)


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


def objective_by_torch(new, old, advantage, clip):
    numbers = (torch.tensor(one, dtype=torch.float64) for one in (new, old, advantage))
    return -clipped_loss(*numbers, clip)[0]


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


def softmax_by_torch(logits, temperature):
    scores = torch.tensor([logits], dtype=torch.float64)
    return sampling.probabilities(scores, temperature)[0]


def top_p_by_numpy(probabilities, top_p):
    row = np.array(probabilities)
    order = np.argsort(-row)
    before = np.cumsum(row[order]) - row[order]
    row[order[before >= top_p]] = 0
    return row / row.sum()


def step_by_torch(keys, values, query, new_key, new_value):
    keys, values = np.vstack([keys, new_key]), np.vstack([values, new_value])
    rows = [torch.from_numpy(one)[None].requires_grad_() for one in (query[None], keys, values)]
    gathered = torch.nn.functional.scaled_dot_product_attention(*rows)
    return rows[1][0], rows[2][0], gathered[0, 0]


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
    ("finetuning.clipped_objective", objective_by_torch),
    ("pretraining.clinic", clinic_with_other_values),
    ("inference.softmax_with_temperature", softmax_by_torch),
    ("inference.top_p_filter", top_p_by_numpy),
    ("inference.kv_cache_step", step_by_torch),
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


def test_the_reference_reads_robots_rules_as_protego_does() -> None:
    draw = random.Random(1)
    starts = ("/", "/a", "/a/", "/a/b", "/a/b/", "/b/", "/b/a")
    for _ in range(200):
        rules = [(draw.choice(("allow", "disallow")), draw.choice(starts)) for _ in range(4)]
        path = "/" + "/".join(draw.choices("ab", k=draw.randint(1, 3)))
        text = "User-agent: *\n" + "\n".join(f"{word.title()}: {start}" for word, start in rules)
        theirs = Protego.parse(text).can_fetch("http://x.test" + path, "course")
        assert collection.robots_allowed(rules, path) == theirs, (rules, path)


def test_the_reference_likeness_is_that_of_the_packages_shingles() -> None:
    first, second = "one two three four five six", "one two three four five seven"
    assert collection.jaccard(first, second) == shingles.jaccard(
        *shingles.shingle_sets([first, second])
    )


def test_the_reference_mask_is_that_of_the_chat_data() -> None:
    ids, mask = example_ids(FastTokenizer(), [("user", "What is it?")], "A fox.")
    assert finetuning.mask_replies(ids) == mask
    turns = [("user", "a"), ("assistant", "b"), ("user", "c")]
    longer = conversation_ids(FastTokenizer(), turns)
    assert sum(finetuning.mask_replies(longer)) == 2


def test_the_reference_filter_agrees_with_the_engines() -> None:
    draw = np.random.default_rng(3)
    for _ in range(20):
        shares, top_p = draw.dirichlet(np.ones(6)).tolist(), float(draw.uniform(0.2, 0.95))
        ours = sampling.probabilities(torch.tensor([shares]).log(), 1, top_p=top_p)[0].tolist()
        assert inference.top_p_filter(shares, top_p) == pytest.approx(ours, abs=1e-6)


def test_the_reference_of_copying_is_the_measure_of_induction_heads(monkeypatch) -> None:
    torch.manual_seed(0)
    model = Transformer(
        TransformerConfig(
            vocab_size=4096, width=16, layers=2, heads=2, intermediate_size=16, context_tokens=32
        )
    )
    seen, attention_maps = [], induction.attention_maps

    def noted(model, tokens):
        seen.append((tokens[0].tolist(), attention_maps(model, tokens)))
        return seen[-1][1]

    monkeypatch.setattr(induction, "attention_maps", noted)
    scores = induction.random_scores(model, rows=1, length=8)
    ((ids, maps),) = seen
    # Eight different tokens said twice; that measure leaves out the look of the last one.
    assert len(set(ids)) == 8 and ids[:8] == ids[8:]
    for block, head in np.ndindex(2, 2):
        ours = pretraining.copying_score(maps[block, 0, head, :15, :15], ids[:15])
        assert ours == pytest.approx(scores[block, head].item(), abs=1e-6)
    assert scores.std() > 1e-4
