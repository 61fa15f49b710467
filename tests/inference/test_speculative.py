"""A draft changes the number of calls and nothing of what is written."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from course_utils.inference import speculative as s
from course_utils.inference.drafts import FirstOf, ModelDraft, Ngrams, PromptLookup, first_layers
from course_utils.inference.prefix import PrefixCache
from course_utils.model.generate import LENGTH, STOP, generate
from course_utils.model.sampling import SamplingConfig, probabilities
from course_utils.model.transformer import Transformer, TransformerConfig

V = 5
WANTED = torch.tensor([0.5, 0.2, 0.2, 0.1, 0.0])
DRAFTS = {
    "even": torch.full((V,), 1 / V),
    "sure": torch.tensor([0.0, 1.0, 0.0, 0.0, 0.0]),
    "impossible": torch.tensor([0.0, 0.0, 0.0, 0.0, 1.0]),
    "near": torch.tensor([0.4, 0.3, 0.1, 0.1, 0.1]),
    "the same": WANTED,
}


class Fixed:
    """A draft that always says the same."""

    def __init__(self, likely: torch.Tensor) -> None:
        self.likely = likely

    def probabilities(self, ids) -> torch.Tensor:
        return self.likely


@pytest.mark.parametrize("likely", DRAFTS.values(), ids=DRAFTS)
def test_accepted_and_replaced_tokens_sum_to_what_the_model_wants(likely) -> None:
    assert torch.allclose(s.outcome(WANTED, likely), WANTED.double(), atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_so_they_do_for_any_two_distributions(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(50):
        # About half of the tokens of each are impossible.
        drawn = torch.rand(2, 6, generator=generator, dtype=torch.float64)
        drawn *= torch.rand(2, 6, generator=generator) < 0.5
        drawn[:, 0] += 0.01
        wanted, likely = drawn / drawn.sum(-1, keepdim=True)
        assert torch.allclose(s.outcome(wanted, likely), wanted, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("likely", [DRAFTS["even"], DRAFTS["near"], DRAFTS["sure"]])
def test_drawn_tokens_come_as_often_as_the_model_wants(likely, seed: int) -> None:
    generator, times = torch.Generator().manual_seed(seed), 2000
    counts = torch.zeros(V)
    for _ in range(times):
        guess = s.draw(likely, generator)
        counts[s.accept_or_replace(WANTED, likely, guess, generator)] += 1
    assert counts[4] == 0
    assert probability_of(counts[:4], times * WANTED[:4]) > 0.001


def test_the_share_that_is_accepted_is_what_the_two_have_in_common() -> None:
    generator, likely = torch.Generator().manual_seed(0), DRAFTS["near"]
    hits = 0
    for _ in range(2000):
        guess = s.draw(likely, generator)
        hits += s.accept_or_replace(WANTED, likely, guess, generator) == guess
    # A replacement is never the guess: the draft offered that one too often.
    assert hits / 2000 == pytest.approx(float(torch.minimum(WANTED, likely).sum()), abs=0.04)


@pytest.fixture(scope="module")
def tiny() -> Transformer:
    sizes = {"vocab_size": V, "width": 8, "layers": 1, "heads": 1, "intermediate_size": 8}
    model = Transformer(TransformerConfig(**sizes, context_tokens=16))
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator))
        model.lm_head.weight.mul_(0.2)  # nothing is all but sure
    return model.eval()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_whole_texts_have_the_distribution_of_the_model(tiny, seed, temperature) -> None:
    config = SamplingConfig(temperature, seed=seed, max_new_tokens=2, stop_ids=())
    draft, reader, times = Fixed(DRAFTS["near"]), PrefixCache(tiny), 1200
    counts = torch.zeros(V, V)
    for row in range(times):
        written = s.speculate(reader, [1, 2], draft, config, guesses=3, row_seed=row)
        counts[tuple(written.ids)] += 1
    # Every pair's probability, by the model itself.
    with torch.no_grad():
        rows = torch.tensor([[1, 2, first] for first in range(V)])
        scores = tiny(rows)
        first = probabilities(scores[:1, 1], temperature)[0]
        both = first[:, None] * probabilities(scores[:, 2], temperature)
    assert probability_of(counts.flatten(), times * both.flatten()) > 0.001


@torch.no_grad()
@pytest.mark.parametrize("guesses", [1, 4, 40])
def test_greedy_tokens_are_the_engines_whatever_the_draft_says(model, guesses: int) -> None:
    model.double()
    prompts = [[70, 71, 72], [80], [90, 91] * 8]
    for stop_ids, limit in product([(), (0,)], [1, 12, 99]):
        config = SamplingConfig(0.0, max_new_tokens=limit, stop_ids=stop_ids)
        expected = generate(model, prompts, config)
        texts = [p + one.ids for p, one in zip(prompts, expected, strict=True)]
        for draft in (
            Ngrams(texts, 261),
            PromptLookup(261),
            Fixed(torch.eye(261)[3]),
            FirstOf(PromptLookup(261, 2), ModelDraft(first_layers(model, 1))),
        ):
            for prompt, own in zip(prompts, expected, strict=True):
                written = s.speculate(model, prompt, draft, config, guesses=guesses)
                assert (written.ids, written.finish) == (own.ids, own.finish)
                assert 0 <= written.accepted <= written.guessed <= written.calls * guesses


@pytest.mark.parametrize("write", ["draft", "prefix"])
def test_the_penalty_sees_the_text_with_its_guesses(model, write: str) -> None:
    config = SamplingConfig(temperature=0, repetition_penalty=1.5, max_new_tokens=20, stop_ids=())
    plain = SamplingConfig(temperature=0, max_new_tokens=20, stop_ids=())
    (wanted,) = generate(model, [[3, 1]], config)
    assert wanted.ids != generate(model, [[3, 1]], plain)[0].ids  # so that it can fail
    if write == "prefix":
        assert PrefixCache(model).write([3, 1], config) == wanted.ids
        return
    right = Ngrams([[3, 1, *wanted.ids]], model.config.vocab_size, longest=3)
    assert s.speculate(model, [3, 1], right, config).ids == wanted.ids


def test_a_stop_token_ends_the_text_though_more_was_guessed_right(model) -> None:
    endless = SamplingConfig(0.0, max_new_tokens=12, stop_ids=())
    (whole,) = generate(model, [[70, 71]], endless)
    stop = whole.ids[5]
    ends = SamplingConfig(0.0, max_new_tokens=12, stop_ids=(stop,))
    draft = Ngrams([[70, 71, *whole.ids]], 261, longest=5)
    written = s.speculate(model, [70, 71], draft, ends, guesses=11)
    assert written.finish == STOP and written.ids == whole.ids[: whole.ids.index(stop)]
    # All of it came in one call: what the draft offered behind the stop token does not count.
    assert (written.calls, written.accepted) == (1, written.tokens) == (1, len(written.ids) + 1)


def test_a_draft_that_is_right_saves_calls_and_one_that_is_wrong_costs_none(model) -> None:
    config = SamplingConfig(0.0, max_new_tokens=15, stop_ids=())
    right = s.speculate(model, [70, 71], ModelDraft(model), config, guesses=4)
    assert (right.calls, right.acceptance, right.tokens_per_call) == (3, 1.0, 5.0)
    wrong = Fixed(torch.eye(261)[1])
    assert 1 not in right.ids
    missed = s.speculate(model, [70, 71], wrong, config, guesses=4)
    assert (missed.calls, missed.accepted, missed.finish) == (15, 0, LENGTH)
    assert missed.ids == right.ids


def test_every_draft_gets_its_time(model) -> None:
    config = SamplingConfig(0.0, max_new_tokens=5, stop_ids=())
    drafts = {"none": None, "whole": ModelDraft(model), "looking up": PromptLookup(261)}
    seconds = s.seconds_per_token(model, [[70, 71], [80]], drafts, config)
    assert list(seconds) == list(drafts) and min(seconds.values()) > 0


def test_the_same_seed_gives_the_same_text(model) -> None:
    draft = PromptLookup(261, 1, 1)
    texts = [
        s.speculate(model, [70, 71], draft, SamplingConfig(seed=seed), row_seed=row).ids
        for seed, row in [(0, 0), (0, 0), (1, 0), (0, 1)]
    ]
    assert texts[0] == texts[1] and texts[0] not in texts[2:]


def test_bad_settings_are_refused(model) -> None:
    draft = PromptLookup(261)
    with pytest.raises(ValueError, match="guesses"):
        s.speculate(model, [70], draft, guesses=0)
    with pytest.raises(ValueError, match="no tokens"):
        s.speculate(model, [], draft)
    with pytest.raises(ValueError, match="48 at most"):
        s.speculate(model, [70] * 48, draft)


def probability_of(counts: torch.Tensor, expected: torch.Tensor) -> float:
    """Pearson's test: how likely such counts are, if each comes as often as expected."""
    # What is rarer than the test allows is put together.
    often = expected >= 5
    counts = torch.cat([counts[often], counts[~often].sum()[None]])
    expected = torch.cat([expected[often], expected[~often].sum()[None]]).clamp(min=1e-9)
    assert often.sum() >= 4 and counts.sum() > 500
    statistic = float(((counts - expected) ** 2 / expected).sum())
    freedom = int(often.sum()) - int(expected[-1] < 1e-6)
    halves = torch.tensor([freedom / 2, statistic / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(*halves))  # the tail of the chi-square distribution
