"""The sources lab without a browser: questions, what is found, its frame and its picture."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import Document, from_page
from course_utils.inference import Engine
from course_utils.inference.labs import SourcesLab
from course_utils.inference.labs.sources import lab as module
from course_utils.inference.retrieval import by_heart
from course_utils.inference.sources import Claim, Sources
from course_utils.ui import unpack

PERU, TALK, MADE_UP = "What is the capital of Peru?", "Hello?", "The capital of Chad?"
SAID = {
    PERU: "The capital of Peru is Lima.",
    TALK: "<b>Hello</b>, how are you?",
    MADE_UP: "The capital of Chad is Rome.",
}
LONG = "Once more. " * 400 + "The capital of Peru is Lima." + " And more." * 400


def page(name: str, text: str) -> Document:
    return from_page(f"http://{name}", text)


PAGES = [
    page("atlas.littleweb.test/peru/a.html", "A page.\n\nLima is the capital of Peru. It rains."),
    page("forum.littleweb.test/1.html", "Ann wrote: The capital of Peru is Quito."),
    page("school.littleweb.test/long.html", LONG),
    page("atlas.littleweb.test/chad/a.html", "The capital of Chad is N'Djamena."),
]


@pytest.fixture
def sources() -> Sources:
    return Sources(Corpus(PAGES, [], [], {"atlas": 0.5, "forum": 0.25, "school": 0.25}))


@pytest.fixture
def asked() -> list[str]:
    """What was asked of the answers above."""
    return []


@pytest.fixture
def lab(sources: Sources, asked: list[str], live_labs: None) -> SourcesLab:
    def answers(questions: list[str]) -> list[str]:
        asked.extend(questions)
        return [SAID[question] for question in questions]

    return SourcesLab(answers, sources, [PERU, TALK, MADE_UP, PERU])


def facts(lab: SourcesLab) -> Mapping:
    return unpack(lab.view.frame)[0]


def test_an_answer_comes_with_its_pages_and_those_that_say_otherwise(lab: SourcesLab) -> None:
    assert lab.reply == SAID[PERU] and lab.claim == Claim("Peru", "capital", "Lima")
    shown = facts(lab)
    assert (shown["reply"], shown["value"], shown["note"]) == (SAID[PERU], "Lima", "")
    assert shown["sites"] == [["atlas", 1], ["school", 1]]
    assert shown["other_sites"] == [["forum", 1]]
    atlas, school = shown["same"]
    assert atlas["parts"] == ["A page.\n\n", "Lima is the capital of Peru.", " It rains."]
    assert (atlas["path"], atlas["used"]) == ("peru/a.html", "training")
    assert shown["others"][0]["value"] == "Quito"
    # of a long page what stands around its sentence
    assert school["parts"][1] == "The capital of Peru is Lima."
    assert 700 < sum(map(len, school["parts"])) <= module.MOST_LETTERS
    assert "".join(school["parts"]) in LONG


def test_the_chooser_and_the_field_ask_and_each_question_is_answered_once(
    lab: SourcesLab, asked: list[str]
) -> None:
    assert lab.chooser.options == (PERU, TALK, MADE_UP)
    lab.chooser.value = MADE_UP
    assert facts(lab)["note"] == module.NOWHERE
    assert [each.claim.value for each in lab.others] == ["N'Djamena"] and lab.same == []
    lab.typed.value = "  Hello?  "
    assert facts(lab)["question"] == TALK and facts(lab)["note"] == module.NO_CLAIM
    assert lab.claim is None and facts(lab)["same"] == []
    lab.typed.value = "   "  # nothing is asked
    assert lab.question == TALK
    assert lab.chooser.value is None  # so that any question can be chosen again
    lab.chooser.value = MADE_UP
    assert lab.question == MADE_UP
    lab.chooser.value = PERU
    assert asked == [PERU, MADE_UP, TALK]


def test_headless_a_picture_and_the_pages_in_words(
    sources: Sources, capsys: pytest.CaptureFixture
) -> None:
    lab = SourcesLab(lambda some: [SAID[one] for one in some], sources, [PERU])
    data = lab._repr_mimebundle_()[0]
    assert data["text/plain"] == "Picture: Sources lab: the pages behind an answer"
    assert set(data) == {"image/png", "text/plain"}
    lab.print_figures()
    said = capsys.readouterr().out
    assert "pages that say the same: atlas 1, school 1\n" in said
    assert "http://forum.littleweb.test/1.html (training): The capital of Peru is Quito." in said
    lab.change("question", TALK)
    assert lab.as_text().endswith(module.NO_CLAIM)
    assert lab.picture().axes


def test_a_real_model_that_babbles_is_shown_too(engine: Engine, sources: Sources) -> None:
    lab = SourcesLab(by_heart(engine, max_new_tokens=20), sources, ["Hi?"])
    assert lab.claim is None and lab.reply in lab.as_text()


def test_no_questions_are_refused(sources: Sources) -> None:
    with pytest.raises(ValueError, match="no questions"):
        SourcesLab(list, sources, [])
