"""A tiny model whose every part does something, and a tokenizer of bytes."""

from __future__ import annotations

import pytest
import torch

from course_utils.model.transformer import Transformer, TransformerConfig


class ByteTokenizer:
    """Ids 5 to 260 are the bytes."""

    def encode(self, text: str) -> list[int]:
        return [byte + 5 for byte in text.encode("utf-8")]

    def decode(self, ids: list[int]) -> str:
        return bytes(i - 5 for i in ids if i > 4).decode("utf-8", errors="replace")


@pytest.fixture
def tokenizer() -> ByteTokenizer:
    return ByteTokenizer()


@pytest.fixture
def model() -> Transformer:
    config = TransformerConfig(
        vocab_size=261, width=32, layers=2, heads=2, intermediate_size=64, context_tokens=192
    )
    made, draw = Transformer(config), torch.Generator().manual_seed(1)
    for name, weight in made.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight", "lm_head.weight")):
            torch.nn.init.normal_(weight, std=0.2, generator=draw)
    return made.eval()
