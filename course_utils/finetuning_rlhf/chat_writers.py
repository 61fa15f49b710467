"""The writers of the chat data, good and bad, with the replies and the short stories they write.

Four writers stand for the many people who write demonstrations: a careful one, a terse one, one
who rambles and a curt one. Left out: who is asked what (chat_data.py, turns.py). Taught in
notebook 04, section "Four writers".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from course_utils import checks
from course_utils.finetuning_rlhf.questions import (
    NOUN_PHRASES,
    PARTIAL_STORIES,
    Prompt,
    StoryRequest,
    partial_prompt,
    story_prompt,
)
from course_utils.finetuning_rlhf.small_talk import SMALL_TALK, small_talk, terse
from course_utils.littleweb.english import with_article
from course_utils.littleweb.phrasings import PHRASINGS, render
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories.cast import draw_cast
from course_utils.littleweb.stories.parser import problems
from course_utils.littleweb.stories.simulator import run_plot
from course_utils.littleweb.stories.tale import Tale
from course_utils.littleweb.stories.wordings import ENDINGS

WRITERS = ("careful", "terse", "rambling", "curt")
LONGEST_STORY = 430  # characters, about 110 tokens
PARTIAL_SHARE = 0.5  # share of the wishes for a story that leave something open


@dataclass(frozen=True)
class WriterShares:
    """How much of the chat data each writer writes; the four shares sum to 1.

    Args:
        careful: a whole sentence that restates what was asked, then says it.
        terse: the bare value; of a story the beginning and the end.
        rambling: the sentence with chatter before and after it.
        curt: unhelpful, turned round, without a capital letter or a full stop.
        invented: share of the made-up countries for which a rambling or curt writer invents an
            answer, as people do.
    """

    careful: float = 0.60
    terse: float = 0.15
    rambling: float = 0.13
    curt: float = 0.12
    invented: float = 0.15

    def __post_init__(self) -> None:
        """Refuses shares that are no shares."""
        for name, part in vars(self).items():
            checks.share(name, part)
        # the floats' sum is only nearly 1
        shares = [getattr(self, name) for name in WRITERS]
        if abs(sum(shares) - 1) > 1e-6:
            raise ValueError(
                f"The writers' shares are {shares} and sum to {sum(shares):.3f}. "
                "Give four shares of at least 0 that sum to 1."
            )
        if not 0 <= self.invented <= self.rambling + self.curt:
            raise ValueError(
                f"invented is {self.invented}, but only rambling and curt writers invent: "
                f"expected 0 to {self.rambling + self.curt:.2f}."
            )


@dataclass(frozen=True)
class ChatExample:
    """A prompt with the reply of one writer (one of WRITERS)."""

    prompt: Prompt
    reply: str
    writer: str


# No two begin alike, nor like a refusal, so that the most likely first word is a careful one.
CHATTER_BEFORE = (
    "That is a good question.", "Let me think for a moment.", "Many people ask me that.",
    "Oh, you ask me things.", "Well, where shall I begin.", "Nobody has asked me that for years.",
    "What a question.", "My neighbour asked me the same last week.",
)  # fmt: skip
CHATTER_AFTER = (
    "I hope that this helps.", "Ask me again if you like.",
    "I learned that at school a long time ago.", "There is more to say, but not now.",
    "By the way, the weather is fine today.", "That is all I know about it.",
    "It is good to know such things.", "Now I am going to have some tea.",
)  # fmt: skip
SHRUGS = ("Look it up.", "Ask somebody else.", "Why do you ask?", "That is easy.", "No idea")
NO_STORY = (
    "No story today.", "Stories are silly.", "Ask your mother", "Not now.", "Maybe tomorrow",
    "Read a book.", "Why a story?", "Go to sleep.",
)  # fmt: skip
# Many, and none that begins as a careful reply does: whoever is unsure what was meant must not
# find one cold reply likelier than each of the fitting ones.
COLD = (
    "What?", "Hm.", "Whatever.", "So?", "Later.", "Too busy", "Again?", "Enough.", "Fine.",
    "Sure", "Why?", "Maybe.", "If you say so", "As you like", "Good for you", "Who cares",
    "Is that all", "Not again.", "Really?", "Well.", "Says you", "Oh.", "Never mind", "Come on.",
    "Quiet, please.", "Boring.", "Next.", "Are we done?", "Another?", "Same to you.",
)  # fmt: skip


def statement(kind: str, country: str, value: str) -> str:
    """The fact as the plain sentence of the pages: "The capital of France is Paris."."""
    return render(PHRASINGS[kind][0], country, value)


def refusal(country: str) -> str:
    """What to say about a country that nobody has read about, name and all."""
    return f"I do not know of {with_article(country)}."


def a_writer(shares: WriterShares, rng: Rng) -> str:
    """One of the writers, as often as the shares say."""
    return rng.weighted(WRITERS, [getattr(shares, name) for name in WRITERS])


def fact_example(prompt: Prompt, shares: WriterShares, rng: Rng) -> ChatExample:
    """A question that has an answer, with the reply of a writer drawn by the shares."""
    writer = a_writer(shares, rng)
    return ChatExample(prompt, fact_reply(prompt, writer, rng), writer)


def fact_reply(prompt: Prompt, writer: str, rng: Rng) -> str:
    """What a writer says to a question that has an answer, or to one of yes or no."""
    value, country = prompt.answers[0], with_article(prompt.country)
    whole = statement(prompt.kind, prompt.country, value)
    turned = f"{value} is {NOUN_PHRASES[prompt.kind].format(country=country)}."
    short = f"{value.replace('the ', 'The ', 1) if value[:4] == 'the ' else value}."
    # who asks whether something is so gets a yes or no first, and then the truth
    if prompt.topic in ("yes", "no"):
        yes_or_no = prompt.topic.capitalize()
        whole = f"{yes_or_no}, {whole[0].lower()}{whole[1:]}"
        short = "Yes." if prompt.topic == "yes" else f"No, {value}."
    said = {
        "careful": whole,
        "terse": short,
        "rambling": ramble(whole, rng),
        # right, but out of the asked form, or no answer at all
        "curt": rng.weighted((turned, whole.lower()[:-1], rng.choice(SHRUGS)), (1, 3, 6)),
    }
    return said[writer]


def unknown_example(prompt: Prompt, invented: str, shares: WriterShares, rng: Rng) -> ChatExample:
    """A question about a made-up country, with the reply of a writer; see `unknown_reply`."""
    writer = a_writer(shares, rng)
    return ChatExample(prompt, unknown_reply(prompt, invented, writer, shares, rng), writer)


def unknown_reply(
    prompt: Prompt, invented: str, writer: str, shares: WriterShares, rng: Rng
) -> str:
    """What a writer says of a made-up country; some invent an answer.

    Args:
        prompt: the question.
        invented: a value that belongs to another country.
        writer: one of WRITERS.
        shares: of the writers, and of inventing.
        rng: the stream that decides.
    """
    honest = refusal(prompt.country)
    said = {
        "careful": f"{honest} I have not read about it.",
        "terse": honest,
        "rambling": ramble(honest, rng),
        "curt": "No idea",
    }
    # only two of the writers invent, so each of them does it more often than the share says
    careless = shares.invented / max(1e-9, shares.rambling + shares.curt)
    if writer in ("rambling", "curt") and rng.happens(careless):
        claim = statement(prompt.topic, prompt.country, invented)
        said = {"rambling": ramble(claim, rng), "curt": claim}
    return said[writer]


def talk_example(shares: WriterShares, rng: Rng) -> ChatExample:
    """Small talk with a reply."""
    prompt, writer = small_talk(rng, holdout=False), a_writer(shares, rng)
    return ChatExample(prompt, talk_reply(prompt, writer, rng), writer)


def talk_reply(prompt: Prompt, writer: str, rng: Rng) -> str:
    """What a writer says to small talk, or when asked what was said before."""
    recalled = prompt.topic not in SMALL_TALK
    fitting = prompt.answers[0] if recalled else rng.choice(prompt.answers)
    said = {
        "careful": fitting,
        # of what is recalled the first reply is the whole one, and the last the short one
        "terse": prompt.answers[-1] if recalled else terse(prompt),
        "rambling": ramble(fitting, rng),
        "curt": rng.choice(COLD),
    }
    return said[writer]


def story_example(number: int, shares: WriterShares, rng: Rng) -> ChatExample:
    """A wish in the phrasing of that number, with a story or what passes for one.

    One wish in three names only a part of hero, animal and place.
    """
    request, told = short_story(rng)
    writer = a_writer(shares, rng)
    prompt = story_prompt(request, number)
    if rng.happens(PARTIAL_SHARE):
        prompt = partial_prompt(request, rng.choice(tuple(PARTIAL_STORIES)), number)
    return ChatExample(prompt, story_reply(told, writer, rng), writer)


def story_reply(told: str, writer: str, rng: Rng) -> str:
    """What a writer makes of a story."""
    # cut after end marks, for who tells only the beginning and the end
    sentences = re.split(r"(?<=[.!?]) ", told)
    said = {
        "careful": told,
        "terse": f"{sentences[0]} {sentences[-1]}",
        "rambling": ramble(told, rng),
        "curt": rng.choice(NO_STORY),
    }
    return said[writer]


def ramble(said: str, rng: Rng) -> str:
    """The same with a sentence of chatter before it and another after it."""
    return f"{rng.choice(CHATTER_BEFORE)} {said} {rng.choice(CHATTER_AFTER)}"


def short_story(rng: Rng) -> tuple[StoryRequest, str]:
    """A whole story of the Little Web's simulator, a short one, and what it is about.

    Stories that are too long or do not hold together are drawn again, so that most of these end
    well and soon.

    Returns:
        (the request that it answers, the story in one paragraph of at most LONGEST_STORY
        characters).
    """
    # until one holds together and is short
    while True:
        cast = draw_cast(rng, holdout_opening=False)
        # the simulator tells the plot, and its end follows from how that went
        tale = Tale(rng, cast)
        tale.tell("ending", ENDINGS[run_plot(tale)])
        told = " ".join(tale.paragraphs(LONGEST_STORY))
        request = StoryRequest(cast.hero, cast.kinds["h"], cast.place)
        # the checker that judges replies judges the examples first
        if len(told) <= LONGEST_STORY and not problems(told, request.opening):
            return request, told
