"""The mix lab without a browser: what is read, and the mix that is handed over."""

from __future__ import annotations

import pytest

from course_utils.data_collection import labs
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.mix import mix as sampling_mix
from course_utils.ui import unpack

from . import small_web


def test_each_page_is_read_as_often_as_its_share_has_room_for() -> None:
    effect = labs.mix_lab(small_web.corpus(), steps=10).effect
    tokens = 10 * 2048
    assert effect.tokens == pytest.approx([0.5 * tokens, 0.1 * tokens, 0.4 * tokens])
    assert effect.times[0] == pytest.approx(0.5 * tokens * 4 / 31)  # bytes of the atlas
    assert effect.kinds == pytest.approx({"facts": 0.5, "other": 0.1, "stories": 0.4})


def test_a_word_counts_as_often_as_its_pages_are_read() -> None:
    lab = labs.mix_lab(small_web.corpus({"stories": 1.0}), steps=1)
    assert lab.effect.times[2] == pytest.approx(2048 * 4 / 1440)
    assert (lab.effect.words_read, lab.effect.words_often) == (4, 4)
    assert lab.effect.mean_word == pytest.approx((3 + 3 + 3 + 4) / 4)
    assert lab.effect.sentence_words == 4


def test_the_unmoved_sliders_are_the_corpus_s_own_mix_to_the_last_digit() -> None:
    mix = sampling_mix(document.source for document in small_web.corpus().train)
    assert labs.mix_lab(small_web.corpus(mix)).mix == pytest.approx(mix, abs=1e-15)


def test_a_mix_is_used_only_after_the_button(live_labs: None) -> None:
    corpus = small_web.corpus()
    lab = labs.mix_lab(corpus)
    lab.sliders["stories"].value = 0
    assert lab.use(corpus) is corpus and lab.chosen is None
    lab.choose()
    used = lab.use(corpus)
    assert used.mix == pytest.approx({"atlas": 5 / 6, "other": 1 / 6})
    assert used.train is corpus.train and corpus.mix["stories"] == 0.4
    lab.go_back()
    assert lab.chosen == used.mix and lab.mix == pytest.approx(corpus.mix)


def test_the_chosen_mix_makes_the_same_weights_in_the_pipeline() -> None:
    lab = labs.mix_lab(small_web.corpus())
    names = [document.source for document in small_web.corpus().train]
    assert sampling_mix(names, lab.config) == pytest.approx(lab.mix)


def test_all_sliders_at_nothing_say_so_and_choose_nothing(live_labs: None) -> None:
    lab = labs.mix_lab(small_web.corpus())
    for slider in lab.sliders.values():
        slider.value = 0
    lab.choose()
    facts, arrays = unpack(lab.view.frame)
    assert "at least one slider" in facts["note"] and arrays["shares"].tolist() == [0, 0, 0]
    assert lab.chosen is None
    with pytest.raises(ValueError, match="slider"):
        _ = lab.mix


def test_more_steps_show_more_tokens(live_labs: None) -> None:
    lab = labs.mix_lab(small_web.corpus())
    lab.steps.value = 5_000
    assert unpack(lab.view.frame)[0]["tokens"] == 5_000 * 2048
    assert "recite" in unpack(lab.view.frame)[0]["note"]


def test_a_corpus_without_the_usual_sources_has_its_own_sliders(live_labs: None) -> None:
    train = [document for document in small_web.corpus().train if document.source == "other"]
    lab = labs.mix_lab(Corpus(train, [], [], {"other": 1.0}))
    assert list(lab.sliders) == ["other"] and lab.mix == {"other": 1.0}


def test_an_empty_corpus_and_one_that_lacks_a_source_are_refused(live_labs: None) -> None:
    with pytest.raises(ValueError, match="collect"):
        labs.mix_lab(Corpus([], [], [], {}))
    lab = labs.mix_lab(small_web.corpus())
    lab.choose()
    with pytest.raises(ValueError, match="'atlas'.* other"):
        train = [document for document in small_web.corpus().train if document.source == "other"]
        lab.use(Corpus(train, [], [], {"other": 1.0}))
