"""The settings of a training run, and one preset a scale.

Leaves out the learning-rate schedule (optimizer.py). Taught in notebook 03, section "Start the
long run".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from course_utils import checks
from course_utils.model.transformer import TransformerConfig


@dataclass(frozen=True)
class TrainConfig:
    """All settings of a training run. The defaults are the laptop scale."""

    model: TransformerConfig = TransformerConfig()
    steps: int = 1_000
    batch: int = 8  # rows a step
    context_tokens: int = 256  # tokens a row
    muon: bool = True  # False: AdamW for every weight
    muon_lr: float = 0.02
    adamw_lr: float = 0.025
    warmup_steps: int = 20
    warmdown: float = 0.6  # share of all steps in which the rates fall
    weight_decay: float = 0.0
    grad_clip: float = 1.0  # longest gradient, all weights together; 0 for no limit
    first_steps: int = 400  # steps drawn mostly from one source, so that its skill comes first
    first_source: str = "copybook"  # which source that is
    first_share: float = 0.85  # and its share of those steps
    seed: int = 0
    eval_every: int = 100  # steps between evaluations on the validation rows
    checkpoint_every: int = 100  # steps between checkpoints
    precision: str = "float32"  # or "bfloat16": half the memory, for a GPU

    def __post_init__(self) -> None:
        checks.kind("model", self.model, TransformerConfig)
        for name in ("steps", "batch", "context_tokens", "eval_every", "checkpoint_every"):
            checks.whole(name, getattr(self, name), least=1)
        for name in ("warmup_steps", "first_steps", "seed"):
            checks.whole(name, getattr(self, name))
        for name in ("muon_lr", "adamw_lr"):
            checks.number(name, getattr(self, name), above=0)
        for name in ("weight_decay", "grad_clip"):
            checks.number(name, getattr(self, name), least=0)
        checks.share("warmdown", self.warmdown)
        checks.share("first_share", self.first_share)
        checks.flag("muon", self.muon)
        checks.choice("precision", self.precision, ("float32", "bfloat16"))
        if self.context_tokens > self.model.context_tokens:
            raise ValueError(
                f"context_tokens is {self.context_tokens}, but the model is made for up to "
                f"{self.model.context_tokens}.\nUse rows of at most {self.model.context_tokens}, "
                f"or TransformerConfig(context_tokens={self.context_tokens})."
            )

    def first(self, mix: Mapping[str, float]) -> tuple[int, dict[str, float]] | None:
        """How many steps come first and by which mix, as Batches takes it.

        None where the mix does not draw from that source, as of a corpus without it.
        """
        if not self.first_steps or not mix.get(self.first_source):
            return None
        total = sum(mix.values())
        rest = {source: weight / total for source, weight in mix.items()}
        rest[self.first_source] = 0
        left = (1 - self.first_share) / sum(rest.values()) if any(rest.values()) else 0
        rest = {source: weight * left for source, weight in rest.items()}
        return self.first_steps, rest | {self.first_source: self.first_share or 0.0}

    @classmethod
    def preset(cls, scale: str, vocab_size: int = 4096) -> TrainConfig:
        """The settings of a scale: "tiny" (seconds), "laptop" (minutes) or "gpu".

        Raises:
            ValueError: there is no such scale.
        """
        if scale == "tiny":
            small = TransformerConfig(vocab_size, 32, 2, 2, 88, context_tokens=64, tied=True)
            return cls(
                small,
                steps=30,
                batch=4,
                context_tokens=64,
                warmup_steps=5,
                first_steps=5,
                eval_every=10,
                checkpoint_every=10,
            )
        if scale == "laptop":
            return cls(TransformerConfig(vocab_size, tied=True), steps=2_000)
        if scale == "gpu":
            large = TransformerConfig(vocab_size, 512, 8, 8, 1368, context_tokens=512, tied=True)
            return cls(
                large,
                steps=3000,
                batch=64,
                context_tokens=512,
                muon_lr=0.02,
                adamw_lr=1e-3,
                warmup_steps=100,
                precision="bfloat16",
            )
        raise ValueError(f"There is no scale {scale!r}; use 'tiny', 'laptop' or 'gpu'.")
