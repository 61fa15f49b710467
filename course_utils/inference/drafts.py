"""Drafts that guess the next token cheaply: counts, looking up in the text, part of the model.

Leaves out drafts that are trained for it. Taught in notebook 05, section "A draft".

Shape letters: V vocabulary.

Source of looking up: Saxena 2023, Prompt Lookup Decoding.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch
import torch.nn as nn
from torch import Tensor

from course_utils import checks
from course_utils.inference.prefix import PrefixCache
from course_utils.inference.speculative import Draft
from course_utils.model.sampling import probabilities
from course_utils.model.transformer import Transformer


class Ngrams:
    """Counts of what followed the last few tokens, in texts that were read once.

    Args:
        rows: texts as token ids; replies of the model itself make the best draft for it.
        vocab_size: V.
        longest: how many of the last tokens it looks at; where they never stood like this, fewer.

    Raises:
        ValueError: longest is below 1, or an id is not in the vocabulary.
    """

    def __init__(self, rows: Iterable[Sequence[int]], vocab_size: int, longest: int = 3) -> None:
        checks.whole("longest", longest, least=1)
        self.vocab_size, self.longest = vocab_size, longest
        self._followers: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for row in rows:
            _check_ids(row, vocab_size)
            for place in range(1, len(row)):
                for n in range(1, min(longest, place) + 1):
                    self._followers[tuple(row[place - n : place])][row[place]] += 1

    def __len__(self) -> int:
        """How many beginnings it knows."""
        return len(self._followers)

    def probabilities(self, ids: Sequence[int]) -> Tensor | None:
        """(V,) shares of what followed the longest known end of the text; None if none is."""
        for n in range(min(self.longest, len(ids)), 0, -1):
            if counts := self._followers.get(tuple(ids[-n:])):
                shares = torch.zeros(self.vocab_size)
                shares[list(counts)] = torch.tensor(list(counts.values())) / counts.total()
                return shares
        return None


class PromptLookup:
    """What followed the last time that the same few tokens stood in this text: it costs nothing.

    Args:
        vocab_size: V.
        longest: how many of the last tokens to look for at first.
        shortest: with how many to give up.

    Raises:
        ValueError: the two are not 1 <= shortest <= longest.
    """

    def __init__(self, vocab_size: int, longest: int = 3, shortest: int = 2) -> None:
        checks.whole("shortest", shortest, least=1)
        checks.whole("longest", longest, least=shortest)
        self.vocab_size, self.longest, self.shortest = vocab_size, longest, shortest

    def probabilities(self, ids: Sequence[int]) -> Tensor | None:
        """(V,) all on one token, or None where the end of the text is new."""
        ids = list(ids)
        for n in range(self.longest, self.shortest - 1, -1):
            end = ids[-n:]
            # The newest occurrence first, and not the end itself.
            for place in range(len(ids) - n - 1, -1, -1):
                if ids[place : place + n] == end:
                    shares = torch.zeros(self.vocab_size)
                    shares[ids[place + n]] = 1.0
                    return shares
        return None


class ModelDraft:
    """A smaller model of the same vocabulary, with a cache of its own.

    Args:
        model: in `eval` mode.
        temperature: of its guesses, 0 or more.
    """

    def __init__(self, model: Transformer, temperature: float = 1.0) -> None:
        checks.number("temperature", temperature, least=0)
        self.reader, self.temperature = PrefixCache(model), temperature

    def probabilities(self, ids: Sequence[int]) -> Tensor:
        """(V,) by the smaller model."""
        return probabilities(self.reader.logits(ids), self.temperature)[0]


class FirstOf:
    """Several drafts: the first that has an idea guesses.

    Args:
        drafts: in the order in which they are asked.
    """

    def __init__(self, *drafts: Draft) -> None:
        self.drafts = drafts

    def probabilities(self, ids: Sequence[int]) -> Tensor | None:
        """(V,) by the first draft that has an idea, or None."""
        asked = (draft.probabilities(ids) for draft in self.drafts)
        return next((likely for likely in asked if likely is not None), None)


def first_layers(model: Transformer, layers: int) -> Transformer:
    """A model of the first layers of another, with its tables: nothing is copied or trained.

    Args:
        model: stays as it is.
        layers: how many, from 1 to all of them.

    Raises:
        ValueError: there are not so many.
    """
    checks.whole("layers", layers, least=1)
    if layers > model.config.layers:
        raise ValueError(f"layers is {layers}, but this model has {model.config.layers}.")
    small = Transformer(replace(model.config, layers=layers))
    small.model.embed_tokens, small.model.norm = model.model.embed_tokens, model.model.norm
    small.model.layers = nn.ModuleList(list(model.model.layers)[:layers])
    small.lm_head = model.lm_head
    return small.eval()


def _check_ids(row: Sequence[int], vocab_size: int) -> None:
    if row and not (0 <= min(row) and max(row) < vocab_size):
        raise ValueError(
            f"A text has the ids {min(row)} to {max(row)}, and the vocabulary 0 to "
            f"{vocab_size - 1}.\nUse the model's own tokenizer."
        )
