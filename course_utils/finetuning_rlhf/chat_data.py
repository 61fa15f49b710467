"""The chat data: who is asked what, with replies by many writers, and prompts for later steps.

Half of the countries are asked about; the other half occurs nowhere, so that a right answer about
one of them was read in pretraining. Left out: the wordings (questions.py, small_talk.py), the
conversations (turns.py, system_turns.py), made-up names (made_up.py), how people type (typed.py)
and the replies (chat_writers.py). Taught in notebook 04, section "Four writers".
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache

from course_utils import checks
from course_utils.finetuning_rlhf import chat_writers, questions, small_talk, typed
from course_utils.finetuning_rlhf.chat_writers import ChatExample, WriterShares
from course_utils.finetuning_rlhf.made_up import made_up_country
from course_utils.finetuning_rlhf.questions import PARTIAL_STORIES, PHRASINGS, Prompt
from course_utils.finetuning_rlhf.system_turns import system_example
from course_utils.finetuning_rlhf.turns import Scene, conversation, turns_example
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories.cast import is_holdout
from course_utils.littleweb.truth import world


@dataclass(frozen=True)
class Mixture:
    """How much there is of each category of prompt: numbers of examples, or weights of a draw.

    Args:
        facts: questions about countries; examples are spread evenly over countries and kinds.
        stories: requests for a story.
        talk: small talk, and what means nothing.
        unknown: questions about made-up countries.
        turns: conversations of two or three turns.
        system: questions below a system turn, which no preference is asked about by default: the
            annotator knows nothing of instructions.
    """

    facts: float = 0.40
    stories: float = 0.18
    talk: float = 0.14
    unknown: float = 0.18
    turns: float = 0.10
    system: float = 0.0

    def __post_init__(self) -> None:
        for name, amount in vars(self).items():
            checks.number(name, amount, least=0)


# For PPO: whoever is asked about made-up countries too often learns to refuse real ones as well.
PPO_MIXTURE = Mixture(0.52, 0.18, 0.10, 0.10, 0.10)
SIZES = {
    "tiny": Mixture(110, 20, 25, 20, 20, 5),
    "laptop": Mixture(5_000, 1_600, 6_000, 2_200, 2_000, 300),
    "gpu": Mixture(10_000, 2_600, 12_000, 3_000, 3_600, 600),
}
YES_NO_SHARE = 0.08  # share of the questions about countries that ask for a yes or no


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
def _facts(seed: int, holdout: bool = False) -> tuple[world.Fact, ...]:
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


def _yes_no_prompt(seed: int, rng: Rng) -> Prompt:
    """Whether a fact of an asked country has a value, which is wrong every other time."""
    fact = rng.choice(_facts(seed, False))
    value = fact.values[0]
    if rng.happens(0.5):
        value = value_of_another(seed, fact.kind, fact.values, rng)
    return questions.yes_no_prompt(fact.kind, fact.country, fact.values, value, rng.below(60))


def unknown_name(rng: Rng, holdout: bool = False) -> str:
    """The name of a country that does not exist and looks like none that does."""
    return made_up_country(rng, _real_names(), holdout)


def _unknown_prompt(seed: int, rng: Rng, holdout: bool) -> Prompt:
    """A question about a country that does not exist, in the words of those that do."""
    kind, name = rng.choice(world.FACT_KINDS), unknown_name(rng, holdout)
    if not holdout and rng.happens(YES_NO_SHARE):
        value = value_of_another(seed, kind, (), rng)
        return questions.yes_no_prompt(kind, name, (), value, rng.below(60))
    return questions.unknown_prompt(kind, name, rng.below(len(PHRASINGS[kind])), holdout)


def value_of_another(seed: int, kind: str, answers: tuple[str, ...], rng: Rng) -> str:
    """A value of a kind that some asked country has, and that is none of these true answers."""
    found = [fact.values[0] for fact in _facts(seed, False) if fact.kind == kind]
    return rng.choice([value for value in found if value not in answers])


def _scene(
    seed: int, rng: Rng, shares: WriterShares, writer: str | None = None, holdout: bool = False
) -> Scene:
    """What a conversation is made of; its writer is drawn where none is given."""
    return Scene(
        _facts(seed, holdout),
        lambda: unknown_name(rng, holdout),
        writer or chat_writers.a_writer(shares, rng),
        shares,
        rng,
        holdout,
    )


def training_examples(
    seed: int, scale: str = "laptop", shares: WriterShares | None = None
) -> list[ChatExample]:
    """The demonstrations for finetuning, in random order.

    Args:
        seed: of the split of the countries and of everything drawn.
        scale: "tiny" (200 examples), "laptop" (17,100) or "gpu" (31,800).
        shares: of the writers; None takes WriterShares().

    Returns:
        The examples; no held-out country occurs in a prompt, in what was said before it or in a
        reply, and no made-up country is asked about twice.

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
    examples += _unknown_examples(seed, size.unknown, shares, rng.child("unknown"))
    for number in range(size.turns):
        examples.append(turns_example(_scene(seed, rng.child(f"turns/{number}"), shares)))
    for number in range(size.system):
        child = rng.child(f"system/{number}")
        question = _draw_prompt("facts", seed, child, holdout=False)
        examples.append(system_example(question, shares, child))
    # mixed, and typed as people do, some with an opener or a closer around the question
    rng.shuffle(examples)
    dress = rng.child("dress")
    return [
        replace(example, prompt=typed.augmented(example.prompt, dress)) for example in examples
    ]


