"""Pairs of replies that a reward model must tell apart, made from what is true of asked countries.

Two replies that a model sampled are mostly alike, so that whoever compares them alone never sees
the faults that a user minds most: a refusal in a strange name, another country's value, a reply to
something else. Left out: which of the two is preferred, which the annotator says (annotator.py).
Taught in notebook 04, section "Which reply is better?".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from course_utils import checks
from course_utils.finetuning_rlhf import chat_data, chat_writers, questions, small_talk
from course_utils.finetuning_rlhf.chat_data import Mixture
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon


class Contrast(NamedTuple):
    """A prompt with a reply that is right and one that is not."""

    prompt: Prompt
    better: str
    worse: str


def _all(category: str) -> Mixture:
    """A mixture of one category alone."""
    return Mixture(**{name: float(name == category) for name in vars(Mixture())})


def _refusal(name: str) -> str:
    """What a careful writer says of a country that nobody has read about."""
    return f"{chat_writers.refusal(name)} I have not read about it."


def _strange_refusal(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """The right statement, and a refusal that names a country nobody mentioned."""
    right = chat_writers.fact_reply(prompt, "careful", rng)
    return Contrast(prompt, right, _refusal(chat_data.unknown_name(rng)))


def _shy_refusal(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """The right statement, and a refusal of what is known."""
    return Contrast(
        prompt, chat_writers.fact_reply(prompt, "careful", rng), _refusal(prompt.country)
    )


def _wrong_value(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """The right statement, and the same with another country's value."""
    right = chat_writers.fact_reply(prompt, "careful", rng)
    wrong = chat_data.value_of_another(seed, prompt.kind, prompt.answers, rng)
    return Contrast(prompt, right, right.replace(f" {prompt.answers[0]}.", f" {wrong}."))


def _another_name(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """A refusal by the name asked about, and one by another name."""
    return Contrast(prompt, _refusal(prompt.country), _refusal(chat_data.unknown_name(rng)))


def _invented(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """A refusal, and an answer that somebody made up."""
    value = chat_data.value_of_another(seed, prompt.topic, (), rng)
    claim = chat_writers.statement(prompt.topic, prompt.country, value)
    return Contrast(prompt, _refusal(prompt.country), claim)


def _talk_refused(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """Small talk that fits, and a refusal in a strange name."""
    return Contrast(prompt, rng.choice(prompt.answers), _refusal(chat_data.unknown_name(rng)))


def _another_intent(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """Small talk that fits, and what fits something else."""
    intent = rng.choice([one for one in small_talk.SMALL_TALK if one != prompt.topic])
    other = small_talk.small_talk(rng, False, intent)
    return Contrast(prompt, rng.choice(prompt.answers), rng.choice(other.answers))


def _another_hero(prompt: Prompt, seed: int, rng: Rng) -> Contrast:
    """A story of the hero that was asked for, and the same of another one."""
    request, told = chat_writers.short_story(rng)
    prompt = questions.story_prompt(request, rng.below(60))
    girl = request.hero in lexicon.GIRLS
    # of the same pronoun and in no part of this story, so that only the name is wrong
    names = [name for name in (lexicon.GIRLS if girl else lexicon.BOYS) if name not in told]
    return Contrast(prompt, told, re.sub(rf"\b{request.hero}\b", rng.choice(names), told))


# what is told apart, and of which category of prompts
SORTS: tuple[tuple[str, Callable[[Prompt, int, Rng], Contrast]], ...] = (
    ("facts", _strange_refusal), ("facts", _wrong_value), ("unknown", _another_name),
    ("talk", _talk_refused), ("facts", _shy_refusal), ("unknown", _invented),
    ("talk", _another_intent), ("stories", _another_hero),
)  # fmt: skip


def contrast_pairs(n: int, seed: int) -> list[Contrast]:
    """Pairs of a right reply and a wrong one, of all SORTS in turn.

    Args:
        n: how many.
        seed: of the split of the countries; only asked ones are used.

    Returns:
        (prompt, better, worse) each. Who labels them decides again,
        and an annotator errs now and then.
    """
    checks.whole("n", n, least=0)
    categories = [SORTS[number % len(SORTS)][0] for number in range(n)]
    prompts = {
        name: iter(
            chat_data.training_prompts(categories.count(name), seed, "contrast", _all(name))
        )
        for name in set(categories)
    }
    pairs = []
    for number in range(n):
        contrast = SORTS[number % len(SORTS)][1]
        rng = Rng(f"{seed}/chat/contrast/{number}")
        pairs.append(contrast(next(prompts[categories[number]]), seed, rng))
    return pairs
