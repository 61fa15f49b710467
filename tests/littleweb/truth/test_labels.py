"""Tests of the labels: one for every page with a text, and true."""

from __future__ import annotations

from course_utils.littleweb import hazards
from course_utils.littleweb.sites import mirror
from course_utils.littleweb.truth.labels import labels, labels_of
from course_utils.littleweb.web import LittleWeb

WEB = LittleWeb(0, "tiny")
LABELS = labels_of(WEB)


def test_every_page_has_a_label_with_its_text_and_language():
    for page in WEB.pages():
        label = LABELS[page.url]
        assert (label.text, label.language, label.site) == (page.text, page.language, page.site)


def test_labels_depend_on_seed_and_scale_alone():
    assert labels(0, "tiny") == LABELS


def test_fronts_lists_and_drafts_have_no_label():
    assert not set(LABELS) & set(hazards.plan(WEB).responses)
    extra = set(LABELS) - {page.url for page in WEB.pages()}
    assert extra == set(hazards.plan(WEB).duplicates)


def test_a_query_s_duplicate_is_a_copy_of_its_page():
    for url, same in hazards.plan(WEB).duplicates.items():
        assert LABELS[url].copy_of == same == url.split("?")[0]
        assert LABELS[url].similarity == 1.0
        assert LABELS[url].pii == LABELS[same].pii


def test_junk_is_on_the_spam_site_and_nowhere_else():
    assert all((label.junk is not None) == (label.site == "spam") for label in LABELS.values())


def test_copies_name_a_page_that_exists_and_how_close_they_are():
    for url, label in LABELS.items():
        if label.copy_of is not None:
            assert url != label.copy_of
            assert label.similarity == mirror.jaccard(label.text, LABELS[label.copy_of].text)


def test_personal_data_and_wrong_answers_are_carried_over():
    assert any(label.pii for label in LABELS.values())
    assert any(label.wrong for label in LABELS.values())
    for page in WEB.pages():
        assert LABELS[page.url].wrong == bool(page.truth.get("wrong"))


def test_the_holdout_says_whether_the_text_or_the_template_is_the_reason():
    reasons = {reason for label in LABELS.values() for reason in label.why_holdout}
    assert reasons == {"page", "template"}
    for page in WEB.pages():
        label = LABELS[page.url]
        assert label.holdout == bool(label.why_holdout)
        assert ("page" in label.why_holdout) == page.holdout
        assert ("template" in label.why_holdout) == WEB.style(page).holdout
