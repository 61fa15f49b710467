"""Pages taken back and pages that contradict: who loses what, what a model makes of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks import unpublish as benchmark
from course_utils.data_collection.corpus import Corpus
from course_utils.experiments import small_model, unpublish
from course_utils.experiments.unpublish import REMOVED, UnpublishConfig
from course_utils.model.transformer import TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

SMALL = UnpublishConfig(
    countries=12, model=TransformerConfig(300, 16, 1, 2, 24, context_tokens=64), passes=0.5
)


@pytest.fixture(scope="module")
def part(corpus: Corpus) -> unpublish.Slice:
    return unpublish.cut(corpus, 12)


@pytest.fixture(scope="module")
def left(part: unpublish.Slice) -> list[unpublish.FactLeft]:
    return unpublish.unpublished(part, SMALL)


@pytest.fixture(scope="module")
def beliefs(part: unpublish.Slice) -> list[unpublish.Contradiction]:
    return unpublish.contradicted(part, SMALL)


def test_the_slice_holds_the_pages_that_state_the_facts_and_no_others(part, corpus) -> None:
    countries = {fact.country for fact in part.facts}
    assert len(countries) == 12 and len(part.facts) > 60
    training = {page.url for page in corpus.train}
    for page in part.documents:
        assert page.url in training
    told = {page.document.url for pages in part.sources.values() for page in pages}
    assert told == {page.url for page in part.documents}
    assert len({page.source for page in part.documents}) > 1  # the forum speaks of them too


def test_a_smaller_slice_is_a_part_of_a_larger_one(part, corpus) -> None:
    few = unpublish.cut(corpus, 3)
    assert {page.url for page in few.documents} < {page.url for page in part.documents}


def test_every_dose_has_as_many_countries_and_takes_what_it_says(part, left) -> None:
    doses = {fact.country: fact.removed for fact in left}
    assert set(Counter(doses.values()).values()) == {2}
    for fact in left:
        pages = {each.document.url for each in part.sources[fact.country, fact.kind]}
        gone = len(pages) - fact.pages_left
        if fact.removed in ("none", "all"):
            assert fact.pages_left == (len(pages) if fact.removed == "none" else 0)
        elif fact.removed in ("one", "two"):
            assert 0 <= gone <= 1 + (fact.removed == "two")
        else:
            assert fact.pages_left <= 1 + (fact.removed == "all but two")
        assert not (fact.asked_wording and not fact.pages_left)
    some = [fact for fact in left if fact.removed == "none"]
    assert any(fact.asked_wording for fact in some)


def test_the_same_seed_gives_the_same_and_another_takes_other_pages(part, left) -> None:
    assert unpublish.unpublished(part, SMALL) == left
    other = unpublish.unpublished(part, replace(SMALL, seed=1))
    assert [fact.removed for fact in other] != [fact.removed for fact in left]


def test_what_is_taken_back_is_not_read(part, monkeypatch) -> None:
    read = []

    def trained(tokens, model, steps, batch, muon_lr, adamw_lr, seed):
        read.append(tokens)
        return real(tokens, model, 1, batch, muon_lr, adamw_lr, seed)

    real = small_model.trained
    monkeypatch.setattr(small_model, "trained", trained)
    left = unpublish.unpublished(part, SMALL)
    whole = [page.text for page in part.documents]
    text = FastTokenizer.train(whole, SMALL.model.vocab_size).decode(read[0].tolist())
    for fact in left:
        for page in part.sources[fact.country, fact.kind]:
            if fact.removed in ("none", "all"):
                assert (page.sentence in text) == (fact.removed == "none"), page


def test_every_share_of_false_pages_occurs_and_the_pages_are_counted(part, beliefs) -> None:
    shares = Counter(round(each.false_share, 2) for each in beliefs)
    assert {0.0, 1.0} <= set(shares) and len(shares) > 3
    values = {(fact.country, fact.kind): fact.values for fact in part.facts}
    for each in beliefs:
        assert each.true == values[each.country, each.kind][0]
        assert each.false not in values[each.country, each.kind]
        assert 0 <= each.belief <= 1


def test_both_give_what_each_gives_alone(part, left, beliefs) -> None:
    assert unpublish.both(part, SMALL) == (left, beliefs)


def test_a_model_that_reads_long_enough_knows_what_is_left_and_believes_the_many(part) -> None:
    longer = replace(
        SMALL,
        model=TransformerConfig(512, 48, 1, 4, 128, context_tokens=64),
        passes=10,
    )
    left, beliefs = unpublish.both(part, longer)
    known = unpublish.known_by_dose(left)
    assert list(known) == list(REMOVED)
    assert known["none"] > known["all"]
    few, many = (unpublish.mean_belief(beliefs, *share) for share in ((0, 0.3), (0.7, 1)))
    assert few < 0.5 < many and many > few + 0.3


def test_beliefs_are_averaged_over_the_shares_that_are_asked_for(beliefs) -> None:
    half = [each.belief for each in beliefs if each.false_share == 0.5]
    assert unpublish.mean_belief(beliefs, 0.5, 0.5) == pytest.approx(sum(half) / len(half))
    with pytest.raises(ValueError, match="false on 0.01 to 0.02"):
        unpublish.mean_belief(beliefs, 0.01, 0.02)


def test_a_crawl_without_countries_is_refused(corpus: Corpus) -> None:
    stories = [page for page in corpus.train if page.source == "stories"]
    with pytest.raises(ValueError, match="no page of the atlas"):
        unpublish.cut(replace(corpus, train=stories))


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"passes": 0}, "passes is 0"), ({"countries": 0}, "countries is 0"), ({"seed": -1}, "seed")],
)
def test_settings_that_cannot_be_are_refused(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **changed)


def test_the_benchmark_prints_a_row_for_every_dose_and_share(part) -> None:
    rows = list(benchmark.table(*benchmark.study(part, SMALL, [0, 1])))
    assert [row.split(" ")[0] for row in rows[:2]] == ["none", "one"] and len(rows) == 6 + 2 + 7
    countries = {fact.country for fact in part.facts}
    asked = sum(int(row.split()[-1]) for row in rows[:6])
    assert asked == 2 * len(part.facts) and len(countries) == 12


def test_the_doses_are_in_the_order_of_what_is_lost() -> None:
    assert (REMOVED[0], REMOVED[-1]) == ("none", "all")
