"""The tiny Little Web, crawled and collected once for all tests of the experiments."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from course_utils.data_collection.archives.warc import WarcWriter
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.scoring.score import Label
from course_utils.littleweb.truth import labels
from course_utils.littleweb.web import LittleWeb


@pytest.fixture(scope="session")
def web() -> LittleWeb:
    return LittleWeb(0, "tiny")


@pytest.fixture(scope="session")
def truth(web: LittleWeb) -> Mapping[str, Label]:
    return labels.labels_of(web)


@pytest.fixture(scope="session")
def corpus(web: LittleWeb, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("crawl")
    writer = WarcWriter(folder / "crawl-00000.warc.gz")
    for page in web.pages():
        body, charset = web.html(page)
        kind = "text/html" + (f"; charset={charset}" if charset else "")
        writer.write(page.url, 200, [("Content-Type", kind)], body)
    writer.close()
    return collect(folder)
