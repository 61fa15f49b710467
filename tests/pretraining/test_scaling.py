"""Scaling: a made-up law is found again, its interval covers, and every bad ladder is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils.economics.cost import FLOPS_A_PARAMETER_AND_TOKEN
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import scaling, scaling_figures, scaling_study
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.checkpoint import TrainingDiverged
from course_utils.pretraining.config import TrainConfig

SIZES = [35_400, 75_920, 126_168, 178_464, 307_632]
VOCABULARY, CONTEXT = 40, 16
MIX = {"only": 1.0}


@pytest.fixture
def text() -> dict[str, np.ndarray]:
    """Tokens that can be learnt: a count up, again and again."""
    return {"only": (np.arange(4_000) % 31).astype(np.uint16)}


@pytest.fixture
def validation(text: dict[str, np.ndarray]) -> list[torch.Tensor]:
    return [Batches(text, MIX, 4, CONTEXT, seed=9).next()]


def sizes(*widths: int) -> list[TransformerConfig]:
    return [scaling.size(VOCABULARY, width, CONTEXT) for width in widths]


def law_of(factor: float, exponent: float, floor: float = 0.0) -> list[float]:
    return [floor + factor * n**-exponent for n in SIZES]


@pytest.mark.parametrize(("factor", "exponent"), [(11.4, 0.066), (3.0, 0.5)])
def test_an_exact_power_law_is_found_again_and_goes_on(factor: float, exponent: float) -> None:
    law = scaling.fit(SIZES, law_of(factor, exponent))
    assert law.exponent == pytest.approx(exponent)
    assert law.factor == pytest.approx(factor)
    assert law.predict(1e6) == pytest.approx(factor * 1e6**-exponent)
    assert law.spread == pytest.approx(0, abs=1e-9)
    low, high = law.interval(1e6)
    assert high - low < 1e-6


def test_with_its_floor_given_a_law_is_found_again() -> None:
    law = scaling.fit(SIZES, law_of(200.0, 0.4, floor=3.5), floor=3.5)
    assert (law.exponent, law.factor) == (pytest.approx(0.4), pytest.approx(200.0))
    assert law.predict(1e9) == pytest.approx(3.5 + 200.0 * 1e9**-0.4)
    assert str(law) == "loss = 3.50 + 200 x N^-0.400"


def test_the_interval_covers_a_new_run_about_as_often_as_it_says() -> None:
    random, covered = np.random.default_rng(0), 0
    truth = law_of(11.4, 0.066)
    for _ in range(1_000):
        noisy = [loss * math.exp(0.02 * random.standard_normal()) for loss in truth]
        new = 11.4 * 451_136**-0.066 * math.exp(0.02 * random.standard_normal())
        low, high = scaling.fit(SIZES, noisy).interval(451_136)
        covered += low < new < high
    assert 930 <= covered <= 970


def test_the_interval_is_narrowest_in_the_middle_and_grows_outwards() -> None:
    losses = [
        loss * factor
        for loss, factor in zip(law_of(11.4, 0.066), (1, 1.01, 1, 1.01, 1), strict=True)
    ]
    law = scaling.fit(SIZES, losses)
    widths = [math.log(np.divide(*law.interval(n)[::-1])) for n in (130_000, 400_000, 4_000_000)]
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]


def test_a_few_noisy_points_do_not_know_the_floor() -> None:
    noise = (1.004, 0.997, 1.002, 0.996, 1.003)
    losses = [loss * factor for loss, factor in zip(law_of(11.4, 0.066), noise, strict=True)]
    near = scaling.floors(SIZES, losses)
    assert near[0].floor < 0.5 and near[-1].floor > 2
    assert near[-1].exponent > 1.5 * near[0].exponent
    # What they predict one step further is nearly the same all the while.
    said = [law.predict(451_136) for law in near]
    assert max(said) - min(said) < 0.1


def test_points_on_a_curve_with_a_floor_rule_out_the_straight_line() -> None:
    near = scaling.floors(SIZES, law_of(200.0, 0.4, floor=3.5), tried=2_000)
    assert all(law.floor == pytest.approx(3.5, abs=0.05) for law in near)


def test_what_is_left_out_is_predicted_from_the_rest() -> None:
    assert scaling.left_out(SIZES, law_of(11.4, 0.066)) == pytest.approx([0] * 5, abs=1e-9)
    bent = [*law_of(11.4, 0.066)[:-1], 6.0]
    rest = scaling.fit(SIZES[:-1], bent[:-1])
    assert scaling.left_out(SIZES, bent)[-1] == pytest.approx(6.0 - rest.predict(SIZES[-1]))


@pytest.mark.parametrize(
    ("given", "losses", "message"),
    [
        (SIZES[:3], [5.0, 4.0, 3.0], "3 different sizes"),
        ([1e5] * 5, [5.0] * 5, "1 different sizes"),
        (SIZES, [5.0] * 4, "4 losses"),
        (SIZES, [5.0, 4.9, math.nan, 4.7, 4.6], "finite"),
        (SIZES, [5.0, 4.9, 0.0, 4.7, 4.6], "a loss is 0.000"),
    ],
)
def test_what_no_law_goes_through_is_refused(given: list, losses: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scaling.fit(given, losses)
    with pytest.raises(ValueError, match="floor is 4.6"):
        scaling.fit(SIZES, [5.0, 4.9, 4.8, 4.7, 4.6], floor=4.6)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("width", [8, 24, 128])
def test_parameters_are_those_that_the_model_has(width: int, tied: bool) -> None:
    config = replace(scaling.size(300, width), tied=tied)
    model = Transformer(config)
    inside, total = scaling.parameters(config)
    assert total == model.count()
    assert inside == sum(
        weight.numel() for name, weight in model.named_parameters() if ".layers." in name
    )


def test_the_ladder_leads_to_the_base_model() -> None:
    base = TrainConfig.preset("laptop").model
    assert scaling.size(base.vocab_size, base.width, base.context_tokens) == base
    config = scaling.settings(base, 2_000, 8, 256, seed=0)
    assert config.adamw_lr == pytest.approx(TrainConfig.preset("laptop").adamw_lr)


def test_computation_is_six_times_parameters_times_tokens() -> None:
    (config,) = sizes(8)
    expected = FLOPS_A_PARAMETER_AND_TOKEN * Transformer(config).count() * 1_000
    assert scaling.flops(config, 1_000) == expected


def test_a_budget_is_shared_so_that_all_read_the_same_and_it_is_kept() -> None:
    ladder = sizes(8, 16, 24, 32)
    budget = 1e10
    steps = scaling.steps_for(ladder, budget, 128)
    spent = sum(scaling.flops(config, 128 * steps) for config in ladder)
    assert spent <= budget < spent + sum(scaling.flops(config, 128) for config in ladder)
    with pytest.raises(ValueError, match=r"gives each model 0 steps(.|\n)*Use a budget of"):
        scaling.steps_for(ladder, 1e6, 128)
    for bad in (0, -1e9, math.nan, math.inf, "much"):
        with pytest.raises(ValueError, match="budget is"):
            scaling.steps_for(ladder, bad, 128)


def test_a_ladder_is_trained_and_each_run_says_what_it_took(text, validation) -> None:
    ladder = sizes(8, 16, 24, 32)
    steps = 20
    budget = sum(scaling.flops(config, 4 * CONTEXT * steps) for config in ladder)
    runs = scaling.run_ladder(ladder, text, MIX, validation, budget, batch=4)
    assert [run.parameters for run in runs] == [Transformer(each).count() for each in ladder]
    assert {run.tokens for run in runs} == {4 * CONTEXT * steps}
    assert sum(run.flops for run in runs) == pytest.approx(budget)
    assert all(run.loss < math.log(VOCABULARY) - 0.5 for run in runs)
    again = scaling.run_ladder(ladder, text, MIX, validation, budget, batch=4)
    assert [run.loss for run in again] == [run.loss for run in runs]


class StoppedByHand(dict):
    """Notes two runs; when it is asked about a third, Ctrl-C comes, once."""

    asked = 0

    def __contains__(self, key: object) -> bool:
        self.asked += 1
        if self.asked == 3:
            raise KeyboardInterrupt
        return super().__contains__(key)


def test_an_interrupted_ladder_goes_on_with_what_is_missing(text, validation) -> None:
    finished = StoppedByHand()
    call = (sizes(8, 16, 24, 32), text, MIX, validation, 9e8, 4, 0, finished)
    with pytest.raises(KeyboardInterrupt):
        scaling.run_ladder(*call)
    before = list(finished.values())
    assert [run.width for run in before] == [8, 16]
    runs = scaling.run_ladder(*call)
    # The very objects of before, so they were not trained again.
    assert runs[0] is before[0] and runs[1] is before[1]
    assert [run.width for run in runs] == [8, 16, 24, 32]


def test_a_run_that_diverges_is_named_by_its_width(text, validation, monkeypatch) -> None:
    usual = scaling.settings

    def wild(model, *rest):
        config = usual(model, *rest)
        return replace(config, adamw_lr=1e4, muon_lr=1e4) if model.width == 24 else config

    monkeypatch.setattr(scaling, "settings", wild)
    finished: dict = {}
    with pytest.raises(TrainingDiverged, match=r"width 24(.|\n)*Lower"):
        scaling.run_ladder(sizes(8, 16, 24, 32), text, MIX, validation, 9e8, 4, finished=finished)
    assert [run.width for run in finished.values()] == [8, 16]


def test_a_ladder_that_says_nothing_is_refused_before_it_is_trained(text, validation) -> None:
    other = scaling.size(VOCABULARY + 1, 32, CONTEXT)
    for ladder, message in (
        (sizes(8, 16, 24), "There are 3 sizes"),
        (sizes(8, 16, 16, 24), "each larger"),
        ([*sizes(8, 16, 24), other], "different vocabularies"),
    ):
        with pytest.raises(ValueError, match=message):
            scaling.run_ladder(ladder, text, MIX, validation, 1e12)
    with pytest.raises(ValueError, match="multiple of 8"):
        scaling.size(VOCABULARY, 12)


def of_budget(budget: float, losses: list[float]) -> list[scaling_study.StudyRun]:
    counts = [100_000 * 2**n for n in range(len(losses))]
    return [
        scaling_study.StudyRun(
            8, budget, n, n // 2, round(budget / 6 / n), loss, 1.0, 0.7, 0.5, 0.1, 0.2, 3.0, 0
        )
        for n, loss in zip(counts, losses, strict=True)
    ]


def test_the_best_size_is_the_lowest_point_of_the_parabola() -> None:
    middle = math.log(300_000)
    losses = [3 + 0.2 * (math.log(100_000 * 2**n) - middle) ** 2 for n in range(5)]
    assert scaling_study.optimum(of_budget(1e12, losses)) == pytest.approx(300_000)


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        ([3.0, 2.9, 3.1], "There are 3 runs"),
        ([3.0, 2.8, 2.65, 2.55], "no lowest point"),
        ([3.0, 3.2, 3.2, 3.0], "no lowest point"),
        ([1.83, 1.96, 2.2, 3.01], "no lowest point"),
    ],
)
def test_where_there_is_no_best_size_none_is_given(losses: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scaling_study.optimum(of_budget(1e12, losses))


def test_a_study_is_read_as_it_was_written_and_a_damaged_one_refused(tmp_path: Path) -> None:
    runs = of_budget(6e12, [3.0, 2.9, 3.1, 3.3]) + of_budget(1e12, [4.0, 3.9, 4.1, 4.3])
    path = tmp_path / "study.json"
    scaling_study.save([vars(run) | {"more": 1} for run in runs], "2026-11-29", path)
    study = scaling_study.load(path)
    assert study.date == "2026-11-29"
    assert study.runs == tuple(runs[4:] + runs[:4])
    assert list(study.by_budget()) == [1e12, 6e12]
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8", newline="\n")
    with pytest.raises(ValueError, match="benchmarks.scaling --write"):
        scaling_study.load(path)


def test_every_run_of_the_committed_study_kept_to_its_budget() -> None:
    study = scaling_study.load()
    assert len(study.by_budget()) >= 2
    for run in study.runs:
        config = scaling.size(4096, run.width, 256)
        assert (run.inside_the_blocks, run.parameters) == scaling.parameters(config)
        assert 0.9 * run.budget < scaling.flops(config, run.tokens) <= run.budget
        assert 0 <= run.stories <= 1 and 0 <= run.facts <= 1


def test_in_the_committed_study_more_computation_wants_a_larger_model() -> None:
    budgets = scaling_study.load().by_budget()
    best = [scaling_study.optimum(budgets[budget]) for budget in (5e11, 1e12, 4e12)]
    assert best[0] < best[1] < best[2]
    assert 0.3 < math.log(best[2] / best[0]) / math.log(8) < 0.6


def test_pictures_show_every_run_and_the_larger_one_beside_its_prediction() -> None:
    losses = law_of(11.4, 0.066)
    pairs = list(zip(SIZES, losses, strict=True))
    runs = [scaling.Run(8, n, 1, 6.0 * n, loss, 1.0, 0) for n, loss in pairs]
    larger = scaling.Run(64, 451_136, 1, 1.0, 4.9, 1.0, 0)
    axes = scaling_figures.power_law(runs, scaling.fit(SIZES, losses), larger).axes[0]
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert drawn["the ladder"] == [list(pair) for pair in pairs]
    assert drawn["run afterwards"] == [[451_136, 4.9]]
    assert drawn["predicted"][0][1] == pytest.approx(11.4 * 451_136**-0.066)
    with pytest.raises(ValueError, match="no runs"):
        scaling_figures.power_law([], scaling.fit(SIZES, losses))
    panels = scaling_figures.study(scaling_study.Study("2026-11-29", tuple(
        of_budget(1e12, [4.0, 3.9, 4.1, 4.3]) + of_budget(6e12, [3.0, 2.9, 2.8, 2.7])
    ))).axes  # fmt: skip
    # Two lines in each panel, and a star for the one budget whose best size is among those tried.
    assert [len(panel.lines) for panel in panels] == [3, 2, 2, 2]
    with pytest.raises(ValueError, match="There are 0 budgets"):
        scaling_figures.study(scaling_study.Study("2026-11-29", ()))
