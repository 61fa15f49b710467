"""A cache that stays between two calls: what a text shares with the last one is not read again.

A conversation is sent to the model whole, each time with a little more at its end. Leaves out
sharing among many conversations, and which of them to forget first. Taught in notebook 05, section
"What the cache costs".

Shape letters: T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from course_utils.model import generate
from course_utils.model.cache import KVCache
from course_utils.model.generate import LENGTH, STOP, Step, one_thread
from course_utils.model.sampling import SamplingConfig, choose, row_generator
from course_utils.model.transformer import Transformer


class PrefixCache:
    """The keys and values of one text, with the ids that they stand for.

    Args:
        model: the one that reads; in `eval` mode. Its weights must not change afterwards.

    Attributes:
        ids: the tokens that it holds.
        calls: how often the model has computed.
        read_tokens: how many tokens it was given altogether.
        reused_tokens: how many tokens it did not have to read, because they were held.
        sent_tokens: how many tokens the prompts of all replies had.
        saved_tokens: how many of those did not have to be read again.
    """

    def __init__(self, model: Transformer) -> None:
        self.model = model
        self.ids: list[int] = []
        self.calls = self.read_tokens = self.reused_tokens = 0
        self.sent_tokens = self.saved_tokens = 0
        self._cache = KVCache(model, 1, model.config.context_tokens)

    @torch.no_grad()
    def logits(self, ids: Sequence[int], last: int = 1) -> Tensor:
        """The scores of the token after each of the last positions of a text.

        Args:
            ids: (T,) the whole text; only what follows the part that is held gets read.
            last: of how many positions, from 1 to T. These are read in any case.

        Returns:
            (last, V) scores.

        Raises:
            ValueError: there are fewer tokens than positions asked for, the text is too long for
                the model, or an id is not in its vocabulary.
        """
        ids = list(ids)
        if not 1 <= last <= len(ids):
            raise ValueError(
                f"The scores of {last} positions were asked for, and the text has {len(ids)}.\n"
                "Give at least one token, and ask for 1 position up to as many as there are."
            )
        # What was held beyond the common beginning belongs to another text, and is forgotten.
        held = min(shared(self.ids, ids), len(ids) - last)
        self._cache.crop(held)
        self.ids = ids[:held]  # true also if the model refuses the rest
        with one_thread():
            tokens = torch.tensor([ids[held:]], device=self._cache.device)  # (1, T - held)
            hidden = self.model.hidden(tokens, self._cache)[0, -last:]  # (last, C)
            scores = self.model.lm_head(hidden)  # (last, V)
        self.ids = ids
        self.calls += 1
        self.read_tokens += len(ids) - held
        self.reused_tokens += held
        return scores

    def write(
        self, prompt: Sequence[int], config: SamplingConfig | None = None, *, row_seed: int = 0
    ) -> list[int]:
        """The new ids after one prompt, without the one that ended it; see `steps`."""
        chosen = config or SamplingConfig()
        written = self.steps(prompt, lambda: chosen, row_seed=row_seed)
        return [step.ids[0] for step in written if step.finishes != [STOP]]

    def steps(
        self,
        prompt: Sequence[int],
        settings: Callable[[], SamplingConfig],
        *,
        row_seed: int = 0,
    ) -> Iterator[Step]:
        """Continues one prompt as model/generate.py's `steps` does, but begins with what is held.

        Args:
            prompt: token ids, at least one.
            settings: asked before every token; the seed counts at the beginning only.
            row_seed: a number beside the seed.

        Returns:
            The same steps, with one row each; a `Stream` can be made of them.

        Raises:
            ValueError: as there: for prompt and seed at once.
        """
        # Made and not run: it refuses what cannot be continued, in the same words.
        generate.steps(self.model, [prompt], settings, row_seeds=[row_seed])
        return self._steps(list(map(int, prompt)), settings, row_seed)

    def _steps(
        self, ids: list[int], settings: Callable[[], SamplingConfig], row_seed: int
    ) -> Iterator[Step]:
        generator, prompt_tokens = row_generator(settings().seed, row_seed), len(ids)
        before, why = self.reused_tokens, None
        while why is None:
            config = settings()
            logits = self.logits(ids)  # (1, V)
            if len(ids) == prompt_tokens:
                self.sent_tokens += prompt_tokens
                self.saved_tokens += self.reused_tokens - before
            with one_thread():
                token = int(choose(logits, config, [generator], [ids]))
            ids.append(token)
            end = min(self.model.config.context_tokens, prompt_tokens + config.max_new_tokens)
            why = STOP if token in config.stop_ids else LENGTH if len(ids) >= end else None
            yield Step([0], [token], [why], logits)


def shared(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginnings."""
    for place, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return place
    return min(len(first), len(second))
