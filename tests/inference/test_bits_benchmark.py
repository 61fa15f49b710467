"""The benchmark of bits and drafts still runs; what it measures is its own to say."""

from __future__ import annotations

import pytest

from benchmarks import bits
from course_utils.inference.engine import Engine
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer


def test_bits_are_measured(monkeypatch, capsys) -> None:
    sizes = {"vocab_size": 261, "width": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    model = Transformer(TransformerConfig(**sizes, context_tokens=256))
    engine = Engine(model, FastTokenizer())
    monkeypatch.setattr(bits, "BITS", (8, 2))
    bits.bits(engine, 0, questions=2)
    said = capsys.readouterr().out
    assert said.count("right") == 1 + 2 * 2 * 2 and said.count("ms a step") == 3


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_every_draft_is_tried(engine: Engine, monkeypatch, capsys, temperature: float) -> None:
    # Prompts of bytes are too long for the small model.
    monkeypatch.setattr(bits, "_asked", lambda *_: [[70, n] for n in range(6)])
    bits.drafts(engine, 0, 1, temperature, (2,))
    said = capsys.readouterr().out
    assert said.count("tokens per call") == 2 * 7
    assert temperature or said.count("1 of 1 texts the engine's") == 2 * 7
