"""DPO: its loss by hand, what it learns, the reference, and how it stops and goes on."""

from __future__ import annotations

import copy
import math
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.dpo import (
    DPOConfig,
    DPODiverged,
    DPOHistory,
    DPOTrainer,
    PairBatches,
    Reference,
    dpo_loss,
    reply_log_probabilities,
    train_dpo,
)
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import checkpoint
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=24)
CONFIG = DPOConfig(steps=5, batch=4, lr=5e-3, warmdown=0.0, beta=0.5)


@dataclass(frozen=True)
class Labelled:
    """A pair with what DPO needs of it."""

    prompt: Prompt
    chosen: str
    rejected: str


PAIRS = [
    Labelled(Prompt(text, "talk"), chosen, rejected)
    for text in ("Hm?", "Say it.", "Go on.")
    for chosen, rejected in (("a", "b"), ("ad", "cb"), ("da", "bbc"))
]


def trainer(pairs: list = PAIRS, model: Transformer | None = None, **changed) -> DPOTrainer:
    return DPOTrainer(model or Transformer(SIZE), TOKENIZER, pairs, replace(CONFIG, **changed))


def weights(made: DPOTrainer) -> list:
    return [one.clone() for _, one in sorted(made.state_dict()["tensors"].items())]


def same(one: list, other: list) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def numbers(*values: float) -> list[torch.Tensor]:
    return [torch.tensor([value]) for value in values]


def test_a_loss_worked_out_by_hand() -> None:
    # the chosen reply became 1 nat likelier, the rejected one 2 nats less likely; beta 0.5
    loss, margin = dpo_loss(*numbers(-4, -7), *numbers(-5, -5), beta=0.5)
    assert margin.item() == pytest.approx(1.5)  # 0.5 * (1 - -2)
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1.5)), abs=1e-6)
    assert loss.item() == pytest.approx(0.201413, abs=1e-5)


def test_without_the_reference_the_loss_is_another_number() -> None:
    with_reference, _ = dpo_loss(*numbers(-4, -7), *numbers(-9, -6), beta=0.5)
    without, _ = dpo_loss(*numbers(-4, -7), *numbers(0, 0), beta=0.5)
    # (-4 + 9) - (-7 + 6) = 6 against -4 + 7 = 3
    assert with_reference.item() == pytest.approx(math.log1p(math.exp(-3.0)), abs=1e-6)
    assert without.item() == pytest.approx(math.log1p(math.exp(-1.5)), abs=1e-6)
    assert abs(with_reference.item() - without.item()) > 0.1


def test_a_model_that_did_not_move_has_a_loss_of_log_2_at_any_beta() -> None:
    for beta in (0.01, 0.1, 10.0):
        loss, margin = dpo_loss(*numbers(-3, -50), *numbers(-3, -50), beta=beta)
        assert margin.item() == 0 and loss.item() == pytest.approx(math.log(2))


def test_the_gradient_is_weighted_by_how_wrong_the_margin_is() -> None:
    # equation 7's gradient: beta * sigmoid(-margin), up for the chosen reply, down for the other
    said = torch.tensor([-4.0, -7.0], requires_grad=True)
    loss, margin = dpo_loss(said[:1], said[1:], *numbers(-9, -6), beta=0.5)
    loss.sum().backward()
    weight = 0.5 * float(torch.sigmoid(-margin.detach()))
    assert said.grad.tolist() == pytest.approx([-weight, weight], abs=1e-6)


def test_far_margins_neither_overflow_nor_become_nan() -> None:
    loss, _ = dpo_loss(*numbers(-1e4, 0), *numbers(0, -1e4), beta=1.0)
    assert loss.item() == pytest.approx(2e4)
    assert dpo_loss(*numbers(0, -1e4), *numbers(-1e4, 0), beta=1.0)[0].item() == 0


