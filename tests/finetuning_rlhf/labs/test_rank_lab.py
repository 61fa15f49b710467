"""The rank lab without a browser: what every rank keeps, costs and answers, and its picture."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import sft
from course_utils.finetuning_rlhf.labs import RankLab
from course_utils.finetuning_rlhf.labs.rank import figure
from course_utils.finetuning_rlhf.labs.rank.lab import stops
from course_utils.finetuning_rlhf.lora import LoRAConfig, numbers_trained
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.rollouts import replies
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import unpack

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=96)
PROMPTS = [Prompt(text, "talk") for text in ("Hm?", "<b>Say</b> it.", "Go on.")]
HELD_OUT = [SimpleNamespace(prompt=prompt, reply="I see.") for prompt in PROMPTS]
RANKS = [0, 1, 2, 4, 8, 16]


def shaken(model: Transformer, seed: int) -> Transformer:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return model.eval()


BASE = shaken(Transformer(SIZE), 1)
FINETUNED = shaken(copy.deepcopy(BASE), 2)


def made(**changed: object) -> RankLab:
    parts = {"base": BASE, "finetuned": FINETUNED, "tokenizer": TOKENIZER}
    return RankLab(**(parts | {"held_out": HELD_OUT, "prompts": PROMPTS} | changed))


@pytest.fixture(scope="module")
def still() -> RankLab:
    """A lab whose numbers are only read."""
    return made(trained={8: 1.5, 3: 2.0})


def test_the_slider_stops_at_powers_of_two_and_at_the_highest_rank() -> None:
    assert stops(16) == RANKS
    assert stops(24) == [0, 1, 2, 4, 8, 16, 24]
    assert (stops(1), stops(2)) == ([0, 1], [0, 1, 2])


def test_each_rank_has_the_loss_of_the_model_that_is_cut_there(still: RankLab) -> None:
    assert still.ranks == RANKS
    for rank, loss in zip(RANKS, still.losses, strict=True):
        cut = still.changes.at(rank)
        assert loss == pytest.approx(sft.reply_loss(cut, TOKENIZER, HELD_OUT), abs=1e-6)
    assert still.losses[-1] == pytest.approx(sft.reply_loss(FINETUNED, TOKENIZER, HELD_OUT), 1e-4)
    assert still.base_loss == pytest.approx(sft.reply_loss(BASE, TOKENIZER, HELD_OUT))
    assert len({round(loss, 3) for loss in still.losses}) == len(RANKS)


def test_the_slider_shows_what_a_rank_keeps_costs_and_answers(live_labs: None) -> None:
    lab = made()
    assert lab.rank == 8
    for rank in (2, 0, 16):
        lab.slider.value = rank
        facts, arrays = unpack(lab.view.frame)
        assert (facts["rank"], facts["at"]) == (rank, RANKS.index(rank))
        assert facts["replies"] == lab.replies
        said = replies(lab.changes.at(rank), TOKENIZER, PROMPTS, max_new_tokens=48)
        assert [one.removesuffix(" \N{HORIZONTAL ELLIPSIS}") for one in lab.replies] == said
        assert any(one.endswith("\N{HORIZONTAL ELLIPSIS}") for one in lab.replies)
        assert arrays["losses"][facts["at"]] == pytest.approx(lab.loss, abs=1e-5)
        assert arrays["kept"][facts["at"]] == pytest.approx(100 * lab.changes.kept(rank))
        assert lab.view.labels["numbers"][facts["at"]] == lab.numbers
    assert lab.replies == lab.whole
    assert lab.view.labels["prompts"] == ["Hm?", "<b>Say</b> it.", "Go on."]


def test_two_thin_tables_have_as_many_numbers_as_lora_trains(live_labs: None) -> None:
    lab = made()
    lab.slider.value = 4
    assert lab.numbers == numbers_trained(SIZE, LoRAConfig(4))
    tables = 2 * (4 * 16 * 16 + 3 * 16 * 24)  # by hand: two layers
    assert lab.changes.all_numbers == tables
    share = lab.view.labels["shares"][RANKS.index(4)]
    assert share == pytest.approx(2 * 4 * (4 * 32 + 3 * 40) / tables)


def test_a_rank_is_answered_once_and_then_remembered(
    live_labs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = made()
    lab.slider.value = 1
    first, asked = lab.replies, []
    monkeypatch.setattr(lab, "_answer", asked.append)
    lab.slider.value = 8
    lab.slider.value = 1
    assert lab.replies is first and asked == []


def test_loras_points_stand_between_the_stops(still: RankLab) -> None:
    facts, arrays = unpack(still.frame())
    assert still.labels()["trained"] == [3, 8]
    assert arrays["trained_places"].tolist() == [2.5, 4.0]
    assert arrays["trained"].tolist() == [2.0, 1.5]
    assert facts["rank"] == 8


def test_headless_a_picture_and_every_rank_in_a_line(
    still: RankLab, capsys: pytest.CaptureFixture
) -> None:
    data = still._repr_mimebundle_()[0]
    assert data["text/plain"] == "Picture: Rank lab: how much of a finetuning is left"
    assert set(data) == {"image/png", "text/plain"}
    still.print_figures()
    said = capsys.readouterr().out
    assert f"base model: loss {still.base_loss:.2f}" in said
    for rank, loss in zip(RANKS, still.losses, strict=True):
        assert f"cut to rank {rank:>3}: {still.changes.kept(rank):4.0%} of the change" in said
        assert f"{still.changes.numbers(rank):,} numbers" in said and f"loss {loss:.2f}" in said
    assert "LoRA of rank 3: loss 2.00\nLoRA of rank 8: loss 1.50\nHm?\n  rank 8: " in said
    left, right = still.picture().axes
    assert [text.get_text() for text in left.get_xticklabels()] == [str(rank) for rank in RANKS]
    curve = max(left.lines, key=lambda line: len(line.get_ydata()))
    assert np.allclose(curve.get_ydata(), still.losses)
    assert left.get_legend() is not None and right.get_legend() is None


def test_both_models_stay_as_they_are() -> None:
    before = [weight.clone() for model in (BASE, FINETUNED) for weight in model.parameters()]
    made()
    after = [weight for model in (BASE, FINETUNED) for weight in model.parameters()]
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))


def test_a_finetuning_that_changed_nothing_is_flat() -> None:
    lab = made(finetuned=BASE)
    assert lab.losses == pytest.approx([lab.base_loss] * len(RANKS))
    assert lab.kept == 1 and lab.replies == lab.whole
    assert lab.picture() is not None


def test_an_empty_reply_and_odd_signs_reach_the_page(live_labs: None) -> None:
    lab = made()
    lab._replies[2] = ["", "</script>\U0001f600", "word " * 900]
    lab.slider.value = 2
    assert unpack(lab.view.frame)[0]["replies"] == ["", "</script>\U0001f600", "word " * 900]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"prompts": []}, "number of prompts is 0"),
        ({"prompts": PROMPTS * 2}, "6 prompts, and room for 4"),
        ({"held_out": []}, "no examples"),
        ({"trained": {0: 1.0}}, "trained rank is 0"),
        ({"trained": {17: 1.0}}, "trained rank is 17.*16 at most"),
        ({"trained": {4: float("nan")}}, "loss of rank 4 is nan"),
        ({"finetuned": Transformer(TransformerConfig(261, width=32))}, "differ in size"),
        ({"base": Transformer(TransformerConfig(300, width=16))}, "knows 300 tokens.*261"),
    ],
)
def test_what_cannot_be_shown_is_refused(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**changed)


def test_a_rank_that_is_no_stop_is_refused() -> None:
    lab = made()
    with pytest.raises(ValueError, match="rank is 3"):
        lab.change("rank", 3)
    assert lab.rank == 8


def test_the_picture_refuses_what_does_not_belong_together() -> None:
    with pytest.raises(ValueError, match="2 ranks have 1 losses"):
        figure.rank_panels([0, 1], [1.0], [0.0, 1.0], 0, ([], []), 1.0, "t")
    with pytest.raises(ValueError, match="chosen is 2"):
        figure.rank_panels([0, 1], [1.0, 0.5], [0.0, 1.0], 2, ([], []), 1.0, "t")
