"""What a user may ask: phrasings by kind of question, and requests for stories.

Left out: small talk (small_talk.py), conversations (turns.py), replies (chat_writers.py), how
people type (typed.py), and who is asked what (chat_data.py). The phrasings of the holdout are for
scoring: they stand in no chat data, nor on the forum of the Little Web. Taught in notebook 04,
section "Four writers".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from course_utils.littleweb.english import with_a, with_article
from course_utils.littleweb.phrasings import render
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.stories.parser import Opening

NOUN_PHRASES = {
    "capital": "the capital of {country}",
    "region": "the region of {country}",
    "language": "the language of {country}",
    "currency": "the currency of {country}",
    "highest_point": "the highest point of {country}",
    "nationality": "the nationality of people from {country}",
}
_SHARED = (  # asked for every kind; [what] is its entry of NOUN_PHRASES, [What] that without "the"
    "What is [what]?", "Tell me [what].", "[What]?", "{country}: [kind]?", "Do you know [what]?",
    "Please name [what].", "I have to find out [what].", "I want to know [what].",
    "{country}: which [kind] is it?", "About {country}: what is the [kind]?",
    "{country} is on my list. What is [what]?", "{country}, the [kind], please.",
    "Would you tell me [what]?",
)  # fmt: skip
_OWN = {
    "capital": (
        "Which city is the capital of {country}?", "In {country}, which city is the capital?",
        "What is the name of the capital city of {country}?",
        "{country} has a capital. Which one?", "What city does {country} have as its capital?",
        "Can you tell me what the capital city of {country} is called?",
        "My friend lives in {country}. What is the capital there?",
    ),
    "region": (
        "Which region is {country} in?", "Where is {country}?", "Tell me where {country} lies.",
        "In which part of the world is {country}?", "{country} is a part of which region?",
        "Can you tell me which part of the world {country} is in?",
        "My friend lives in {country}. Where is that?",
    ),
    "language": (
        "Which language do people in {country} speak?", "What is spoken in {country}?",
        "I forgot which language is spoken in {country}.",
        "In {country}, which language is spoken?", "People in {country} speak which language?",
        "Can you tell me what language people speak in {country}?",
        "My friend lives in {country}. What language is spoken there?",
    ),
    "currency": (
        "Which currency is used in {country}?", "What money is used in {country}?",
        "In {country}, which money do people use?", "People in {country} pay with which money?",
        "Can you tell me which currency {country} has?",
        "My friend lives in {country}. What is the money there?",
        "I want to know what people in {country} pay with.",
    ),
    "highest_point": (
        "What is the highest place in {country}?", "In {country}, which place is the highest?",
        "Which place is the highest point of {country}?",
        "{country} has a highest point. Which one?",
        "Can you tell me what the highest place in {country} is called?",
        "My friend lives in {country}. What is the highest point there?",
        "Where is the land of {country} at its highest?",
    ),
    "nationality": (
        "Which nationality do people from {country} have?",
        "What is the adjective for {country}?", "How are people from {country} described?",
        "In {country}, what nationality do people have?",
        "I forgot what people from {country} are called.",
        "Can you tell me the word that describes people from {country}?",
        "My friend is from {country}. What is her nationality?",
    ),
}  # fmt: skip


def _with_shared(kind: str) -> tuple[str, ...]:
    """The phrasings of a kind: those that every kind has, then its own."""
    what = NOUN_PHRASES[kind]
    short = what.removeprefix("the ")
    words = {"[what]": what, "[What]": short[0].upper() + short[1:], "[kind]": kind}
    # the signs stand for the kind in the forms that the sentences need
    shared = list(_SHARED)
    for sign, word in words.items():
        shared = [text.replace(sign, word.replace("_", " ")) for text in shared]
    return (*shared, *_OWN[kind])


PHRASINGS: dict[str, tuple[str, ...]] = {kind: _with_shared(kind) for kind in NOUN_PHRASES}

HOLDOUT_PHRASINGS: dict[str, tuple[str, ...]] = {
    "capital": (
        "Which city serves as the capital of {country}?",
        "Could you name the capital city of {country} for me?",
        "{country}, what is its capital?",
        "I need to know the name of the city that is the capital of {country}.",
    ),
    "region": (
        "Which region of the world does {country} lie in?",
        "Could you name the region that {country} is in?",
        "{country}, which part of the world is it in?",
        "I need to know in which region to look for {country}.",
    ),
    "language": (
        "Which language is the language of people in {country}?",
        "Could you name the language spoken in {country}?",
        "{country}, what language do people speak there?",
        "I need to know which language to speak in {country}.",
    ),
    "currency": (
        "Which money do people pay with in {country}?",
        "Could you name the currency used in {country}?",
        "{country}, what is its currency?",
        "I need to know what currency people use in {country}.",
    ),
    "highest_point": (
        "Which point of {country} is the highest?",
        "Could you name the highest place of {country} for me?",
        "{country}, what is its highest point?",
        "I need to know which place in {country} is higher than all others.",
    ),
    "nationality": (
        "Which word describes the nationality of people from {country}?",
        "Could you name the nationality that people from {country} have?",
        "{country}, what is the nationality of its people?",
        "I need to know what to call people from {country}.",
    ),
}

STORIES = (
    "Tell me a story about {animal} named {hero} at {place}.",
    "Write a story about {animal} called {hero} near {place}.",
    "I want a story about {animal} named {hero} and {place}.",
    "Please tell a short story about {hero}, {animal}, at {place}.",
    "Can you tell me a story about {animal} called {hero} at {place}?",
    "A story about {hero}, {animal}, near {place}, please.",
    "Story: {animal} named {hero}, {place}.", "{place}, {hero}, {animal}: make a story of it.",
    "{hero} is {animal} who lives near {place}. Tell me a story about that.",
    "Do you know a story about {animal} named {hero} at {place}?",
    "My child wants to hear about {animal} called {hero} near {place}.",
    "At {place} lives {animal} named {hero}. Tell me more.",
    "Tell me what happened at {place} to {hero}, {animal}.",
    "{animal} called {hero} lives near {place}. What happens next?",
    "What did {hero}, {animal}, do at {place}?",
    "Begin a story at {place}, with {animal} whose name is {hero}.",
    "Once there was {animal} at {place}. The name was {hero}. Tell me the rest.",
    "{hero}, {place}, {animal}. What is your story about them?",
    "Think of {place} and of {hero}, {animal}, and tell me a tale.",
    "Which story do you know of {place}, where {animal} called {hero} lives?",
)  # fmt: skip
HOLDOUT_STORIES = (
    "Could you write a short story for me about {animal} named {hero} near {place}?",
    "Near {place} there is {animal} called {hero}. What is the story?",
    "I would like to hear a story: {hero}, {animal}, at {place}.",
)

# Wishes that name a part of what a story needs; the story keeps it and invents the rest.
PARTIAL_STORIES: dict[tuple[str, ...], tuple[str, ...]] = {
    (): (
        "Tell me a story.", "A story, please.", "Can you tell me a story?", "Write a short story.",
        "I want to hear a story.", "Do you know a story?", "Story, please.", "Tell me a tale.",
        "Please tell me a bedtime story.", "Read me a story.", "My child wants a story.",
        "I would love a story.", "Time for a story.", "Another story.", "One more story, please.",
        "Could you tell us a tale before we sleep?", "Please make up a story.", "Invent a story.",
        "Tell the children a story.", "A tale for the evening, please.", "How about a story?",
        "Let me hear a story of yours.", "Do tell me a story.", "I feel like hearing a tale.",
        "Begin a story for me.", "Some story, any story.", "We want a story!",
    ),
    ("hero",): (
        "Tell me a story about {hero}.", "A story about {hero}, please.", "Tell me of {hero}.",
        "Write a story in which {hero} is the hero.", "I want a story of somebody named {hero}.",
        "What happened to {hero}? Tell me the story.", "Give us a tale of {hero}.",
        "I want to hear about {hero}.", "{hero} shall be the hero of a story.",
        "Could you write something about {hero}?", "Is there a story about {hero}?",
    ),
    ("animal",): (
        "Tell me a story about {animal}.", "A story about {animal}, please.",
        "Write a story with {animal} in it.", "Do you know a story about {animal}?",
        "I like animals. Tell me about {animal}.", "Can you write a tale of {animal}?",
        "My sister wants a story of {animal}.", "Let {animal} be the hero of a story.",
        "I want to hear about {animal}.", "Invent a story about {animal}.",
    ),
    ("place",): (
        "Tell me a story that happens at {place}.", "A story from {place}, please.",
        "What happened at {place}? Tell me a story.", "Write a story about {place}.",
        "Do you know a story of {place}?", "Begin a story near {place}.",
        "Take me to {place} in a story.", "I want to hear about {place}, as a story.",
    ),
    ("hero", "animal"): (
        "Tell me a story about {animal} named {hero}.", "Write a story of {hero}, {animal}.",
        "{hero} is {animal}. Tell me a story.", "A story about {animal} called {hero}, please.",
    ),
    ("animal", "place"): (
        "Tell me a story about {animal} at {place}.", "Write a tale of {animal} near {place}.",
        "A story with {animal} and {place}, please.",
    ),
    ("hero", "place"): (
        "Tell me a story about {hero} at {place}.", "What did {hero} do near {place}? Tell me.",
        "A story with {hero} and {place}, please.",
    ),
}  # fmt: skip

# [what] is the entry of NOUN_PHRASES; the value is a true one or that of another country.
YES_NO = (
    "Is {value} [what]?", "Is [what] {value}?", "Is it true that [what] is {value}?",
    "[What] is {value}, right?", "Is {value} [what], yes or no?",
    "I think that [what] is {value}. Am I right?", "My friend says that [what] is {value}.",
)  # fmt: skip


@dataclass(frozen=True)
class StoryRequest:
    """What a story was asked to be about.

    Args:
        hero: a name of the lexicon; "" where the wish leaves it open, as with the other two.
        animal: a kind of the lexicon, such as "robin".
        place: a place of the lexicon, such as "the old mill".
    """

    hero: str
    animal: str
    place: str

    @property
    def opening(self) -> Opening | None:
        """The request as littleweb/stories/parser.py checks it; None where it is not whole."""
        whole = self.hero and self.place
        return Opening("", (self.hero,), self.place) if whole else None

    def only(self, named: Collection[str]) -> StoryRequest:
        """The same request with only these of "hero", "animal" and "place" named."""
        return StoryRequest(
            **{name: word if name in named else "" for name, word in vars(self).items()}
        )


@dataclass(frozen=True)
class Prompt:
    """What a user says, with what is needed to judge a reply.

    Args:
        text: the user's words; in a conversation those of the last turn.
        kind: one of the six kinds of fact, or "story", "talk", "unknown".
        country: the country asked about; of kind "unknown" the made-up name; of small talk a name
            that the reply has to hold, if there is one.
        answers: of a fact all true values; of small talk the replies that fit; else nothing.
        request: of a story what it shall be about.
        phrasing: the number of the phrasing in its table.
        holdout: whether that is a table that no training uses.
        topic: of an unknown country the kind of fact asked for, of small talk the intent ("recall"
            for what was said before), of a fact its kind, or "yes" or "no" where that is asked.
        before: the turns before, as (role, text); role is "system", "user" or "assistant".
    """

    text: str
    kind: str
    country: str | None = None
    answers: tuple[str, ...] = ()
    request: StoryRequest | None = None
    phrasing: int = 0
    holdout: bool = False
    topic: str = ""
    before: tuple[tuple[str, str], ...] = ()

    @property
    def turns(self) -> tuple[tuple[str, str], ...]:
        """The conversation up to where the reply begins, as (role, text)."""
        return (*self.before, ("user", self.text))


def fact_prompt(
    kind: str, country: str, answers: tuple[str, ...], number: int, holdout: bool = False
) -> Prompt:
    """A question about a country, with its article and a capital letter at the start.

    Args:
        kind: one of the six kinds of fact.
        country: a name such as "Netherlands".
        answers: all true values.
        number: of the phrasing; numbers past the last one begin again at the first.
        holdout: take the phrasings that no training uses.
    """
    table = (HOLDOUT_PHRASINGS if holdout else PHRASINGS)[kind]
    number %= len(table)  # numbers go round
    text = render(table[number], country, "")
    return Prompt(text, kind, country, answers, None, number, holdout, kind)


def unknown_prompt(kind: str, name: str, number: int, holdout: bool = False) -> Prompt:
    """The same question about a made-up country, which has no answer."""
    # the same words as for real countries, so that only knowledge tells the two apart
    return replace(fact_prompt(kind, name, (), number, holdout), kind="unknown")


def story_prompt(request: StoryRequest, number: int, holdout: bool = False) -> Prompt:
    """A request for a story; numbers past the last phrasing begin again at the first."""
    table = HOLDOUT_STORIES if holdout else STORIES
    number %= len(table)
    text = table[number].format(
        animal=with_a(request.animal), hero=request.hero, place=request.place
    )
    text = text[0].upper() + text[1:]  # "a fox ..." may come first
    return Prompt(text, "story", request=request, phrasing=number, holdout=holdout)


def partial_prompt(request: StoryRequest, named: tuple[str, ...], number: int) -> Prompt:
    """A wish for a story that names only a part of the request.

    Args:
        request: what the story is about.
        named: what the wish says of it, a key of PARTIAL_STORIES.
        number: of the phrasing; numbers past the last one begin again at the first.
    """
    table = PARTIAL_STORIES[named]
    text = table[number % len(table)].format(
        animal=with_a(request.animal), hero=request.hero, place=request.place
    )
    # numbered after the whole requests, so that no two phrasings share a number
    phrasing = len(STORIES) + number % len(table)
    return Prompt(text, "story", request=request.only(named), phrasing=phrasing)


def yes_no_prompt(
    kind: str, country: str, answers: tuple[str, ...], value: str, number: int
) -> Prompt:
    """Whether a fact has this value: "Is Lyon the capital of France?"; for training only.

    Args:
        kind: one of the six kinds of fact.
        country: a name such as "Netherlands".
        answers: all true values; none of a made-up country, which makes it an unknown one.
        value: what the user takes for true.
        number: of the phrasing; numbers past the last one begin again at the first.
    """
    what = NOUN_PHRASES[kind].format(country=with_article(country))
    number %= len(YES_NO)
    text = YES_NO[number].replace("[what]", what).replace("[What]", what[0].upper() + what[1:])
    text = text.format(value=value)
    # numbered after the plain questions, so that no two phrasings share a number
    phrasing = len(PHRASINGS[kind]) + number
    if not answers:
        return Prompt(text, "unknown", country, phrasing=phrasing, topic=kind)
    topic = "yes" if value in answers else "no"
    return Prompt(text, kind, country, answers, phrasing=phrasing, topic=topic)


def random_request(rng: Rng) -> StoryRequest:
    """A hero, an animal and a place, each drawn by itself."""
    hero, kind = rng.choice(lexicon.NAMES), rng.choice(lexicon.KINDS)
    return StoryRequest(hero, kind, rng.choice(lexicon.PLACES))
