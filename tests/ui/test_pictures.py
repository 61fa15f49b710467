"""The static pictures: they draw what they are given, stay small, and read the same everywhere."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from course_utils.data_collection import figures as collection
from course_utils.pretraining import clinic, mlp
from course_utils.pretraining import figures as pretraining
from course_utils.pretraining.scores import KindScore
from course_utils.tokenization import figures as tokenization
from course_utils.ui.picture import LARGEST_BYTES, Picture

DRAW = np.random.default_rng(0)
NAMES = [["a", "b", "c"], ["h1", "h2", "h3", "h4"], ["mail", "spam"]]
HISTORY = SimpleNamespace(
    steps=list(range(1, 801)),
    losses=list(DRAW.normal(2, 0.1, 800)),
    val_steps=[0, 400, 800],
    val_losses=[7.0, 3.0, 2.0],
)


def all_pictures() -> dict[str, Figure]:
    runs = {"healthy": clinic.train(clinic.Settings()), **clinic.patients()}
    kinds = ["capital", "region", "language", "currency", "highest_point", "nationality"]
    return {
        "funnel": collection.page_funnel({"crawled": 3621, "language": 3100, "dedup": 9}),
        "mix": collection.source_mix({"a": 1.0, "b": 3.0}, {"a": 0.5, "b": 0.5}),
        "orders": collection.random_orders(
            DRAW.integers(1, 2**32, (8, 5)), [1, 1, 1, 0, 0], [0, 1, 1, 1, 1]
        ),
        "lengths": tokenization.token_lengths([1, 1, 2, 5]),
        "bytes": tokenization.bytes_per_token({"ours": 3.97, "GPT-2": 3.88}, own="ours"),
        "activations": pretraining.activations(),
        "loss": pretraining.loss_curve(HISTORY, bytes_per_token=3.9),
        "rate": pretraining.learning_rate_schedule([1.0, 0.5, 0.0]),
        "heart": pretraining.overfitting([2.0, 1.0, 0.5], [2.1, 1.5, 1.9]),
        "facts": pretraining.fact_accuracy(dict.fromkeys(kinds, KindScore(180, 200, 0.1))),
        "attention": pretraining.attention_map(np.eye(3), ["a", " b", "\n"], "head 1"),
        "clinic": pretraining.clinic_losses(runs),
        "classes": pretraining.clinic_classes(runs),
        "network": pretraining.spam_network(
            [DRAW.normal(size=(3, 4)), DRAW.normal(size=(4, 2))], NAMES, [0.7, 0.5]
        ),
        "maps": pretraining.decision_maps(
            [mlp.SpamNetwork().decision_grid(known) for known in (0, 1)], *mlp.emails(32)
        ),
    }


@pytest.fixture(scope="module")
def pictures() -> dict[str, Figure]:
    return all_pictures()


def test_every_picture_is_a_small_png_at_72_dots_an_inch(pictures: dict[str, Figure]) -> None:
    for name, figure in pictures.items():
        png = Picture.of(figure).png
        width, height = Image.open(io.BytesIO(png)).size
        assert len(png) < LARGEST_BYTES, name
        assert figure.dpi == 72 and width <= 700 and height <= 500, name


def test_every_axis_with_numbers_has_a_label(pictures: dict[str, Figure]) -> None:
    for name, figure in pictures.items():
        for axes in figure.axes:
            if axes.axison:
                assert axes.get_xlabel() or axes.get_ylabel(), name


def test_every_picture_says_in_words_what_it_shows(pictures: dict[str, Figure]) -> None:
    words = [str(Picture.of(figure)) for figure in pictures.values()]
    assert all(text.startswith("Picture: ") and len(text) > 12 for text in words)
    assert len(set(words)) == len(words)


def test_the_text_of_a_picture_is_the_same_for_other_data() -> None:
    one = tokenization.token_lengths([1, 2])
    other = tokenization.token_lengths([3, 4, 4])
    bundles = [Picture.of(figure)._repr_mimebundle_()[0] for figure in (one, other)]
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] != bundles[1]["image/png"]


def test_a_picture_holds_a_png_and_text_and_nothing_else() -> None:
    bundle = Picture.of(tokenization.token_lengths([1]))._repr_mimebundle_()[0]
    assert set(bundle) == {"image/png", "text/plain"}


def test_drawing_leaves_pyplot_and_its_settings_alone() -> None:
    import matplotlib.pyplot as pyplot

    before = dict(matplotlib.rcParams)
    pretraining.learning_rate_schedule([1.0, 0.0])
    assert pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


def test_pictures_can_be_drawn_outside_of_the_main_thread() -> None:
    drawn = []
    thread = threading.Thread(
        target=lambda: drawn.append(Picture.of(tokenization.token_lengths([1, 2])))
    )
    thread.start()
    thread.join(20)
    assert len(drawn) == 1


def test_the_funnel_has_one_bar_a_step_as_long_as_its_pages() -> None:
    figure = collection.page_funnel({"crawled": 100, "language": 80})
    lengths = [bar.get_width() for bar in figure.axes[0].patches]
    assert lengths == [100, 100, 100, 80]  # dotted: before the step; filled: after it


def test_texts_agree_in_an_order_whose_smallest_shingle_both_have() -> None:
    ranks = np.array([[1, 2, 3], [3, 1, 2], [2, 3, 1]])  # the shingles: first's, both's, second's
    figure = collection.random_orders(ranks, [1, 1, 0], [0, 1, 1])
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words == ["differ", "agree", "differ"]
    rings = [ring.get_offsets()[:, 0] * 3 for ring in figure.axes[0].collections[3:]]
    assert np.rint(rings).tolist() == [[1, 1, 2], [2, 1, 1]]


def test_each_activation_is_drawn_and_stays_within_the_range_of_its_title() -> None:
    figure = pretraining.activations()
    for axes, name in zip(figure.axes, mlp.ACTIVATIONS, strict=True):
        words, bounds = pretraining.RANGES[name]
        assert axes.get_title(loc="left") == f"{name}\n{words}"
        *dashed, curve = axes.lines
        sums, outputs = curve.get_data()
        assert (sums[0], sums[-1]) == (-4, 4)
        assert outputs == pytest.approx(mlp.activate(name, sums))
        assert [line.get_ydata()[0] for line in dashed] == list(bounds)
        low, high = (*bounds, np.inf) if len(bounds) == 1 else bounds or (-np.inf, np.inf)
        assert low <= outputs.min() and outputs.max() <= high
    assert max(outputs) < 1 < max(figure.axes[1].lines[-1].get_ydata())


def test_the_maps_mark_each_email_on_its_senders_side_and_draw_the_rules_border() -> None:
    x, y = mlp.emails(20)
    grids = [np.full((4, 4), 0.2), np.repeat([[0.1, 0.4, 0.6, 0.9]], 4, axis=0)]
    figure = pretraining.decision_maps(grids, x, y)
    for known, axes in enumerate(figure.axes):
        mail, spam = axes.collections[-2:]
        for marks, kind in ((mail, 0), (spam, 1)):
            expected = x[(x[:, 2] == known) & (y == kind), :2]
            assert np.asarray(marks.get_offsets()) == pytest.approx(expected)
        assert tuple(axes.lines[0].get_xydata()[1]) == mlp.true_border(known)[1]
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["from a stranger: 0% called spam", "from a friend: 50% called spam"]


def test_bits_per_byte_follow_from_the_loss_and_the_bytes_a_token() -> None:
    history = SimpleNamespace(steps=[1], losses=[2.0], val_steps=[1], val_losses=[np.log(2) * 4])
    figure = pretraining.loss_curve(history, bytes_per_token=4.0)
    assert figure.axes[1].lines[0].get_ydata() == pytest.approx([1.0])


def test_a_negative_weight_is_dashed_and_a_larger_one_is_wider() -> None:
    weights = [np.array([[1.0, -2.0]]), np.array([[0.0], [0.5]])]
    figure = pretraining.spam_network(weights, [["x"], ["a", "b"], ["y"]])
    first, second = figure.axes[0].lines[:2]
    assert (first.get_linestyle(), second.get_linestyle()) == ("-", "--")
    assert second.get_linewidth() > first.get_linewidth()


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: collection.page_funnel({}), "pages_after is empty"),
        (lambda: collection.source_mix({"a": 1}, {"b": 1}), "only one names: a, b"),
        (lambda: collection.random_orders(np.eye(2), [1, 1], [0, 0]), "needs a shingle"),
        (lambda: collection.random_orders(np.eye(2), [1, 0], [1, 0]), "a text that has"),
        (lambda: tokenization.token_lengths([]), "lengths_bytes is empty"),
        (lambda: tokenization.bytes_per_token({}), "by_tokenizer is empty"),
        (lambda: pretraining.learning_rate_schedule([]), "rates is empty"),
        (lambda: pretraining.overfitting([1.0], []), "1 training and 0 validation"),
        (lambda: pretraining.overfitting([], []), "one epoch or more"),
        (lambda: pretraining.loss_curve(SimpleNamespace(losses=[])), "train first"),
        (lambda: pretraining.loss_curve(HISTORY, 0), "above 0"),
        (lambda: pretraining.fact_accuracy({}), "no kind of fact"),
        (lambda: pretraining.attention_map(np.eye(2), ["a"]), r"\(2, 2\) for 1 tokens"),
        (lambda: pretraining.clinic_losses({}), "1 to 6"),
        (lambda: pretraining.clinic_classes(dict.fromkeys("abcdefg")), "There are 7 runs"),
        (lambda: pretraining.decision_maps([np.eye(2)], [], []), r"\[\(2, 2\)\]; give two"),
        (lambda: pretraining.decision_maps([np.eye(2)] * 2, [[0, 0, 0]], []), "1 e-mails and 0"),
        (lambda: pretraining.spam_network([np.eye(2)], [["a"], ["b"]]), r"\(2, 2\)"),
    ],
)
def test_figures_that_do_not_fit_are_refused_with_a_sentence(draw, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()


def test_a_picture_too_large_for_a_notebook_is_refused() -> None:
    figure = Figure(figsize=(8, 8), dpi=72)
    figure.add_axes((0, 0, 1, 1)).imshow(DRAW.random((600, 600)))
    with pytest.raises(ValueError, match="40,000"):
        Picture.of(figure, "noise")
