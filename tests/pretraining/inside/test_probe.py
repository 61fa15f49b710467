"""Probes: they find what is there, and know no group by heart; pieces of words are told apart."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining import evaluate
from course_utils.pretraining.inside import probe


def made(noise: bool) -> probe.Examples:
    """60 groups of 3; layer 0 is noise, layer 1 holds the label unless all is noise."""
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(60).remainder(3).repeat_interleave(3)
    streams = torch.randn(2, 180, 8, generator=draw)
    # What tells the group apart is strong on every layer: by heart, all would be right.
    streams += torch.randn(60, 8, generator=draw).repeat_interleave(3, dim=0) * 3
    if not noise:
        streams[1, torch.arange(180), labels] += 20
    groups = tuple(str(at // 3) for at in range(180))
    return probe.Examples(streams, tuple("abc"[at] for at in labels.tolist()), groups)


def test_a_probe_finds_what_is_there_and_nothing_else():
    for seed in range(3):
        found = probe.score(made(noise=False), seed)
        assert found.accuracy[1] > 0.95 and found.accuracy[0] < 0.65
        assert found.count == 54 and 0.1 < found.majority < 0.5


def test_groups_are_not_known_by_heart():
    found = [probe.score(made(noise=True), seed).accuracy for seed in range(3)]
    assert max(max(layers) for layers in found) < 0.65


def test_the_same_seed_gives_the_same_scores():
    assert probe.score(made(False), 1) == probe.score(made(False), 1)
    assert probe.score(made(False), 1) != probe.score(made(False), 2)


def test_too_few_groups_are_refused():
    few = probe.Examples(torch.zeros(1, 3, 2), ("a", "b", "a"), ("1", "2", "3"))
    with pytest.raises(ValueError, match="at least 4 groups and 2 labels"):
        probe.score(few)


def test_pieces_that_go_on_with_a_word_are_told_apart_by_its_first():
    tokens = [
        "The",
        " an",
        "im",
        "al",
        " of",
        " Val",
        "al",
        "is",
        ".",
        " Up",
        "on",
        ",",
        " Kor",
        "ba",
    ]
    found = probe._pieces(tokens)
    # "on" is of a sentence's first word; the comma ends no sentence.
    assert found == {2: False, 3: False, 6: True, 7: True, 13: True}


def test_name_examples_fit_the_streams(model):
    class Halves:
        """Words in two tokens, each numbered as it comes."""

        def __init__(self):
            self.seen = {}

        def encode(self, text):
            parts = []
            for word in text.split():
                parts += [f" {word[:2]}", *([word[2:]] if word[2:] else [])]
            return [self.seen.setdefault(part, 5 + len(self.seen)) for part in parts]

        def decode(self, ids):
            return "".join(list(self.seen)[i - 5] for i in ids)

    found = probe.name_examples(model, Halves(), ["we saw Valalis there", "at home with Korba"], 4)
    assert found.labels == ("other", "name", "other", "other")
    assert found.groups == ("0", "0", "0", "1") and found.streams.shape == (3, 4, 32)


def test_region_examples_end_at_the_name_and_at_the_end(model, tokenizer):
    statements = [item for item in evaluate.statements() if item.country in ("Chad", "Peru")]
    at_name, at_end = probe.region_examples(model, tokenizer, statements, ("capital",))
    assert at_end.groups == ("Chad", "Peru") and at_end.labels == ("Africa", "South America")
    ends = model.model.embed_tokens.weight[torch.tensor(tokenizer.encode("s"))].detach()
    assert torch.equal(at_end.streams[0], ends.expand(2, -1))
    with pytest.raises(ValueError, match="No statement of the kinds"):
        probe.region_examples(model, tokenizer, statements, ("mayor",))
