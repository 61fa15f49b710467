"""A corpus as ids on disk: what is written is what is read, and damage is refused."""

import gzip
import json

import numpy as np
import pytest

from course_utils.tokenization import shards

TRAIN = [(f"atlas-{n}", "atlas", f"Country {n} has a capital. É") for n in range(20)]
TRAIN += [(f"stories-{n}", "stories", f"One day {n} cats met.") for n in range(600)]
VALIDATION = [("stories-v", "stories", "A dog <|end|> came.")]


def write_corpus(folder, train=TRAIN, validation=VALIDATION):
    """A corpus folder as notebook 01 leaves it."""
    folder.mkdir(exist_ok=True)
    for split, documents in (("train", train), ("validation", validation)):
        with gzip.open(folder / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            for id, source, text in documents:
                entry = {"id": id, "url": f"http://{id}", "text": text, "source": source}
                file.write(json.dumps(entry) + "\n")
    return folder


@pytest.fixture
def corpus(tmp_path):
    """A small corpus of two sources."""
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def tokens(fast, corpus, tmp_path):
    """The corpus as shards."""
    shards.write(fast, corpus, tmp_path / "tokens")
    return tmp_path / "tokens"


def documents(ids, tokenizer):
    """The texts between the end tokens."""
    return tokenizer.decode(ids, special=True).split("<|end|>")


def test_every_document_is_there_once_and_followed_by_the_end_token(fast, tokens):
    ids = shards.read(tokens, "atlas")
    assert ids.dtype == np.uint16
    *texts, rest = documents(ids, fast)
    assert rest == ""
    assert sorted(texts) == sorted(text for _, source, text in TRAIN if source == "atlas")


def test_a_typed_end_token_makes_no_document(tokens):
    assert np.count_nonzero(shards.read(tokens, "stories", "validation") == 0) == 1


def test_the_index_counts_tokens_bytes_and_documents(tokens):
    counts = shards.load_index(tokens)["shards"]["stories"]["train"]
    texts = [text for _, source, text in TRAIN if source == "stories"]
    assert counts["documents"] == len(texts)
    assert counts["bytes"] == sum(len(text.encode("utf-8")) for text in texts)
    assert counts["tokens"] == len(shards.read(tokens, "stories"))


def test_both_tokenizers_write_the_same_files(slow, corpus, tokens, tmp_path):
    shards.write(slow, corpus, tmp_path / "slow")
    names = sorted(path.name for path in tokens.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "slow").iterdir())
    assert all((tokens / n).read_bytes() == (tmp_path / "slow" / n).read_bytes() for n in names)


def test_documents_are_shuffled_by_the_seed_alone(fast, corpus, tokens, tmp_path):
    backwards = write_corpus(tmp_path / "backwards", train=TRAIN[::-1])
    shards.write(fast, backwards, tmp_path / "same")
    shards.write(fast, corpus, tmp_path / "other", seed=1)
    here = shards.read(tokens, "stories").tolist()
    assert here == shards.read(tmp_path / "same", "stories").tolist()
    other = shards.read(tmp_path / "other", "stories").tolist()
    assert here != other
    assert sorted(documents(here, fast)) == sorted(documents(other, fast))


def test_ids_lie_on_disk_as_two_bytes_the_low_one_first(fast, tokens):
    raw = (tokens / "atlas.train.bin").read_bytes()
    assert raw[0] + 256 * raw[1] == shards.read(tokens, "atlas")[0]


def test_the_tokens_can_be_written_anew_while_they_are_read(fast, corpus, tokens):
    held = shards.read(tokens, "stories")
    before = held.copy()
    shards.write(fast, corpus, tokens, seed=5)
    assert np.array_equal(held, before)


def test_sources_are_listed_a_split(tokens):
    assert shards.sources(tokens) == ("atlas", "stories")
    assert shards.sources(tokens, "validation") == ("stories",)


def test_a_missing_shard_names_those_that_are_there(tokens):
    with pytest.raises(shards.ShardError, match="There are: stories"):
        shards.read(tokens, "atlas", "validation")


def test_a_corpus_without_training_documents_is_refused(fast, tmp_path):
    empty = write_corpus(tmp_path / "corpus", train=[], validation=[])
    with pytest.raises(shards.ShardError, match="no training document"):
        shards.write(fast, empty, tmp_path / "tokens")