def test_the_likelihood_of_a_reply_is_that_of_its_tokens_and_its_end_and_no_more() -> None:
    model = Transformer(SIZE, seed=1)
    with torch.no_grad():
        model.lm_head.weight.normal_(generator=torch.Generator().manual_seed(0))
    batches = PairBatches(TOKENIZER, PAIRS, batch=9, context_tokens=24)
    said, _ = reply_log_probabilities(model, *batches.table(range(9)))
    for number, pair in enumerate(PAIRS):
        asked = conversation_ids(TOKENIZER, pair.prompt.turns)
        for side, reply in enumerate((pair.chosen, pair.rejected)):
            ids = [*asked, *TOKENIZER.encode(reply), 0]
            odds = F.log_softmax(model(torch.tensor([ids[:-1]]))[0], -1).detach()
            alone = sum(float(odds[at - 1, ids[at]]) for at in range(len(asked), len(ids)))
            assert float(said[number + 9 * side].detach()) == pytest.approx(alone, abs=1e-4)


def test_an_empty_reply_is_its_end_token() -> None:
    batches = PairBatches(TOKENIZER, [Labelled(PAIRS[0].prompt, "", "b")], 1, 24)
    _, mask = batches.table([0])
    assert mask.sum(1).tolist() == [1, 2]


def test_the_loss_falls_and_the_chosen_replies_pull_ahead() -> None:
    made = trainer(steps=30)
    history = train_dpo(made)
    assert history.loss[0] == pytest.approx(math.log(2), abs=1e-5) and history.right[0] == 0.5
    assert history.loss[-1] < 0.3 and history.right[-1] == 1
    assert history.chosen[-1] > history.rejected[-1]
    assert len(history.loss) == len(history.chosen) == history.steps_taken == 30


def test_a_higher_beta_keeps_the_model_nearer() -> None:
    moved = {}
    for beta in (0.1, 10.0):
        history = train_dpo(trainer(steps=60, beta=beta))
        moved[beta] = history.chosen[-1] - history.rejected[-1]
    assert 0 < moved[10.0] < moved[0.1] / 2


def test_the_reference_is_the_model_as_it_was_when_the_trainer_was_made() -> None:
    model = Transformer(SIZE)
    made = trainer(model=model)
    before = made.reference.log_probabilities.clone()
    made.step(), made.step()
    assert torch.equal(made.reference.log_probabilities, before)
    moved = Reference(model, made.batches).log_probabilities
    assert not torch.allclose(moved, before, atol=1e-3)


def test_each_pair_comes_once_before_any_again_and_epochs_differ() -> None:
    batches = PairBatches(TOKENIZER, PAIRS, batch=4, context_tokens=24)
    epochs = [[batches.of_step(3 * epoch + step) for step in range(3)] for epoch in range(4)]
    for epoch in epochs:
        assert sorted(number for batch in epoch for number in batch) == list(range(9))
    assert len({str(epoch) for epoch in epochs}) > 1


def test_fewer_pairs_than_a_batch_are_enough() -> None:
    history = train_dpo(trainer(pairs=PAIRS[:1], steps=3, batch=32))
    assert history.loss[-1] < history.loss[0]


def test_contradictory_labels_leave_the_model_where_it_was() -> None:
    both = [PAIRS[0], Labelled(PAIRS[0].prompt, PAIRS[0].rejected, PAIRS[0].chosen)]
    history = train_dpo(trainer(pairs=both, steps=10))
    # the two gradients cancel but for rounding, of which AdamW makes small steps to and fro
    assert all(math.log(2) - 1e-6 <= loss < math.log(2) + 0.01 for loss in history.loss)


def test_no_pairs_and_pairs_that_are_too_long_are_refused() -> None:
    with pytest.raises(ValueError, match="no pairs to learn from; label at least one"):
        trainer(pairs=[])
    with pytest.raises(ValueError, match="reads 24 at most.\nLeave that pair out"):
        trainer(pairs=[Labelled(PAIRS[0].prompt, "a" * 30, "b")])


def test_a_tokenizer_of_another_vocabulary_is_refused_before_the_first_step() -> None:
    with pytest.raises(ValueError, match="300 tokens and the tokenizer 261"):
        trainer(model=Transformer(replace(SIZE, vocab_size=300)))


