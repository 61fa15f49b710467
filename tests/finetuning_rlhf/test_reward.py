"""The reward model: it scores whole replies, learns a preference, and stops when it explodes."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import reward
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.ppo import PPOConfig, PPOTrainer
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardConfig, RewardModel, score, train_reward
from course_utils.finetuning_rlhf.rollouts import sample
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.memory import OutOfMemory
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=32)
FAST = RewardConfig(epochs=4, batch=8, lr=5e-3)


def prompt(text: str = "Say it.") -> Prompt:
    return Prompt(text, "talk")


def fresh() -> RewardModel:
    """A body whose layers already pass something on, as a trained one's do, and an empty head."""
    chat, generator = Transformer(SIZE), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in chat.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return RewardModel(chat)


def pairs(count: int) -> list[SimpleNamespace]:
    """People who like an x, wherever it stands."""
    draw, made = np.random.default_rng(0), []
    for _ in range(count):
        words = "".join(draw.choice(list("abcdefgh"), draw.integers(2, 8)))
        at = int(draw.integers(len(words)))
        better = words[:at] + "x" + words[at + 1 :]
        made.append(SimpleNamespace(prompt=prompt(), chosen=better, rejected=words))
    return made


@pytest.fixture
def model() -> RewardModel:
    made = fresh()
    with torch.no_grad():
        made.score.weight.normal_(generator=torch.Generator().manual_seed(2))
    return made


