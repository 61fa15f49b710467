"""The engine: prompts in, tokens out, many rows at once or one row as a stream of text.

The loop itself is model/generate.py's; the scores are computed by NumPy where it is faster
(model/numpy_reader.py). Leaves out quantization, drafts by a smaller model and serving. Taught in
notebook 05, section "The whole model in forty lines".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils.inference.stream import ReplyText, Stream, stop_strings
from course_utils.model.generate import LENGTH, STOP, Reader, generate, steps
from course_utils.model.numpy_reader import NumpyReader, reader_of
from course_utils.model.sampling import SamplingConfig
from course_utils.model.save import load as load_model
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer


@dataclass(frozen=True)
class Completion:
    """What a model wrote after one prompt.

    Attributes:
        ids: the new tokens, without the one that ended it; those of a stop string too.
        text: the same as text, special tokens left out, up to the first stop string.
        finish: "stop" when the model ended by itself or at a stop string, "length" when
            max_new_tokens or the context was used up.
    """

    ids: list[int]
    text: str
    finish: str


class Engine:
    """A model with its tokenizer, ready to write. It remembers nothing between two calls.

    Args:
        model: put into `eval` mode here.
        tokenizer: the one that it was trained with.
        numpy: compute in NumPy what it can do (a plain float32 model on the processor), which is
            several times as fast; False leaves all to torch. The tokens are the same. Weights that
            have changed are seen at the next call: see `reader_of` for how.

    Raises:
        ValueError: the two have different vocabularies.
    """

    def __init__(
        self, model: Transformer, tokenizer: FastTokenizer, *, numpy: bool = True
    ) -> None:
        model.config.check_vocabulary(tokenizer.vocab_size)
        self.model, self.tokenizer, self.numpy = model.eval(), tokenizer, numpy
        self._folded: NumpyReader | None = None

    @classmethod
    def load(cls, folder: Path | str, *, numpy: bool = True) -> Engine:
        """Opens a saved model with the tokenizer beside it; see model/save.py."""
        return cls(load_model(folder), FastTokenizer.load(Path(folder)), numpy=numpy)

    def reader(self) -> Reader | None:
        """Who computes the next call's scores: NumPy, with the present weights, or None: torch."""
        self._folded = reader_of(self.model, self._folded) if self.numpy else None
        return self._folded

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
        return [written.ids for written in self.complete(prompts, config, row_seeds)]

    def texts(
        self, prompts: Sequence[Sequence[int]], config: SamplingConfig | None = None
    ) -> list[str]:
        """The text after each prompt; "" after one that fills the context: see `complete`."""
        context = self.model.config.context_tokens
        fitting = [place for place, ids in enumerate(prompts) if len(ids) < context]
        texts = [""] * len(prompts)
        written = self.complete([prompts[place] for place in fitting], config)
        for place, reply in zip(fitting, written, strict=True):
            texts[place] = reply.text
        return texts

    def generate_uncached(
        self,
        prompts: Sequence[Sequence[int]],
        config: SamplingConfig | None = None,
        row_seeds: Sequence[int] | None = None,
    ) -> list[list[int]]:
        """The same tokens as `generate`, every one computed anew at each step: for comparison."""
        completions = self.complete(prompts, config, row_seeds, cached=False)
        return [written.ids for written in completions]

    def complete(
        self,
        prompts: Sequence[Sequence[int]],
        config: SamplingConfig | None = None,
        row_seeds: Sequence[int] | None = None,
        *,
        cached: bool = True,
        stop: str | Sequence[str] = (),
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
            stop: texts that end a reply; it ends before the first of them.

        Returns:
            One completion a prompt.

        Raises:
            ValueError: a prompt is no token ids, or has none, or fills the context; a stop string
                is empty; or the model's scores are not finite numbers.
        """
        options = {"row_seeds": row_seeds, "cached": cached, "reader": self.reader()}
        # The loop gives ids; only here do they become text.
        if not (texts := stop_strings(stop)):
            written = generate(self.model, prompts, config, **options)
            return [Completion(r.ids, self.tokenizer.decode(r.ids), r.finish) for r in written]
        # A stop string may begin and end inside of tokens, so every row's text is watched.
        replies = [ReplyText(self.tokenizer, texts) for _ in prompts]

        def ends(row: int, token: int) -> bool:
            replies[row].take(token)
            return replies[row].stopped

        written = generate(self.model, prompts, config, ends=ends, **options)
        for reply in replies:
            reply.end()
        return [
            Completion(row.ids, reply.text, LENGTH if row.finish == LENGTH else STOP)
            for row, reply in zip(written, replies, strict=True)
        ]

    def stream(
        self,
        prompt_ids: Sequence[int],
        config: SamplingConfig | None = None,
        *,
        settings: Callable[[], SamplingConfig] | None = None,
        row_seed: int = 0,
        stop: str | Sequence[str] = (),
    ) -> Stream:
        """Continues one prompt piece by piece, as soon as each piece is there.

        Args:
            prompt_ids: token ids, at least one.
            config: how to choose and when to stop; None for SamplingConfig().
            settings: asked before every token instead of config, so that a slider acts on the
                next one; its seed counts at the beginning only.
            row_seed: see `complete`.
            stop: see `complete`; what may begin one is held back until it cannot become one.

        Returns:
            An iterator over pieces of text, with the ids and the reason of its end.

        Raises:
            ValueError: see `complete`; here at once, the scores' fault while it writes.
        """
        # A fixed config answers every question about settings alike.
        chosen, texts = config or SamplingConfig(), stop_strings(stop)
        options = {"row_seeds": [row_seed], "reader": self.reader()}
        written = steps(self.model, [prompt_ids], settings or (lambda: chosen), **options)
        return Stream(written, self.tokenizer, texts)
