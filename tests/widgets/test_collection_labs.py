"""Notebook 01's labs without a browser: their figures, their controls, their headless pictures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup import NEAR
from course_utils.data_collection.document import Dropped
from course_utils.data_collection.minhash import candidates, minhash_fast
from course_utils.data_collection.mix import mix as sampling_mix
from course_utils.data_collection.shingles import jaccard, shingle_sets
from course_utils.figures.picture import LARGEST_BYTES
from course_utils.widgets import data_collection as labs
from course_utils.widgets.base import unpack
from course_utils.widgets.base.frames import FRAME_BYTES
from course_utils.widgets.data_collection.dials import DIALS
from course_utils.widgets.data_collection.pairs import Pairs, before_deduplication

from . import small_web

HTML = (
    "<html><head><style>p { x }</style><script>var the = 'boat';</script></head><body>"
    "<nav><a href='/'>Home</a> About</nav><p>{0}</p><p>Caf&eacute; of the town <b>is</b> open.</p>"
    "<p><a href='/x'>one more page to read here</a></p></body></html>"
)
TRUE = small_web.PROSE.format(1) + "\n\nCafé of the town is open."
PAGE = HTML.replace("{0}", small_web.PROSE.format(1))


def quality() -> labs.QualityLab:
    return labs.quality_lab(small_web.texts(), small_web.truth())


def extraction() -> labs.ExtractionLab:
    pages = {"http://atlas.test/1.html": PAGE, "http://forum.test/1.html": "<p>Who knows it?</p>"}
    return labs.extraction_lab(pages, {"http://atlas.test/1.html": small_web.label(TRUE)})


MAKERS: dict[str, Callable[[], object]] = {
    "quality": quality,
    "lsh": lambda: labs.lsh_lab(small_web.documents()),
    "mix": lambda: labs.mix_lab(small_web.corpus()),
    "extraction": extraction,
}


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Labs as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")


def controls(lab: object) -> Iterator[object]:
    """Every control of a live lab."""
    waiting = list(lab._shown.children[:-1])
    while waiting:
        one = waiting.pop()
        waiting += getattr(one, "children", ())
        if hasattr(one, "tooltip") and not hasattr(one, "children"):
            yield one


@pytest.mark.parametrize("name", MAKERS)
def test_headless_shows_one_small_png_and_a_constant_text(name: str) -> None:
    lab = MAKERS[name]()
    bundle = lab._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == f"Picture: {type(lab).title}"
    assert len(lab._shown.png) < LARGEST_BYTES


@pytest.mark.parametrize("name", MAKERS)
def test_figures_are_printed_the_same_headless_and_live(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headless = MAKERS[name]().as_text()
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    assert MAKERS[name]().as_text() == headless


@pytest.mark.parametrize("name", MAKERS)
def test_every_control_has_a_tooltip_and_a_label(live: None, name: str) -> None:
    found = list(controls(MAKERS[name]()))
    assert len(found) >= 3
    for one in found:
        if type(one).__name__ not in ("Label", "ToggleButtons"):
            assert one.tooltip and one.description
    toggles = [one for one in found if type(one).__name__ == "ToggleButtons"]
    assert all(all(one.tooltips) for one in toggles)


@pytest.mark.parametrize("name", MAKERS)
def test_a_live_lab_is_a_widget_whose_frame_fits(live: None, name: str) -> None:
    lab = MAKERS[name]()
    bundle = lab._repr_mimebundle_()
    assert bundle["text/plain"] == f"{lab.title} (live)"
    assert 0 < len(lab.view.frame) < FRAME_BYTES


def test_a_frame_is_made_within_a_tenth_of_a_second(live: None) -> None:
    for make in MAKERS.values():
        lab = make()
        start = time.perf_counter()
        lab.redraw()
        assert time.perf_counter() - start < 0.1, lab.title


class TestQuality:
    def test_the_usual_thresholds_drop_both_kinds_of_junk(self) -> None:
        assert quality().figures == {"precision": 1.0, "recall": 1.0, "f1": 1.0}

    def test_a_moved_slider_moves_the_figures_the_list_and_the_frame(self, live: None) -> None:
        lab = quality()
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

    def test_junk_that_a_loosened_rule_lets_in_is_listed_first(self, live: None) -> None:
        lab = quality()
        for name in ("phrase", "long_phrases", "lines"):
            lab.sliders[name].value = 1
        assert [row["side"] for row in lab.moved()] == ["junk let in"]
        assert lab.figures["recall"] == 0.5

    def test_the_curve_along_a_slider_passes_through_the_present_figures(self) -> None:
        lab = quality()
        places, precision, recall = lab.trial.along("stop_words", lab.settings, 21)
        at = places.tolist().index(lab.settings["stop_words"])
        assert (precision[at], recall[at]) == (lab.figures["precision"], lab.figures["recall"])
        assert precision[-1] == 0.2

    def test_holdout_kinds_can_be_counted_alone(self, live: None) -> None:
        lab = quality()
        lab.pages.value = "holdout only"
        assert unpack(lab.view.frame)[0]["pages"] == 1

    def test_compare_and_usual_thresholds(self, live: None) -> None:
        lab = quality()
        lab.sliders["words"].value = 200
        lab.compare()
        assert lab.moved() == [] and unpack(lab.view.frame)[0]["compared"] == 200
        lab.go_back()
        assert lab.moved() == [] and lab.settings["words"] == 20

    def test_every_slider_can_reach_its_usual_place(self) -> None:
        assert all(0 <= dial.usual <= dial.high for dial in DIALS)

    def test_no_page_with_a_label_is_an_error_that_says_what_to_give(self) -> None:
        with pytest.raises(ValueError, match=r"of 11 pages none .* quality_lab\(texts, truth\)"):
            labs.quality_lab(small_web.texts(), {})

    def test_pages_without_any_junk_have_no_recall(self) -> None:
        good = {url: text for url, text in small_web.texts().items() if "atlas" in url}
        lab = labs.quality_lab(good, small_web.truth())
        assert lab.figures == {"precision": None, "recall": None, "f1": None}
        assert "recall none" in lab.as_text()


class TestLsh:
    def test_the_pairs_that_meet_are_those_of_the_package_at_any_bands_and_rows(self) -> None:
        documents = small_web.documents()
        signatures = minhash_fast(shingle_sets([each.text for each in documents]))
        pairs = Pairs(documents)
        for bands in (64, 32, 16, 8):
            met = pairs.members[pairs.met(bands, 128 // bands)].tolist()
            assert sorted(map(tuple, met)) == sorted(candidates(signatures, bands))

    def test_similarities_are_the_true_ones(self) -> None:
        documents = small_web.documents()
        sets = shingle_sets([each.text for each in documents])
        pairs = Pairs(documents)
        assert len(pairs.members) >= 2
        for (one, other), how in zip(pairs.members, pairs.similarity, strict=True):
            assert how < 0.15 or how == jaccard(sets[one], sets[other])

    def test_the_copies_are_found_as_clusters(self) -> None:
        lab = labs.lsh_lab(small_web.documents())
        assert lab.figures["copies"] == lab.figures["found"] == 2
        urls = [cluster["urls"] for cluster in lab.clusters()]
        assert ["http://atlas.test/0.html", "http://mirror.test/0.html"] in urls

    def test_documents_that_hang_together_make_one_cluster(self) -> None:
        documents = [
            *small_web.documents(),
            *(
                type(each)("x", each.url.replace("mirror", "third"), each.text, "third")
                for each in small_web.documents()[6:]
            ),
        ]
        (first, _) = labs.lsh_lab(documents).clusters()
        assert len(first["urls"]) == 3

    def test_a_near_copy_is_missed_where_all_places_must_agree(self, live: None) -> None:
        lab = labs.lsh_lab(small_web.documents())
        lab.threshold.value, lab.rows.value, lab.bands.value = 0.3, 16, 1
        assert lab.figures["missed"] == len(lab.missed()) >= 1 and lab.missed()[0][0] < 1
        assert unpack(lab.view.frame)[0]["missed_pairs"][0][2] == "http://mirror.test/1.html"

    def test_rows_and_bands_never_need_more_places_than_there_are(self, live: None) -> None:
        lab = labs.lsh_lab(small_web.documents())
        for rows in (2, 16, 5):
            lab.rows.value = rows
            assert lab.bands.max == 128 // rows
            assert lab.settings["bands"] == lab.bands.value <= 128 // rows
        lab.go_back()
        assert lab.settings == {"rows": 4, "bands": 32, "threshold": 0.75}
        with pytest.raises(ValueError, match="33 bands of 4 rows need 132 places"):
            lab.pairs.met(33, 4)

    def test_a_corpus_gives_the_documents_before_deduplication(self) -> None:
        *kept, copy = small_web.documents()
        corpus = Corpus(kept, [], [Dropped(copy, NEAR, "near copy")], {})
        assert before_deduplication(corpus) == sorted([*kept, copy], key=lambda each: each.url)
        assert labs.lsh_lab(corpus).figures["copies"] == 2

    @pytest.mark.parametrize("count", [0, 1])
    def test_a_corpus_too_small_for_pairs_draws_empty(self, live: None, count: int) -> None:
        lab = labs.lsh_lab(small_web.documents()[:count])
        assert lab.figures["possible"] == lab.figures["compared"] == 0
        assert unpack(lab.view.frame)[1]["found"].tolist() == [0] * 20


class TestMix:
    def test_each_page_is_read_as_often_as_its_share_has_room_for(self) -> None:
        effect = labs.mix_lab(small_web.corpus(), steps=10).effect
        tokens = 10 * 2048
        assert effect.tokens == pytest.approx([0.5 * tokens, 0.1 * tokens, 0.4 * tokens])
        assert effect.times[0] == pytest.approx(0.5 * tokens * 4 / 31)  # bytes of the atlas
        assert effect.kinds == pytest.approx({"facts": 0.5, "other": 0.1, "stories": 0.4})

    def test_a_word_counts_as_often_as_its_pages_are_read(self) -> None:
        lab = labs.mix_lab(small_web.corpus({"stories": 1.0}), steps=1)
        assert lab.effect.times[2] == pytest.approx(2048 * 4 / 1440)
        assert (lab.effect.words_read, lab.effect.words_often) == (4, 4)
        assert lab.effect.mean_word == pytest.approx((3 + 3 + 3 + 4) / 4)
        assert lab.effect.sentence_words == 4

    def test_the_unmoved_sliders_are_the_corpus_s_own_mix_to_the_last_digit(self) -> None:
        mix = sampling_mix(document.source for document in small_web.corpus().train)
        assert labs.mix_lab(small_web.corpus(mix)).mix == pytest.approx(mix, abs=1e-15)

    def test_a_mix_is_used_only_after_the_button(self, live: None) -> None:
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

    def test_the_chosen_mix_makes_the_same_weights_in_the_pipeline(self) -> None:
        lab = labs.mix_lab(small_web.corpus())
        names = [document.source for document in small_web.corpus().train]
        assert sampling_mix(names, lab.config) == pytest.approx(lab.mix)

    def test_all_sliders_at_nothing_say_so_and_choose_nothing(self, live: None) -> None:
        lab = labs.mix_lab(small_web.corpus())
        for slider in lab.sliders.values():
            slider.value = 0
        lab.choose()
        facts, arrays = unpack(lab.view.frame)
        assert "at least one slider" in facts["note"] and arrays["shares"].tolist() == [0, 0, 0]
        assert lab.chosen is None
        with pytest.raises(ValueError, match="one source at least"):
            _ = lab.mix

    def test_more_steps_show_more_tokens(self, live: None) -> None:
        lab = labs.mix_lab(small_web.corpus())
        lab.steps.value = 5_000
        assert unpack(lab.view.frame)[0]["tokens"] == 5_000 * 2048
        assert "recite" in unpack(lab.view.frame)[0]["note"]

    def test_a_corpus_without_the_usual_sources_has_its_own_sliders(self, live: None) -> None:
        train = [each for each in small_web.corpus().train if each.source == "other"]
        lab = labs.mix_lab(Corpus(train, [], [], {"other": 1.0}))
        assert list(lab.sliders) == ["other"] and lab.mix == {"other": 1.0}

    def test_an_empty_corpus_and_one_that_lacks_a_source_are_refused(self, live: None) -> None:
        with pytest.raises(ValueError, match="no training documents"):
            labs.mix_lab(Corpus([], [], [], {}))
        lab = labs.mix_lab(small_web.corpus())
        lab.choose()
        with pytest.raises(ValueError, match="a share for 'atlas', and this corpus has other"):
            train = [each for each in small_web.corpus().train if each.source == "other"]
            lab.use(Corpus(train, [], [], {"other": 1.0}))


class TestExtraction:
    def test_words_are_marked_by_what_became_of_them(self, live: None) -> None:
        lab = extraction()
        facts, arrays = unpack(lab.view.frame)
        assert "".join(text for _, text in facts["pieces"]) == PAGE
        kinds = {text.strip(): kind for kind, text in facts["pieces"]}
        assert kinds["Home"] == "dropped" and kinds["is"] == "kept"
        assert kinds["Caf&eacute; of the town"] == "kept"
        assert any("var the" in text for kind, text in facts["pieces"] if kind == "tag")
        assert facts["strips"] == ["by hand", "trafilatura", "the truth"]
        assert arrays["strip2"].sum() == len(TRUE.replace(".", "").split())

    def test_mistakes_are_marked_where_the_truth_is_known(self, live: None) -> None:
        url = "http://atlas.test/1.html"
        lab = labs.extraction_lab({url: PAGE}, {url: small_web.label("Home of nobody")})
        kinds = {text.strip(): kind for kind, text in unpack(lab.view.frame)[0]["pieces"]}
        assert kinds["Home"] == "missed" and kinds["is"] == "extra"

    def test_f1_is_told_where_the_truth_is_known_and_only_there(self, live: None) -> None:
        lab = extraction()
        assert lab.f1()["by hand"] == 1
        lab.site.value = "forum"
        assert lab.settings["page"] == "http://forum.test/1.html"
        assert lab.f1() == {"by hand": None, "trafilatura": None}
        assert not unpack(lab.view.frame)[0]["known"] and "F1 not known" in lab.as_text()

    def test_another_way_marks_other_words(self, live: None) -> None:
        lab = extraction()
        lab.way.value = "trafilatura"
        facts = unpack(lab.view.frame)[0]
        assert facts["way"] == "trafilatura"
        assert facts["kept"] == int(lab.strips()["trafilatura"].sum())

    @pytest.mark.parametrize(
        "page",
        [
            "<p>" + "word of many " * 40_000,
            "<p>" + "слово " * 9_000,
            "<style>" + "x" * 200_000 + "</style><p>The end of it all is here.",
            "<div>" * 10_000 + "deep",
            "only text",
            "<",
            "<!-- never closed",
        ],
    )
    def test_a_page_of_any_kind_has_a_frame_that_fits(self, live: None, page: str) -> None:
        lab = labs.extraction_lab({"http://odd.test/": page})
        assert len(lab.view.frame) < FRAME_BYTES
        shown = "".join(text for _, text in unpack(lab.view.frame)[0]["pieces"])
        assert page.startswith(shown.removesuffix("\n\u2026 and so on"))

    def test_responses_are_decoded_and_pictures_left_out(self) -> None:
        kind = {"content-type": "text/html; charset=windows-1252"}
        pages = {
            "http://a.test/": _Response("<p>Café of the town is open.</p>".encode("cp1252"), kind),
            "http://a.test/pic": _Response(b"\x89PNG....", {}),
        }
        lab = labs.extraction_lab(pages)
        assert list(lab.pages) == ["http://a.test/"]
        assert lab.texts()["by hand"] == "Café of the town is open."

    def test_no_page_and_a_page_that_is_not_there_are_refused(self) -> None:
        with pytest.raises(ValueError, match="none of 1 pages has HTML"):
            labs.extraction_lab({"http://a.test/": " "})
        with pytest.raises(ValueError, match=r"no page 'http://b.test/' among the 1 given"):
            labs.extraction_lab({"http://a.test/": PAGE}, url="http://b.test/")


class _Response:
    def __init__(self, body: bytes, headers: dict[str, str]) -> None:
        self.body, self.headers = body, headers


def test_what_is_drawn_holds_only_what_json_can_hold(live: None) -> None:
    for make in MAKERS.values():
        facts, arrays = unpack(make().view.frame)
        assert json.loads(json.dumps(facts)) == facts
        assert all(array.dtype == np.float32 for array in arrays.values())
