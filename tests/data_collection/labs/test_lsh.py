"""The LSH lab without a browser: which pairs meet, the clusters, and what is missed."""

from __future__ import annotations

import pytest

from course_utils.data_collection import labs
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup.dedup import NEAR
from course_utils.data_collection.dedup.minhash import candidates, minhash_fast
from course_utils.data_collection.dedup.shingles import jaccard, shingle_sets
from course_utils.data_collection.document import Dropped
from course_utils.data_collection.labs.lsh.lab import Pairs, before_deduplication
from course_utils.ui import unpack

from . import small_web


def test_the_pairs_that_meet_are_those_of_the_package_at_any_bands_and_rows() -> None:
    documents = small_web.documents()
    signatures = minhash_fast(shingle_sets([document.text for document in documents]))
    pairs = Pairs(documents)
    for bands in (64, 32, 16, 8):
        met = pairs.members[pairs.met(bands, 128 // bands)].tolist()
        assert sorted(map(tuple, met)) == sorted(candidates(signatures, bands))


def test_similarities_are_the_true_ones() -> None:
    documents = small_web.documents()
    sets = shingle_sets([document.text for document in documents])
    pairs = Pairs(documents)
    assert len(pairs.members) >= 2
    for (one, other), how in zip(pairs.members, pairs.similarity, strict=True):
        assert how < 0.15 or how == jaccard(sets[one], sets[other])


def test_the_copies_are_found_as_clusters() -> None:
    lab = labs.lsh_lab(small_web.documents())
    assert lab.figures["copies"] == lab.figures["found"] == 2
    urls = [cluster["urls"] for cluster in lab.clusters()]
    assert ["http://atlas.test/0.html", "http://mirror.test/0.html"] in urls


def test_documents_that_hang_together_make_one_cluster() -> None:
    documents = [
        *small_web.documents(),
        *(
            type(document)("x", document.url.replace("mirror", "third"), document.text, "third")
            for document in small_web.documents()[6:]
        ),
    ]
    (first, _) = labs.lsh_lab(documents).clusters()
    assert len(first["urls"]) == 3


def test_a_near_copy_is_missed_where_all_places_must_agree(live_labs: None) -> None:
    lab = labs.lsh_lab(small_web.documents())
    lab.threshold.value, lab.rows.value, lab.bands.value = 0.3, 16, 1
    assert lab.figures["missed"] == len(lab.missed()) >= 1 and lab.missed()[0][0] < 1
    assert unpack(lab.view.frame)[0]["missed_pairs"][0][2] == "http://mirror.test/1.html"


def test_rows_and_bands_never_need_more_places_than_there_are(live_labs: None) -> None:
    lab = labs.lsh_lab(small_web.documents())
    for rows in (2, 16, 5):
        lab.rows.value = rows
        assert lab.bands.max == 128 // rows
        assert lab.settings["bands"] == lab.bands.value <= 128 // rows
    lab.go_back()
    assert lab.settings == {"rows": 4, "bands": 32, "threshold": 0.75}
    with pytest.raises(ValueError, match="132"):
        lab.pairs.met(33, 4)


def test_a_corpus_gives_the_documents_before_deduplication() -> None:
    *kept, copy = small_web.documents()
    corpus = Corpus(kept, [], [Dropped(copy, NEAR, "near copy")], {})
    assert before_deduplication(corpus) == sorted([*kept, copy], key=lambda document: document.url)
    assert labs.lsh_lab(corpus).figures["copies"] == 2


@pytest.mark.parametrize("count", [0, 1])
def test_a_corpus_too_small_for_pairs_draws_empty(live_labs: None, count: int) -> None:
    lab = labs.lsh_lab(small_web.documents()[:count])
    assert lab.figures["possible"] == lab.figures["compared"] == 0
    assert unpack(lab.view.frame)[1]["found"].tolist() == [0] * 20
