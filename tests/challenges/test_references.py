"""The right answers agree with the package, or with others who compute the same."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from protego import Protego

from course_utils.data_collection.dedup import shingles
from course_utils.data_collection.exercises import reference as collection
from course_utils.finetuning_rlhf import ppo_rewards
from course_utils.finetuning_rlhf.chat_format import conversation_ids, example_ids
from course_utils.finetuning_rlhf.exercises import reference as finetuning
from course_utils.finetuning_rlhf.rollouts import Rollouts, compared
from course_utils.inference.exercises import reference as inference
from course_utils.model import sampling
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.exercises import reference as pretraining
from course_utils.pretraining.inside import induction
from course_utils.tokenization.fast import FastTokenizer


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


def test_the_reference_distance_is_on_average_the_one_that_ppo_measures() -> None:
    draw = torch.Generator().manual_seed(0)
    now, then = torch.randn(2, 1, 1, 6, generator=draw)  # (B, T, V) scores of two models
    exact = compared(lambda _: now, lambda _: then, torch.zeros(1, 2, dtype=torch.long))[0, 0, 2]
    new, start = now.flatten().log_softmax(0), then.flatten().log_softmax(0)
    one = torch.ones(1, 1, dtype=torch.bool)
    each = [
        finetuning.kl_estimate(now.view(1, 1), then.view(1, 1), one)
        for now, then in zip(new, start, strict=True)
    ]
    # weighed by how often each of the six tokens would be sampled
    assert new.exp() @ torch.tensor(each) == pytest.approx(exact.item(), abs=1e-6)
    assert min(each) >= 0 and (new - start).min() < 0


def test_the_reference_rewards_are_those_of_ppo() -> None:
    mask = torch.tensor([[0, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 0, 0, 0]]).bool()
    ended, scores = (True, False, False), [0.5, -1.0, 2.0]
    lengths = torch.tensor([4, 6, 2])  # of whole rows, the first token among them
    rollouts = Rollouts(torch.zeros(3, 6), mask, lengths, ("", "", ""), ended)
    moved = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    theirs = ppo_rewards.token_rewards(rollouts, moved, torch.tensor(scores), 0.45, 1.5)
    assert torch.allclose(
        finetuning.token_rewards(moved, mask, scores, ended, 0.45, 1.5), theirs, atol=1e-6
    )


def test_the_reference_parts_share_no_prompt_and_are_as_large_as_asked() -> None:
    draw = random.Random(2)
    for _ in range(100):
        prompts, share = draw.choices("abcdeABC", k=draw.randint(1, 12)), draw.random()
        held = finetuning.hold_out(prompts, share)
        parts = {True: [], False: []}
        for prompt, out in zip(prompts, held, strict=True):
            parts[out].append(prompt.lower())
        assert not set(parts[True]) & set(parts[False])
        largest = max(map(parts[True].count, parts[True]), default=1)
        assert sum(held) >= share * len(held) > sum(held) - largest


def test_the_reference_of_joint_loras_adds_what_both_add() -> None:
    draw = torch.Generator().manual_seed(0)
    loras = [
        (torch.randn(rank, 6, generator=draw), torch.randn(4, rank, generator=draw), alpha)
        for rank, alpha in ((2, 4.0), (3, 1.0))
    ]
    a, b = finetuning.join_loras(*loras)
    apart = sum(alpha / len(one) * other @ one for one, other, alpha in loras)
    assert torch.allclose(b @ a, apart, atol=1e-5)
    assert a.shape == (5, 6) and b.shape == (4, 5)


def test_the_reference_of_dpo_is_the_loss_of_two_scores_and_log_2_at_the_start() -> None:
    now, start = ([-1.0, -2.0], [-3.0]), ([-2.0, -2.5], [-2.0])
    assert finetuning.dpo_loss(*start, *start, 0.3) == pytest.approx(np.log(2))
    assert finetuning.dpo_loss(*now, *start, 0.3) == pytest.approx(
        finetuning.preference_loss(0.3 * 1.5, 0.3 * -1.0)
    )


def test_the_reference_advantages_cancel_out_within_each_prompt() -> None:
    prompts, rewards = ["a", "b", "a", "c", "a", "b"], [0.5, 1.0, 0.0, 0.7, 0.9, 0.2]
    advantages = finetuning.leave_one_out(prompts, rewards)
    for prompt in "abc":
        of_prompt = [
            one for one, asked in zip(advantages, prompts, strict=True) if asked == prompt
        ]
        assert sum(of_prompt) == pytest.approx(0)


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
