"""Streams: pieces are the whole text, characters stay whole, settings act on the next token."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from course_utils.inference.engine import Engine
from course_utils.inference.stream import Stream, stop_strings, token_lengths
from course_utils.model.generate import Step
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.fast import FastTokenizer

GREEDY = SamplingConfig(temperature=0, max_new_tokens=12)
SAMPLED = SamplingConfig(temperature=1.2, seed=1, max_new_tokens=30)
SCORES = torch.zeros(1, 261)


def scripted(ids: list[int], finish: str | None = "length", stop: tuple = ()) -> Stream:
    """A stream of given tokens; the last one ends it."""
    steps = [Step([0], [token], [None], SCORES) for token in ids]
    steps[-1] = replace(steps[-1], finishes=[finish])
    return Stream((step for step in steps), FastTokenizer(), stop)


def test_no_piece_holds_half_a_character() -> None:
    text = "Zoë sees 🦊🦊, 日本 and ¾"
    pieces = list(scripted(FastTokenizer().encode(text)))  # one token a byte
    assert pieces == list(text)


def test_bytes_that_never_become_a_character_show_as_one_sign_at_the_end() -> None:
    ids = FastTokenizer().encode("a🦊")[:-1]
    assert list(scripted(ids)) == ["a", "\ufffd"]


def test_special_tokens_are_no_text() -> None:
    a, b = FastTokenizer().encode("ab")
    stream = scripted([a, 2, b, 0], finish="stop")
    assert list(stream) == ["a", "b"]
    assert (stream.ids, stream.text, stream.finish) == ([a, 2, b], "ab", "stop")
    assert stream.token == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_pieces_join_to_the_whole_text(engine: Engine, seed: int) -> None:
    config = replace(SAMPLED, seed=seed)  # a random model: bytes that are often no characters
    (whole,) = engine.complete([[71, 92]], config)
    stream = engine.stream([71, 92], config)
    assert "".join(stream) == stream.text == whole.text
    assert (stream.ids, stream.finish) == (whole.ids, whole.finish)


def test_settings_act_on_the_next_token(engine: Engine) -> None:
    now = [replace(GREEDY, max_new_tokens=40)]
    stream = engine.stream([71], settings=lambda: now[0])
    next(stream)
    now[0] = replace(now[0], max_new_tokens=len(stream.ids) + 2)
    list(stream)
    assert stream.finish == "length" and len(stream.ids) == now[0].max_new_tokens


def test_a_temperature_slider_at_zero_goes_on_greedily(engine: Engine) -> None:
    now = [SAMPLED]
    stream = engine.stream([71], settings=lambda: now[0])
    next(stream)
    now[0] = replace(now[0], temperature=0.0)
    written = list(stream.ids)
    list(stream)
    rest = engine.generate([[71, *written]], replace(GREEDY, max_new_tokens=30 - len(written)))[0]
    assert stream.ids == written + rest


def test_the_scores_of_the_last_token_are_at_hand(engine: Engine) -> None:
    stream = engine.stream([71], GREEDY)
    assert stream.logits is None
    next(stream)
    assert int(stream.logits.argmax()) == stream.token == stream.ids[-1]


def test_a_closed_stream_ends_and_leaves_the_engine_usable(engine: Engine) -> None:
    before = engine.generate([[71]], GREEDY)
    stream = engine.stream([71], GREEDY)
    next(stream)
    stream.close()
    assert list(stream) == [] and stream.finish is None
    assert engine.generate([[71]], GREEDY) == before


def test_an_interrupt_between_tokens_leaves_the_engine_usable(engine: Engine) -> None:
    before = engine.generate([[71]], GREEDY)
    threads = torch.get_num_threads()

    def interrupted() -> SamplingConfig:
        if len(stream.ids) == 3:
            raise KeyboardInterrupt
        return GREEDY

    stream = engine.stream([71], settings=lambda: GREEDY)
    stream = engine.stream([71], settings=interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(stream)
    assert engine.generate([[71]], GREEDY) == before
    assert torch.is_grad_enabled() and torch.get_num_threads() == threads


def test_two_streams_at_once_do_not_mix(engine: Engine) -> None:
    prompts = ([71], [92, 93])
    alone = [list(engine.stream(prompt, SAMPLED)) for prompt in prompts]
    one, two = (engine.stream(prompt, SAMPLED) for prompt in prompts)
    mixed: tuple[list, list] = ([], [])
    for _ in range(60):
        for stream, pieces in zip((one, two), mixed, strict=True):
            pieces += [piece for piece in [next(stream, "")] if piece]
    assert list(mixed) == alone


@pytest.mark.parametrize(
    ("text", "stop", "pieces"),
    [
        ("Yes.\nUser: no", ("\nUser:",), ["Y", "e", "s", "."]),  # nothing of it is shown
        ("a\n\nb", ("\nUser:",), ["a", "\n", "\nb"]),  # it might have begun, and did not
        ("a\nUse", ("\nUser:",), ["a", "\nUse"]),  # the end came before it was whole
        ("xaaab.", ("aab",), ["x", "a"]),  # its beginning comes twice
        ("x1234", ("23", "1235"), ["x", "1"]),  # the one that is whole first
        ("x1234", ("23", "123"), ["x"]),  # both are: the one that begins first
        ("wär 🦊 da", ("🦊",), ["w", "ä", "r", " "]),
        ("stop", ("stop",), []),
        ("ab", ("",)[:0], ["a", "b"]),
    ],
)
def test_a_text_ends_before_the_first_stop_string(text: str, stop: tuple, pieces: list) -> None:
    stream = scripted(FastTokenizer().encode(text), stop=stop)
    assert list(stream) == pieces and stream.text == "".join(pieces)
    ended = any(one in text for one in stop)
    assert stream.finish == ("stop" if ended else "length")


def test_a_stop_string_ends_the_writing_itself(engine: Engine) -> None:
    whole = engine.complete([[71]], GREEDY)[0]
    stream = engine.stream([71], GREEDY, stop=whole.text[2:4])
    assert "".join(stream) == whole.text[:2]
    assert 0 < len(stream.ids) < len(whole.ids) and stream.finish == "stop"


@pytest.mark.parametrize("seed", range(6))
def test_streamed_or_in_a_batch_a_stop_string_ends_the_same_text(engine: Engine, seed: int):
    config, prompts = replace(SAMPLED, seed=seed), [[71, 92], [30], [5, 6, 7]]
    whole = engine.complete(prompts, config)
    stop = [whole[0].text[4:6], whole[1].text[9:12], whole[2].text[:1]]
    for row, done in enumerate(engine.complete(prompts, config, stop=stop)):
        first = min((whole[row].text.find(s) + len(s), s) for s in stop if s in whole[row].text)
        assert done.text == whole[row].text[: first[0] - len(first[1])]
        assert done.ids == whole[row].ids[: len(done.ids)] and done.finish == "stop"
        stream = engine.stream(prompts[row], config, row_seed=row, stop=stop)
        assert ("".join(stream), stream.ids, stream.finish) == (done.text, done.ids, "stop")


def test_a_stop_string_that_never_comes_changes_nothing(engine: Engine) -> None:
    for config in (GREEDY, SAMPLED):
        prompts = [[71, 92], [30]]
        expected = engine.complete(prompts, config)
        assert engine.complete(prompts, config, stop=["never written"]) == expected


@pytest.mark.parametrize("stop", ["", [""], ["a", 3], [b"a"]])
def test_what_cannot_end_a_text_is_refused(engine: Engine, stop: object) -> None:
    for use in (engine.complete, engine.stream):
        with pytest.raises(ValueError, match="stop holds"):
            use([[71]] if use == engine.complete else [71], GREEDY, stop=stop)


def test_one_stop_string_need_not_stand_in_a_list() -> None:
    assert stop_strings("ab") == ("ab",) and stop_strings(["ab", "c"]) == ("ab", "c")


def test_the_lengths_of_the_tokens_are_those_of_the_text() -> None:
    tokenizer = FastTokenizer()
    text = "é 🦊 fox"
    ids = tokenizer.encode(text)  # a byte a token
    lengths = token_lengths(tokenizer, ids, text)
    assert len(lengths) == len(ids) and sum(lengths) == len(text)
    assert lengths[:3] == (0, 1, 1) and lengths[3:7] == (0, 0, 0, 1)
    assert token_lengths(tokenizer, [], "") == ()
    # special tokens have no text, and what a stop string cut off has none either
    assert token_lengths(tokenizer, [0, *tokenizer.encode("abc")], "ab") == (0, 1, 1, 0)
    # half of a character at the end is one sign
    assert token_lengths(tokenizer, tokenizer.encode("🦊")[:2], "\ufffd") == (0, 1)


def test_the_probabilities_are_the_models_own_at_any_temperature(engine: Engine) -> None:
    stream = engine.stream([5, 6], SamplingConfig(temperature=1.7, max_new_tokens=6))
    text = "".join(stream)
    ids = [5, 6, *stream.ids]
    with torch.no_grad():
        shares = torch.softmax(engine.model(torch.tensor([ids]))[0].double(), -1)
    expected = [float(shares[at - 1, ids[at]]) for at in range(2, len(ids))]
    assert text and stream.probabilities == pytest.approx(expected, rel=1e-4)
