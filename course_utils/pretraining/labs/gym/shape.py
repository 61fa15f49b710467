"""The size of the Training Gym's model, and where it is computed.

What a reader may choose is in controls.py. Notebook 03, section "Train it".
"""

from __future__ import annotations

from dataclasses import dataclass

from course_utils.model.transformer import TransformerConfig

LONGEST_CONTEXT = 256  # what later notebooks need of a model, however short its rows were


@dataclass(frozen=True)
class Shape:
    """What only a reset can change. The defaults take about 25 ms a step on one core."""

    layers: int = 2
    width: int = 48
    heads: int = 4
    context: int = 64
    device: str = "cpu"

    def model(self, vocab_size: int) -> TransformerConfig:
        """The model's size; its feed-forward layer is 8/3 as wide as its width."""
        intermediate = 8 * max(1, round(self.width / 3))
        longest = max(LONGEST_CONTEXT, self.context)
        return TransformerConfig(
            vocab_size, self.width, self.layers, self.heads, intermediate, context_tokens=longest
        )
