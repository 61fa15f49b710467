"""The extraction lab without a browser: which words are kept, on pages of every kind."""

from __future__ import annotations

import pytest

from course_utils.data_collection import labs
from course_utils.ui import unpack
from course_utils.ui.frames import FRAME_BYTES

from . import small_web


class _Response:
    def __init__(self, body: bytes, headers: dict[str, str]) -> None:
        self.body, self.headers = body, headers


def test_words_are_marked_by_what_became_of_them(live_labs: None) -> None:
    lab = small_web.extraction()
    facts, arrays = unpack(lab.view.frame)
    assert "".join(text for _, text in facts["pieces"]) == small_web.PAGE
    kinds = {text.strip(): kind for kind, text in facts["pieces"]}
    assert kinds["Home"] == "dropped" and kinds["is"] == "kept"
    assert kinds["Caf&eacute; of the town"] == "kept"
    assert any("var the" in text for kind, text in facts["pieces"] if kind == "tag")
    assert facts["strips"] == ["by hand", "trafilatura", "the truth"]
    assert arrays["strip2"].sum() == len(small_web.TRUE.replace(".", "").split())


def test_mistakes_are_marked_where_the_truth_is_known(live_labs: None) -> None:
    url = "http://atlas.test/1.html"
    lab = labs.extraction_lab({url: small_web.PAGE}, {url: small_web.label("Home of nobody")})
    kinds = {text.strip(): kind for kind, text in unpack(lab.view.frame)[0]["pieces"]}
    assert kinds["Home"] == "missed" and kinds["is"] == "extra"


def test_f1_is_told_where_the_truth_is_known_and_only_there(live_labs: None) -> None:
    lab = small_web.extraction()
    assert lab.f1()["by hand"] == 1
    lab.site.value = "forum"
    assert lab.settings["page"] == "http://forum.test/1.html"
    assert lab.f1() == {"by hand": None, "trafilatura": None}
    assert not unpack(lab.view.frame)[0]["known"] and "F1 not known" in lab.as_text()


def test_another_way_marks_other_words(live_labs: None) -> None:
    lab = small_web.extraction()
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
def test_a_page_of_any_kind_has_a_frame_that_fits(live_labs: None, page: str) -> None:
    lab = labs.extraction_lab({"http://odd.test/": page})
    assert len(lab.view.frame) < FRAME_BYTES
    shown = "".join(text for _, text in unpack(lab.view.frame)[0]["pieces"])
    assert page.startswith(shown.removesuffix("\n\u2026 and so on"))


def test_responses_are_decoded_and_pictures_left_out() -> None:
    kind = {"content-type": "text/html; charset=windows-1252"}
    pages = {
        "http://a.test/": _Response("<p>Café of the town is open.</p>".encode("cp1252"), kind),
        "http://a.test/pic": _Response(b"\x89PNG....", {}),
    }
    lab = labs.extraction_lab(pages)
    assert list(lab.pages) == ["http://a.test/"]
    assert lab.texts()["by hand"] == "Café of the town is open."


def test_no_page_and_a_page_that_is_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="1 pages"):
        labs.extraction_lab({"http://a.test/": " "})
    with pytest.raises(ValueError, match=r"'http://b\.test/'"):
        labs.extraction_lab({"http://a.test/": small_web.PAGE}, url="http://b.test/")