def _fact_examples(seed: int, count: int, shares: WriterShares, rng: Rng) -> list[ChatExample]:
    """Questions about every fact in turn, each time in a phrasing that it had not yet."""
    facts, examples = list(_facts(seed, False)), []
    rng.shuffle(facts)
    # each fact begins at a phrasing of its own, so that all are used from the first turn on
    first = [rng.below(len(PHRASINGS[fact.kind])) for fact in facts]
    whether = round(count * YES_NO_SHARE)
    for number in range(count - whether):
        turn, index = divmod(number, len(facts))
        # steps of 7 visit all 20 phrasings before one comes again
        prompt = _fact_prompt(facts[index], first[index] + 7 * turn, False)
        examples.append(chat_writers.fact_example(prompt, shares, rng))
    for number in range(whether):
        prompt = _yes_no_prompt(seed, rng.child(f"whether/{number}"))
        examples.append(chat_writers.fact_example(prompt, shares, rng))
    return examples


def _unknown_examples(seed: int, count: int, shares: WriterShares, rng: Rng) -> list[ChatExample]:
    """Questions about made-up countries, each about another one: what is learnt is to copy."""
    examples, names = [], set()
    for number in range(count):
        child = rng.child(number)
        prompt = _unknown_prompt(seed, child, holdout=False)
        while prompt.country in names:
            prompt = _unknown_prompt(seed, child, holdout=False)
        names.add(prompt.country)
        # another country's value, for a writer who makes one up
        invented = value_of_another(seed, prompt.topic, (), child)
        examples.append(chat_writers.unknown_example(prompt, invented, shares, child))
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
    weights = vars(mixture or Mixture())
    prompts, seen = [], set()
    rng = Rng(f"{seed}/chat/prompts/{part}/{holdout}")
    while len(prompts) < n:
        category = rng.weighted(tuple(weights), tuple(weights.values()))
        # a few tries for one that is new, then a repeated one will do
        for _ in range(20):
            prompt = _draw_prompt(category, seed, rng, holdout)
            prompt = prompt if holdout else typed.augmented(prompt, rng)
            if prompt.turns not in seen:
                break
        seen.add(prompt.turns)
        prompts.append(prompt)
    return prompts


def _draw_prompt(category: str, seed: int, rng: Rng, holdout: bool) -> Prompt:
    """A prompt of a category; numbers of phrasings go round, so any below 60 will do."""
    if category == "talk":
        return small_talk.small_talk(rng, holdout)
    if category == "unknown":
        return _unknown_prompt(seed, rng, holdout)
    if category == "turns":
        # what was said before is said well: who practises goes on from a good conversation
        return conversation(_scene(seed, rng, WriterShares(), "careful", holdout))
    if category == "stories":
        return _story_prompt(rng, holdout)
    fact = rng.choice(_facts(seed, holdout))
    question = _fact_prompt(fact, rng.below(60), holdout)
    if category == "system":
        return system_example(question, WriterShares(), rng).prompt
    # scoring asks for facts, so that the share of right ones means one thing
    whether = not holdout and rng.happens(YES_NO_SHARE)
    return _yes_no_prompt(seed, rng) if whether else question


def _story_prompt(rng: Rng, holdout: bool) -> Prompt:
    """A wish for a story; of those for training some leave open what it shall be about."""
    # heroes at places are split too: draw until the pair is on the wanted side
    request = questions.random_request(rng)
    while is_holdout(request.hero, request.place) != holdout:
        request = questions.random_request(rng)
    if not holdout and rng.happens(chat_writers.PARTIAL_SHARE):
        named = rng.choice(tuple(PARTIAL_STORIES))
        return questions.partial_prompt(request, named, rng.below(60))
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
