"""The chat data: who is asked what, with replies by many writers, and prompts for later steps.

Half of the countries are asked about; the other half occurs nowhere, so that a right answer about
one of them was read in pretraining. Left out: the wordings (questions.py) and the replies
(chat_writers.py). Taught in notebook 04, section "People of mixed quality".
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache

from course_utils import checks
from course_utils.finetuning_rlhf import chat_writers, questions
from course_utils.finetuning_rlhf.chat_writers import ChatExample, WriterShares
from course_utils.finetuning_rlhf.questions import PHRASINGS, Prompt
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories.cast import is_holdout
from course_utils.littleweb.truth import world


@dataclass(frozen=True)
class Mixture:
    """How much there is of each category of prompt: numbers of examples, or weights of a draw.

    Args:
        facts: questions about countries; examples are spread evenly over countries and kinds.
        stories: requests for a story.
        talk: small talk.
        unknown: questions about made-up countries.
    """

    facts: float = 0.45
    stories: float = 0.20
    talk: float = 0.12
    unknown: float = 0.23

    def __post_init__(self) -> None:
        for name, amount in vars(self).items():
            checks.number(name, amount, least=0)


# For PPO: whoever is asked about made-up countries too often learns to refuse real ones as well.
PPO_MIXTURE = Mixture(0.60, 0.20, 0.10, 0.10)
SIZES = {
    "tiny": Mixture(140, 20, 15, 25),
    "laptop": Mixture(4_900, 900, 800, 400),
    "gpu": Mixture(9_000, 1_800, 900, 1_300),
}


def _has(text: str, name: str) -> bool:
    """Whether a name stands in a text as whole words."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[str, ...], ...]:
    """The countries, those together of which one's name stands in the other's name or facts.

    "Samoa" stands in "American Samoa": asking about one would mention the other.
    """
    names = world.countries()
    # the texts of a country: its name and all of its facts
    texts = {name: [name] for name in names}
    for fact in world.facts():
        texts[fact.country] += fact.values
    # families grow together wherever one name stands in the other's texts
    family = {name: {name} for name in names}
    for name in names:
        joined = "\n".join(texts[name])
        for other in names:
            if other != name and other in joined and _has(joined, other):  # quick test first
                merged = family[name] | family[other]
                family |= dict.fromkeys(merged, merged)
    return tuple(dict.fromkeys(tuple(sorted(family[name])) for name in names))


