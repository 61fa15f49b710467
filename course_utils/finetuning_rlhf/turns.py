"""Conversations of several turns: questions that lean on what was said before, and memory.

One writer writes all replies of a conversation, the earlier ones too. Left out: single questions
(questions.py) and who is asked about which countries (chat_data.py). Taught in notebook 04,
section "Four writers".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from course_utils.finetuning_rlhf import chat_writers, questions
from course_utils.finetuning_rlhf.chat_writers import ChatExample, WriterShares
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.small_talk import small_talk
from course_utils.littleweb.english import with_a, with_article
from course_utils.littleweb.rng import Rng

# [kind] is a kind of fact in words.
OTHER_KIND = (
    "And its [kind]?", "And the [kind]?", "What about its [kind]?", "What is its [kind]?",
    "And what is the [kind]?", "Tell me its [kind] too.", "Do you also know the [kind]?",
    "Its [kind]?", "And its [kind], please.", "Now the [kind].",
)  # fmt: skip
HOLDOUT_OTHER_KIND = ("And what about its [kind]?", "Could you tell me its [kind] as well?")
OTHER_COUNTRY = (
    "And of {country}?", "What about {country}?", "And {country}?", "How about {country}?",
    "And that of {country}?", "The same for {country}, please.", "And for {country}?",
    "Do you know it for {country} too?", "{country}?", "Now {country}.",
)  # fmt: skip
HOLDOUT_OTHER_COUNTRY = ("And in the case of {country}?", "What would it be for {country}?")
MY_NAME = (
    "What is my name?", "What's my name?", "Do you know my name?", "Who am I?",
    "Can you tell me my name?", "Say my name.", "How am I called?", "Do you know who I am?",
    "Have I told you my name?", "I told you my name. What is it?",
)  # fmt: skip
HOLDOUT_MY_NAME = ("Do you remember my name?", "Please tell me what my name is.")
WHICH_COUNTRY = (
    "Which country did we talk about?", "What country did I ask about?",
    "What was the country again?", "Which country was that?", "What did we talk about?",
    "About which country did I ask you?", "Remind me, which country was it?",
)  # fmt: skip
WHICH_HERO = (
    "What was the name of the hero?", "Who was the hero?", "Who was the story about?",
    "What was the hero called?", "And what was the name?", "Remind me, who was the hero?",
)  # fmt: skip
WHICH_ANIMAL = (
    "What animal was the hero?", "Which animal was it about?", "What kind of animal was that?",
    "And what animal was it?", "Which animal was the hero of the story?",
)  # fmt: skip
WHICH_PLACE = (
    "Where did the story begin?", "Where was that?", "At which place was it?",
    "And where did the hero live?", "What was the place of the story?",
)  # fmt: skip
AFTERWARDS = ("thanks", "thanks", "thanks", "praise", "sure", "learn", "bye", "complaint")


class Fact(Protocol):
    """What is asked about: littleweb.truth.world.Fact has these."""

    country: str
    kind: str
    values: tuple[str, ...]


@dataclass
class Scene:
    """What a conversation is made of: facts, made-up names, and one writer for all replies.

    Args:
        facts: those that may be asked for.
        unknown: draws the name of a country that does not exist.
        writer: one of chat_writers.WRITERS.
        shares: of the writers.
        rng: the stream that decides.
        holdout: take the phrasings and names that no training uses.
    """

    facts: Sequence[Fact]
    unknown: Callable[[], str]
    writer: str
    shares: WriterShares
    rng: Rng
    holdout: bool = False

    def fact(self, country: str | None = None, kind: str | None = None) -> Fact | None:
        """A fact of this country and kind, None where there is none."""
        found = [
            fact
            for fact in self.facts
            if (country is None or fact.country == country) and (kind is None or fact.kind == kind)
        ]
        return self.rng.choice(found) if found else None

    def question(self, fact: Fact) -> Prompt:
        """A fact asked for in one of its phrasings."""
        number = self.rng.below(60)  # numbers go round
        return questions.fact_prompt(fact.kind, fact.country, fact.values, number, self.holdout)

    def one_of(self, training: Sequence[str], holdout: Sequence[str] = ()) -> str:
        """One of the phrasings of the wanted part."""
        return self.rng.choice(holdout if self.holdout else training)

    def reply(self, prompt: Prompt) -> str:
        """What the writer says."""
        if prompt.kind == "talk":
            return chat_writers.talk_reply(prompt, self.writer, self.rng)
        if prompt.kind == "unknown":
            invented = self.fact(kind=prompt.topic).values[0]
            return chat_writers.unknown_reply(prompt, invented, self.writer, self.shares, self.rng)
        return chat_writers.fact_reply(prompt, self.writer, self.rng)

    def after(self, prompt: Prompt, earlier: Prompt, said: str | None = None) -> Prompt:
        """A prompt with an earlier one and its reply before it.

        Args:
            prompt: what the user says now.
            earlier: what the user said before, with what went before that.
            said: the reply to it; None lets the writer say one.
        """
        said = self.reply(earlier) if said is None else said
        return replace(prompt, before=(*earlier.turns, ("assistant", said)))


def _recalled(text: str, name: str, whole: str, short: str) -> Prompt:
    """A question about what was said before, with the replies that fit."""
    return Prompt(text, "talk", name, (whole, short), topic="recall")


def other_kind(scene: Scene, earlier: Prompt | None = None) -> Prompt:
    """Another fact of the same country: "And its currency?"."""
    earlier = earlier or scene.question(scene.fact())
    others = [one for one in scene.facts if one.country == earlier.country]
    fact = scene.rng.choice([one for one in others if one.kind != earlier.kind] or others)
    text = scene.one_of(OTHER_KIND, HOLDOUT_OTHER_KIND)
    text = text.replace("[kind]", fact.kind.replace("_", " "))
    return scene.after(replace(scene.question(fact), text=text), earlier)


def other_country(scene: Scene, earlier: Prompt | None = None) -> Prompt:
    """The same kind of fact of another country: "And of Sweden?"."""
    earlier = earlier or scene.question(scene.fact())
    kind = earlier.kind if earlier.kind != "unknown" else earlier.topic
    others = [one for one in scene.facts if one.kind == kind and one.country != earlier.country]
    fact = scene.rng.choice(others)
    return scene.after(replace(scene.question(fact), text=_asked(scene, fact.country)), earlier)


def _asked(scene: Scene, country: str) -> str:
    """A question that names only a country."""
    text = scene.one_of(OTHER_COUNTRY, HOLDOUT_OTHER_COUNTRY)
    text = text.format(country=with_article(country))
    return text[0].upper() + text[1:]


def three_turns(scene: Scene) -> Prompt:
    """Two follow-up questions after a first one."""
    first, second = scene.rng.choice(
        ((other_kind, other_country), (other_country, other_kind), (other_country, other_country))
    )
    return second(scene, first(scene))


def to_unknown(scene: Scene) -> Prompt:
    """A real country first, then the same of one that does not exist."""
    earlier, name = scene.question(scene.fact()), scene.unknown()
    prompt = questions.unknown_prompt(earlier.kind, name, 0, scene.holdout)
    return scene.after(replace(prompt, text=_asked(scene, name)), earlier)


def from_unknown(scene: Scene) -> Prompt:
    """A country that does not exist first, then a real one: a refusal is no reason for another."""
    kind, number = scene.fact().kind, scene.rng.below(60)
    earlier = questions.unknown_prompt(kind, scene.unknown(), number, scene.holdout)
    return other_country(scene, earlier)


def told_name(scene: Scene) -> Prompt:
    """A name told one or two turns ago and asked back, or never told."""
    text = scene.one_of(MY_NAME, HOLDOUT_MY_NAME)
    told = small_talk(scene.rng, scene.holdout, "my_name")
    name = told.country
    asked = _recalled(text, name, f"Your name is {name}.", f"{name}.")
    way = scene.rng.below(5)
    if way == 0 and not scene.holdout:
        # who never said a name is told so
        never = "You have not told me your name."
        asked = replace(asked, country=None, answers=(never, "You have not said it."))
        return scene.after(asked, scene.question(scene.fact()))
    if way < 3:
        return scene.after(asked, told)
    return scene.after(asked, scene.after(scene.question(scene.fact()), told))


def which_country(scene: Scene) -> Prompt:
    """Which country an earlier question was about."""
    earlier = scene.question(scene.fact())
    name = with_article(earlier.country)
    short = f"{name[0].upper()}{name[1:]}."
    text = scene.one_of(WHICH_COUNTRY)
    asked = _recalled(text, earlier.country, f"We talked about {name}.", short)
    return scene.after(asked, earlier)


def which_story(scene: Scene) -> Prompt:
    """Who, what or where an earlier story was about."""
    request, told = chat_writers.short_story(scene.rng)
    wished = questions.story_prompt(request, scene.rng.below(60))
    if scene.rng.happens(0.5):
        named = scene.rng.choice(tuple(questions.PARTIAL_STORIES))
        wished = questions.partial_prompt(request, named, scene.rng.below(60))
    hero, animal, place = request.hero, with_a(request.animal), request.place
    asked = scene.rng.choice(
        (
            _recalled(scene.one_of(WHICH_HERO), hero, f"The hero was {hero}.", f"{hero}."),
            _recalled(
                scene.one_of(WHICH_ANIMAL), request.animal, f"The hero was {animal}.",
                f"{animal.capitalize()}.",
            ),
            _recalled(scene.one_of(WHICH_PLACE), place, f"It began at {place}.", f"At {place}."),
        )
    )  # fmt: skip
    # a story cut short or refused has nothing to remember, so it is told whole here
    return scene.after(asked, wished, told)


def afterwards(scene: Scene) -> Prompt:
    """Small talk after an answer: thanks, praise, a doubt, goodbye."""
    talk = small_talk(scene.rng, scene.holdout, scene.rng.choice(AFTERWARDS))
    earlier = scene.question(scene.fact())
    if scene.rng.happens(0.3):
        earlier = other_country(scene, earlier)
    return scene.after(talk, earlier)


def beforehand(scene: Scene) -> Prompt:
    """A question after small talk: after a greeting, a name, or a word of who one is."""
    intent = scene.rng.choice(("greeting", "my_name", "able", "who", "how", "bored"))
    return scene.after(scene.question(scene.fact()), small_talk(scene.rng, scene.holdout, intent))


SCENES: dict[Callable[[Scene], Prompt], int] = {
    other_kind: 20, other_country: 20, three_turns: 12, to_unknown: 6, from_unknown: 6,
    told_name: 14, which_country: 6, which_story: 8, afterwards: 8, beforehand: 8,
}  # fmt: skip
# for scoring those of which it can be told by the truth alone whether a reply is right
HOLDOUT_SCENES = {
    scene: SCENES[scene] for scene in (other_kind, other_country, told_name, afterwards)
}


def conversation(scene: Scene) -> Prompt:
    """A conversation up to the user's last turn; the writer has said all before."""
    scenes = HOLDOUT_SCENES if scene.holdout else SCENES
    return scene.rng.weighted(tuple(scenes), tuple(scenes.values()))(scene)


def turns_example(scene: Scene) -> ChatExample:
    """A conversation with its last reply, all of one writer."""
    prompt = conversation(scene)
    return ChatExample(prompt, scene.reply(prompt), scene.writer)
