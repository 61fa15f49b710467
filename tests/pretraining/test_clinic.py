"""The clinic: each fault has a sign of its own, and a mend is judged by training again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from course_utils.pretraining import clinic, figures
from course_utils.pretraining.clinic import FAULTS, Settings, mended, patients, train
from course_utils.pretraining.exercises.clinic import EVIDENCE, SEEDS, still_ill
from course_utils.pretraining.exercises.mistakes import of_clinic
from course_utils.pretraining.exercises.reference import clinic as right_answer

PATIENT = {clinic.diagnosis(name): name for name in (f"patient {n}" for n in range(1, 6))}


@pytest.fixture(scope="module")
def healthy() -> clinic.Run:
    return train(Settings(), seed=0)


@pytest.fixture(scope="module")
def ill() -> dict[str, clinic.Run]:
    return patients(seed=0)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_fault_shows_its_own_sign_and_no_other_run_shows_it(seed: int) -> None:
    runs = {"": train(Settings(), seed).signs}
    runs |= {fault: train(Settings(**broken), seed).signs for fault, broken in FAULTS.items()}
    for fault, signs in runs.items():
        assert [name for name in EVIDENCE if EVIDENCE[name].speaks_for(signs)] == [fault] * bool(
            fault
        )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_healthy_run_learns_and_generalises_and_validation_says_so(seed: int) -> None:
    signs = train(Settings(), seed).signs
    assert signs.fresh > 0.75 and signs.last_loss < 0.2
    assert abs(signs.validation - signs.fresh) < 0.05


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fresh_pages_show_what_each_fault_costs(seed: int) -> None:
    fresh = {
        fault: train(Settings(**broken), seed).signs.fresh for fault, broken in FAULTS.items()
    }
    assert fresh["validation leaked"] == train(Settings(), seed).signs.fresh > 0.75
    assert fresh["labels shifted"] < 0.45 and fresh["dead units"] < 0.4
    for fault in ("data in order", "learning rate too high"):
        assert 0.5 < fresh[fault] < fresh["validation leaked"] - 0.04


def test_a_leak_changes_what_is_seen_and_nothing_that_is_learnt(healthy: clinic.Run) -> None:
    leaked = train(Settings(leaked_fraction=0.9), seed=0)
    assert np.array_equal(leaked.losses, healthy.losses)
    assert leaked.signs.fresh == healthy.signs.fresh
    assert leaked.validation_losses[-1] < 0.5 * healthy.validation_losses[-1]


def test_dead_units_leave_the_loss_at_guessing(ill: dict[str, clinic.Run]) -> None:
    run = ill[PATIENT["dead units"]]
    assert np.allclose(run.validation_losses, clinic.GUESSING, atol=0.05)


def test_the_same_seed_gives_the_same_run_and_another_one_another(healthy: clinic.Run) -> None:
    assert np.array_equal(train(Settings(), seed=0).losses, healthy.losses)
    assert not np.array_equal(train(Settings(), seed=1).losses, healthy.losses)


def test_the_curves_have_a_point_for_each_step_and_each_measurement(healthy: clinic.Run) -> None:
    steps = clinic.STEPS_PER_EPOCH * clinic.EPOCHS
    count = steps // clinic.MEASURED_EVERY + 1
    assert healthy.losses.shape == (steps,) and healthy.measured_at[-1] == steps
    assert healthy.validation_losses.shape == (count,)
    assert healthy.class_accuracy.shape == (count, 3)


def test_a_step_goes_down_autograds_gradient() -> None:
    random_numbers = np.random.default_rng(0)
    x, y = clinic.pages(6, random_numbers)
    network = clinic._Network(0.1, random_numbers)
    before = [torch.tensor(values, requires_grad=True) for values in network.parameters]
    hidden = torch.relu(torch.tensor(x) @ before[0] + before[1])
    loss = torch.nn.functional.cross_entropy(hidden @ before[2] + before[3], torch.tensor(y))
    loss.backward()
    assert network.step(x, y, lr=0.5) == pytest.approx(loss.item())
    for old, new in zip(before, network.parameters, strict=True):
        assert np.allclose(new, (old - 0.5 * old.grad).detach().numpy(), atol=1e-12)


def test_the_highest_rate_leaves_finite_numbers() -> None:
    run = train(Settings(lr=100), seed=0)
    assert np.isfinite(run.losses).all() and np.isfinite(run.validation_losses).all()


def test_pages_are_of_three_kinds_alike_in_number_and_never_in_order() -> None:
    x, y = clinic.pages(240, np.random.default_rng(0))
    assert x.shape == (240, 12) and np.bincount(y).tolist() == [80, 80, 80]
    assert (np.diff(y) != 0).sum() > 100


def test_each_patient_has_another_fault_and_shows_no_settings(ill: dict[str, clinic.Run]) -> None:
    assert list(ill) == [f"patient {number}" for number in range(1, 6)]
    assert set(PATIENT) == set(FAULTS) and list(PATIENT) != list(FAULTS)
    for name, run in ill.items():
        assert not any(word in repr(run) for word in ("lr", "shuffle", "bias", "leak", "shift"))
        broken = Settings(**FAULTS[clinic.diagnosis(name)])
        assert np.array_equal(run.losses, train(broken, seed=0).losses)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lr": 0}, "lr is 0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"lr": "fast"}, "lr is 'fast'"),
        ({"lr": True}, "lr is True"),
        ({"label_shift": 0.5}, "whole number"),
        ({"label_shift": -1}, "label_shift is -1"),
        ({"shuffle": 1}, "True or False"),
        ({"leaked_fraction": 1.1}, "share"),
        ({"hidden_bias": -101}, "-101"),
        ({"learning_rate": 0.1}, "learning_rate.*lr, label_shift"),
        ({3: 0.1}, "no setting '3'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_what_can(changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings().changed(changes)


def test_a_patient_who_is_not_there_is_refused_with_those_who_are() -> None:
    with pytest.raises(KeyError, match="patient 6.*patient 1, patient 2"):
        mended("patient 6", {})


def test_a_number_of_numpy_is_a_number() -> None:
    settings = Settings().changed({"lr": np.float64(0.2), "label_shift": np.int64(1)})
    assert (settings.lr, settings.label_shift) == (0.2, 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_without_its_fault_a_patient_is_healthy_on_three_other_seeds(fault: str) -> None:
    _, mend = right_answer(PATIENT[fault])
    assert len(SEEDS) == 3 and 0 not in SEEDS
    assert still_ill(PATIENT[fault], fault, mend) is None


@pytest.mark.parametrize(
    ("fault", "mend"),
    [
        ("learning rate too high", {"lr": 0.05}),
        ("learning rate too high", {"lr": 0.3}),
        ("dead units", {"hidden_bias": -1}),
        ("dead units", {"hidden_bias": 1.0}),
    ],
)
def test_any_value_that_heals_is_right(fault: str, mend: dict) -> None:
    answer = [fault, mend]
    assert of_clinic(answer, right_answer(PATIENT[fault]), PATIENT[fault]) is None


@pytest.mark.parametrize(
    ("fault", "mend", "words"),
    [
        ("learning rate too high", {"lr": 0.6}, "still jumps"),
        ("learning rate too high", {"lr": 0.01}, "too slowly"),
        ("dead units", {"hidden_bias": -5.0}, "fire for no page"),
        ("dead units", {"hidden_bias": 20.0}, "of fresh pages right"),
        ("labels shifted", {"label_shift": 100}, "near chance"),
        ("validation leaked", {"leaked_fraction": 0.6}, "looks better"),
        ("validation leaked", {"leaked_fraction": 0.05}, "still copies"),
        ("data in order", {"shuffle": False}, "draws the curve"),
    ],
)
def test_a_mend_that_is_not_enough_is_told_what_is_left(fault, mend, words: str) -> None:
    assert words in still_ill(PATIENT[fault], fault, mend)


def test_a_wrong_fault_is_refused_with_the_sign_that_speaks_against_it() -> None:
    said = {
        (patient, fault): of_clinic((fault, {}), right_answer(patient), patient)
        for patient in PATIENT.values()
        for fault in FAULTS
        if clinic.diagnosis(patient) != fault
    }
    assert len(said) == 20 and all(" Here " in words for words in said.values())
    assert not any("{" in words for words in said.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_was_not_broken_and_is_changed_is_named(fault: str) -> None:
    patient, (_, mend) = PATIENT[fault], right_answer(PATIENT[fault])
    other = "lr" if fault != "learning rate too high" else "shuffle"
    changes = mend | {other: getattr(Settings(), other)}
    said = of_clinic((fault, changes), (fault, mend), patient)
    assert f"but {other} was not broken" in said


def test_the_table_has_a_row_for_each_run_and_a_number_for_each_sign(healthy, ill) -> None:
    head, *rows = clinic.table({"healthy": healthy, **ill}).splitlines()
    assert [row[:9].strip() for row in rows] == ["healthy", *ill]
    assert all(len(row[10:].split()) == 9 and len(row) == len(head) for row in rows)


def test_the_panels_are_alike_and_show_what_was_measured(healthy, ill) -> None:
    runs = {"healthy": healthy, **ill}
    for draw, lines in ((figures.clinic_losses, 3), (figures.clinic_classes, 3)):
        panels = draw(runs).axes
        assert [axes.get_title(loc="left") for axes in panels] == list(runs)
        assert all(len(axes.lines) == lines for axes in panels)
        assert len({(axes.get_ylim(), tuple(np.round(axes.get_xlim()))) for axes in panels}) == 1
    losses = figures.clinic_losses(runs).axes[0].lines
    assert np.array_equal(losses[0].get_ydata(), healthy.losses)
    assert np.array_equal(losses[1].get_ydata(), healthy.validation_losses)


def test_a_loss_that_never_moves_repeats_nothing(healthy: clinic.Run) -> None:
    still = clinic._signs_of_curves(np.ones(600), healthy.class_accuracy)
    assert still["repeats"] == 0.0 and replace(healthy.signs, **still).worst_loss == 1.0
