"""The attention lab without a browser: what it sends, says and refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.model.attention import attention_maps
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.labs import AttentionLab, attention_lab
from course_utils.pretraining.labs.attention import figure
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import unpack

TEXT = "a b\nä"  # in bytes: a, space, b, line end, and two halves of a letter
WORDS = "Attention lab: where each token looks"


def shaken(tokens: int = 64) -> Transformer:
    """A small model whose zero weights are filled."""
    made, generator = Transformer(TransformerConfig(261, 16, 2, 2, 24, tokens)), torch.Generator()
    generator.manual_seed(1)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return made.eval()


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> AttentionLab:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    return attention_lab(shaken(), FastTokenizer(), TEXT)


def test_headless_shows_one_png_and_prints_where_the_last_token_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    lab = attention_lab(shaken(), FastTokenizer(), "abc", layer=1, head=1)
    bundle = lab._repr_mimebundle_()[0]
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == f"Picture: {WORDS}"
    lab.print_figures()
    row = attention_maps(lab.model, [0, *FastTokenizer().encode("abc")])[1, 1, -1]
    most = int(row.argmax())
    said = f"layer 1, head 1: the last token, c, looks most at token {most}, "
    printed = capsys.readouterr().out
    assert f"{said}{lab.tokens[most]}: {float(row[most]):.2f}" in printed
    maps = attention_maps(lab.model, [0, *FastTokenizer().encode("abc")])
    there = {
        (layer, head)
        for layer in (0, 1)
        for head in (0, 1)
        if maps[layer, head, -1].argmax() == most
    }
    others = ", ".join(
        f"({layer}, {head}) {float(maps[layer, head, -1, most]):.2f}"
        for layer, head in sorted(there - {(1, 1)})
    )
    assert f"so do (layer, head): {others or 'no others'}" in printed


def test_spaces_line_ends_and_halves_of_letters_are_signs(live: AttentionLab) -> None:
    assert live.tokens == ["<end>", "a", "·", "b", "⏎", "<C3>", "<A4>"]


def test_the_frame_and_both_other_traits_are_the_models_numbers(live: AttentionLab) -> None:
    live.view.chosen = [1, 0]  # as the browser does it
    facts, arrays = unpack(live.view.frame)
    assert (facts["layer"], facts["head"], facts["tokens"]) == (1, 0, live.tokens)
    ids = [0, *FastTokenizer().encode(TEXT)]
    maps, free = attention_maps(live.model, ids), attention_maps(live.model, ids, causal=False)
    assert arrays["masked"] == pytest.approx(maps[1, 0].numpy().ravel(), abs=1e-6)
    assert arrays["free"] == pytest.approx(free[1, 0].numpy().ravel(), abs=1e-6)
    small = np.frombuffer(live.view.maps, dtype=np.uint8).reshape(2, 2, 7, 7)
    assert (small / 255) ** 2 == pytest.approx(maps.numpy(), abs=0.005)
    queries, keys = np.frombuffer(live.view.vectors, dtype="<f4").reshape(2, 7, 8)
    assert arrays["scores"].reshape(7, 7) == pytest.approx(queries @ keys.T / 8**0.5, abs=1e-4)


def test_another_sentence_is_read_and_an_empty_one_leaves_the_one_before(
    live: AttentionLab,
) -> None:
    live.text.value = "xyz"
    assert unpack(live.view.frame)[0]["tokens"] == ["<end>", "x", "y", "z"]
    live.text.value = "  "
    facts = unpack(live.view.frame)[0]
    assert facts["tokens"][1:] == ["x", "y", "z"] and "empty" in facts["notice"]
    live.text.value = "x"
    assert unpack(live.view.frame)[0]["notice"] == "" and len(live.tokens) == 2


@pytest.mark.parametrize(("context", "most"), [(64, 40), (16, 16)])
def test_a_long_text_is_cut_and_the_lab_says_so(
    monkeypatch: pytest.MonkeyPatch, context: int, most: int
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    tokenizer = FastTokenizer()
    lab = attention_lab(shaken(context), tokenizer, "x" * (most - 1))
    assert len(lab.tokens) == most and lab.notice == ""
    lab = attention_lab(shaken(context), tokenizer, "x" * most)
    assert len(lab.tokens) == most
    assert f"has {most + 1} tokens" in lab.as_text() and f"first {most}." in lab.as_text()


def test_the_longest_text_of_the_largest_head_fits_into_a_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    wide = Transformer(TransformerConfig(261, 256, 1, 1, 24, 64))
    lab = attention_lab(wide, FastTokenizer(), "\n." * 30)
    assert len(lab.view.vectors) == 2 * 40 * 256 * 4


def test_the_picture_of_many_heads_and_tokens_is_small_enough_for_a_notebook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    model = Transformer(TransformerConfig(261, 64, 8, 8, 24, 64))
    lab = attention_lab(model, FastTokenizer(), "The quick brown fox, 1234567890 lazy dogs!?")
    assert len(lab.tokens) == 40 and len(lab._repr_mimebundle_()[0]["image/png"]) < 54_000


def test_what_cannot_be_shown_is_refused(live: AttentionLab) -> None:
    tokenizer = FastTokenizer()
    with pytest.raises(ValueError, match="text is empty"):
        attention_lab(shaken(), tokenizer, " \n")
    with pytest.raises(ValueError, match="no head 2 in layer 0"):
        attention_lab(shaken(), tokenizer, "a", head=2)
    small = Transformer(TransformerConfig(100, 16, 1, 2, 24, 64))
    with pytest.raises(ValueError, match=r"261 tokens, the model 100\.\nUse the tokenizer"):
        attention_lab(small, tokenizer, "a")
    with pytest.raises(ValueError, match="no head 0 in layer 9"):
        live.choose(9, 0)
    assert live.settings["layer"] == 0


def test_the_picture_has_all_heads_and_frames_the_chosen_one(live: AttentionLab) -> None:
    live.choose(1, 0)
    grid, large = (part.axes for part in live.picture().subfigs)
    framed = [axes.spines["top"].get_linewidth() == 3 for axes in grid]
    assert framed == [False, False, True, False]
    assert large[0].get_title("left") == "layer 1, head 0"
    drawn = np.asarray(large[0].images[0].get_array())
    assert drawn**2 == pytest.approx(live.head.weights.numpy(), abs=1e-6)
    with pytest.raises(ValueError, match="for 3 tokens"):
        figure.attention_heads(np.zeros((1, 1, 2, 2)), "abc", (0, 0), "")