def test_a_reply_that_just_fits_is_learnt_and_one_token_more_is_refused() -> None:
    prompt = PAIRS[0].prompt
    # the model reads 24 tokens and foretells the 25th, which is the end
    letters = 24 - len(conversation_ids(TOKENIZER, prompt.turns))
    made = trainer(pairs=[Labelled(prompt, "a" * letters, "b")], steps=20)
    assert made.batches.table([0])[0].shape == (2, 25)
    history = train_dpo(made)
    assert history.loss[-1] < history.loss[0] and history.chosen[-1] > history.rejected[-1]
    with pytest.raises(ValueError, match="has 25 tokens, but the model reads 24"):
        trainer(pairs=[Labelled(prompt, "a" * (letters + 1), "b")])


@pytest.mark.parametrize(("chosen", "rejected"), [("", "b"), ("a", "")])
def test_an_empty_reply_is_preferred_or_avoided_like_any_other(chosen: str, rejected: str) -> None:
    history = train_dpo(trainer(pairs=[Labelled(PAIRS[0].prompt, chosen, rejected)], steps=20))
    assert history.right[-1] == 1 and history.loss[-1] < 0.5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"batch": 0}, "batch is 0"),
        ({"beta": 0.0}, r"beta is 0.0(?s:.*)nothing is learnt"),
        ({"beta": float("nan")}, "beta is nan"),
        ({"lr": -1.0}, "lr is -1"),
        ({"warmdown": 1.5}, "warmdown is 1.5"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DPOConfig(**settings)


@pytest.mark.parametrize("rate", [10.0, 1e6])
def test_too_high_a_rate_stops_with_advice_at_the_last_good_weights(rate: float) -> None:
    made = trainer()
    made.step()
    good = weights(made)
    made.lr = rate
    said = re.escape(f"at step 2.\nLower lr: it is {rate:g}; 0.0001 is a safe choice")
    with pytest.raises(DPODiverged, match=said):
        made.step()
    assert same(good, weights(made)) and made.step_number == 1
    made.lr = 1e-3
    assert made.step().step == 2


def test_weights_that_are_not_numbers_are_noticed() -> None:
    made = trainer()
    made.step()
    good = weights(made)
    with torch.no_grad():
        made.model.lm_head.weight.fill_(float("nan"))
    with pytest.raises(DPODiverged, match="DPO's gradient is nan at step 2"):
        made.step()
    assert same(good, weights(made))


def interrupted(folder: Path, at: int, **changed) -> None:
    made = trainer(**changed)
    real = made.step

    def step():
        if made.step_number == at:
            raise KeyboardInterrupt
        return real()

    made.step = step
    with pytest.raises(KeyboardInterrupt, match=f"{at} of 5"):
        train_dpo(made, folder)


def test_a_run_stopped_by_ctrl_c_goes_on_to_the_weights_of_a_whole_one(tmp_path: Path) -> None:
    whole, again = trainer(), trainer()
    history = train_dpo(whole)
    interrupted(tmp_path, 3)
    resumed = train_dpo(again, tmp_path)
    assert same(weights(whole), weights(again)) and list(tmp_path.iterdir()) == []
    assert replace_seconds(resumed) == replace_seconds(history)
    assert DPOHistory(**asdict(history)) == history


def replace_seconds(history: DPOHistory) -> DPOHistory:
    return replace(history, seconds=0.0)


@pytest.mark.parametrize("differs", ["pairs", "reference"])
def test_a_run_that_learns_from_something_else_is_refused(differs: str, tmp_path: Path) -> None:
    interrupted(tmp_path, 2)
    other = trainer(pairs=PAIRS[::-1]) if differs == "pairs" else trainer(model=moved_model())
    with pytest.raises(checkpoint.CheckpointError, match=f"{differs}: .* then, .* now"):
        train_dpo(other, tmp_path)
    assert train_dpo(trainer(), tmp_path).steps_taken == 5


def moved_model() -> Transformer:
    model = copy.deepcopy(Transformer(SIZE))
    with torch.no_grad():
        model.lm_head.weight.add_(0.1)
    return model


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    interrupted(tmp_path, 2)
    with pytest.raises(checkpoint.CheckpointError, match=r"beta=0\.5, this one has beta=0\.7"):
        train_dpo(trainer(beta=0.7), tmp_path)
