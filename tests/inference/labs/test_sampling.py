"""The sampling lab without a browser: what it sends, hears, says and refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.inference import Engine, SamplingConfig
from course_utils.inference.labs import SamplingLab
from course_utils.inference.labs.sampling import figure
from course_utils.inference.labs.sampling.tree import MOST_NODES
from course_utils.model.attention import attention_maps
from course_utils.model.sampling import probabilities, stages
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import unpack

WORDS = "Sampling lab: how the next token is chosen"
CUT = SamplingConfig(0.7, top_k=20, top_p=0.9, min_p=0.05, repetition_penalty=1.3)


@pytest.fixture
def live(engine: Engine, live_labs: None) -> SamplingLab:
    """A live lab, as in a notebook, with nobody at the other end."""
    return SamplingLab(engine, "Hi")


def hear(lab: SamplingLab, **content: object) -> None:
    """What the browser says."""
    lab._hear(lab.view, content, [])


def facts(lab: SamplingLab) -> dict:
    return unpack(lab.view.frame)[0]


def test_headless_shows_one_png_and_prints_two_texts_and_the_steps(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    lab = SamplingLab(engine, "Hi")
    bundle = lab._repr_mimebundle_()[0]
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == f"Picture: {WORDS}"
    lab.print_figures()
    printed = capsys.readouterr().out
    kept = [int(line.split("keeps")[1].split(";")[0]) for line in printed.splitlines()[-6:]]
    assert kept[0] == 261 and kept[3] == 50 and kept == sorted(kept, reverse=True)
    assert "repetition penalty 1.1" in printed and lab.tree.here == 0 and printed == again(lab)


def again(lab: SamplingLab) -> str:
    return lab.as_text() + "\n"


def test_the_frame_has_the_numbers_of_every_step(engine: Engine, live_labs: None) -> None:
    lab = SamplingLab(engine, "Hi", CUT)
    lab.draw(4)
    told, arrays = unpack(lab.view.frame)
    ids = lab.tree.ids()
    with torch.no_grad():
        logits = engine.model(torch.tensor([ids]))[:, -1]
    made = stages(logits, CUT, [ids])
    assert [step for step, *_ in told["stages"]] == [stage.name for stage in made]
    assert [kept for *_, kept in told["stages"]] == [int(stage.kept.sum()) for stage in made]
    count = len(told["ids"])
    shares, scores = arrays["shares"].reshape(6, count), arrays["scores"].reshape(6, count)
    for number, stage in enumerate(made):
        own = stage.probabilities[0, told["ids"]].numpy()
        assert shares[number] == pytest.approx(own, abs=1e-5)
        assert scores[number] == pytest.approx(stage.scores[0, told["ids"]].numpy(), abs=1e-4)
    assert shares.sum(-1) + arrays["rest"] == pytest.approx(np.ones(6), abs=1e-5)
    # What the formula in the browser needs leads to the same probability.
    kept = np.isfinite(scores[5])
    assert np.exp(scores[2][kept]) / told["total"] == pytest.approx(shares[5][kept], abs=1e-5)
    assert (scores[1] - told["best"]) / 0.7 == pytest.approx(scores[2], abs=1e-4)
    assert told["again"] == [token in ids for token in told["ids"]]
    maps = attention_maps(engine.model, ids)[:, :, -1].mean(1)
    looks = arrays["attention"].reshape(3, len(ids))
    assert looks[1:] == pytest.approx(maps.numpy(), abs=1e-6)
    assert looks[0] == pytest.approx(maps.mean(0).numpy(), abs=1e-6)


def test_candidates_keep_their_order_whatever_the_sliders_say(live: SamplingLab) -> None:
    before = facts(live)["ids"]
    live.sliders["temperature"].value = 2.0
    live.sliders["repetition_penalty"].value = 2.0
    live.sliders["top_k"].value = 3
    assert facts(live)["ids"] == before and facts(live)["stages"][-1][2] == 3


def test_sliders_are_the_samplers_settings_and_their_ends_are_off(live: SamplingLab) -> None:
    values = {"temperature": 1.5, "top_k": 20, "top_p": 0.5, "min_p": 0.1}
    for name, value in values.items():
        live.sliders[name].value = value
    live.sliders["repetition_penalty"].value, live.seed.value = 1.2, 7
    expected = SamplingConfig(1.5, 20, 0.5, 0.1, 1.2, seed=7)
    assert live.config == expected
    live.sliders["top_k"].value, live.sliders["top_p"].value = 0, 1.0
    live.sliders["min_p"].value = 0.0
    assert (live.config.top_k, live.config.top_p, live.config.min_p) == (None, None, None)


def test_a_pressed_candidate_is_forced_and_any_token_can_be_gone_back_to(
    live: SamplingLab,
) -> None:
    first, second = facts(live)["ids"][4], facts(live)["ids"][2]
    hear(live, type="force", what=first, here=0)
    assert live.tree.ids()[-1] == first and facts(live)["nodes"][1][3] is True
    hear(live, type="go", what=0)
    hear(live, type="force", what=second, here=0)
    assert facts(live)["here"] == 2 and [row[0] for row in facts(live)["nodes"]] == [-1, 0, 0]
    hear(live, type="go", what=1)
    assert facts(live)["here"] == 1 and live.text == live.engine.tokenizer.decode([first])


def test_what_comes_late_or_makes_no_sense_changes_nothing(live: SamplingLab) -> None:
    live.draw(2)
    before, token = live.view.frame, facts(live)["ids"][0]
    hear(live, type="force", what=token, here=0)  # the page showed another node
    hear(live, type="force", what=10**6, here=live.tree.here)
    hear(live, type="force", what="fox", here=live.tree.here)
    hear(live, type="force", what=True, here=live.tree.here)
    hear(live, type="go", what=99)
    hear(live, type="go", what=-1)
    hear(live, type="dance", what=0)
    hear(live)
    assert live.view.frame == before


def test_buttons_draw_go_back_and_restart(live: SamplingLab) -> None:
    draw, ten, back, restart = live._buttons()[:4]
    draw.click()
    ten.click()
    depth = live.tree.nodes[live.tree.here].depth
    assert 2 <= depth <= 11
    back.click()
    assert live.tree.nodes[live.tree.here].depth == depth - 1
    restart.click()
    back.click()
    assert live.tree.here == 0 and len(live.tree.nodes) == depth + 1


def test_no_two_frames_are_alike_so_that_each_is_drawn(live: SamplingLab) -> None:
    before = live.view.frame
    live.back()
    assert live.view.frame != before


def test_another_question_begins_a_tree_and_a_wrong_one_leaves_it(live: SamplingLab) -> None:
    live.draw(3)
    tree = live.tree
    live.question.value = "   "
    assert live.tree is tree and facts(live)["notice"]
    live.question.value = "x" * 60
    assert live.tree is tree and "60" not in live.text and "47 at most" in facts(live)["notice"]
    live.question.value = "Yo"
    assert live.tree is not tree and facts(live)["notice"] == "" and facts(live)["here"] == 0
    assert facts(live)["prompt"] == ["<|user|>", "·", "Y", "o", "<|assistant|>"]


def test_special_tokens_that_are_typed_are_mere_text(live: SamplingLab) -> None:
    live.question.value = "<|end|>"
    assert facts(live)["prompt"] == ["<|user|>", "·", *"<|end|>", "<|assistant|>"]


def test_at_a_texts_end_the_lab_says_so_and_draws_nothing(live: SamplingLab) -> None:
    live.draw(100)
    count = len(live.tree.nodes)
    live.draw()
    assert len(live.tree.nodes) == count and facts(live)["notice"] == live.tree.end() != ""
    token = live.tree.candidates(1)[0]
    live.force(token)
    assert len(live.tree.nodes) == count and facts(live)["notice"]
    live.back()
    assert facts(live)["notice"] == ""


def test_the_largest_tree_fits_into_a_frame(engine: Engine, live_labs: None) -> None:
    lab = SamplingLab(engine, "x" * 40)
    for token in range(5, 5 + MOST_NODES - 1):
        lab.go(0)
        lab.force(token)
    assert len(lab.tree.nodes) == MOST_NODES and "full" in lab.tree.end()
    assert len(lab.frame()) < 25_000


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (SamplingConfig(2.5), "temperature is 2.5; use a finite number from 0 to 2"),
        (SamplingConfig(1, min_p=0.8), "min_p is 0.8"),
        (SamplingConfig(1, top_p=0.01), "top_p is 0.01"),
        (SamplingConfig(1, repetition_penalty=0.5), "repetition_penalty is 0.5"),
    ],
)
def test_a_setting_beyond_its_slider_is_refused(engine: Engine, config, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SamplingLab(engine, "Hi", config)


@pytest.mark.parametrize("top_k", [7, 5000])
def test_any_top_k_has_a_place_on_the_slider(engine: Engine, live_labs: None, top_k) -> None:
    lab = SamplingLab(engine, "Hi", SamplingConfig(1, top_k=top_k))
    assert lab.sliders["top_k"].value == (7 if top_k == 7 else 0)
    assert (probabilities(lab.tree.reading().logits[None], top_k=top_k) > 0).sum() <= 261


def test_what_cannot_be_shown_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="says nothing|empty"):
        SamplingLab(engine, " ")
    with pytest.raises(ValueError, match="102 tokens with the chat's form|47 at most"):
        SamplingLab(Engine(engine.model, FastTokenizer()), "x" * 99)
    with pytest.raises(ValueError, match="1 names have 2 and 1 probabilities"):
        figure.candidates_and_text(["a"], [0.5, 0.5], [1.0], ([], []), "")


def test_the_picture_has_both_lists(live: SamplingLab) -> None:
    left, right = live.picture().axes
    kept = sum(text.get_text() != "cut" for text in left.texts)
    assert len(left.texts) == 14 and 1 <= kept and len(left.patches) == 28
    assert len(right.patches) >= 1


def test_the_picture_marks_what_is_cut() -> None:
    made = figure.candidates_and_text(["a", "b"], [0.9, 0.1], [1.0, 0.0], (["c"], [0.5]), "t")
    assert [text.get_text() for text in made.axes[0].texts] == ["100%", "cut"]
