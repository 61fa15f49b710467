"""The whole way from WARC to corpus, the split, the mix, and the scores."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from course_utils.data_collection import dedup, mix, pipeline, score
from course_utils.data_collection import split as parts
from course_utils.data_collection.corpus import Corpus, EmptyCorpus
from course_utils.data_collection.document import from_page, read_documents
from course_utils.data_collection.pipeline import PipelineConfig, collect
from course_utils.data_collection.warc import WarcWriter

NOUNS = "boat harbour garden teacher window bridge baker winter letter market river candle".split()
VERBS = "waits sings falls turns leaves opens shines breaks returns sleeps".split()


def prose(seed: int, sentences: int = 12) -> str:
    chance = random.Random(seed)
    said = [
        f"The {chance.choice(NOUNS)} of the {chance.choice(NOUNS)} {chance.choice(VERBS)} "
        f"with a {chance.choice(NOUNS)} that {chance.choice(VERBS)} near {chance.randrange(9999)}."
        for _ in range(sentences)
    ]
    return "\n\n".join(" ".join(said[place : place + 4]) for place in range(0, sentences, 4))


def web() -> dict[str, str]:
    """Sixty pages, with one copy, one near-copy, one foreign page and one of junk."""
    pages = {f"http://atlas.test/{n // 5}/{n % 5}.html": prose(n) for n in range(40)}
    pages |= {f"http://tales.test/{n}.html": prose(100 + n) for n in range(16)}
    pages["http://tales.test/mail.html"] = (
        prose(200) + " Write to ada@example.com, ada@example.com."
    )
    pages["http://mirror.test/a"] = prose(3)
    pages["http://mirror.test/b"] = prose(4).replace("winter", "summer", 1)
    pages["http://tales.test/fr"] = (
        "Le bateau attend dans le port avec les enfants du village. " * 4
    )
    pages["http://tales.test/spam"] = (
        "Buy cheap lamps now and save on cheap lamps of the day. " * 20
    )
    pages["http://tales.test/empty"] = ""
    return pages


def archive(folder: Path, pages: dict[str, str], seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    writer = WarcWriter(folder / "crawl-00000.warc.gz")
    for url in random.Random(seed).sample(sorted(pages), len(pages)):
        paragraphs = "".join(f"<p>{text}</p>" for text in pages[url].split("\n\n"))
        body = f"<html><body><main>{paragraphs}</main></body></html>".encode()
        writer.write(url, 200, [("Content-Type", "text/html; charset=utf-8")], body)
    writer.write(
        "http://tales.test/gone", 404, [("Content-Type", "text/html")], b"<p>no page here"
    )
    writer.write("http://tales.test/pic", 200, [("Content-Type", "image/png")], b"\x89PNG")
    writer.close()
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return collect(archive(tmp_path_factory.mktemp("crawl") / "c", web()))


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
    with pytest.raises(ValueError, match=r"train.jsonl.gz is damaged after line \d+"):
        read_documents(path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="train.jsonl.gz is missing"):
        Corpus.load(tmp_path)


def test_an_empty_corpus_says_which_step_dropped_what(tmp_path: Path) -> None:
    french = {"http://a.test/": web()["http://tales.test/fr"], "http://a.test/x": ""}
    with pytest.raises(EmptyCorpus, match="empty after the step 'language'") as caught:
        collect(archive(tmp_path / "w", french))
    assert "extract: 2 -> 1 (1 x no text)" in str(caught.value)
    assert "language: 1 -> 0 (1 x language is fr, not en)" in str(caught.value)
    with pytest.raises(EmptyCorpus, match="step 'extract'"):
        collect(archive(tmp_path / "nothing", {}))


def test_a_folder_without_an_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Crawl first"):
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


def documents(count: int, source: str = "tales", folder: int = 10**9) -> list:
    return [from_page(f"http://{source}.test/{n // folder}/{n}", prose(n)) for n in range(count)]


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


def test_shares_of_absent_sources_go_to_the_others() -> None:
    assert mix.mix(["stories", "atlas"]) == pytest.approx({"atlas": 0.625, "stories": 0.375})
    weights = mix.mix(["atlas", "x", "y"])
    assert weights["x"] == weights["y"] == pytest.approx(0.01 / 0.52)
    assert sum(weights.values()) == pytest.approx(1)


def test_a_mix_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="negative"):
        mix.MixConfig(weights=(("atlas", -1.0),))
    with pytest.raises(ValueError, match="no share in the mix"):
        mix.mix(["x"], mix.MixConfig(others=0.0))
    (tmp_path / "mix.json").write_text('{"atlas": 0.7}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"sum to 0\.700000"):
        mix.load(tmp_path / "mix.json")


@dataclass(frozen=True)
class Label:
    text: str
    language: str = "en"
    junk: str | None = None
    pii: tuple[tuple[str, str], ...] = ()
    copy_of: str | None = None
    similarity: float | None = None
    holdout: bool = False


def truth() -> dict[str, Label]:
    labels = {url: Label(text) for url, text in web().items() if text}
    labels["http://tales.test/fr"] = Label(web()["http://tales.test/fr"], "fr")
    labels["http://tales.test/spam"] = Label("", junk="keywords")
    labels["http://mirror.test/a"] = Label(
        prose(3), "en", None, (), "http://atlas.test/0/3.html", 1
    )
    near, original = web()["http://mirror.test/b"], "http://atlas.test/0/4.html"
    labels["http://mirror.test/b"] = Label(near, "en", None, (), original, 0.9)
    mail = "http://tales.test/mail.html"
    labels[mail] = Label(web()[mail], pii=(("email", "ada@example.com"),) * 2)
    return labels


def test_a_perfect_collection_scores_one_everywhere(corpus: Corpus) -> None:
    found = score.scores(corpus, truth())
    scored = {name for name in found if not name.endswith("_holdout")}
    assert {found[name] for name in scored} == {1.0}
    assert {found[name] for name in found if name not in scored} == {None}


def test_mistakes_lower_the_figure_that_they_belong_to(corpus: Corpus) -> None:
    labels = truth()
    labels["http://tales.test/spam"] = Label("Buy cheap lamps now and save on cheap lamps.")
    labels["http://tales.test/1.html"] = Label("", junk="keywords")
    labels["http://mirror.test/a"] = Label(prose(77))
    labels["http://tales.test/2.html"] = Label(prose(102), pii=(("phone", "The"),))
    labels["http://tales.test/3.html"] = Label(prose(103), copy_of="http://tales.test/4.html",
                                               similarity=0.9)  # fmt: skip
    found = score.scores(corpus, labels)
    assert found["collection.quality_precision"] == 0
    assert found["collection.quality_recall"] == 0
    assert found["collection.near_duplicate_precision"] == 0.5
    assert found["collection.near_duplicate_recall"] == 0.5
    assert found["collection.pii_precision"] == 1
    assert found["collection.pii_recall"] == pytest.approx(2 / 3)
    assert 0.9 < found["collection.extract_f1"] < 1


def test_the_f1_of_words_is_that_of_bags() -> None:
    assert score.word_f1("a b c d", "a b") == pytest.approx(2 * 1.0 * 0.5 / 1.5)
    assert score.word_f1("a a", "a") == pytest.approx(2 / 3)
    assert score.word_f1("x", "a") == 0


def test_labels_of_another_web_are_refused(corpus: Corpus) -> None:
    with pytest.raises(ValueError, match="none of 62 extracted pages has a label"):
        score.scores(corpus, {"http://else.test/": Label("x")})


def test_no_step_of_the_collection_reads_the_labels() -> None:
    folder = Path(pipeline.__file__).parent
    files = [path.name for path in sorted(folder.glob("*.py")) if path.name != "score.py"]
    guilty = [name for name in files if "littleweb.labels" in (folder / name).read_text("utf-8")]
    assert len(files) > 15 and guilty == []