def test_a_step_that_finds_no_memory_says_what_to_lower(monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> float:
        raise MemoryError

    monkeypatch.setattr(reward, "_step", full)
    with pytest.raises(OutOfMemory, match=r"Lower batch \(it is 8; try 4\)"):
        train_reward(fresh(), TOKENIZER, pairs(20), FAST)


def test_an_untrained_reward_model_prefers_nothing():
    replies = ["one", "another"]
    assert score(fresh(), TOKENIZER, [prompt()] * 2, replies).tolist() == [
        0,
        0,
    ]


def test_a_score_is_the_heads_number_at_the_end_token(model: RewardModel):
    ids = [*conversation_ids(TOKENIZER, [("user", "Hm?")]), *TOKENIZER.encode("Yes."), 0]
    with torch.no_grad():
        hidden = model.model(torch.tensor([ids]), None)[0, -1]
    expected = (hidden @ model.score.weight[0].detach()).item()
    assert score(model, TOKENIZER, [prompt("Hm?")], ["Yes."])[0] == pytest.approx(
        expected, rel=1e-5
    )


def test_a_reply_that_was_cut_is_scored_as_ppo_reads_it(model: RewardModel):
    policy = Transformer(model.config)
    with torch.no_grad():
        policy.model.embed_tokens.weight[:, 0] = 3
        policy.lm_head.weight[:, 0] = -8
        policy.lm_head.weight[[0, *TOKENIZER.encode("ab")], 0] = 0  # says a, b, or ends
    prompts = [prompt("Hm?"), prompt("Say it.")] * 8
    trainer = PPOTrainer(policy, model, TOKENIZER, prompts, PPOConfig(prompts=16), (0.0, 1.0))
    made = sample(policy, TOKENIZER, prompts, max_new_tokens=3)
    with torch.no_grad():
        read = trainer._measure(made)[-1].numpy()
    assert {True, False} == set(made.ended)
    whole = score(model, TOKENIZER, prompts, made.replies)
    assert score(model, TOKENIZER, prompts, made.replies, ended=made.ended) == pytest.approx(
        read, abs=1e-5
    )
    for row, ended in enumerate(made.ended):
        assert (whole[row] == pytest.approx(read[row], abs=1e-5)) == ended


def test_neither_the_order_nor_the_company_of_rows_changes_a_score(model: RewardModel):
    replies = ["", "a", "bcd" * 5, "efgh"]
    alone = [score(model, TOKENIZER, [prompt()], [one])[0] for one in replies]
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        for batch in (2, 64):
            some = [replies[at] for at in order]
            found = score(model, TOKENIZER, [prompt()] * 4, some, batch)
            assert found == pytest.approx([alone[at] for at in order], abs=1e-5)


def test_a_reply_too_long_is_scored_by_its_newest_part(model: RewardModel):
    assert np.isfinite(score(model, TOKENIZER, [prompt()], ["word " * 30])).all()


def test_the_reward_models_body_is_a_copy():
    chat = Transformer(SIZE)
    made = RewardModel(chat)
    with torch.no_grad():
        made.model.norm.weight.add_(1)
    assert bool((chat.model.norm.weight == 1).all())


def test_training_learns_a_preference_that_holds_for_pairs_kept_apart():
    made = fresh()
    history = train_reward(made, TOKENIZER, pairs(120), FAST)
    assert history.losses[0] == pytest.approx(math.log(2))
    assert len(history.losses) == 4 * math.ceil(108 / 8) and len(history.holdout) == 12
    assert history.accuracy > 0.9 and history.accuracy_training > 0.9


def test_watching_labels_come_in_changes_nothing_and_ends_with_the_first_epoch():
    plain, watched = fresh(), fresh()
    alone = train_reward(plain, TOKENIZER, pairs(120), FAST)
    history = train_reward(watched, TOKENIZER, pairs(120), FAST, watch_every=4)
    assert history.losses == alone.losses and not alone.curve
    assert [seen for seen, _ in history.curve] == [32, 64, 96]
    assert history.curve[-1][1] > 0.9


def test_held_out_pairs_are_never_trained_on(monkeypatch: pytest.MonkeyPatch):
    seen = []
    real = reward.last_scores
    monkeypatch.setattr(
        reward, "last_scores", lambda model, rows: seen.extend(rows) or real(model, rows)
    )
    made, labelled = fresh(), pairs(40)
    for number, one in enumerate(labelled):
        one.prompt = prompt(f"Number {number}.")
    chosen, holdout = reward._parts(labelled, FAST, np.random.Generator(np.random.PCG64(0)))
    reward._train(
        made,
        [[reward._row(made, TOKENIZER, one.prompt, one.chosen)] * 2 for one in chosen],
        FAST,
        np.random.default_rng(0),
    )
    rows = {tuple(row) for row in seen}
    assert len(rows) == 36
    for one in holdout:
        assert tuple(reward._row(made, TOKENIZER, one.prompt, one.chosen)) not in rows


def test_the_same_seed_gives_the_same_losses():
    runs = [train_reward(fresh(), TOKENIZER, pairs(30), FAST).losses for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_gradient_that_is_no_number_is_refused_before_it_spoils_the_weights():
    made = fresh()
    made.score.weight.register_hook(lambda gradient: gradient * float("nan"))
    with pytest.raises(FloatingPointError, match=r"gradient became nan(?s:.*)Lower lr"):
        train_reward(made, TOKENIZER, pairs(30), FAST)
    assert all(weight.isfinite().all() for weight in made.parameters())


def test_even_scores_count_half():
    made = fresh()
    assert reward.accuracy(made, TOKENIZER, pairs(7)) == 0.5


def test_every_row_is_in_one_batch_of_an_epoch():
    rows = [([1] * n, [1] * (n % 5)) for n in range(1, 24)]
    batches = reward.batches_of_like_length(rows, 4, np.random.default_rng(0))
    assert sorted(sum(batches, [])) == list(range(23))


def test_an_exploding_loss_stops_with_advice():
    config = replace(FAST, lr=100)
    with pytest.raises(FloatingPointError, match=r"(?s)loss.*lr: it is 100"):
        train_reward(fresh(), TOKENIZER, pairs(80), config)


def test_a_loss_beyond_all_bounds_stops_though_it_is_a_number(model: RewardModel):
    with torch.no_grad():
        model.score.weight.mul_(1e4)
    with pytest.raises(FloatingPointError, match=r"(?s)0\.69.*lr"):
        train_reward(model, TOKENIZER, pairs(20), FAST)


def test_a_loss_that_is_not_a_number_stops_with_advice(model: RewardModel):
    with torch.no_grad():
        model.score.weight.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="loss .*nan"):
        train_reward(model, TOKENIZER, pairs(20), FAST)
    with pytest.raises(FloatingPointError, match="scores"):
        score(model, TOKENIZER, [prompt()], ["a"])


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_pairs_are_refused(count: int):
    with pytest.raises(ValueError, match=f"{count} pairs.* 20"):
        train_reward(fresh(), TOKENIZER, pairs(count))


def test_prompts_and_replies_of_different_numbers_are_refused(model: RewardModel):
    with pytest.raises(ValueError, match="shorter|longer"):
        score(model, TOKENIZER, [prompt()], ["a", "b"])


def test_another_tokenizer_is_refused_before_anything_is_scored_or_learnt():
    few = RewardModel(Transformer(replace(SIZE, vocab_size=120)))
    with pytest.raises(ValueError, match="120 tokens and the tokenizer 261"):
        score(few, TOKENIZER, [prompt()], ["Yes."])
    with pytest.raises(ValueError, match="120 tokens and the tokenizer 261"):
        train_reward(few, TOKENIZER, pairs(30), FAST)
