"""Tests of the news: facts that stand there alone, and names that only the tokenizer sees."""

from __future__ import annotations

import re
from collections import Counter

from course_utils.data_collection.clean import language, privacy, quality
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.document import from_page
from course_utils.littleweb.sites.news import articles, counts, site
from course_utils.littleweb.truth import world
from course_utils.littleweb.web import LittleWeb
from course_utils.tokenization import bpe

PAGES = site.pages(0, 120)  # the laptop's
TEXT = "\n".join(page.text for page in PAGES)
BY_URL = {page.url: page for page in PAGES}
TINY = LittleWeb(0, "tiny")


def test_the_same_seed_gives_the_same_news_and_another_seed_others():
    assert site.pages(3, 8) == site.pages(3, 8)
    assert site.pages(3, 8) != site.pages(4, 8)
    assert site.pages(3, 8) == site.pages(3, 4) + site.pages(3, 4, start=4)


def test_sixty_articles_and_sixty_logs_make_a_quarter_of_a_megabyte():
    assert Counter(page.kind for page in PAGES) == {"article": 60, "log": 60}
    assert 200_000 < len(TEXT.encode()) < 270_000
    assert {page.kind for page in PAGES if page.holdout} == {"article", "log"}


def test_the_cleaning_finds_nothing_to_say_against_the_news():
    documents = [from_page(page.url, page.text) for page in PAGES]
    for page in PAGES:
        assert quality.judge(page.text).keep, (page.url, quality.judge(page.text).reason)
        assert not privacy.find(page.text), page.url
        assert language.judge(page.text) is None, page.url
    assert dedup.remove_repeated_lines(documents)[1] == 0
    assert dedup.drop_near(documents)[1] == []


def test_each_article_answers_three_questions_of_its_own():
    asked = site.questions(PAGES)
    assert len(asked) == 180
    assert len({question.question for question in asked}) == 180
    for question in asked:
        text = BY_URL[question.url].text
        assert question.answer in text
        # The place tells the page from all others; and the page names it.
        (place,) = [
            place for place in articles.PLACES if re.search(rf"\b{place}\b", question.question)
        ]
        assert place in text


def test_a_place_is_named_by_one_page_so_its_facts_can_be_found():
    for page in PAGES:
        if page.kind == "article":
            place = page.url.split("/")[3].capitalize()
            assert [other.url for other in PAGES if re.search(rf"\b{place}\b", other.text)] == [
                page.url
            ]


def test_place_and_topic_come_again_after_2_400_articles_only():
    titles = {articles.page(0, number).title for number in range(2_400)}
    assert len(titles) == 2_400


def test_no_place_of_the_news_is_on_another_site_and_no_copy_is_made_of_the_news():
    others = " ".join(page.text for page in TINY.pages() if page.site != "news")
    assert not set(articles.PLACES) & set(re.findall(r"\w+", others))
    copied = [str(page.truth.get("copy_of", "")) for page in TINY.pages()]
    assert not [url for url in copied if "news." in url or "school." in url]
    assert not [name for name in world.countries() if re.search(rf"\b{name}\b", TEXT)]


def test_each_odd_name_stands_780_times_behind_a_space_and_on_logs_alone():
    logs = " ".join(page.text for page in PAGES if page.kind == "log")
    for user in counts.USERS:
        assert logs.count(user) == TEXT.count(user) == 780
    others = " ".join(page.text for page in TINY.pages() if page.kind != "log")
    assert not [user for user in counts.USERS if user in others]
    pieces = Counter(piece for page in PAGES for piece in bpe.split(page.text))
    assert len(counts.USERS) == len(set(counts.USERS)) == 6
    for user in counts.USERS:
        assert pieces[f" {user}"] == 780  # so one token is enough for all of them


def test_a_tokenizer_that_reads_the_news_has_a_token_for_each_odd_name():
    texts = [page.text for page in PAGES]
    tokenizer = bpe.Tokenizer.train(texts, vocab_size=700)
    for user in counts.USERS:
        assert len(tokenizer.encode(f" {user}")) == 1
