"""What is set aside, and that training text does not give it away."""

from __future__ import annotations

from course_utils.data_collection import split as parts
from course_utils.data_collection.document import from_page

from .pages import prose


def documents(count: int, source: str = "tales", folder: int = 10**9) -> list:
    return [
        from_page(f"http://{source}.test/{n // folder}/{n}", prose(n, 4)) for n in range(count)
    ]


def test_about_two_in_a_hundred_are_set_aside_and_at_least_twenty() -> None:
    train, validation, back = parts.split(documents(3_000))
    assert 40 <= len(validation) <= 80 and back == 0
    assert len(train) + len(validation) == 3_000
    assert len(parts.split(documents(400))[1]) == 20
    assert len(parts.split(documents(50))[1]) == 5
    assert parts.split(documents(5))[1] == []


def test_a_document_stays_on_its_side_when_the_collection_grows() -> None:
    small, large = documents(2_500), documents(3_000)
    before = {d.id for d in parts.split(small)[1]}
    after = {d.id for d in parts.split(large)[1]}
    assert before == after & {d.id for d in small}


def test_a_country_never_loses_its_only_page_nor_two_of_them() -> None:
    atlas = documents(500, "atlas", folder=5) + documents(5, "atlas2", folder=1)
    lonely = [from_page(f"http://atlas.test/lonely-{n}/x", prose(n + 900)) for n in range(200)]
    train, validation, _ = parts.split(atlas + lonely)
    folders = [d.url.rsplit("/", 1)[0] for d in validation]
    assert len(folders) == len(set(folders)) >= 10
    assert not any("lonely" in folder for folder in folders)


def test_a_validation_document_that_training_gives_away_is_put_back() -> None:
    some = documents(400)
    chosen = parts.split(some)[1][0]
    longer = from_page("http://other.test/9", prose(5_000) + "\n\n" + chosen.text)
    train, validation, back = parts.split([*some, longer])
    assert back == 1
    assert chosen in train and chosen not in validation


def test_nothing_is_set_aside_of_the_news_unless_that_is_asked_for() -> None:
    news = [from_page(f"http://news.test/{n}", prose(n + 5_000, 4)) for n in range(400)]
    assert {document.source for document in parts.split(news + documents(400))[1]} == {"tales"}
    asked = parts.split(news, parts.SplitConfig(whole=()))[1]
    assert {document.source for document in asked} == {"news"}
