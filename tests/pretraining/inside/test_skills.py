"""Skills over the steps: right, without a trace in the run, and kept with the checkpoint."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import checkpoint, evaluate, figures
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.history import History, StepResult
from course_utils.pretraining.inside import induction
from course_utils.pretraining.inside.skills import FILE, Point, Skills, table
from course_utils.pretraining.train import TrainingDiverged, train

MODEL = TransformerConfig(
    vocab_size=261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=192
)
CONFIG = TrainConfig(
    MODEL, steps=12, batch=2, context_tokens=16, warmup_steps=2, eval_every=3, checkpoint_every=4
)
IDS = np.random.default_rng(0).integers(5, 261, 400).astype(np.uint16)
STATEMENTS = evaluate.statements()
NAMES = induction.name_cases(3)


def parts(config: TrainConfig = CONFIG) -> tuple[Transformer, Batches]:
    return Transformer(MODEL), Batches({"only": IDS}, {"only": 1.0}, 2, 16)


def skills(model: Transformer, tokenizer, folder: Path | None = None, **changes) -> Skills:
    given = {"statements": STATEMENTS, "names": NAMES, "steps": 12, "every": 3, "facts": 3}
    return Skills(model, tokenizer, folder=folder, **given | changes)


def stop_after(step: int, measure: Skills):
    def on_step(result: StepResult) -> None:
        measure(result)
        if result.step == step:
            raise KeyboardInterrupt

    return on_step


def whole_run(tokenizer) -> list[Point]:
    model, batches = parts()
    measure = skills(model, tokenizer)
    train(model, batches, CONFIG, on_step=measure)
    return measure.points


def test_a_run_is_bit_for_bit_the_same_with_and_without(tokenizer, tmp_path: Path):
    plain, batches = parts()
    without = train(plain, batches, CONFIG)
    threads, (model, batches) = torch.get_num_threads(), parts()
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    with_them = train(model, batches, CONFIG, on_step=skills(model, tokenizer, tmp_path))
    assert with_them.losses == without.losses
    assert all(
        torch.equal(*pair) for pair in zip(plain.parameters(), model.parameters(), strict=True)
    )
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before[1:]
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("training", [True, False])
def test_the_models_mode_stays(training: bool, tokenizer):
    model = parts()[0].train(training)
    measure = skills(model, tokenizer)
    measure(StepResult(3, 1.0, 1.0, 1.0, 1.0, 1))
    assert all(part.training == training for part in model.modules())


def test_there_is_a_point_before_the_first_step_every_few_and_after_the_last(tokenizer):
    assert [point.step for point in whole_run(tokenizer)] == [0, 3, 6, 9, 12]
    model, batches = parts()
    measure = skills(model, tokenizer, every=5)
    train(model, batches, CONFIG, on_step=measure)
    assert [point.step for point in measure.points] == [0, 5, 10, 12]


@pytest.mark.parametrize(("steps", "every"), [(30, 10), (2_000, 100)])
def test_every_scale_has_a_point_every_twentieth_of_its_run_or_ten_steps(
    steps: int, every: int, tokenizer
):
    assert skills(parts()[0], tokenizer, steps=steps, every=None).every == every


def test_the_measures_are_those_of_the_whole_evaluation(tokenizer, model):
    measure = skills(model, tokenizer, facts=6)
    measure(StepResult(3, 1.0, 1.0, 1.0, 1.0, 1))
    (point,) = measure.points
    # By what it says itself the model is right, on half of what it is asked.
    measure.statements = [
        replace(statement, values=(said,)) if number % 2 else statement
        for number, (statement, said) in enumerate(
            zip(measure.asked, _words_said(model, tokenizer, measure.asked), strict=True)
        )
    ]
    measure.asked = measure.statements
    half = measure._measured(4)
    assert point.facts == evaluate.fact_accuracy(model, tokenizer, STATEMENTS[:6]).accuracy == 0
    assert half.facts == evaluate.fact_accuracy(model, tokenizer, measure.asked).accuracy == 0.5
    assert half.names == induction.copied(model, tokenizer, NAMES)


def _words_said(model: Transformer, tokenizer, statements) -> list[str]:
    """What the model says first, up to where a word ends, to each statement."""
    mistakes = evaluate.fact_accuracy(model, tokenizer, statements).mistakes
    said = {(country, kind): text for country, kind, text, _ in mistakes}
    return [said[statement.country, statement.kind][:1] for statement in statements]


def test_the_same_facts_are_asked_again_and_other_seeds_ask_others(tokenizer):
    model = parts()[0]
    one, same, other = (skills(model, tokenizer, facts=9, seed=seed).asked for seed in (0, 0, 1))
    assert one == same != other and len({*map(id, one)}) == 9
    assert len(skills(model, tokenizer, statements=STATEMENTS[:4], facts=9).asked) == 4


@pytest.mark.parametrize("stopped", [1, 4, 6, 12])
def test_an_interrupted_run_goes_on_with_all_its_points(stopped: int, tokenizer, tmp_path: Path):
    model, batches = parts()
    with pytest.raises(KeyboardInterrupt):
        measure = skills(model, tokenizer, tmp_path)
        train(model, batches, CONFIG, folder=tmp_path, on_step=stop_after(stopped, measure))
    model, batches = parts()
    measure = skills(model, tokenizer, tmp_path)
    train(model, batches, CONFIG, folder=tmp_path, on_step=measure)
    assert measure.points == whole_run(tokenizer)
    assert list(tmp_path.iterdir()) == []  # a finished run leaves nothing


def test_points_after_the_checkpoint_are_measured_again(tokenizer, tmp_path: Path):
    def die(result: StepResult) -> None:  # as a killed kernel does: no state is saved
        measure(result)
        if result.step == 7:
            raise RuntimeError

    model, batches = parts()
    measure = skills(model, tokenizer, tmp_path)
    with pytest.raises(RuntimeError):
        train(model, batches, CONFIG, folder=tmp_path, on_step=die)
    path = tmp_path / FILE
    held = json.loads(path.read_text(encoding="utf-8"))
    assert [point["step"] for point in held["points"]] == [0, 3, 6]  # the checkpoint is of step 4
    held["points"][1]["sample"] = "kept"
    held["points"][2]["sample"] = "replaced"
    path.write_text(json.dumps(held), encoding="utf-8")
    model, batches = parts()
    measure = skills(model, tokenizer, tmp_path)
    train(model, batches, CONFIG, folder=tmp_path, on_step=measure)
    assert [point.step for point in measure.points] == [0, 3, 6, 9, 12]
    assert measure.points[1].sample == "kept" and measure.points[2].sample != "replaced"


def test_a_point_that_is_cut_off_is_made_before_the_run_stops(
    tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real, calls = induction.copied, []

    def interrupted(*given: object) -> float:
        calls.append(given)
        if len(calls) == 3:  # the untrained model, step 3, then step 6
            raise KeyboardInterrupt
        return real(*given)

    model, batches = parts()
    monkeypatch.setattr(induction, "copied", interrupted)
    with pytest.raises(KeyboardInterrupt, match="6 of 12"):
        measure = skills(model, tokenizer, tmp_path)
        train(model, batches, CONFIG, folder=tmp_path, on_step=measure)
    assert [point.step for point in measure.points] == [0, 3, 6]
    assert model.training


def test_a_lost_file_costs_its_points_and_no_more(tokenizer, tmp_path: Path):
    model, batches = parts()
    with pytest.raises(KeyboardInterrupt):
        measure = skills(model, tokenizer, tmp_path)
        train(model, batches, CONFIG, folder=tmp_path, on_step=stop_after(7, measure))
    (tmp_path / FILE).unlink()
    model, batches = parts()
    measure = skills(model, tokenizer, tmp_path)
    train(model, batches, CONFIG, folder=tmp_path, on_step=measure)
    assert [point.step for point in measure.points] == [8, 9, 12]  # what was missed at once


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"questions": "', "it is not JSON"),
        ("[1, 2]", "holds no skills over steps"),
        ('{"questions": "", "points": [{"step": 0}]}', "holds no skills over steps"),
        (
            '{"questions": "", "points": [{"step": 0, "facts": 7, "names": 0, "sample": ""}]}',
            "facts is 7",
        ),
        ('{"questions": "", "points": []}', "answer other facts, names or another opening"),
    ],
    ids=["cut short", "a list", "a field missing", "no share", "other questions"],
)
def test_a_broken_or_foreign_file_is_put_aside_and_said(
    text: str, why: str, tokenizer, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    measure = skills(parts()[0], tokenizer, tmp_path)
    said = capsys.readouterr().out
    assert why in said and f"It is kept as {FILE}.aside, and a new one begins" in said
    assert measure.points == []
    assert (tmp_path / f"{FILE}.aside").read_text(encoding="utf-8") == text


def test_a_diverged_or_cleared_run_takes_its_points_along(tokenizer, tmp_path: Path):
    config = replace(CONFIG, adamw_lr=1000.0)
    model, batches = parts()
    with pytest.raises(TrainingDiverged):
        measure = skills(model, tokenizer, tmp_path)
        train(model, batches, config, folder=tmp_path, on_step=measure)
    assert list(tmp_path.iterdir()) == []
    model, batches = parts()
    with pytest.raises(KeyboardInterrupt):
        measure = skills(model, tokenizer, tmp_path)
        train(model, batches, CONFIG, folder=tmp_path, on_step=stop_after(4, measure))
    assert (tmp_path / FILE).exists()
    checkpoint.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"statements": []}, "0 statements"),
        ({"names": []}, "0 names"),
        ({"every": 0}, "every is 0"),
        ({"facts": 0}, "facts is 0"),
        ({"steps": 0}, "steps is 0"),
    ],
)
def test_what_cannot_be_measured_is_refused(changes: dict, words: str, tokenizer):
    with pytest.raises(ValueError, match=words):
        skills(parts()[0], tokenizer, **changes)


POINTS = [Point(0, 0.0, 0.0, " the\nthe"), Point(100, 0.5, 0.25, " a city"), Point(200, 1, 1, "")]


def test_the_table_has_a_line_for_each_point():
    head, *lines = table(POINTS, "Paris is").splitlines()
    assert head.split() == ["step", "facts", "names", "Paris", "is", "…"]
    assert [line.split() for line in lines] == [
        ["0", "0%", "0%", "the", "the"],
        ["100", "50%", "25%", "a", "city"],
        ["200", "100%", "100%"],
    ]


def test_the_picture_has_both_skills_above_the_loss_on_one_scale_of_steps():
    history = History(val_steps=[100, 200], val_losses=[3.0, 2.0])
    above, below = figures.skills_over_steps(POINTS, history).axes
    facts, names = above.lines
    assert facts.get_ydata().tolist() == [0, 50, 100]
    assert names.get_ydata().tolist() == [0, 25, 100]
    assert facts.get_marker() != names.get_marker()
    assert below.lines[0].get_ydata().tolist() == [3, 2]
    assert above.get_xlim() == below.get_xlim()
    labels = {text.get_text(): text.xy[1] for text in above.texts}
    assert set(labels) == {"facts right", "new names copied"}
    one, other = labels.values()
    assert abs(one - other) >= 12 and max(one, other) <= 104
    above, below = figures.skills_over_steps(POINTS, history, {150: "another mix"}).axes
    assert [axes.lines[-1].get_xdata() for axes in (above, below)] == [[150, 150]] * 2
    assert below.texts[-1].get_text() == "another mix"
    with pytest.raises(ValueError, match="no points"):
        figures.skills_over_steps([], history)
