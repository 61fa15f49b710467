"""The corpus that several tests look at; made once."""

from __future__ import annotations

import pytest

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.pipeline import collect

from .pages import archive, web


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return collect(archive(tmp_path_factory.mktemp("crawl") / "c", web()))
