"""The quality lab without a browser: thresholds, figures, and the pages that change sides."""

from __future__ import annotations

import pytest

from course_utils.data_collection import labs
from course_utils.data_collection.labs.quality.dials import DIALS
from course_utils.ui import unpack

from . import small_web


def test_the_usual_thresholds_drop_both_kinds_of_junk() -> None:
    assert small_web.quality().figures == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_a_moved_slider_moves_the_figures_the_list_and_the_frame(live_labs: None) -> None:
    lab = small_web.quality()
    before = lab.view.frame
    lab.sliders["words"].value = 200
    assert lab.figures == {"precision": 0.2, "recall": 1.0, "f1": 1 / 3}
    rows = lab.moved()
    assert len(rows) == 8 and rows[0]["side"] == "good page lost"
    assert rows[0]["reason"] == "too few words" and rows[0]["words"].startswith("The boat")
    facts, arrays = unpack(lab.view.frame)
    assert lab.view.frame != before and facts["dial"] == "Words \u2265"
    assert (facts["caught"], facts["lost"], facts["compared"]) == (2, 8, 20)
    assert arrays["recall"].tolist() == [1.0] * 41


def test_junk_that_a_loosened_rule_lets_in_is_listed_first(live_labs: None) -> None:
    lab = small_web.quality()
    for name in ("phrase", "long_phrases", "lines"):
        lab.sliders[name].value = 1
    assert [row["side"] for row in lab.moved()] == ["junk let in"]
    assert lab.figures["recall"] == 0.5


def test_the_curve_along_a_slider_passes_through_the_present_figures() -> None:
    lab = small_web.quality()
    places, precision, recall = lab.trial.along("stop_words", lab.settings, 21)
    at = places.tolist().index(lab.settings["stop_words"])
    assert (precision[at], recall[at]) == (lab.figures["precision"], lab.figures["recall"])
    assert precision[-1] == 0.2


def test_holdout_kinds_can_be_counted_alone(live_labs: None) -> None:
    lab = small_web.quality()
    lab.pages.value = "holdout only"
    assert unpack(lab.view.frame)[0]["pages"] == 1


def test_compare_and_usual_thresholds(live_labs: None) -> None:
    lab = small_web.quality()
    lab.sliders["words"].value = 200
    lab.compare()
    assert lab.moved() == [] and unpack(lab.view.frame)[0]["compared"] == 200
    lab.go_back()
    assert lab.moved() == [] and lab.settings["words"] == 20


def test_every_slider_can_reach_its_usual_place() -> None:
    assert all(0 <= dial.default <= dial.high for dial in DIALS)


def test_no_page_with_a_label_is_an_error_that_says_what_to_give() -> None:
    with pytest.raises(ValueError, match="11 pages"):
        labs.quality_lab(small_web.texts(), {})


def test_pages_without_any_junk_have_no_recall() -> None:
    good = {url: text for url, text in small_web.texts().items() if "atlas" in url}
    lab = labs.quality_lab(good, small_web.truth())
    assert lab.figures == {"precision": None, "recall": None, "f1": None}
    assert "recall none" in lab.as_text()


def test_mistakes_stand_first_whatever_their_address(live_labs: None) -> None:
    lab = small_web.quality()
    for name, place in (("phrase", 1), ("long_phrases", 1), ("lines", 1), ("words", 80)):
        lab.sliders[name].value = place
    lab.compare()
    with lab.at_once():
        for dial in DIALS:
            lab.sliders[dial.name].value = dial.default
    sides = [row["side"] for row in lab.moved()]
    assert sides == ["junk caught"] + ["good page won back"] * 8
