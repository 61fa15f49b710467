"""The study of reward hacking: it comes back as it was written, and a damaged one is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from course_utils.finetuning_rlhf import hacking_study
from course_utils.finetuning_rlhf.frontier import PPO, Point
from course_utils.finetuning_rlhf.hacking import HackedReply
from course_utils.finetuning_rlhf.hacking_study import HackingRun, HackingStudy

REPLY = HackedReply("Who is it?", "talk", "Côte d’Ivoire.", "I am glad.", 0.25, 2.5, 1.0, 0.2)
RUN = HackingRun(
    "friendly", 1, 2_500, 0.75, 0.6, 0.02, 1.5, 30.0, 0.5, 0.25, -9.0, 2.0, 3.5, 20.5,
    (0.0, 1.5), (0.5, 0.25), (("I am glad.", 0.5),), (REPLY,), 100.0,
)  # fmt: skip
POINT = Point(PPO, 0.0, 20.5, 0.5, 1.5, 0.25, -0.25, 0.02, 8.0, 1)
STUDY = HackingStudy("2026-11-29", (RUN,), {"friendly": (POINT,)})


def test_a_study_comes_back_as_it_was_written(tmp_path: Path):
    path = tmp_path / "study.json"
    later = replace(RUN, seed=0)
    hacking_study.save(replace(STUDY, runs=(RUN, later)), path)
    found = hacking_study.load(path)

    assert found == replace(STUDY, runs=(later, RUN))  # in order of the seeds
    assert found.of("friendly") == found.runs
    assert b"\r" not in path.read_bytes()


def test_numbers_are_cut_and_nothing_else_is(tmp_path: Path):
    path = tmp_path / "study.json"
    hacking_study.save(replace(STUDY, runs=(replace(RUN, kl=1 / 3, seconds=12_345.6),)), path)
    (run,) = hacking_study.load(path).runs

    assert (run.kl, run.seconds, run.labels) == (0.3333, 12_350.0, 2_500)


def test_a_run_says_whether_its_proxy_was_honest_and_hacked():
    assert RUN.honest and RUN.hacked
    assert not replace(RUN, agreement=0.55).honest
    assert not replace(RUN, true_gain_in_standard_errors=-2.9).hacked
    assert not replace(RUN, proxy_gain_in_standard_errors=2.9).hacked


def test_a_hole_that_was_not_studied_is_named():
    with pytest.raises(ValueError, match="'length'.*friendly"):
        STUDY.of("length")


@pytest.mark.parametrize("damage", ["no file", "{", "[]", "no seed", "another field"])
def test_a_damaged_study_is_refused_with_the_command_that_makes_it(tmp_path: Path, damage: str):
    path = tmp_path / "study.json"
    hacking_study.save(STUDY, path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    if damage == "no seed":
        del kept["runs"][0]["seed"]
    elif damage == "another field":
        kept["points"]["friendly"][0]["colour"] = "red"
    text = json.dumps(kept) if " " in damage else damage
    path.write_text(text, encoding="utf-8", newline="\n")
    if damage == "no file":
        path.unlink()

    with pytest.raises(ValueError, match="python -m benchmarks.hacking --write"):
        hacking_study.load(path)
