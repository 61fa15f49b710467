"""What the temperature takes and gives: facts that stay right, and replies that differ.

Facts are asked in phrasings and about countries that the chat data never had; the wish for a story
is the same each time. Left out: pictures (figures_sampling.py). Notebook 05, section "Choosing the
next token".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from course_utils import checks
from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.chat_data import Mixture, holdout_prompts
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig

WISH = "Tell me a story about a fox."
PART = "inference"  # of the holdout: no training reads it
FACT_TOKENS, STORY_TOKENS = 32, 40


@dataclass(frozen=True)
class Point:
    """What was measured at one temperature.

    Attributes:
        temperature: of the draws.
        right: share of the questions of fact that were answered rightly, 0..1.
        questions: how many there were.
        distinct: share of different replies among those to the same wish, 0..1.
        variety: distinct-2 of these replies, 0..1; see `distinct_pairs`.
    """

    temperature: float
    right: float
    questions: int
    distinct: float
    variety: float

    @property
    def standard_error(self) -> float:
        """Of `right`: how far the share of as many other questions would be off, typically."""
        return (self.right * (1 - self.right) / self.questions) ** 0.5


def distinct_pairs(texts: Iterable[str]) -> float:
    """Share of the neighbouring pairs of words that differ from all others: distinct-2.

    Texts of very different lengths cannot be compared by it: the longer they are, the more pairs
    they have in common.

    Args:
        texts: all of them together are one collection of pairs.

    Returns:
        0 (no pairs, or hardly a new one) to 1 (no pair comes twice).

    Source: Li and others 2016, A Diversity-Promoting Objective Function.
    """
    pairs = [pair for text in texts for pair in _pairs(text.split())]
    return len(set(pairs)) / len(pairs) if pairs else 0.0


def over_temperature(
    engine: Engine,
    temperatures: Sequence[float],
    split: int = 0,
    *,
    seed: int = 0,
    questions: int = 100,
    stories: int = 20,
    wish: str = WISH,
) -> list[Point]:
    """Facts and stories at each temperature: the same questions and the same wish every time.

    Args:
        engine: the chat model.
        temperatures: 0 or more each.
        split: the seed by which the chat data left out countries.
        seed: of the draws.
        questions: how many questions of fact.
        stories: how often the wish is said.
        wish: what is asked for.

    Returns:
        One point a temperature.

    Raises:
        ValueError: there is no question or no story to write, or a temperature is below 0.
    """
    checks.whole("questions", questions, least=1)
    checks.whole("stories", stories, least=1)
    asked = holdout_prompts(questions, split, PART, Mixture(1, 0, 0, 0, 0, 0))
    rows = [conversation_ids(engine.tokenizer, prompt.turns) for prompt in asked]
    wishes = [conversation_ids(engine.tokenizer, [("user", wish)])] * stories
    points = []
    for temperature in temperatures:
        drawn = SamplingConfig(temperature, seed=seed)
        told = _replies(engine, rows, drawn, FACT_TOKENS)
        right = [judge.judge(*pair).right for pair in zip(asked, told, strict=True)]
        tales = _replies(engine, wishes, drawn, STORY_TOKENS)
        points.append(
            Point(
                temperature,
                sum(right) / questions,
                questions,
                len(set(tales)) / stories,
                distinct_pairs(tales),
            )
        )
    return points


def _replies(
    engine: Engine, prompts: Sequence[Sequence[int]], config: SamplingConfig, tokens: int
) -> list[str]:
    """A reply to each prompt, of so many tokens at most."""
    written = engine.complete(prompts, replace(config, max_new_tokens=tokens))
    return [reply.text for reply in written]


def _pairs(words: Sequence[str]) -> Iterable[tuple[str, str]]:
    return zip(words, words[1:], strict=False)
