"""docs/mathematics.md: every example gives what it says, and is used where the page says."""

from __future__ import annotations

import doctest
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in [str(ROOT / "tools")] if path not in sys.path]

import minutes  # noqa: E402 (the tools' folder has to be on the path)
import notebook_files as files  # noqa: E402

TEXT = (ROOT / "docs" / "mathematics.md").read_text(encoding="utf-8")
PLACE = re.compile(r"\[(\d\d)\]\(\.\./notebooks/(\w+)\.ipynb\)((?:,| and)\s+section[^;.]*)")
# What a section that uses it speaks of, in its text or its code.
SPEAKS_OF = {
    "Vector": "embedding|adds",
    "Dot product": r"\* inputs|query",
    "Matrix product": "@|table of",
    "Probability": "chance|probabilit",
    "Logarithm": "logarithm|bits",
    "Softmax": "softmax",
    "Cross-entropy": "loss",
    "Derivative": "gradient|every knob",
    "Chain rule": "chain rule|gradients back",
    "Mean and variance": "√|standard error|RMSNorm",
}
VALUES = [2.0, 4, 4, 4, 5, 5, 7, 9]


def sections() -> dict[str, str]:
    """The page's sections by title."""
    _, *parts = re.split(r"^## \d+\. ", TEXT, flags=re.MULTILINE)
    return dict(part.split("\n", 1) for part in parts)


def autograd_square() -> float:
    w = torch.tensor(3.0, requires_grad=True)
    (w**2).backward()
    return w.grad.item()


def autograd_neuron() -> float:
    """The gradient of the first weight of the neuron in notebook 03, section 1."""
    weights = torch.tensor([0.5, -0.2], requires_grad=True)
    logit = torch.dot(weights, torch.tensor([2.0, -1.0]))
    torch.nn.functional.binary_cross_entropy_with_logits(logit, torch.tensor(0.0)).backward()
    return weights.grad[0].item()


# What the last line of each section's example should be, by a library and not by hand.
ORACLES = {
    "Vector": lambda: np.add([2.0, -1.0, 0.5], [0.5, 0.0, 1.0]),
    "Dot product": lambda: np.dot([2.0, -1.0], [0.5, -0.2]),
    "Matrix product": lambda: np.array([[1, 2], [3, 4]]) @ np.array([[5, 6], [7, 8]]),
    "Probability": lambda: np.prod([0.5, 0.2, 0.9]),
    "Logarithm": lambda: np.log([0.5, 0.2, 0.9]).sum(),
    "Softmax": lambda: torch.tensor([2.0, 1.0, 0.0]).softmax(0).numpy(),
    "Cross-entropy": lambda: torch.nn.functional.nll_loss(
        torch.tensor([[0.9, 0.1], [0.5, 0.5], [0.01, 0.99]]).log(), torch.tensor([0, 0, 0])
    ).item(),
    "Derivative": autograd_square,
    "Chain rule": autograd_neuron,
    "Mean and variance": lambda: np.std(VALUES) / math.sqrt(len(VALUES)),
}


def test_the_page_has_the_sections_that_are_tested() -> None:
    assert list(sections()) == list(ORACLES)


@pytest.mark.parametrize("title", ORACLES)
def test_an_example_gives_what_the_page_says(title: str) -> None:
    text = sections()[title]
    example = doctest.DocTestParser().get_doctest(
        text.replace("```", ""), {"math": math}, title, None, 0
    )
    said: list[str] = []
    result = doctest.DocTestRunner().run(example, out=said.append)
    assert result.attempted > 0 and result.failed == 0, "".join(said)
    last = np.array(eval(example.examples[-1].want))
    assert last == pytest.approx(np.array(ORACLES[title]()), abs=0.005)


@pytest.mark.parametrize("title", ORACLES)
def test_an_example_is_used_where_the_page_says(title: str) -> None:
    _, _, used = sections()[title].partition("Used in: ")
    places = PLACE.findall(used)
    assert places and len(places) == used.count("](")
    for number, name, where in places:
        named = re.findall(r"section\s+(\d+)", where)
        assert name.startswith(number) and named
        there = minutes.sections(files.read(minutes.NOTEBOOKS / f"{name}.ipynb"))
        for section in named:
            source = "\n".join(cell.source for cell in there.get(section, []))
            assert re.search(SPEAKS_OF[title], source), (name, section, SPEAKS_OF[title])
