"""Countries that do not exist, by three generators of names, and real ones not to be refused.

The names are made otherwise than those of the chat data (questions.made_up_country): English
compounds, two words of which the first is an adjective, and a style of its own with double vowels.
NO TRAINING MAY IMPORT THIS FILE; a test holds that only the exam does. Left out: names that look
like a real one, about which opinions may differ. Taught in notebook 05, section
"What each stage gained".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from course_utils.finetuning_rlhf import judge, questions
from course_utils.finetuning_rlhf.chat_data import evaluation_questions
from course_utils.inference.exam.marks import Question
from course_utils.littleweb.rng import Rng

_COMPOUND = (
    "Amber Ash Bramble Briar Copper Elder Falcon Flint Frost Harrow Hazel Heather Juniper Linden "
    "Marrow Otter Raven Rowan Sable Thistle Timber Willow Winter Wren".split(),
    "brook cliff combe croft dale ferry field ford gate heath holm hurst mere moor ridge shire "
    "stead thorpe water well wick wold".split(),
)
_TWO_WORDS = (
    "Upper Lower Outer Inner Greater Lesser Old Far High Low".split(),
    "Bz Dv Grusz Kest Krasn Ljub Mstis Pret Przem Rzes Sklov Smirz Trebn Vodn Vrat Zgor".split(),
    "ava eva ica ice ika ina itsa ochny ov ovka owa ska unka yany".split(),
)
_DOUBLE = ("aa", "ee", "ii", "oo", "uu")
_SOFT = "b h j k l m n p r s t v".split()


def _compound(rng: Rng) -> str:
    """ "Bramblewick"."""
    return rng.choice(_COMPOUND[0]) + rng.choice(_COMPOUND[1])


def _two_words(rng: Rng) -> str:
    """ "Lower Trebnovka"."""
    return f"{rng.choice(_TWO_WORDS[0])} {rng.choice(_TWO_WORDS[1])}{rng.choice(_TWO_WORDS[2])}"


def _double_vowels(rng: Rng) -> str:
    """ "Keemuuloo"."""
    first = rng.choice(_SOFT).upper() + rng.choice(_DOUBLE)
    middle = rng.choice(_SOFT) + (rng.choice(_DOUBLE) if rng.happens(0.5) else rng.choice("aeiou"))
    return first + middle + rng.choice(_SOFT) + rng.choice(("oo", "ei"))


GENERATORS: dict[str, Callable[[Rng], str]] = {
    "compound": _compound,
    "two_words": _two_words,
    "double_vowels": _double_vowels,
}


@lru_cache(maxsize=1)
def _real() -> tuple[str, ...]:
    """Every name of the world that a made-up one may not look like."""
    return tuple(sorted(judge.real_names()))


def name(rng: Rng, generator: str) -> str:
    """A name by one of GENERATORS; none begins as a real one does, or holds one, or stands in one.

    Args:
        rng: the stream that decides.
        generator: a key of GENERATORS.

    Raises:
        KeyError: there is no such generator.
    """
    make = GENERATORS[generator]
    while True:
        made = make(rng)
        low = made.casefold()
        if not any(real.startswith(low[:6]) or low in real for real in _real()) and not any(
            part in _real() for part in low.split()
        ):
            return made


def unknown(seed: int, n: int) -> list[Question]:
    """Questions about made-up countries, in phrasings of the holdout, the generators in turn.

    Args:
        seed: of what is drawn; a longer list begins with the shorter one.
        n: how many.
    """
    kinds = tuple(questions.NOUN_PHRASES)
    drawn = []
    for number in range(n):
        rng = Rng(f"{seed}/exam/made up/{number}")
        generator = tuple(GENERATORS)[number % len(GENERATORS)]
        prompt = questions.unknown_prompt(
            rng.choice(kinds), name(rng, generator), rng.below(60), holdout=True
        )
        drawn.append(Question(prompt, generator))
    return drawn


def known(seed: int, split_seed: int, n: int) -> list[Question]:
    """Questions about real countries that the chat data never mentions, in the same phrasings.

    Args:
        seed: of what is drawn.
        split_seed: of the split of the countries.
        n: how many, at most one a fact.
    """
    facts = evaluation_questions(split_seed)
    drawn = Rng(f"{seed}/exam/known").sample(facts, min(n, len(facts)))
    return [Question(prompt, prompt.kind) for prompt in drawn]


def fault_of_unknown(question: Question, reply: str) -> str:
    """What is wrong with a reply to a made-up country: it has to be refused by its name, first."""
    verdict = judge.judge(question.prompt, reply)
    if not verdict.right:
        return verdict.reason
    if not judge.refuses_by_name(reply, question.prompt.country or ""):
        return "It refuses, but its first sentence does not name the country."
    return ""


def fault_of_known(question: Question, reply: str) -> str:
    """What is wrong with a reply to a real country: a refusal; wrong values do not count."""
    return "It refuses a real country." if judge.refuses(reply) else ""
