"""The engine: prompts in, tokens out, many rows at once or one row as a stream of text.

Leaves out quantization, drafts by a smaller model and serving. Taught in notebook 05, section
"The engine".

Shape letters: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from course_utils.inference.stream import LENGTH, STOP, Step, Stream
from course_utils.model.cache import KVCache
from course_utils.model.generate import one_thread
from course_utils.model.sampling import SamplingConfig, choose, row_generator
from course_utils.model.save import load as load_model
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer


@dataclass(frozen=True)
class Completion:
    """What a model wrote after one prompt.

    Attributes:
        ids: the new tokens, without the one that ended it.
        text: the same as text, special tokens left out.
        finish: "stop" when the model ended by itself, "length" when max_new_tokens or the
            context was used up.
    """

    ids: list[int]
    text: str
    finish: str


class Engine:
    """A model with its tokenizer, ready to write. It remembers nothing between two calls.

    Args:
        model: put into `eval` mode here.
        tokenizer: the one that it was trained with.

    Raises:
        ValueError: the two have different vocabularies.
    """

    def __init__(self, model: Transformer, tokenizer: FastTokenizer) -> None:
        if tokenizer.vocab_size != model.config.vocab_size:
            raise ValueError(
                f"The model knows {model.config.vocab_size} tokens and the tokenizer "
                f"{tokenizer.vocab_size}.\nUse the tokenizer that the model was trained with: it "
                "lies in the model's folder."
            )
        self.model, self.tokenizer = model.eval(), tokenizer

    @classmethod
    def load(cls, folder: Path | str) -> Engine:
        """Opens a saved model with the tokenizer beside it; see model/save.py."""
        return cls(load_model(folder), FastTokenizer.load(Path(folder)))

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        config: SamplingConfig | None = None,
        row_seeds: Sequence[int] | None = None,
    ) -> list[list[int]]:
        """Continues every prompt, all together; see `complete`.

        Returns:
            The new ids of every row, without the token that ended it.
        """
        return [one.ids for one in self.complete(prompts, config, row_seeds)]

    def generate_uncached(
        self,
        prompts: Sequence[Sequence[int]],
        config: SamplingConfig | None = None,
        row_seeds: Sequence[int] | None = None,
    ) -> list[list[int]]:
        """The same tokens as `generate`, every one computed anew at each step: for comparison."""
        return [one.ids for one in self.complete(prompts, config, row_seeds, cached=False)]

    def complete(
        self,
        prompts: Sequence[Sequence[int]],
        config: SamplingConfig | None = None,
        row_seeds: Sequence[int] | None = None,
        *,
        cached: bool = True,
    ) -> list[Completion]:
        """Continues every prompt, all rows together; a row that has ended leaves the batch.

        A row's tokens depend on its own prompt, the config and its own row seed: the same alone
        as among others.

        Args:
            prompts: token ids, at least one a row; the lengths may differ.
            config: how to choose and when to stop; None for SamplingConfig().
            row_seeds: one number a row beside config.seed, so that equal prompts differ; None
                for 0, 1, 2 and so on.
            cached: keep keys and values; False computes everything anew at each step.

        Returns:
            One completion a prompt.

        Raises:
            ValueError: a prompt is empty or fills the context, or the model's scores are not
                finite numbers.
        """
        config = config or SamplingConfig()
        prompts = [list(prompt) for prompt in prompts]
        seeds = list(range(len(prompts)) if row_seeds is None else row_seeds)
        self._check(prompts, seeds)
        ids: list[list[int]] = [[] for _ in prompts]
        finishes = [LENGTH] * len(prompts)
        for step in self._steps(prompts, lambda: config, seeds, cached):
            for row, token, finish in zip(step.rows, step.ids, step.finishes, strict=True):
                if finish != STOP:
                    ids[row].append(token)
                finishes[row] = finish or LENGTH
        return [
            Completion(row, self.tokenizer.decode(row), finish)
            for row, finish in zip(ids, finishes, strict=True)
        ]

    def stream(
        self,
        prompt_ids: Sequence[int],
        config: SamplingConfig | None = None,
        *,
        settings: Callable[[], SamplingConfig] | None = None,
        row_seed: int = 0,
    ) -> Stream:
        """Continues one prompt piece by piece, as soon as each piece is there.

        Args:
            prompt_ids: token ids, at least one.
            config: how to choose and when to stop; None for SamplingConfig().
            settings: asked before every token instead of config, so that a slider acts on the
                next one; its seed counts at the beginning only.
            row_seed: see `complete`.

        Returns:
            An iterator over pieces of text, with the ids and the reason of its end.

        Raises:
            ValueError: see `complete`; here at once, the scores' fault while it writes.
        """
        chosen = config or SamplingConfig()
        self._check([list(prompt_ids)], [row_seed])
        steps = self._steps([list(prompt_ids)], settings or (lambda: chosen), [row_seed], True)
        return Stream(steps, self.tokenizer)

    def _steps(
        self,
        rows: list[list[int]],
        settings: Callable[[], SamplingConfig],
        row_seeds: list[int],
        cached: bool,
    ) -> Iterator[Step]:
        """Position after position; rows (checked, ours to change) grow by what is chosen."""
        if not rows:
            return
        config, context = settings(), self.model.config.context_tokens
        noise = [row_generator(config.seed, row_seed) for row_seed in row_seeds]
        lengths, alive = [len(row) for row in rows], list(range(len(rows)))
        cache = KVCache(self.model, len(rows), context) if cached else None
        position = min(lengths)  # every row is read up to here
        while alive:
            config = settings()
            writing = [place for place, index in enumerate(alive) if lengths[index] <= position]
            writers = [alive[place] for place in writing]
            with one_thread():
                logits = self._logits([rows[index][:position] for index in alive], cache)
                if len(writing) < len(alive):  # the others still read their longer prompts
                    logits = logits[writing]
                chosen = choose(logits, config, [noise[index] for index in writers]).tolist()
            finishes = []
            for index, token in zip(writers, chosen, strict=True):
                rows[index].append(token)
                end = min(context, lengths[index] + config.max_new_tokens)
                full = LENGTH if len(rows[index]) >= end else None
                finishes.append(STOP if token in config.stop_ids else full)
            yield Step(writers, chosen, finishes, logits)
            ended = {index for index, why in zip(writers, finishes, strict=True) if why}
            if ended and cache is not None and len(ended) < len(alive):
                cache.keep([place for place, index in enumerate(alive) if index not in ended])
            alive = [index for index in alive if index not in ended]
            position += 1

    @torch.no_grad()
    def _logits(self, rows: list[list[int]], cache: KVCache | None) -> Tensor:
        """(B, V) scores of the token after the rows; with a cache only what is new is read."""
        new = rows if cache is None or not cache.length else [row[-1:] for row in rows]
        tokens = torch.tensor(new, device=self.model.lm_head.weight.device)  # (B, T)
        return self.model(tokens, cache)[:, -1]

    def _check(self, prompts: list[list[int]], row_seeds: list[int]) -> None:
        context = self.model.config.context_tokens
        if len(row_seeds) != len(prompts):
            raise ValueError(
                f"There are {len(prompts)} prompts and {len(row_seeds)} row seeds; give one each."
            )
        for number, prompt in enumerate(prompts):
            if not prompt:
                raise ValueError(
                    f"Prompt {number} has no tokens.\nGive it at least one: the end token (id 0) "
                    "begins a new text."
                )
            if len(prompt) >= context:
                raise ValueError(
                    f"Prompt {number} has {len(prompt)} tokens, but the model reads {context} at "
                    f"most, the new ones among them.\nShorten it by {len(prompt) - context + 1} "
                    "tokens or more."
                )
