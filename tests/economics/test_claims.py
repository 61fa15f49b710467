"""Popular claims: the verdicts, that they are worked out, and that they name their figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils import facts
from course_utils.economics import claims, claims_table
from course_utils.economics.claims import agrees, llama_parameters

VERDICTS = {
    "synapse": "wrong",
    "45 TB": "holds for the unfiltered crawl only",
    "300 billion tokens": "holds",
    "13 trillion": "rumoured",
    "1.8 trillion": "rumoured",
    "120 layers": "rumoured",
    "80 layers": "holds",
    "100,000 tokens": "holds for GPT-4 only",
    "10 million GPUs": "holds for GPU-hours only",
    "100 million dollars": "holds for the largest only",
    "six months": "holds",
}


@pytest.mark.parametrize(("words", "verdict"), VERDICTS.items())
def test_each_popular_claim_has_its_verdict(words: str, verdict: str) -> None:
    (found,) = [one for one in claims() if words in one.text]
    assert found.verdict == verdict


def test_every_claim_rests_on_figures_that_there_are_and_gives_a_reason() -> None:
    assert len(claims()) == len(VERDICTS)
    for one in claims():
        assert one.sources and all(facts.get(key) for key in one.sources)
        assert one.reason.endswith(".") and one.reason != one.text


def test_a_figure_that_changes_changes_the_verdict() -> None:
    known = facts.get("gpt3_training_tokens")
    assert agrees(known, 300e9) == "holds"
    assert agrees(replace(known, value=4e11), 300e9) == "wrong"
    assert agrees(replace(known, certainty="rumoured"), 300e9) == "rumoured"


def test_a_claimed_amount_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="claimed is 0"):
        agrees(facts.get("gpt3_layers"), 0)


def test_the_count_from_a_shape_gives_the_weights_of_a_model_that_is_open() -> None:
    assert llama_parameters(32_000, 4_096, 32, 11_008, 1) == 6_738_415_616  # Llama 2 7B


def test_the_table_says_the_verdict_first_and_fits_a_page() -> None:
    lines = claims_table().splitlines()
    heads = [line for line in lines if not line.startswith("    ")]
    verdicts = [line for line in heads if line.split(":")[0].isupper()]
    assert len(verdicts) == len(claims())
    assert heads[0] == "WRONG: A parameter is a synapse."
    assert all(len(line) <= 80 for line in lines)
