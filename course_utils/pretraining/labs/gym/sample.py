"""A sample of text that grows by one token a step, so that writing never holds training up.

Each token comes from the weights of its own step. Leaves out the KV cache: the weights change
under it. Notebook 03, section "Train it", in the Training Gym.
"""

from __future__ import annotations

import torch

from course_utils.model.sampling import SamplingConfig, choose, row_generator
from course_utils.model.transformer import Transformer
from course_utils.tokenization.byte_alphabet import END

NEW_TOKENS = 32
EVERY_STEPS = 60  # a new sample begins
DRAWN = SamplingConfig(temperature=0.7)


class Sample:
    """The text that the model of now goes on with.

    Args:
        tokenizer: has encode and decode.
        prompt: what is gone on from; the end token stands before it.
        seed: of the sampling; training has random numbers of its own.
    """

    def __init__(self, tokenizer: object, prompt: str, seed: int = 0) -> None:
        self._tokenizer, self._prompt, self._seed = tokenizer, prompt, seed
        self.begin(0)

    def begin(self, step: int) -> None:
        """Start a new text at a step."""
        self._ids = [END, *self._tokenizer.encode(self._prompt)][:16]
        self._given, self.step, self.done = len(self._ids), step, False
        self._generator = row_generator(self._seed, step)

    @torch.no_grad()
    def write(self, model: Transformer, step: int) -> None:
        """Write one token with the weights of a step, or begin anew where it is time."""
        if self.done:
            if step % EVERY_STEPS:
                return
            self.begin(step)
        row = torch.tensor([self._ids], device=model.lm_head.weight.device)
        logits = model.next_logits(row)  # (1, V)
        if not bool(torch.isfinite(logits).all()):  # the run has diverged, and its monitor says so
            self.done = True
            return
        token = int(choose(logits, DRAWN, [self._generator]))
        if token != END:
            self._ids.append(token)
        self.done = token == END or len(self._ids) >= self._given + NEW_TOKENS

    @property
    def text(self) -> str:
        """The prompt, and what was written so far; empty before the first token."""
        if len(self._ids) == self._given:
            return ""
        return self._tokenizer.decode(self._ids[1:])
