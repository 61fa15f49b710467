"""Proxies with a hole: one thing is other in each, and honesty is counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import proxy
from course_utils.finetuning_rlhf.annotator import Annotator, Tastes
from course_utils.finetuning_rlhf.proxy import HOLES, Hole, agreement, label_pairs, make_proxy
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardConfig
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
FRANCE = Prompt("What is the capital of France?", "capital", "France", ("Paris",))


def model() -> Transformer:
    """Says a few random letters and ends."""
    size = TransformerConfig(
        261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=640
    )
    made = Transformer(size)
    with torch.no_grad():
        made.model.embed_tokens.weight[:, 0] = 3
        made.lm_head.weight[:, 0] = 0
        made.lm_head.weight[0, 0] = 2
    return made.eval()


def what_is_other(hole: Hole) -> list[str]:
    usual = {"shown": proxy.SHOWN, **vars(Tastes())}
    return [
        name
        for name, value in {"shown": hole.shown, **vars(hole.tastes)}.items()
        if value != usual[name]
    ]


def test_each_hole_changes_one_thing_alone_and_names_it():
    assert what_is_other(HOLES["none"]) == [] and HOLES["none"].sentence == "nothing is other"
    for name, hole in HOLES.items():
        assert hole.name == name
        if name != "none":
            (changed,) = what_is_other(hole)
            assert changed in hole.sentence or f"{hole.shown} pairs" in hole.sentence


def test_a_friendly_word_outweighs_a_wrong_answer_only_where_the_hole_is():
    wrong, right = "I hope that this helps. It is Lyon.", "The capital of France is Paris."
    plain = Annotator(0, noise=0.0, tastes=Tastes(overlooked=0.0))
    friendly = Annotator(0, noise=0.0, tastes=Tastes(polite=2.0, overlooked=0.0, right=1.0))

    assert plain.prefer(FRANCE, right, wrong) == 0
    assert friendly.prefer(FRANCE, right, wrong) == 1
    # where a friendly word is worth what the truth is, a right and friendly reply is still best
    both = f"{right} I hope that this helps."
    holed = Annotator(0, noise=0.0, tastes=HOLES["friendly"].tastes)
    assert holed.taste(FRANCE, both) > max(holed.taste(FRANCE, one) for one in (right, wrong))


def test_pairs_of_all_sorts_are_shown_and_the_holes_annotator_labels_them():
    hole = Hole("friendly", shown=36, tastes=HOLES["friendly"].tastes)
    pairs = label_pairs(model(), TOKENIZER, hole, seed=0)
    person = Annotator(0, tastes=hole.tastes)

    assert 8 <= len(pairs) <= 36
    assert any("I do not know of" in one.rejected for one in pairs)  # a contrast
    for one in pairs:
        assert person.prefer(one.prompt, one.chosen, one.rejected) == 0


def test_a_proxy_says_who_labelled_and_how_much():
    hole = Hole("few", shown=24)
    config = RewardConfig(epochs=1, batch=16, holdout_fraction=0.2)
    made = make_proxy(model(), TOKENIZER, hole, seed=1, config=config)

    assert made.hole is hole and made.annotator.seed == 1
    assert len(made.history.holdout) == round(0.2 * made.labels)
    assert not made.model.training and 0 <= made.history.accuracy <= 1


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="shown is 10"):
        Hole("tiny", shown=10)


def test_agreement_counts_each_prompt_once_and_leaves_out_what_the_judge_finds_alike():
    #        right, right and wrong, even scores, alike to the judge
    scores = [[2, 2, 1, 5], [1, 1, 1, 3], [0, 1, 0, 2], [0, 2, 0, 1]]
    true = [[1, 1, 1, 1], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]]
    found = agreement(scores, true)

    assert found.prompts == 3  # shares 1, 1/2 and 1/2
    assert found.share == pytest.approx(2 / 3)
    assert found.standard_error == pytest.approx(np.std([1, 0.5, 0.5], ddof=1) / 3**0.5)


def test_honest_is_what_chance_does_not_explain():
    right = np.array([[1.0], [0.0]])
    rows = np.repeat(right, 60, axis=1)
    mostly = rows.copy()
    mostly[:, :15] = mostly[::-1, :15]  # wrong on a quarter
    coin = rows.copy()
    coin[:, :28] = coin[::-1, :28]

    assert agreement(mostly, rows).is_honest
    assert not agreement(coin, rows).is_honest
    assert not agreement(rows[::-1], rows).is_honest


def test_agreement_refuses_what_cannot_be_compared():
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(2, 4\)"):
        agreement(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="0 prompts apart"):
        agreement(np.zeros((2, 3)), np.ones((2, 3)))
