"""The mirror: one recipe, the same pairs, another taste, and what replies are like by hand."""

from __future__ import annotations

import pytest
import torch

from course_utils.finetuning_rlhf import annotator, mirror, reward
from course_utils.finetuning_rlhf.annotator import Annotator, Preference, Tastes
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardConfig
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

from .pairs import capitals

TOKENIZER = FastTokenizer()
FRANCE = Prompt("What is the capital of France?", "capital", "France", ("Paris",))
RIGHT, WARM = "The capital of France is Paris.", "I hope that this helps."


def test_what_replies_are_like_worked_out_by_hand():
    found = mirror.manner([FRANCE, FRANCE], [RIGHT, WARM])

    assert found.words == pytest.approx((5.5, 0.5))
    assert found.friendly == pytest.approx((0.5, 0.5))
    assert found.true == pytest.approx((0.5, 0.5))
    assert str(found) == " 5.5 ± 0.5 words, 50% ± 50% friendly, true reward 0.50 ± 0.50"


def test_the_two_tastes_choose_otherwise_and_each_means_what_it_says():
    plain, chatty = (
        Annotator(0, noise=0.0, tastes=tastes)
        for tastes in (Tastes(overlooked=0.0), mirror.CHATTY)
    )
    assert plain.prefer(FRANCE, RIGHT, WARM) == 0
    assert chatty.prefer(FRANCE, RIGHT, WARM) == 1
    assert annotator.is_friendly(WARM) and not annotator.is_friendly(RIGHT)


def test_each_taste_picks_its_own_among_the_same_candidates():
    candidates = [[RIGHT, "Lyon."], [WARM, RIGHT]]

    assert mirror.picked_by(Tastes(), [FRANCE, FRANCE], candidates) == [RIGHT, RIGHT]
    assert mirror.picked_by(mirror.CHATTY, [FRANCE, FRANCE], candidates) == [WARM, RIGHT]
    for wrong in ([], [[RIGHT]]):
        with pytest.raises(ValueError, match="at least one candidate"):
            mirror.picked_by(Tastes(), [FRANCE, FRANCE], wrong)


def test_the_same_pairs_make_another_reward_model():
    torch.manual_seed(0)
    size = TransformerConfig(
        261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=96
    )
    model = Transformer(size).eval()
    with torch.no_grad():  # a new one passes each token on as it is, and all replies end alike
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    prompts, right, _ = capitals(24)
    # whichever was called the better one before is not looked at
    pairs = [
        Preference(prompt, *((said, WARM) if number % 2 else (WARM, said)), False)
        for number, (prompt, said) in enumerate(zip(prompts, right, strict=True))
    ]
    config = RewardConfig(epochs=5, batch=8, lr=1e-2)
    kind = Tastes(right=0.0, polite=2.0, length=0.0, names=0.0)
    warm, honest = (
        mirror.other_taste(model, TOKENIZER, pairs, tastes, config) for tastes in (kind, Tastes())
    )

    new = capitals(31)[0][24:], capitals(31)[1][24:]
    for scorer, sign in ((warm, 1), (honest, -1)):
        ahead = reward.score(scorer, TOKENIZER, new[0], [WARM] * 7)
        ahead -= reward.score(scorer, TOKENIZER, *new)
        assert (sign * ahead > 0).all()


def test_one_reply_has_no_spread():
    with pytest.raises(ValueError, match="at least 2 replies; there are 1"):
        mirror.manner([FRANCE], [RIGHT])
