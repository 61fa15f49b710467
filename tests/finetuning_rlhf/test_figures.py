"""The pictures of notebook 04: small, labelled, and as long or high as what they stand for."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from course_utils.finetuning_rlhf import figures as finetuning
from course_utils.ui.picture import LARGEST_BYTES, Picture

DRAW = np.random.default_rng(0)
KINDS = ["capital", "region", "language", "currency", "highest_point", "nationality"]
RUN = {"proxy": list(DRAW.normal(size=60).cumsum()), "true": list(DRAW.random(60))}


def table(count: int) -> dict[str, dict[str, float]]:
    return {f"model {n}": dict.fromkeys(KINDS, (n + 1) / 10) for n in range(count)}


def all_pictures() -> list[Figure]:
    return [
        finetuning.sft_curve(DRAW.normal(2, 0.1, 400)),
        finetuning.accuracy_by_kind(*table(2).values()),
        finetuning.reward_histogram(DRAW.normal(1, 1, 500), DRAW.normal(0, 1, 500)),
        finetuning.leash_curves(RUN["proxy"], RUN["true"], DRAW.random(60)),
        finetuning.leash_curves(*(DRAW.random(60) for _ in range(5))),
        finetuning.leash_on_off(RUN, {"proxy": [0, 1.5], "true": [0.5, 0.1], "kl": [0, 9]}),
        finetuning.best_of_n([1, 2, 4, 8, 16], [0, 1, 1.5, 2, 2.2], [0.44, 0.53, 0.59, 0.57, 0.5]),
        finetuning.rewards_by_kind(table(5)),
        finetuning.labels_come_in([(256, 0.6), (512, 0.7)], 0.89),
    ]


def test_every_picture_is_a_small_png_at_72_dots_an_inch() -> None:
    for figure in all_pictures():
        picture = Picture.of(figure)
        width, height = Image.open(io.BytesIO(picture.png)).size
        assert len(picture.png) < LARGEST_BYTES and figure.dpi == 72
        assert width <= 700 and height <= 500
        assert len(str(picture)) > len("Picture: ") + 12


def test_every_axis_has_labels() -> None:
    axes = [one for figure in all_pictures() for one in figure.axes]
    assert len(axes) == 18 and all(one.get_xlabel() for one in axes)


def test_a_bar_is_as_long_as_its_share_and_before_stands_above_after() -> None:
    (axes,) = finetuning.accuracy_by_kind({"a": 0.2, "b": 0.4}, {"b": 1.0, "a": 0.5}).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([20, 40, 50, 100])
    assert axes.yaxis_inverted() and axes.patches[0].get_y() < axes.patches[2].get_y()
    assert [one.get_text() for one in axes.texts] == ["20 %", "40 %", "50 %", "100 %"]


def test_models_differ_by_more_than_colour() -> None:
    (axes,) = finetuning.rewards_by_kind(table(5)).axes
    assert len({bars[0].get_hatch() for bars in axes.containers}) == 5


def test_the_histogram_counts_every_pair() -> None:
    chosen, rejected = [1.0, 2.0, 5.0], [0.0, 2.5, 1.0]
    scores, ahead = finetuning.reward_histogram(chosen, rejected).axes
    assert sum(bar.get_height() for bar in scores.containers[0]) == 3
    assert sum(bar.get_height() for bar in ahead.patches) == 3
    left = sum(bar.get_height() for bar in ahead.patches if bar.get_x() + bar.get_width() < 0)
    assert left == 1


def test_equal_scores_can_be_drawn() -> None:
    assert finetuning.reward_histogram([1.0], [1.0]).axes


def test_the_leash_curves_show_every_step_of_a_short_run() -> None:
    panels = finetuning.leash_curves([0, 1, 2], [0.5, 0.4, 0.3], [0, 2, 9]).axes
    drawn = [axes.lines[0].get_ydata().tolist() for axes in panels]
    assert drawn == [[0, 1, 2], [0.5, 0.4, 0.3], [0, 2, 9]]
    assert panels[0].lines[0].get_xdata().tolist() == [1, 2, 3]


def test_entropy_and_length_have_panels_of_their_own_where_they_are_given() -> None:
    figure = finetuning.leash_curves([0, 1], [0.5, 0.4], [0, 2], entropy=[2, 1], length=[9, 30])
    drawn = {axes.get_title("left"): axes.lines[0].get_ydata().tolist() for axes in figure.axes}
    assert len(drawn) == 5 and (drawn["entropy"], drawn["length"]) == ([2, 1], [9, 30])
    assert figure.get_label().endswith("KL, entropy, length")
    assert finetuning.leash_curves([0], [0], [0]).get_label().endswith("true reward, KL")


def test_the_leash_off_is_dashed() -> None:
    axes = finetuning.leash_on_off(RUN, RUN).axes[0]
    styles = {one.get_label(): one.get_linestyle() for one in axes.lines}
    assert (styles["leash on"], styles["leash off"]) == ("-", "--")


def test_best_of_n_has_a_tick_for_each_n() -> None:
    axes = finetuning.best_of_n([1, 4, 16], [0, 1, 2], [0.4, 0.6, 0.5]).axes[1]
    assert [one.get_text() for one in axes.get_xticklabels()] == ["1", "4", "16"]
    assert axes.lines[0].get_ydata().tolist() == [0.4, 0.6, 0.5]


def test_every_look_at_the_labels_is_a_point_beside_the_ceiling() -> None:
    line, ceiling, _ = finetuning.labels_come_in([(32, 0.6), (64, 0.8)], 0.9).axes[0].lines
    assert line.get_xdata().tolist() == [32, 64] and set(ceiling.get_ydata()) == {0.9}


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: finetuning.sft_curve([]), "losses is empty"),
        (lambda: finetuning.accuracy_by_kind({"a": 1}, {"b": 1}), "the same kinds"),
        (lambda: finetuning.rewards_by_kind({}), "one to 5 tables"),
        (lambda: finetuning.rewards_by_kind(table(6)), "one to 5 tables"),
        (lambda: finetuning.reward_histogram([1], []), "1 chosen and 0 rejected"),
        (lambda: finetuning.leash_curves([1], [1], []), "'true reward': 1, 'distance': 0"),
        (lambda: finetuning.leash_curves([], [], []), "'proxy reward': 0"),
        (lambda: finetuning.leash_curves([1], [1], [1], [1, 2]), "'entropy': 2"),
        (lambda: finetuning.leash_on_off(RUN, {"proxy": [1]}), "off has {'proxy': 1}"),
        (lambda: finetuning.labels_come_in([], 0.9), "no point"),
        (lambda: finetuning.best_of_n([1, 2], [1], [1]), "2 n, 1 proxy rewards"),
    ],
)
def test_figures_that_do_not_fit_are_refused_with_a_sentence(draw, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()
