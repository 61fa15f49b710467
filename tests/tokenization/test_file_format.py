"""The tokenizer's files: opened by both of ours, by tokenizers and by transformers."""

import json
from pathlib import Path

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
    assert [peer.token_to_id(name) for name in SPECIAL_TOKENS] == [0, 1, 2, 3, 4]


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
        lambda content: content["model"]["vocab"].update({"!": 6}),
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


FIRST, SECOND = (("pre_tokenizer", "pretokenizers", number) for number in (0, 1))
SEQUENCES = {
    "single": [{"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
}
ENDED = {
    "type": "TemplateProcessing",
    "single": [*SEQUENCES["single"], {"SpecialToken": {"id": "<|end|>", "type_id": 0}}],
    "pair": SEQUENCES["pair"],
    "special_tokens": {"<|end|>": {"id": "<|end|>", "ids": [0], "tokens": ["<|end|>"]}},
}
CUT = {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}
FILLED = {
    "strategy": {"Fixed": 50},
    "direction": "Right",
    "pad_to_multiple_of": None,
    "pad_id": 3,
    "pad_type_id": 0,
    "pad_token": "<|pad|>",
}
OFFSETS = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
PLAIN = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
CAT = {"id": 700, "content": "cat", "special": False} | PLAIN
OURS = [
    {"id": n, "content": name, "special": True} | PLAIN for n, name in enumerate(SPECIAL_TOKENS)
]


def changed(folder: Path, path: tuple, value: object) -> None:
    """Another value at a place of tokenizer.json; a function changes what is there."""
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    *steps, last = path
    inner = content
    for step in steps:
        inner = inner[step]
    inner[last] = value(inner[last]) if callable(value) else value
    file.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model", "merges"), lambda merges: [" ".join(pair) for pair in merges]),
        (("model", "dropout"), 0.0),
        (("model", "continuing_subword_prefix"), ""),
        (("model", "unk_token"), "<|end|>"),
        (("model", "fuse_unk"), True),
        (("model", "byte_fallback"), True),
        ((*SECOND, "trim_offsets"), False),
        (("decoder", "add_prefix_space"), True),
        (("post_processor",), ENDED | {"single": SEQUENCES["single"], "special_tokens": {}}),
        (("post_processor",), OFFSETS),
        (("added_tokens",), OURS),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_file_from_elsewhere_that_says_the_same_in_other_words_is_read(
    slow, folder, path: tuple, value: object
):
    changed(folder, path, value)
    assert Tokenizer.load(folder).merges == slow.merges
    peer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    # what it does is ours, but that typed names of special tokens stay text
    texts = [text for text in TEXTS if "<|" not in text]
    assert [peer.encode(text).ids for text in texts] == slow.encode_batch(texts)
    assert [peer.decode(ids) for ids in slow.encode_batch(texts)] == texts


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("normalizer",), {"type": "Lowercase"}, "normalizer is {'type': 'Lowercase'}"),
        (("normalizer",), {"type": "NFC"}, "normalizer is {'type': 'NFC'}"),
        ((*SECOND, "add_prefix_space"), True, "add_prefix_space is True and not False"),
        ((*FIRST, "behavior"), "Removed", "behavior is 'Removed' and not 'Isolated'"),
        (("pre_tokenizer", "pretokenizers"), lambda both: both[1:], "pretokenizers is"),
        (("pre_tokenizer",), lambda both: both["pretokenizers"][1], "pre_tokenizer.type is"),
        (("post_processor",), ENDED, "post_processor is a TemplateProcessing"),
        (("model", "dropout"), 0.5, "model.dropout is 0.5"),
        (("model", "end_of_word_suffix"), "</w>", "end_of_word_suffix is '</w>'"),
        (("truncation",), CUT, "truncation is {"),
        (("padding",), FILLED, "padding is {"),
        (("added_tokens",), [CAT], "added_tokens has 'cat'"),
        (("decoder",), {"type": "Fuse"}, "decoder.type is 'Fuse'"),
        (("decoder",), None, "decoder is None"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_a_file_asks_for_that_would_give_other_ids_or_texts_is_refused_by_name(
    slow, folder, path: tuple, value: object, said: str
):
    changed(folder, path, value)
    for kind in (Tokenizer, FastTokenizer):
        with pytest.raises(ValueError, match="cannot be used") as refused:
            kind.load(folder)
        assert said in str(refused.value)
    peer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    ids = slow.encode_batch(TEXTS)
    assert [peer.encode(text).ids for text in TEXTS] != ids or list(map(peer.decode, ids)) != TEXTS


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("model", "type"), "Unigram", "model.type is 'Unigram' and not 'BPE'"),
        (("model", "continuing_subword_prefix"), "##", "continuing_subword_prefix is '##'"),
        (("model", "ignore_merges"), True, "ignore_merges is True"),
        ((*FIRST, "invert"), True, "invert is True"),
        ((*SECOND,), {"type": "ByteLevel", "add_prefix_space": False}, "use_regex is True"),
        (("version",), "2.0", "version is '2.0'"),
        (("thinking",), {"type": "Deep"}, "thinking is {'type': 'Deep'}"),
    ],
)
def test_what_nobody_here_knows_is_refused_by_name_too(
    folder, path: tuple, value: object, said: str
):
    changed(folder, path, value)
    with pytest.raises(ValueError, match="cannot be used") as refused:
        Tokenizer.load(folder)
    assert said in str(refused.value)


@pytest.mark.parametrize("opens", [AutoTokenizer, PreTrainedTokenizerFast])
def test_a_tokenizer_that_went_through_transformers_is_read(slow, folder, tmp_path, opens: type):
    opens.from_pretrained(folder).save_pretrained(tmp_path / "again")
    assert Tokenizer.load(tmp_path / "again").merges == slow.merges
    assert FastTokenizer.load(tmp_path / "again").encode_batch(TEXTS) == slow.encode_batch(TEXTS)