@lru_cache(maxsize=8)
def country_split(seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The countries that the chat data asks about, and those that it never mentions.

    Args:
        seed: of the split; each region of the world is split by itself.

    Returns:
        (asked, held out), half of the countries each, sorted.
    """
    table, sides = world.fact_table(), ([], [])
    # by region, so that neither side knows only a part of the world
    regions = defaultdict(list)
    for family in _families():
        regions[table[family[0], "region"].values[-1]].append(family)
    for region in sorted(regions):
        rng = Rng(f"{seed}/chat/split/{region}")
        rng.shuffle(regions[region])
        # the large ones first; the small ones then make the sides even
        for family in sorted(regions[region], key=len, reverse=True):
            asked, holdout = sides
            (asked if len(asked) <= len(holdout) else holdout).extend(family)
    return tuple(sorted(sides[0])), tuple(sorted(sides[1]))


@lru_cache(maxsize=16)
def _facts(seed: int, holdout: bool) -> tuple[world.Fact, ...]:
    """The facts of the asked countries, or of the held-out ones."""
    countries = set(country_split(seed)[holdout])
    return tuple(fact for fact in world.facts() if fact.country in countries)


@lru_cache(maxsize=1)
def _real_names() -> tuple[str, ...]:
    """Every name that a made-up country must not look like."""
    values = {value for fact in world.facts() for value in fact.values}
    return tuple(sorted(values.union(world.countries())))


def _fact_prompt(fact: world.Fact, number: int, holdout: bool) -> Prompt:
    """A question about a fact in one phrasing."""
    return questions.fact_prompt(fact.kind, fact.country, fact.values, number, holdout)


def _unknown_prompt(rng: Rng, holdout: bool) -> Prompt:
    """A question about a country that does not exist."""
    kind = rng.choice(world.FACT_KINDS)
    name = questions.made_up_country(rng, _real_names(), holdout)
    return questions.unknown_prompt(kind, name, rng.below(len(PHRASINGS[kind])), holdout)


def training_examples(
    seed: int, scale: str = "laptop", shares: WriterShares | None = None
) -> list[ChatExample]:
    """The demonstrations for finetuning, in random order.

    Args:
        seed: of the split of the countries and of everything drawn.
        scale: "tiny" (200 examples), "laptop" (7,000) or "gpu" (13,000).
        shares: of the writers; None takes WriterShares().

    Returns:
        The examples; no held-out country occurs in a prompt or reply.

    Raises:
        ValueError: an unknown scale.
    """
    if scale not in SIZES:
        raise ValueError(f"scale is {scale!r}; the chat data knows {', '.join(SIZES)}.")
    size, shares = SIZES[scale], shares or WriterShares()
    rng = Rng(f"{seed}/chat/examples")
    # each category has a stream of its own: more of one leaves the others as they are
    examples = _fact_examples(seed, size.facts, shares, rng.child("facts"))
    for number in range(size.stories):
        examples.append(chat_writers.story_example(number, shares, rng.child(f"story/{number}")))
    for number in range(size.talk):
        examples.append(chat_writers.talk_example(shares, rng.child(f"talk/{number}")))
    for number in range(size.unknown):
        # who makes something up takes another country's value of that kind
        child = rng.child(f"unknown/{number}")
        prompt = _unknown_prompt(child, holdout=False)
        values = [fact.values[0] for fact in _facts(seed, False) if fact.kind == prompt.topic]
        invented = child.choice(values)  # another country's value, for a writer who makes one up
        examples.append(chat_writers.unknown_example(prompt, invented, shares, child))
    # mixed, and some with an opener or a closer around the question
    rng.shuffle(examples)
    dress = rng.child("dress")
    return [
        replace(example, prompt=questions.augmented(example.prompt, dress)) for example in examples
    ]


def _fact_examples(seed: int, count: int, shares: WriterShares, rng: Rng) -> list[ChatExample]:
    """Questions about every fact in turn, each time in a phrasing that it had not yet."""
    facts, examples = list(_facts(seed, False)), []
    rng.shuffle(facts)
    # each fact begins at a phrasing of its own, so that all are used from the first turn on
    first = [rng.below(len(PHRASINGS[fact.kind])) for fact in facts]
    for number in range(count):
        turn, index = divmod(number, len(facts))
        # steps of 7 visit all 20 phrasings before one comes again
        prompt = _fact_prompt(facts[index], first[index] + 7 * turn, False)
        examples.append(chat_writers.fact_example(prompt, shares, rng))
    return examples


def training_prompts(
    n: int, seed: int, part: str = "training", mixture: Mixture | None = None
) -> list[Prompt]:
    """Prompts for preferences and PPO: asked countries, phrasings of the chat data.

    Args:
        n: how many; a longer list begins with the shorter one.
        seed: of the split of the countries, as for `training_examples`.
        part: any word; other words give other prompts from the same split.
        mixture: of the categories of prompt; None takes Mixture().
    """
    return _draw_prompts(n, seed, part, mixture, holdout=False)


def holdout_prompts(
    n: int, seed: int, part: str = "heldout", mixture: Mixture | None = None
) -> list[Prompt]:
    """Prompts for win rates, which no training step may use.

    Held-out countries, made-up names, heroes at places and small talk that no training prompt has,
    all in phrasings of the holdout. The arguments are those of `training_prompts`.
    """
    return _draw_prompts(n, seed, part, mixture, holdout=True)


def _draw_prompts(
    n: int, seed: int, part: str, mixture: Mixture | None, holdout: bool
) -> list[Prompt]:
    """Prompts one by one, all different but for small talk, of which there is little."""
    mixture = mixture or Mixture()
    weights = (mixture.facts, mixture.stories, mixture.talk, mixture.unknown)
    prompts, texts = [], set()
    rng = Rng(f"{seed}/chat/prompts/{part}/{holdout}")
    while len(prompts) < n:
        category = rng.weighted(("facts", "stories", "talk", "unknown"), weights)
        # a few tries for one that is new, then a repeated one will do
        for _ in range(20):
            prompt = _draw_prompt(category, seed, rng, holdout)
            prompt = prompt if holdout else questions.augmented(prompt, rng)
            if prompt.text not in texts:
                break
        texts.add(prompt.text)
        prompts.append(prompt)
    return prompts


def _draw_prompt(category: str, seed: int, rng: Rng, holdout: bool) -> Prompt:
    """A prompt of a category; numbers of phrasings go round, so any below 60 will do."""
    if category == "talk":
        return chat_writers.small_talk(rng, holdout)
    if category == "unknown":
        return _unknown_prompt(rng, holdout)
    if category == "facts":
        return _fact_prompt(rng.choice(_facts(seed, holdout)), rng.below(60), holdout)
    # heroes at places are split too: draw until the pair is on the wanted side
    request = questions.random_request(rng)
    while is_holdout(request.hero, request.place) != holdout:
        request = questions.random_request(rng)
    return questions.story_prompt(request, rng.below(60), holdout)


def evaluation_questions(seed: int) -> list[Prompt]:
    """Every fact of every held-out country, in one phrasing of the holdout; the phrasings in turn.

    Args:
        seed: of the split of the countries.
    """
    facts = _facts(seed, True)
    countries = sorted({fact.country for fact in facts})
    return [
        # country and kind together go round the phrasings, so that each is used about as often
        _fact_prompt(fact, countries.index(fact.country) + world.FACT_KINDS.index(fact.kind), True)
        for fact in facts
    ]
