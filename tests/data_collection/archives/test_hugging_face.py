"""Rows of data sets: folders of JSON lines and Parquet, names on the hub."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from course_utils.data_collection.archives import hugging_face
from course_utils.data_collection.clean.extract import extract
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.sources import read

from ..pages import prose

ROWS = [{"text": prose(n), "number": n} for n in range(30)]


def lines(rows: list) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A folder as the hub lays it out: a card, and files that name their split."""
    folder = tmp_path / "Tiny.Stories"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("# A card", encoding="utf-8", newline="\n")
    (folder / "data" / "train-00000-of-00002.jsonl").write_bytes(lines(ROWS[:10]))
    packed = gzip.compress(lines(ROWS[10:25]))
    (folder / "data" / "train-00001-of-00002.jsonl.gz").write_bytes(packed)
    (folder / "data" / "valid-00000-of-00001.jsonl").write_bytes(lines(ROWS[25:]))
    return folder


def test_rows_of_all_files_are_read_in_order(dataset: Path) -> None:
    assert [extract(page) for page in read(dataset)] == [row["text"] for row in ROWS]


def test_a_split_is_read_alone(dataset: Path) -> None:
    assert len(list(read(dataset, split="train"))) == 25
    assert len(list(read(dataset, split="validation"))) == 5
    with pytest.raises(FileNotFoundError, match="'test'.* train, validation"):
        list(read(dataset, split="test"))


def test_a_data_set_becomes_a_corpus_of_one_source(dataset: Path) -> None:
    corpus = collect(read(dataset))
    assert len(corpus.documents) == 30
    assert {document.source for document in corpus.documents} == {"tiny-stories"}
    assert corpus.documents[0].url == "file://tiny-stories/data/train-00000-of-00002.jsonl/0"


def test_rows_keep_the_address_that_they_bring_along(tmp_path: Path) -> None:
    rows = [{"text": "x", "url": "https://www.site.org/a"}, {"text": "y", "url": None}]
    rows.append({"text": "z", "url": "https://www.site.org/a"})
    (tmp_path / "rows.jsonl").write_bytes(lines(rows))
    urls = [page.url for page in read(tmp_path / "rows.jsonl")]
    assert urls[0] == "https://www.site.org/a"
    assert urls[1].startswith("file://") and urls[1].endswith("/rows.jsonl/1")
    assert urls[2] == "https://www.site.org/a#2"  # two rows are two documents


def test_a_missing_field_is_answered_with_those_there_are(dataset: Path) -> None:
    with pytest.raises(ValueError, match="'story'.* number, text"):
        list(read(dataset, text_field="story"))


def test_damaged_rows_are_reported_and_the_others_read(tmp_path: Path) -> None:
    good = lines(ROWS[:1])
    bad = good + b'{"text": "cut\n' + b"[1]\n" + b'{"text": 7}\n\n' + b"\xff\xfe\n" + good
    (tmp_path / "a.jsonl").write_bytes(bad)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(lines(ROWS))[:-300])
    (tmp_path / "c.jsonl.gz").write_bytes(b"no gzip")
    pages = read(tmp_path)
    names = [page.url.split("/", 3)[3] for page in pages]
    assert names[:2] == ["a.jsonl/0", "a.jsonl/6"]
    assert {name[:10] for name in names[2:]} <= {"b.jsonl.gz"}
    assert [problem.split(";")[0] for problem in pages.problems[:4]] == [
        "a.jsonl: line 2 is not JSON",
        "a.jsonl: row 2 is list, no set of fields",
        "a.jsonl: row 3 has int for its text",
        "a.jsonl: line 6 is not JSON",
    ]
    assert [problem.split(" (")[0] for problem in pages.problems[4:]] == [
        f"b.jsonl.gz: damaged after line {len(names) - 2}",
        "c.jsonl.gz: damaged after line 0",
    ]


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("datasets", "pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    for place, package in ((tmp_path, "pyarrow"), ("hf://datasets/a/b", "datasets")):
        with pytest.raises(ModuleNotFoundError, match=rf"{package}, .*\[huggingface\]"):
            read(place)


def test_parquet_files_are_read_and_a_damaged_one_is_reported(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.Table.from_pylist(ROWS)
    parquet.write_table(table, tmp_path / "train-0.parquet", row_group_size=7)
    whole = (tmp_path / "train-0.parquet").read_bytes()
    (tmp_path / "train-1.parquet").write_bytes(whole[: len(whole) // 2])
    pages = read(tmp_path)
    assert [extract(page) for page in pages] == [row["text"] for row in ROWS]
    assert len(pages.problems) == 1
    assert pages.problems[0].startswith("train-1.parquet: damaged after row 0")
    with pytest.raises(ValueError, match="number, text"):
        list(read(tmp_path, text_field="story"))


@pytest.mark.filterwarnings("default")  # what other people's packages warn of
def test_a_name_is_loaded_by_the_package_of_the_hub(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(dataset.parent / "cache"))
    monkeypatch.chdir(dataset.parent)
    dataset.rename(dataset.parent / "tiny")
    pages = list(read(f"{hugging_face.HUB}./tiny", split="train", max_pages=12))
    assert [extract(page) for page in pages] == [row["text"] for row in ROWS[:12]]
    assert pages[3].url == "hf://tiny/train/3"


def test_a_row_of_endless_brackets_or_with_half_a_letter_in_its_address_stops_nothing(
    tmp_path: Path,
) -> None:
    url = '"https://www.site.org/\\ud800"'
    rows = ["[" * 100_000, f'{{"text": "x", "url": {url}}}', f'{{"text": "y", "url": {url}}}']
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8", newline="\n")
    pages = read(tmp_path / "rows.jsonl")
    assert [page.url for page in pages] == ["https://www.site.org/?", "https://www.site.org/?#2"]
    assert pages.problems == ["rows.jsonl: line 1 is not JSON; skipped."]
