"""The whole way from WARC to corpus, the split, the mix, and the scores."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from course_utils.data_collection import pipeline
from course_utils.data_collection.corpus import Corpus, EmptyCorpus
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.document import read_documents, read_lines
from course_utils.data_collection.pipeline import PipelineConfig, collect

from .pages import archive, web


def test_each_step_drops_what_is_its_own_and_says_why(corpus: Corpus) -> None:
    why = {d.document.url.split("/", 2)[2]: (d.step, d.reason) for d in corpus.dropped}
    assert why == {
        "tales.test/empty": ("extract", "no text"),
        "tales.test/fr": ("language", "language is fr, not en"),
        "tales.test/spam": ("quality", why["tales.test/spam"][1]),
        "mirror.test/a": (dedup.EXACT, "copy of http://atlas.test/0/3.html"),
        "mirror.test/b": (dedup.NEAR, why["mirror.test/b"][1]),
    }
    assert corpus.steps[0].documents_in == 62
    assert len(corpus.train) + len(corpus.validation) == 57


def test_a_dropped_copy_names_the_page_that_stayed_and_its_file_has_no_such_field(
    corpus: Corpus, tmp_path: Path
) -> None:
    instead = {d.document.url: d.instead for d in corpus.dropped if d.instead}
    assert instead == {
        "http://mirror.test/a": "http://atlas.test/0/3.html",
        "http://mirror.test/b": "http://atlas.test/0/4.html",
    }
    corpus.save(tmp_path)
    records = list(read_lines(tmp_path / "dropped.jsonl.gz"))
    assert {*records[0]} == {"id", "url", "text", "source", "step", "reason"}
    assert Corpus.load(tmp_path).dropped == corpus.dropped


def test_every_page_is_somewhere_exactly_once(corpus: Corpus) -> None:
    urls = [d.url for d in corpus.documents] + [d.document.url for d in corpus.dropped]
    assert sorted(urls) == sorted(web())


def test_text_is_masked_in_what_is_kept_and_in_what_is_dropped(corpus: Corpus) -> None:
    mail = next(d for d in corpus.documents if d.url.endswith("mail.html"))
    assert mail.text.endswith("Write to <EMAIL>, <EMAIL>.")
    assert not any("@" in d.document.text for d in corpus.dropped)


def hashes(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_the_order_of_the_crawl_leaves_no_trace_in_the_bytes(tmp_path: Path) -> None:
    for seed in (1, 2):
        collect(archive(tmp_path / f"w{seed}", web(), seed)).save(tmp_path / f"c{seed}")
    assert hashes(tmp_path / "c1") == hashes(tmp_path / "c2")
    assert sorted(hashes(tmp_path / "c1")) == [
        "dropped.jsonl.gz",
        "mix.json",
        "train.jsonl.gz",
        "validation.jsonl.gz",
    ]


def test_a_saved_corpus_is_read_back_the_same(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path)
    again = Corpus.load(tmp_path)
    assert (again.train, again.validation) == (corpus.train, corpus.validation)
    assert (again.dropped, again.mix) == (corpus.dropped, corpus.mix)


def test_a_damaged_or_missing_file_is_named(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path)
    path = tmp_path / "train.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match=r"train\.jsonl\.gz .* line \d+"):
        read_documents(path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"train\.jsonl\.gz"):
        Corpus.load(tmp_path)


def test_an_empty_corpus_says_which_step_dropped_what(tmp_path: Path) -> None:
    french = {"http://a.test/": web()["http://tales.test/fr"], "http://a.test/x": ""}
    with pytest.raises(EmptyCorpus, match="'language'") as caught:
        collect(archive(tmp_path / "w", french))
    assert "extract: 2 -> 1 (1 x no text)" in str(caught.value)
    assert "language: 1 -> 0 (1 x language is fr, not en)" in str(caught.value)
    with pytest.raises(EmptyCorpus, match="'extract'"):
        collect(archive(tmp_path / "nothing", {}))


def test_a_folder_without_an_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\.warc\.gz"):
        collect(tmp_path)


def test_a_damaged_archive_gives_the_pages_that_are_left_and_says_so(tmp_path: Path) -> None:
    folder = archive(tmp_path / "w", web())
    path = folder / "crawl-00000.warc.gz"
    path.write_bytes(path.read_bytes()[:-3_000])
    corpus = collect(folder)
    assert corpus.problems
    assert 30 < len(corpus.extracted) < 62


def test_steps_can_be_left_out(tmp_path: Path) -> None:
    config = PipelineConfig(quality=False, privacy=False, deduplicate=False)
    corpus = collect(archive(tmp_path / "w", web()), config)
    assert [step.step for step in corpus.steps] == ["extract", "language", "split"]
    assert any("ada@example.com" in document.text for document in corpus.documents)


def test_no_step_of_the_collection_reads_the_labels() -> None:
    folder = Path(pipeline.__file__).parent
    beside = ("scoring", "labs", "exercises")
    files = [p for p in sorted(folder.rglob("*.py")) if p.parent.parent.name not in beside]
    files = [path for path in files if path.parent.name not in beside]
    guilty = [path.name for path in files if "truth.labels" in path.read_text("utf-8")]
    assert len(files) > 30 and guilty == []
