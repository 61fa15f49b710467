"""The learned classifier: it learns what it is shown, says why, and is the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.data_collection.clean import quality_learned
from course_utils.data_collection.clean.quality_learned import LearnedConfig, LearnedQuality, train
from course_utils.data_collection.scoring.filter_scores import precision_recall
from course_utils.littleweb.sites import forum, spam, tutorials

from ..pages import prose

GOOD = [prose(seed) for seed in range(60)]
JUNK = [
    f"Buy cheap {what} online now. Click here for free {what} and save. " * 5
    + prose(500 + seed, 2)
    for seed, what in enumerate(("lamps", "watches", "loans") * 10, start=500)
]
TEXTS, LABELS = GOOD + JUNK, [False] * len(GOOD) + [True] * len(JUNK)
UNSEEN = [prose(900), "Free shoes: click here now and save. " + prose(901, 1)]


@pytest.fixture(scope="module")
def model() -> LearnedQuality:
    return train(TEXTS, LABELS)


def test_it_tells_unseen_junk_from_unseen_prose(model: LearnedQuality) -> None:
    good, junk = model.probabilities(UNSEEN)
    assert good < 0.1 < 0.5 < junk


def test_the_loss_falls_with_every_pass(model: LearnedQuality) -> None:
    assert list(model.losses) == sorted(model.losses, reverse=True)


def test_its_reasons_are_the_words_that_give_junk_away(model: LearnedQuality) -> None:
    reasons = dict(model.reasons(JUNK[0], limit=12))
    assert reasons["click here"] > 0 and "free" in reasons
    assert list(map(abs, reasons.values())) == sorted(map(abs, reasons.values()), reverse=True)


def test_the_reasons_of_a_text_add_up_to_its_log_odds(model: LearnedQuality) -> None:
    shares = sum(share for _, share in model.reasons(UNSEEN[1], limit=10_000))
    odds = model.probabilities(UNSEEN)[1]
    assert model.bias + shares == pytest.approx(np.log(odds / (1 - odds)))


def test_the_strongest_runs_speak_for_junk_first_and_for_good_pages_last(
    model: LearnedQuality,
) -> None:
    runs = model.strongest(TEXTS, limit=3)
    assert len(runs) == 6 and "buy cheap" not in list(runs)[3:]
    assert [value > 0 for value in runs.values()] == [True] * 3 + [False] * 3


def test_the_same_pages_give_the_same_weights_and_another_order_of_training_others() -> None:
    again = train(TEXTS, LABELS)
    assert np.array_equal(again.weights, train(TEXTS, LABELS).weights)
    assert not np.array_equal(again.weights, train(TEXTS, LABELS, LearnedConfig(seed=1)).weights)


def test_hashes_are_the_same_on_every_machine() -> None:
    words, hashes = quality_learned.runs("The cat, 19 cats.")
    assert words == ["the", "cat", "1", "9", "cats"] and len(hashes) == 9
    assert quality_learned.bucket_of(hashes, 1 << 17).tolist()[:3] == [6912, 69600, 55217]


def test_a_slope_of_the_loss_is_what_one_small_step_follows() -> None:
    """The first step from 0 moves a weight against the numerical slope of the mean loss."""
    texts, labels = ["good day", "bad day"], [False, True]
    moved = train(texts, labels, LearnedConfig(passes=1, learning_rate=1e-3)).weights
    bad, good = (
        int(quality_learned.bucket_of(quality_learned.runs(word)[1], 1 << 17)[0])
        for word in ("bad", "good")
    )
    assert moved[bad] > 0 > moved[good] and moved[bad] == pytest.approx(-moved[good])


def test_a_text_without_words_gets_the_share_of_junk_alone(model: LearnedQuality) -> None:
    assert model.probabilities(["", " \n"]) == pytest.approx([30 / 90] * 2)
    assert model.reasons("") == [] and len(model.probabilities([])) == 0


@pytest.mark.parametrize(
    ("texts", "labels"), [([], []), (["a"], [True, False]), (["a", "b"], [True, True])]
)
def test_labels_that_teach_nothing_are_refused(texts: list[str], labels: list[bool]) -> None:
    with pytest.raises(ValueError, match=f"{len(texts)} texts and {len(labels)} labels"):
        train(texts, labels)


def test_a_number_of_buckets_that_no_hash_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="buckets is 1000"):
        LearnedConfig(buckets=1000)


def test_what_it_learnt_on_one_web_holds_on_another_web_s_known_kinds() -> None:
    found = []
    for seed in (0, 1):
        pages = [*spam.pages(seed, 150), *forum.pages(seed, 150), *tutorials.pages(seed, 40)]
        known = [page for page in pages if not page.holdout]
        found.append(([page.text for page in known], [page.site == "spam" for page in known]))
    (texts, junk), (others, other_junk) = found
    dropped = train(texts, junk).probabilities(others) >= 0.5
    told = precision_recall(dropped, other_junk)
    assert told["precision"] >= 0.97 and told["recall"] >= 0.95
