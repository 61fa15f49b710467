"""Finetuning: the loss counts what it should, no example is lost, and a run can be resumed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import sft
from course_utils.finetuning_rlhf.chat_format import example_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.sft import ChatBatches, ChatTrainer, finetune
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import checkpoint
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.checkpoint import CheckpointError
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import PAD

TOKENIZER = FastTokenizer()
MODEL = TransformerConfig(
    261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=32
)
CONFIG = replace(sft.config("tiny", MODEL), steps=8, checkpoint_every=3)


def example(prompt: str, reply: str) -> SimpleNamespace:
    return SimpleNamespace(prompt=Prompt(prompt, "talk"), reply=reply)


EXAMPLES = [example("q" * (1 + n % 7), chr(97 + n) * (1 + n % 5)) for n in range(20)]


def pages(context_tokens: int = 32) -> Batches:
    tokens = np.random.default_rng(0).integers(5, 261, 400).astype(np.uint16)
    return Batches({"web": tokens}, {"web": 1.0}, batch=2, context_tokens=context_tokens)


def chat(replay: Batches | None = None, examples: list = EXAMPLES, rows: int = 2) -> ChatBatches:
    return ChatBatches(examples, TOKENIZER, replay, rows, context_tokens=32)


def noisy_model() -> Transformer:
    model, generator = Transformer(MODEL), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return model


def stop_at(step: int):
    def stop(result: object) -> None:
        if result.step == step:
            raise KeyboardInterrupt

    return stop


def test_the_loss_counts_the_replys_tokens_and_the_end_alone():
    model = noisy_model()
    ids, mask = example_ids(TOKENIZER, [("user", "What?")], "This.")
    with torch.no_grad():
        scores = model(torch.tensor([ids])).log_softmax(-1)[0]
        loss = ChatTrainer(model, chat(), CONFIG)._loss(
            chat(examples=[example("What?", "This.")], rows=1).next()[:, :, : len(ids)]
        )
    counted = [-scores[at - 1, ids[at]].item() for at in range(len(ids)) if mask[at]]
    assert len(counted) == len("This.") + 1
    assert loss.item() == pytest.approx(sum(counted) / len(counted), rel=1e-5)


def test_replayed_tokens_all_count_beside_the_replies_each_by_its_weight():
    model, batches = noisy_model(), chat(pages())
    batch = batches.next()  # (2, 4, 33)
    with torch.no_grad():
        loss = ChatTrainer(model, batches, CONFIG)._loss(batch).item()
        total = count = 0.0
        for ids, weights in zip(*batch, strict=True):
            scores = model(ids[None, :-1]).log_softmax(-1)[0]
            for at in range(32):
                weight = weights[at + 1].item()
                total -= weight * scores[at, ids[at + 1]].item()
                count += weight
    assert batch.shape == (2, 4, 33) and set(batch[1, 2:].flatten().tolist()) == {sft.REPLAYED}
    assert loss == pytest.approx(total / count, rel=1e-5)


def test_a_token_of_a_long_reply_counts_less_and_the_long_reply_still_more():
    def weights(length: int) -> torch.Tensor:
        row = chat(examples=[example("q", "r" * length)], rows=1).next()[1, 0]
        return row[row > 0][: length + 1]

    short, long = weights(4), weights(20)
    assert len(set(short.tolist())) == len(set(long.tolist())) == 1
    assert (len(short), len(long)) == (5, 21) and short[0] > long[0]
    assert long.sum() > short.sum()
    # as declared: a reply of SHORT_REPLY tokens has UNIT per token
    expected = sft.UNIT * (sft.SHORT_REPLY / len(long)) ** sft.DAMPING
    assert long[0].item() == pytest.approx(expected, abs=1)


def test_each_example_comes_once_in_an_epoch_whole_and_before_any_again():
    batches, seen = chat(rows=1), []
    while len(seen) < 3 * len(EXAMPLES):
        ids = batches.next()[0, 0].tolist()
        while 1 in ids:
            end = ids.index(0)
            seen.append(tuple(ids[: end + 1]))
            ids = ids[end + 1 :]
        assert set(ids) <= {PAD}
    whole = {tuple(example_ids(TOKENIZER, e.prompt.turns, e.reply)[0]) for e in EXAMPLES}
    for epoch in range(3):
        count = Counter(seen[epoch * len(EXAMPLES) : (epoch + 1) * len(EXAMPLES)])
        assert set(count) == whole and set(count.values()) == {1}


def test_the_order_is_the_seeds_and_each_epoch_has_its_own():
    rows = [chat(rows=16).next() for _ in range(2)]
    other = ChatBatches(EXAMPLES, TOKENIZER, None, 16, 32, seed=1).next()
    assert torch.equal(*rows) and not torch.equal(rows[0], other)
    assert not torch.equal(rows[0][:, :5], rows[0][:, 5:10])


def test_finetuning_learns_the_replies_by_heart():
    model, few = Transformer(MODEL), EXAMPLES[:3]
    config = replace(CONFIG, steps=120, muon=True, muon_lr=0.03, adamw_lr=0.02)
    history = finetune(model, chat(examples=few), config)
    assert history.losses[0] == pytest.approx(math.log(261))
    assert history.losses[-1] < 0.1


def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path: Path):
    whole, parts = Transformer(MODEL), Transformer(MODEL)
    losses = finetune(whole, chat(pages()), CONFIG).losses
    with pytest.raises(KeyboardInterrupt, match="4 of 8"):
        finetune(parts, chat(pages()), CONFIG, tmp_path, on_step=stop_at(4))
    assert checkpoint.exists(tmp_path)
    again = Transformer(MODEL)
    assert finetune(again, chat(pages()), CONFIG, tmp_path).losses == losses
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])
    assert not checkpoint.exists(tmp_path)


def test_the_history_counts_chat_rows_and_replayed_ones():
    assert finetune(Transformer(MODEL), chat(pages(), rows=3), CONFIG).tokens == 8 * (3 + 2) * 32


@pytest.mark.parametrize(
    ("seed", "batches", "differs"),
    [
        (0, lambda: chat(pages(), EXAMPLES[1:]), "examples: 20 of them .* then, 19 of them"),
        (0, lambda: chat(None), "replayed tokens of web: .* then, nothing now"),
        (0, lambda: chat(pages(), rows=3), "chat rows per batch: 2 then, 3 now"),
        (9, lambda: chat(pages()), "starting weights: .* then, .* now"),
    ],
    ids=["examples", "replay", "rows", "base model"],
)
def test_a_run_that_learns_from_something_else_is_refused_and_the_checkpoint_kept(
    seed: int, batches: Callable[[], ChatBatches], differs: str, tmp_path: Path
):
    with pytest.raises(KeyboardInterrupt):
        finetune(Transformer(MODEL), chat(pages()), CONFIG, tmp_path, on_step=stop_at(4))
    with pytest.raises(CheckpointError, match=differs):
        finetune(Transformer(MODEL, seed=seed), batches(), CONFIG, tmp_path)
    assert finetune(Transformer(MODEL), chat(pages()), CONFIG, tmp_path).steps_taken == 8


def of_length(tokens: int) -> SimpleNamespace:
    """An example with a reply of 20 tokens that has so many in all."""
    others = len(example_ids(TOKENIZER, [("user", "q")], "r" * 20)[0]) - 1
    return example("q" * (tokens - others), "r" * 20)


def test_an_example_longer_than_a_row_is_refused():
    with pytest.raises(ValueError, match="34 tokens.* 32"):
        chat(examples=[*EXAMPLES, of_length(34)])


def test_an_example_that_just_fits_a_row_and_its_last_target_is_taken():
    batch = chat(examples=[of_length(33)], rows=1).next()
    assert batch[1].bool().sum() == 21 and batch[0, 0, -1] == 0


def test_an_empty_list_is_refused():
    with pytest.raises(ValueError, match="no examples"):
        chat(examples=[])


@pytest.mark.parametrize("rows", [0, 1.5])
def test_a_number_of_rows_that_cannot_be_is_refused(rows: float):
    with pytest.raises(ValueError, match=f"rows is {rows}"):
        chat(rows=rows)


def test_replayed_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="16 tokens.* 32"):
        chat(pages(16))


def test_a_model_of_another_tokenizer_is_refused_before_the_first_step():
    small, seen = Transformer(replace(MODEL, vocab_size=200)), []
    with pytest.raises(ValueError, match=r"token id 225.* 200(?s:.*)tokenizer"):  # a space
        finetune(small, chat(), CONFIG, on_step=seen.append)
    # replayed pages may be another tokenizer's too
    few = Transformer(replace(MODEL, vocab_size=240))
    assert finetune(few, chat(), CONFIG).steps_taken == 8
    with pytest.raises(ValueError, match=r"token id 2[56]\d.* 240"):
        finetune(few, chat(pages()), CONFIG, on_step=seen.append)
    assert not seen


def test_rows_that_are_too_long_for_the_model_are_refused():
    with pytest.raises(ValueError, match="32 tokens.* 16"):
        finetune(Transformer(replace(MODEL, context_tokens=16)), chat(), CONFIG)


@pytest.mark.parametrize("scale", ["tiny", "laptop", "gpu"])
def test_every_scale_fits_the_model(scale: str):
    assert sft.config(scale, MODEL).context_tokens == 32


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="'huge'.*'tiny', 'laptop', 'gpu'"):
        sft.config("huge", MODEL)


def test_the_loss_of_replies_is_the_mean_over_all_their_tokens_whatever_stands_beside_them():
    model, by_hand = noisy_model().eval(), []
    some = [*EXAMPLES, *(example("q", "long " * n) for n in range(1, 5))]
    with torch.no_grad():
        for one in some:  # each alone, so that nothing is filled up
            ids, mask = example_ids(TOKENIZER, one.prompt.turns, one.reply)
            logits = model(torch.tensor([ids[:-1]])).log_softmax(-1)[0]
            by_hand += [-float(logits[t, ids[t + 1]]) for t in range(len(ids) - 1) if mask[t + 1]]
    assert sft.reply_loss(model, TOKENIZER, some) == pytest.approx(np.mean(by_hand), abs=1e-5)
    other_order = sft.reply_loss(model, TOKENIZER, some[::-1])
    assert other_order == pytest.approx(np.mean(by_hand), abs=1e-5)


def test_the_loss_of_no_replies_and_of_one_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="no examples"):
        sft.reply_loss(noisy_model(), TOKENIZER, [])
    fits, longer = example("q", "a" * 28), example("q", "a" * 29)  # three marks, a space, q
    assert sft.reply_loss(noisy_model(), TOKENIZER, [fits]) > 0
    with pytest.raises(ValueError, match="34 tokens.*reads 32"):
        sft.reply_loss(noisy_model(), TOKENIZER, [fits, longer])
