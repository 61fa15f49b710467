"""What the machine is told: scale, headless, device, seed, progress."""

from __future__ import annotations

import pytest
import torch

from course_utils import runtime


def test_the_scale_is_laptop_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_SCALE", raising=False)
    assert runtime.scale() == "laptop"
    monkeypatch.setenv("COURSE_SCALE", "tiny")
    assert runtime.scale() == "tiny"


def test_an_unknown_scale_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SCALE", "huge")
    with pytest.raises(ValueError, match="tiny, laptop, gpu"):
        runtime.scale()


def test_headless_is_on_under_pytest_and_off_where_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)
    assert runtime.headless()
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    assert not runtime.headless()
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    assert runtime.headless()


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DEVICE", "abacus")
    with pytest.raises(ValueError, match="'abacus'.*cpu"):
        runtime.device()
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert runtime.device().type == "cpu"


def test_the_same_seed_gives_the_same_numbers() -> None:
    runtime.seed_everything(3)
    first = torch.rand(4)
    runtime.seed_everything(3)
    assert torch.equal(first, torch.rand(4))


def test_progress_is_silent_when_headless(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    with runtime.Progress("crawling", 2) as progress:
        progress.advance()
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    with runtime.Progress("crawling", 2) as progress:
        progress.advance(2, "done")
    assert "crawling: 2 of 2" in capsys.readouterr().out
