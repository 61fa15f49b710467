"""Forgetting: more without replay, measured on the text that was learnt before."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import workspace
from course_utils.finetuning_rlhf import forgetting, sft
from course_utils.finetuning_rlhf.lora import LoRAConfig, low_rank_layers
from course_utils.finetuning_rlhf.low_rank import Changes
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.model import save
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import evaluate
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import train
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(
    261, width=32, layers=1, heads=2, intermediate_size=48, context_tokens=48, tied=True
)
TEXT = "The capital of France is Paris. The cat sat on the mat and said so. " * 12
TOKENS = np.array(TOKENIZER.encode(TEXT), dtype=np.uint16)
HELD_OUT = {"web": (TOKENS, len(TEXT))}
EXAMPLES = [
    SimpleNamespace(prompt=Prompt(f"{letter}?", "talk"), reply=letter.upper() * 6)
    for letter in "qxzjvwk"
]
CONFIG = replace(sft.config("tiny", SIZE), batch=6, steps=40, adamw_lr=0.01)


def pages(rows: int = sft.REPLAY_ROWS, seed: int = 0) -> Batches:
    return Batches({"web": TOKENS}, {"web": 1.0}, rows, context_tokens=48, seed=seed)


@pytest.fixture(scope="module")
def base() -> Transformer:
    """A model that has read the text until it knows it."""
    model = Transformer(SIZE)
    config = TrainConfig(SIZE, steps=40, batch=4, context_tokens=48, warmup_steps=5)
    train(model, pages(), config)
    return model.eval()


def bits(model: Transformer) -> float:
    return evaluate.bits_per_byte(model, HELD_OUT)["all"]


def chat_loss(model: Transformer) -> float:
    rows = sft.ChatBatches(EXAMPLES, TOKENIZER, None, 2, context_tokens=48)
    return sft.ChatTrainer(model, rows, CONFIG).validate([rows.next()])


def test_the_text_is_forgotten_without_replay_and_kept_with_it(base: Transformer):
    with_replay = forgetting.tune(base, EXAMPLES, TOKENIZER, CONFIG, pages(seed=7))
    without = forgetting.tune(base, EXAMPLES, TOKENIZER, CONFIG)
    before = bits(base)
    assert bits(without) > before + 1 > bits(with_replay)
    # both have learnt the conversations
    assert max(map(chat_loss, (with_replay, without))) < 0.2 * chat_loss(base)


def test_low_rank_tables_learn_the_conversations_and_come_back_merged(base: Transformer):
    weights = {name: weight.clone() for name, weight in base.state_dict().items()}
    tuned = forgetting.tune(base, EXAMPLES, TOKENIZER, CONFIG, pages(seed=7), LoRAConfig(rank=2))
    assert not low_rank_layers(tuned) and not tuned.training
    assert chat_loss(tuned) < 0.5 * chat_loss(base)
    assert Changes(base, tuned).kept(2) == pytest.approx(1, abs=1e-6)
    name = "model.embed_tokens.weight"
    assert weights[name].equal(tuned.state_dict()[name])
    assert all(weights[name].equal(weight) for name, weight in base.state_dict().items())


def test_a_reading_is_what_notebook_03_measures():
    folder = workspace.load("base_model").path
    model, tokenizer = save.load(folder), FastTokenizer.load(folder)
    ids = np.array(tokenizer.encode(TEXT), dtype=np.uint16)
    held_out = {"one": (ids, len(TEXT)), "two": (ids[:40], 90)}
    facts = evaluate.facts_of(["france"])
    found = forgetting.reading(model, tokenizer, held_out, [TEXT], facts=facts, stories=3, seed=2)
    bits = evaluate.bits_per_byte(model, held_out)
    assert {**found.by_source, "all": found.bits_per_byte} == bits
    assert found.facts == evaluate.fact_accuracy(model, tokenizer, facts).accuracy > 0
    told = evaluate.story_coherence(model, tokenizer, [TEXT], 3, seed=2)
    assert found.stories == told.coherent


def test_what_is_lost_is_above_0_where_it_got_worse():
    before, after = forgetting.Reading(1.0, 0.9, 0.5, {}), forgetting.Reading(1.5, 0.8, 0.6, {})
    assert after.lost(before) == pytest.approx(
        {"bits_per_byte": 0.5, "facts": 0.1, "stories": -0.1}
    )


def test_a_batch_without_room_for_conversations_is_refused(base: Transformer):
    with pytest.raises(ValueError, match=f"batch is 4.*(?s:.*){sft.REPLAY_ROWS + 1}"):
        forgetting.tune(base, EXAMPLES, TOKENIZER, replace(CONFIG, batch=4))
