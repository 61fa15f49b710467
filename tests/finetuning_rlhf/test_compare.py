"""Comparing models: means by sort, a paired gain worked by hand, and the best of several."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import chat_data, compare, reward, rollouts
from course_utils.finetuning_rlhf.chat_writers import ChatExample
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
FRANCE = Prompt("What is the capital of France?", "capital", "France", ("Paris",))
NOWHERE = Prompt("What is the capital of Zelonia?", "unknown", "Zelonia", topic="capital")
ASKED = [FRANCE, FRANCE, NOWHERE, NOWHERE]
RIGHT, BARE = "The capital of France is Paris.", "Paris"  # 1.0 and 0.6 by the judge's table
REFUSED, INVENTED = "I do not know of Zelonia.", "The capital of Zelonia is Paris."  # 1.0 and 0.0


def models() -> tuple[Transformer, RewardModel]:
    """A small random model that ends its replies, and a random scorer."""
    size = TransformerConfig(
        261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=64
    )
    made, generator = Transformer(size), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
        made.model.embed_tokens.weight[:, 0] = 3
        made.lm_head.weight[0, 0] = 2
        scorer = RewardModel(made)
        scorer.score.weight.normal_(generator=generator)
    return made, scorer


def test_rewards_are_averaged_by_sort_with_all_kinds_of_fact_together():
    table = compare.by_kind(ASKED, [RIGHT, BARE, REFUSED, INVENTED])

    assert table == pytest.approx({"fact": 0.8, "unknown": 0.5, "all": 0.65})


def test_a_gain_is_of_the_differences_prompt_by_prompt():
    found = compare.gain(ASKED, [BARE, RIGHT, INVENTED, REFUSED], [RIGHT, RIGHT, REFUSED, REFUSED])

    ahead = [0.4, 0.0, 1.0, 0.0]  # by hand
    spread = math.sqrt(sum((one - 0.35) ** 2 for one in ahead) / 3)
    assert found.mean == pytest.approx(0.35)
    assert found.standard_error == pytest.approx(spread / 2)
    assert found.in_standard_errors == pytest.approx(0.35 / (spread / 2))
    assert found.win_rate == 0.75


def test_like_replies_gain_nothing_and_win_half():
    found = compare.gain(ASKED, [RIGHT] * 4, [RIGHT] * 4)

    assert (found.mean, found.in_standard_errors, found.win_rate) == (0.0, 0.0, 0.5)


def test_a_gain_turned_round_is_a_loss_of_the_same_size():
    some, others = [BARE, RIGHT, INVENTED, REFUSED], [RIGHT, RIGHT, REFUSED, INVENTED]
    there, back = compare.gain(ASKED, some, others), compare.gain(ASKED, others, some)

    assert there.mean == -back.mean and there.win_rate == 1 - back.win_rate


def test_more_candidates_never_score_lower():
    model, scorer = models()
    prompts = [Prompt(text, "talk") for text in ("Hm?", "What is it?", "Go on, please.")]

    chosen = compare.best_of(model, scorer, TOKENIZER, prompts, (1, 2, 4), seed=1)

    written = [
        rollouts.replies_and_ends(model, TOKENIZER, prompts, 1.0, 1 + 100_003 * number)
        for number in range(4)
    ]
    ended = {text: end for both in written for text, end in zip(*both, strict=True)}
    scores = [
        reward.score(scorer, TOKENIZER, prompts, chosen[n], ended=[ended[t] for t in chosen[n]])
        for n in (1, 2, 4)
    ]
    assert (scores[1] >= scores[0]).all() and (scores[2] >= scores[1]).all()
    assert scores[2].sum() > scores[0].sum()


def test_a_candidate_that_was_cut_is_scored_without_an_end_token():
    model, scorer = models()
    prompts = [Prompt("What is it? " * 4, "talk")] * 12  # room for a dozen tokens
    written = [
        rollouts.replies_and_ends(model, TOKENIZER, prompts, 1.0, 100_003 * number)
        for number in range(4)
    ]
    assert {True, False} == {end for _, ended in written for end in ended}

    def choice(known: bool) -> list[str]:
        scores = [
            reward.score(scorer, TOKENIZER, prompts, texts, ended=ended if known else None)
            for texts, ended in written
        ]
        best = np.argmax(scores, 0)
        return [written[number][0][row] for row, number in enumerate(best)]

    chosen = compare.best_of(model, scorer, TOKENIZER, prompts, (4,))[4]

    assert chosen == choice(known=True) != choice(known=False)


def test_the_candidates_do_not_depend_on_how_many_are_asked_for():
    model, scorer = models()
    prompts = [Prompt("Hm?", "talk"), Prompt("What is it?", "talk")]

    few = compare.best_of(model, scorer, TOKENIZER, prompts, (2,), seed=3)
    many = compare.best_of(model, scorer, TOKENIZER, prompts, (1, 2, 4), seed=3)

    assert few[2] == many[2]
    # nobody's best among more is liked less than among fewer
    scores = [
        scores
        for _, scores in compare.scored_best_of(
            model, scorer, TOKENIZER, prompts, (1, 2, 4), seed=3
        ).values()
    ]
    assert (scores[0] <= scores[1]).all() and (scores[1] <= scores[2]).all()


def test_what_is_too_long_for_the_model_is_left_out():
    long = Prompt("Hm? " * 60, "talk")
    examples = [ChatExample(FRANCE, RIGHT, "careful"), ChatExample(long, "Hm.", "curt")]

    assert compare.short_enough([FRANCE, long], TOKENIZER, 128) == [FRANCE]
    assert compare.short_enough(examples, TOKENIZER, 128) == examples[:1]


def test_as_many_replies_as_prompts_are_needed():
    with pytest.raises(ValueError, match="3 replies to 4 prompts"):
        compare.by_kind(ASKED, [RIGHT] * 3)
    with pytest.raises(ValueError, match="at least 2"):
        compare.gain([FRANCE], [RIGHT], [RIGHT])


def test_held_out_prompts_have_all_sorts():
    prompts = chat_data.holdout_prompts(80, 0)

    assert set(compare.by_kind(prompts, ["Hm."] * 80)) == {*compare.CATEGORIES, "all"}
    assert np.all(compare.true_rewards(prompts, ["Hm."] * 80) <= 1)


def test_the_report_names_each_model_and_keeps_the_kinds_apart():
    names = ("finetuned", "PPO", "best of 4", "careful writer")
    table = {name: {"fact": number / 10, "all": number} for number, name in enumerate(names)}
    found = compare.figures(table, {"finetuned": 7, "PPO": 8})
    assert (found["sft"], found["ppo"], found["best_of_n"], found["best_writers"]) == (0, 1, 2, 3)
    assert (found["greedy_sft"], found["greedy_ppo"]) == (7, 8)
    assert found["by_kind"]["PPO, fact"] == 0.1 and len(found["by_kind"]) == 8