def test_a_missing_corpus_is_refused(fast, tmp_path):
    with pytest.raises(shards.ShardError, match=r"train\.jsonl\.gz is missing"):
        shards.write(fast, tmp_path, tmp_path / "tokens")


def test_a_corpus_file_cut_short_is_refused(fast, corpus, tmp_path):
    path = corpus / "train.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(shards.ShardError, match="is damaged after line"):
        shards.write(fast, corpus, tmp_path / "tokens")


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"id": "a", "text": 1, "source": "s"}'])
def test_a_line_that_is_no_document_is_refused_with_its_number(fast, corpus, tmp_path, line):
    with gzip.open(corpus / "validation.jsonl.gz", "at", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(shards.ShardError, match="is damaged after line 2"):
        shards.write(fast, corpus, tmp_path / "tokens")


@pytest.mark.parametrize("source", ["../escape", "a.b", "", "a/b"])
def test_a_source_that_is_no_file_name_is_refused(fast, tmp_path, source):
    corpus = write_corpus(tmp_path / "corpus", train=[("1", source, "text")])
    with pytest.raises(shards.ShardError, match="Rename the source"):
        shards.write(fast, corpus, tmp_path / "tokens")


HALF = ("atlas-half", "atlas", "abc\ud83d")


@pytest.mark.parametrize("where", ["train", "validation"])
def test_a_document_that_has_no_bytes_is_named_and_leaves_nothing(fast, tmp_path, where):
    splits = {"train": TRAIN, "validation": VALIDATION}
    splits[where] = [*splits[where], HALF]
    corpus = write_corpus(tmp_path / "corpus", **splits)
    with pytest.raises(shards.ShardError, match=r"'atlas-half'.*Character 3 of the text"):
        shards.write(fast, corpus, tmp_path / "tokens")
    assert list((tmp_path / "tokens").iterdir()) == []


def test_shards_that_were_there_stay_where_new_ones_cannot_be_written(fast, corpus, tokens):
    before = {path.name: path.read_bytes() for path in tokens.iterdir()}
    write_corpus(corpus, train=[*TRAIN[5:], ("stories-z", "stories", "\udc00")])
    with pytest.raises(shards.ShardError, match="'stories-z'"):
        shards.write(fast, corpus, tokens)
    assert {path.name: path.read_bytes() for path in tokens.iterdir()} == before


class Wrong:
    """A tokenizer that gives an id which its vocabulary does not hold."""

    vocab_size = 300

    def encode_batch(self, texts, end=False):
        """Ids out of range."""
        return [[300] for _ in texts]


def test_writing_an_id_beyond_the_vocabulary_is_refused(corpus, tmp_path):
    with pytest.raises(shards.ShardError, match="gave id 300"):
        shards.write(Wrong(), corpus, tmp_path / "tokens")


def test_reading_an_id_beyond_the_vocabulary_is_refused(tokens):
    path = tokens / "atlas.train.bin"
    path.write_bytes(b"\xff\xff" + path.read_bytes()[2:])
    with pytest.raises(shards.ShardError, match="holds id 65535"):
        shards.read(tokens, "atlas")


@pytest.mark.parametrize(("cut", "message"), [(1, "was cut off"), (2, "says")])
def test_a_shard_of_the_wrong_size_is_refused(tokens, cut, message):
    path = tokens / "atlas.train.bin"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(shards.ShardError, match=message):
        shards.read(tokens, "atlas")


def test_a_deleted_shard_is_refused(tokens):
    (tokens / "atlas.train.bin").unlink()
    with pytest.raises(shards.ShardError, match="although index.json lists it"):
        shards.read(tokens, "atlas")


@pytest.mark.parametrize("text", ["", "{}", '{"shards": 3, "vocab_size": 1}', "[1]"])
def test_a_damaged_index_is_refused(tokens, text):
    (tokens / "index.json").write_text(text, encoding="utf-8")
    with pytest.raises(shards.ShardError, match="is damaged"):
        shards.sources(tokens)


def test_a_folder_without_tokens_says_where_they_come_from(tmp_path):
    with pytest.raises(shards.ShardError, match="Run notebook 02"):
        shards.read(tmp_path, "atlas")
