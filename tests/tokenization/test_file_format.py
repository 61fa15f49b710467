"""The tokenizer's files: opened by both of ours, by tokenizers and by transformers."""

import json

import pytest
import tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from course_utils.tokenization import SPECIAL_TOKENS, FastTokenizer, Tokenizer

from .texts import HARD, TEXTS


@pytest.fixture
def folder(slow, tmp_path):
    """A saved tokenizer."""
    slow.save(tmp_path / "tokenizer")
    return tmp_path / "tokenizer"


def test_both_load_what_either_saved(slow, fast, folder, tmp_path):
    fast.save(tmp_path / "fast")
    ours, theirs = folder / "tokenizer.json", tmp_path / "fast" / "tokenizer.json"
    assert ours.read_bytes() == theirs.read_bytes()
    assert Tokenizer.load(folder).merges == FastTokenizer.load(folder).merges == slow.merges


def test_the_file_has_the_same_line_ends_on_every_system(folder):
    assert b"\r" not in (folder / "tokenizer.json").read_bytes()


def test_hugging_face_tokenizers_open_the_file_and_give_the_same_ids(slow, folder):
    peer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert [peer.encode(text).ids for text in TEXTS] == slow.encode_batch(TEXTS)
    assert [peer.token_to_id(name) for name in SPECIAL_TOKENS] == [0, 1, 2, 3]


def test_transformers_open_the_file_alone_and_typed_special_tokens_stay_text(slow, folder):
    peer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    assert [peer.encode(text) for text in HARD] == slow.encode_batch(HARD)


def test_transformers_open_the_folder_and_typed_special_tokens_stay_text(slow, folder):
    peer = AutoTokenizer.from_pretrained(folder)
    assert [peer.encode(text) for text in HARD] == slow.encode_batch(HARD)
    assert (peer.eos_token_id, peer.pad_token_id, len(peer)) == (0, 3, slow.vocab_size)
    ids = [1, *slow.encode("hi there"), 0]
    assert peer.decode(ids, skip_special_tokens=True) == "hi there"


def test_a_missing_file_says_where_it_comes_from(tmp_path):
    with pytest.raises(FileNotFoundError, match="notebook 02"):
        Tokenizer.load(tmp_path)


def test_a_file_cut_short_is_refused(folder):
    path = folder / "tokenizer.json"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ValueError, match="cannot be used"):
        FastTokenizer.load(folder)


@pytest.mark.parametrize(
    "edit",
    [
        lambda content: content["model"]["merges"].reverse(),
        lambda content: content["model"]["merges"].pop(),
        lambda content: content["model"]["vocab"].update({"!": 5}),
        lambda content: content["model"].pop("vocab"),
        lambda content: content.update(pre_tokenizer=None),
        lambda content: content["pre_tokenizer"]["pretokenizers"][0].update(
            pattern={"Regex": r"\w+"}
        ),
    ],
    ids=["order", "merge", "id", "vocab", "no split", "other split"],
)
def test_an_edited_or_foreign_file_is_refused(folder, edit):
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be used"):
        Tokenizer.load(folder)
