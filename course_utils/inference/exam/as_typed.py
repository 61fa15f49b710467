"""Questions about countries as people type them: in haste, on a telephone, without capitals.

The countries are those that the chat data never mentions. One family of rules is applied to each
question, and the replies are scored by family. The rules are frozen: no training imports them.
Left out: spelling errors in the country's own name, which would change what is asked. Taught in
notebook 05, section "What each stage gained".
"""

from __future__ import annotations

import re
from dataclasses import replace

from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.chat_data import evaluation_questions
from course_utils.finetuning_rlhf.questions import NOUN_PHRASES, Prompt
from course_utils.inference.exam.marks import Question
from course_utils.littleweb.english import with_article
from course_utils.littleweb.rng import Rng

PLAIN = (  # {what} is an entry of NOUN_PHRASES
    "What is {what}?",
    "Can you tell me {what}?",
    "Please, what is {what}?",
    "Tell me {what}.",
    "Do you know {what}?",
    "Hi, what is {what}?",
)
HABITS = (
    "contraction", "swapped", "dropped", "marks", "chat_speak", "lower_country", "spaces", "comma",
    "dots", "no_capitals",
)  # fmt: skip
# Which plain phrasings a habit can act on; the others can act on all of them.
_PHRASINGS = {
    "contraction": ("What is {what}?", "Please, what is {what}?", "Hi, what is {what}?"),
    "chat_speak": ("Can you tell me {what}?", "Do you know {what}?"),
    "comma": ("Please, what is {what}?", "Hi, what is {what}?"),
}
_CLOSERS = (" thx", " thx", " plz", "")
_WITH_NO_CAPITALS = ("contraction", "swapped", "dropped", "chat_speak", "spaces")


def questions(seed: int, split_seed: int, n: int) -> list[Question]:
    """Questions about held-out countries, the habits in turn; a longer list begins alike.

    Args:
        seed: of what is drawn.
        split_seed: of the split of the countries, as chat_data.country_split takes it.
        n: how many.
    """
    facts = evaluation_questions(split_seed)
    drawn = []
    for number in range(n):
        rng = Rng(f"{seed}/exam/as typed/{number}")
        habit, fact = HABITS[number % len(HABITS)], rng.choice(facts)
        drawn.append(Question(_typed(fact, habit, rng), habit))
    return drawn


def fault(question: Question, reply: str) -> str:
    """What is wrong with a reply: nothing where the fact is right, in whatever form."""
    verdict = judge.judge(question.prompt, reply)
    return "" if verdict.right else verdict.reason


def _typed(fact: Prompt, habit: str, rng: Rng) -> Prompt:
    """A question about the fact, as somebody with this habit types it."""
    country = with_article(fact.country)
    also = rng.choice(_WITH_NO_CAPITALS) if habit == "no_capitals" else habit
    text = rng.choice(_PHRASINGS.get(also, PLAIN)).format(
        what=NOUN_PHRASES[fact.kind].format(country=country)
    )
    text = _RULES[also](text, country, rng)
    if habit == "no_capitals":
        text = text.lower().rstrip(".?!")
    return replace(fact, text=text, holdout=True, phrasing=0)


def _contraction(text: str, country: str, rng: Rng) -> str:
    return re.sub(r"\b(what) is\b", r"\1s", text.lower())


def _misspelt(text: str, country: str, rng: Rng, swap: bool) -> str:
    """A slip in one word of five letters or more that is no part of the country's name."""
    start = text.index(country)
    words = [
        match
        for match in re.finditer(r"[A-Za-z]{5,}", text)
        if not start <= match.start() < start + len(country)
    ]
    match = rng.choice(words)
    word = match.group()
    # The first letter stays, as it nearly always does; two equal neighbours would swap unseen.
    places = [i for i in range(1, len(word) - 1) if not swap or word[i] != word[i + 1]]
    i = rng.choice(places)
    slip = word[:i] + word[i + 1] + word[i] + word[i + 2 :] if swap else word[:i] + word[i + 1 :]
    return text[: match.start()] + slip + text[match.end() :]


def _swapped(text: str, country: str, rng: Rng) -> str:
    return _misspelt(text, country, rng, swap=True)


def _dropped(text: str, country: str, rng: Rng) -> str:
    return _misspelt(text, country, rng, swap=False)


def _marks(text: str, country: str, rng: Rng) -> str:
    return text + text[-1] * rng.integer(1, 2)


def _chat_speak(text: str, country: str, rng: Rng) -> str:
    """ "Can u tell me ... thx"; what stands for "are" and "your" comes in where it can."""
    text = re.sub(r"\byou\b", "u", text)
    lead = rng.choice(("", "r u there? ", "need ur help: "))
    return lead + text + rng.choice(_CLOSERS)


def _lower_country(text: str, country: str, rng: Rng) -> str:
    return text.replace(country, country.lower())


def _spaces(text: str, country: str, rng: Rng) -> str:
    """Two spaces in place of one, once or twice."""
    gaps = [match.start() for match in re.finditer(" ", text)]
    for gap in sorted(rng.sample(gaps, rng.integer(1, 2)), reverse=True):
        text = text[:gap] + " " + text[gap:]
    return text


def _comma(text: str, country: str, rng: Rng) -> str:
    return text.replace(", ", ",", 1)


def _dots(text: str, country: str, rng: Rng) -> str:
    return text[:-1] + "..."


_RULES = {
    "contraction": _contraction,
    "swapped": _swapped,
    "dropped": _dropped,
    "marks": _marks,
    "chat_speak": _chat_speak,
    "lower_country": _lower_country,
    "spaces": _spaces,
    "comma": _comma,
    "dots": _dots,
}
