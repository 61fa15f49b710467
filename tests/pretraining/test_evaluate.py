"""Evaluation: numbers worked out by hand, and strict reading of answers."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import simulator as stories
from course_utils.littleweb.truth import world
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.evaluate import (
    _fact_scores,
    answers,
    bits_per_byte,
    fact_accuracy,
    facts_of,
    for_report,
    held_out,
    story_alone,
    story_coherence,
    training_tokens,
)
from course_utils.pretraining.scores import FactScores, KindScore, StoryScores
from course_utils.pretraining.train import train

CONFIG = TransformerConfig(
    vocab_size=261, width=32, layers=2, heads=2, intermediate_size=64, context_tokens=96
)
FACTS = [
    world.Fact("France", "capital", ("Oa",)),
    world.Fact("Burma", "capital", ("Pu", "Qe")),
    world.Fact("Chad", "capital", ("Oa",)),
    world.Fact("France", "region", ("Far North",)),
]


class ByteTokenizer:
    """Ids 5 to 260 are the bytes."""

    def encode(self, text: str) -> list[int]:
        return [byte + 5 for byte in text.encode("utf-8")]

    def decode(self, ids: list[int]) -> str:
        return bytes(i - 5 for i in ids if i > 4).decode("utf-8", errors="replace")


def test_a_uniform_model_needs_the_logarithm_of_the_vocabulary():
    tokens = np.arange(250, dtype=np.uint16)
    scores = bits_per_byte(Transformer(CONFIG), {"a": (tokens, 1000), "b": (tokens, 500)})
    bits = 249 * math.log2(261)
    assert scores["a"] == pytest.approx(bits / 1000)
    assert scores["b"] == pytest.approx(bits / 500)
    assert scores["all"] == pytest.approx(2 * bits / 1500)


def test_bits_per_byte_is_the_loss_in_other_units():
    model = Transformer(CONFIG)
    torch.nn.init.normal_(model.lm_head.weight, generator=torch.Generator().manual_seed(0))
    tokens = torch.arange(97)
    with torch.no_grad():
        loss = F.cross_entropy(model(tokens[None, :-1])[0], tokens[1:], reduction="sum").item()
    scores = bits_per_byte(model, {"a": (tokens.numpy(), 300)})
    assert scores["a"] == pytest.approx(loss / math.log(2) / 300, rel=1e-5)


def test_a_cut_source_counts_its_bytes_in_proportion():
    tokens = np.arange(201, dtype=np.uint16)
    cut = bits_per_byte(Transformer(CONFIG), {"a": (tokens, 1000)}, max_tokens=50)
    assert cut["a"] == pytest.approx(200 * math.log2(261) / 1000)


def test_a_source_without_tokens_is_refused():
    with pytest.raises(ValueError, match="'a' has 1 tokens"):
        bits_per_byte(Transformer(CONFIG), {"a": (np.zeros(1), 3)})


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (" Guinea.", True),
        ("Guinea", True),
        (" Guinea, and", True),
        (" Guinea - and", True),
        (" Guinea-Bissau.", False),
        (" Guinea's", False),
        (" Guineas", False),
        (" guinea", False),
        ("  Guinea", False),
        (" the Guinea", False),
        (" Guinea Ecuatorial.", False),
        (" Guinea Ecuatorialist.", True),
        ("", False),
    ],
)
def test_an_answer_must_end_with_its_word(text: str, right: bool):
    assert answers(text, ["Guinea"], ["Guinea-Bissau", "Guinea Ecuatorial"]) is right


def test_any_true_value_counts_even_the_longer_one():
    assert answers(" South Africa.", ["South", "South Africa"], ["South America"])


def test_an_answer_at_a_cut_does_not_count():
    assert not answers(" Oa", ["Oa"], ended=False)
    assert answers(" Oa.", ["Oa"], ended=False)


def test_a_model_that_learned_the_facts_scores_one_and_a_new_one_zero():
    tokenizer = ByteTokenizer()
    lines = [f"{world.statement(f.kind, f.country)} {f.values[-1]}." for f in FACTS]
    tokens = np.array([t for line in lines * 40 for t in (0, *tokenizer.encode(line))], np.uint16)
    config = TrainConfig(CONFIG, steps=120, batch=8, context_tokens=96, adamw_lr=0.01)
    model = Transformer(CONFIG)
    assert fact_accuracy(model, tokenizer, FACTS).accuracy == 0
    train(model, Batches({"a": tokens}, {"a": 1.0}, 8, 96), config)
    scores = fact_accuracy(model, tokenizer, FACTS)
    assert scores.accuracy == 1.0 and scores.count == 4 and scores.mistakes == ()
    assert scores.figures()["capital"] == {
        "accuracy": 1.0,
        "right": 3,
        "count": 3,
        "majority_baseline": 2 / 3,
    }
    assert scores.majority_baseline == pytest.approx(3 / 4)


def test_mistakes_say_what_was_said():
    mistakes = fact_accuracy(Transformer(CONFIG), ByteTokenizer(), FACTS[:1]).mistakes
    assert mistakes == (("France", "capital", "", "Oa"),)


def test_a_copied_story_is_not_coherent():
    scores = StoryScores(("a", "b", "c", "d"), (True, True, False, True), (0.1, 0.5, 0.1, 0.2))
    assert scores.coherent == 0.5


@pytest.mark.parametrize("number", range(5))
def test_a_story_is_cut_after_its_ending(number: int):
    story = "\n\n".join(stories.simulate(Rng(number)).paragraphs)
    assert story_alone(f"{story}\n\nThe next story\n\nOne day, it began.") == story


def test_a_model_that_knows_nothing_tells_no_coherent_story():
    model = Transformer(TransformerConfig(261, 32, 1, 2, 64, context_tokens=160))
    scores = story_coherence(model, ByteTokenizer(), ["Once upon a time."], n=3)
    assert len(scores.texts) == 3 and scores.coherent == 0.0
    assert scores.texts != story_coherence(model, ByteTokenizer(), [], n=3, seed=1).texts


def test_facts_are_found_by_the_folders_of_their_countries():
    found = facts_of(["south-africa", "france", "nowhere"])
    assert {fact.country for fact in found} == {"South Africa", "France"}
    assert found == [fact for fact in world.facts() if fact in found]
    assert len(found) > 8


def test_where_some_facts_are_asked_all_of_them_say_what_an_answer_might_mean():
    guinea = world.Fact("Mali", "neighbour", ("Guinea",))
    other = world.Fact("Senegal", "neighbour", ("Guinea Bissau",))
    said = ([" Guinea Bissau"], [True])
    assert _fact_scores([guinea], [guinea], *said).accuracy == 1
    assert _fact_scores([guinea], [guinea, other], *said).accuracy == 0


def test_a_folder_of_shards_gives_its_validation_text_with_bytes_and_its_training_tokens(tmp_path):
    index = {"vocab_size": 300, "seed": 0, "shards": {}}
    for source, start in (("atlas", 0), ("stories", 100)):
        index["shards"][source] = {}
        for split, count in (("train", 5), ("validation", 3)):
            ids = np.arange(start, start + count, dtype="<u2")
            ids.tofile(tmp_path / f"{source}.{split}.bin")
            index["shards"][source][split] = {"tokens": count, "bytes": 4 * count}
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    assert {name: (ids.tolist(), size) for name, (ids, size) in held_out(tmp_path).items()} == {
        "atlas": ([0, 1, 2], 12),
        "stories": ([100, 101, 102], 12),
    }
    assert training_tokens(tmp_path).tolist() == [*range(5), *range(100, 105)]


def test_the_reports_figures_stand_under_its_own_keys():
    facts = FactScores({"capital": KindScore(3, 4, 0.5)}, ())
    stories = StoryScores(texts=("a", "b"), fits=(True, False), overlaps=(0.0, 0.0))
    found = for_report({"all": 1.5, "atlas": 9.0}, facts, stories, 8_000.0)
    assert found["pretraining.val_bits_per_byte"] == 1.5
    assert found["pretraining.fact_accuracy"] == 0.75
    assert found["pretraining.fact_accuracy_by_kind"]["capital"]["count"] == 4
    assert found["pretraining.story_coherence"] == stories.coherent
    assert found["pretraining.tokens_per_second"] == 8_000.0
