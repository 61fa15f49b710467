"""What the machine is told: scale, headless, device, seed, progress."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import torch

from course_utils import runtime


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def in_a_new_thread(function: Callable[[], object]) -> object:
    answers = []
    thread = threading.Thread(target=lambda: answers.append(function()))
    thread.start()
    thread.join()
    return answers[0]


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


@pytest.mark.parametrize("asked", ["cuda", "cuda:0", "cuda:99", "cuda:", "cuda:x", "mps"])
def test_a_gpu_that_is_not_there_is_refused_with_what_to_set(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DEVICE", asked)
    there = {"cuda", "cuda:0"} if torch.cuda.is_available() else set()
    if asked in there or (asked == "mps" and torch.backends.mps.is_available()):
        assert str(runtime.device()) == asked
        return
    with pytest.raises(ValueError, match=f"'{asked}'.*cpu.*leave it unset") as refused:
        runtime.device()
    said = "built without CUDA" if torch.version.cuda is None else "nvidia-smi"
    assert (said in str(refused.value)) == (asked.startswith("cuda") and not there)


def test_the_same_seed_gives_the_same_numbers() -> None:
    runtime.seed_everything(3)
    first = torch.rand(4)
    runtime.seed_everything(3)
    assert torch.equal(first, torch.rand(4))


@pytest.mark.parametrize("count", [1, 2])
def test_torch_threads_hold_inside_and_are_given_back(three_threads, count: int) -> None:
    with runtime.torch_threads(count):
        assert torch.get_num_threads() == count
        with runtime.torch_threads(1):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == count
    with pytest.raises(KeyError), runtime.torch_threads(count):
        raise KeyError
    assert torch.get_num_threads() == in_a_new_thread(torch.get_num_threads) == 3


@pytest.mark.parametrize("count", [1, 2])
def test_a_thread_that_first_computes_in_anothers_block_gets_its_own_number(
    three_threads, count: int
) -> None:
    def compute() -> int:
        with runtime.torch_threads(count):
            seen.append(torch.get_num_threads())
            inside.set()
            assert other_has_left.wait(5)
            seen.append(torch.get_num_threads())
        return torch.get_num_threads()

    seen, inside, other_has_left = [], threading.Event(), threading.Event()
    left = []
    thread = threading.Thread(target=lambda: left.append(compute()))
    with runtime.torch_threads(count):
        thread.start()
        assert inside.wait(5)
    assert torch.get_num_threads() == 3
    other_has_left.set()
    thread.join()
    assert seen == [count, count] and left == [3]
    assert torch.get_num_threads() == in_a_new_thread(torch.get_num_threads) == 3


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


@pytest.fixture
def with_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor that is said to multiply bfloat16; torch takes the setting on any."""
    monkeypatch.setattr(runtime, "multiplies_bfloat16", lambda: True)


def products() -> str:
    return torch.backends.mkldnn.matmul.fp32_precision


def test_products_may_be_rounded_inside_alone_however_blocks_are_nested(with_bfloat16) -> None:
    before = products()
    with runtime.fast_products():
        with runtime.fast_products():
            assert products() == "bf16"
        assert products() == "bf16"
    assert products() == before
    with pytest.raises(KeyError), runtime.fast_products():
        raise KeyError
    assert products() == before


def test_a_thread_that_leaves_its_block_ends_nobody_elses(with_bfloat16) -> None:
    def compute() -> None:
        with runtime.fast_products():
            inside.set()
            assert other_has_left.wait(5)
            seen.append(products())

    before, seen, inside, other_has_left = products(), [], threading.Event(), threading.Event()
    thread = threading.Thread(target=compute)
    with runtime.fast_products():
        thread.start()
        assert inside.wait(5)
    other_has_left.set()
    thread.join()
    assert seen == ["bf16"] and products() == before


@pytest.mark.parametrize("name", ["ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA"])
def test_where_the_instructions_are_pinned_products_stay_exact(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "avx2")
    before = products()
    with runtime.fast_products():
        assert products() == before


def test_the_permission_changes_a_loss_by_less_than_a_thousandth(
    with_bfloat16, model: object
) -> None:
    def loss() -> float:
        return float(torch.nn.functional.cross_entropy(model(rows[:, :-1]).flatten(0, 1), targets))

    rows = torch.randint(4, 260, (16, 33), generator=torch.Generator().manual_seed(1))
    targets = rows[:, 1:].flatten()
    with torch.no_grad():
        exact = loss()
        with runtime.fast_products():
            assert loss() == pytest.approx(exact, rel=1e-3)
