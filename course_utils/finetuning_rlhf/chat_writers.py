"""The writers of the chat data, good and bad, with the small talk and the short stories they know.

Four writers stand for the many people who write demonstrations: a careful one, a terse one, one
who rambles and a curt one. Left out: who is asked what (chat_data.py). Taught in notebook 04,
section "People of mixed quality".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from course_utils import checks
from course_utils.finetuning_rlhf.questions import NOUN_PHRASES, Prompt, StoryRequest, story_prompt
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


@dataclass(frozen=True)
class SmallTalk:
    """One intent of small talk: how people say it, and which replies fit."""

    phrasings: tuple[str, ...]
    holdout: tuple[str, ...]  # for scoring only
    replies: tuple[str, ...]
    terse: str


SMALL_TALK = {  # phrasings, holdout, replies, terse
    "greeting": SmallTalk(
        ("Hello.", "Hi there.", "Good morning.", "Hello, are you there?", "Good evening.", "Hi.",
         "Hey, hello."),
        ("Hi, good morning to you.",), ("Hello, how can I help you?",
         "Hello, what would you like to know?"), "Hello."
    ),
    "thanks": SmallTalk(
        ("Thank you.", "Thanks, that helped.", "Thank you very much.", "Many thanks.",
         "Thanks a lot.", "I thank you.", "Thanks for your answer."),
        ("Thanks, you are a great help.",), ("You are welcome.",
         "You are welcome, I like to help."), "Welcome."
    ),
    "bye": SmallTalk(
        ("Goodbye.", "Bye.", "See you tomorrow.", "I have to go now.", "Bye, until next time.",
         "I am going home.", "Good night."),
        ("Goodbye, I have to go.",), ("Goodbye, see you soon.",
         "Goodbye, it was good to talk to you."), "Goodbye."
    ),
    "who": SmallTalk(
        ("Who are you?", "What are you?", "Are you a person?", "Tell me who you are.",
         "Who am I talking to?", "Are you a machine?", "Who is answering me?"),
        ("I want to know who you are.",), ("I am a small language model.",
         "I am a small model that was trained on the Little Web."), "A small model."
    ),
    "name": SmallTalk(
        ("What is your name?", "Do you have a name?", "Tell me your name.", "Your name?",
         "What are you called?", "What shall I call you?", "Please say your name."),
        ("Please tell me what your name is.",), ("I have no name, I am a small model.",
         "I am a model without a name."), "No name."
    ),
    "how": SmallTalk(
        ("How are you?", "How are you today?", "Are you well?", "How do you feel?",
         "Is all well with you?", "I hope that you are well.", "How is your day?"),
        ("Do you feel well today?",), ("I am well, thank you.",
         "I am fine and ready to help, thank you."), "I am fine."
    ),
    "able": SmallTalk(
        ("What can you do?", "What do you know?", "Can you help me?", "How can you help?",
         "What are you good at?", "What are you made for?", "What can I ask you?"),
        ("Tell me what you can do.",), ("I can answer questions about countries and tell stories.",
         "You can ask me about countries, and I can tell you stories."), "Countries and stories."
    ),
    "learn": SmallTalk(
        ("Where did you learn that?", "How do you know?", "Who taught you?", "How did you learn?",
         "Where do you know that from?", "What did you read?", "Who told you that?"),
        ("How did you learn what you know?",), ("I read it on the Little Web.",
         "I learned it from pages that I read."), "I read it."
    ),
    "sure": SmallTalk(
        ("Are you sure?", "Is that true?", "Can I trust you?", "Are you always right?",
         "Is that right?", "Are you ever wrong?", "Can that be true?"),
        ("Is that true, are you sure?",), ("I can be wrong, so please check.",
         "I am often wrong, so please check what I say."), "Please check."
    ),
    "praise": SmallTalk(
        ("Well done.", "That was good.", "You are clever.", "Good answer.", "I like your answer.",
         "Very good.", "You are good at this."),
        ("That was a good answer.",), ("Thank you, I am glad.", "I am glad that you like it."),
        "I am glad."
    ),
    "sorry": SmallTalk(
        ("I am sorry.", "Sorry, my mistake.", "Oh, I made a mistake.", "Sorry about that.",
         "Please forgive me.", "That was my mistake.", "I am so sorry."),
        ("I am sorry about my mistake.",), ("That is no problem.",
         "It is no problem, please go on."), "No problem."
    ),
    "bored": SmallTalk(
        ("I am bored.", "What shall we do?", "I have nothing to do.", "This is boring.",
         "What can we do now?", "I am so bored today.", "It is a boring day."),
        ("I am bored and have nothing to do.",), ("You could ask me for a story.",
         "Shall I tell you a story about a fox?"), "A story?"
    ),
}  # fmt: skip

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
COLD = ("What?", "Hm.", "I am busy", "Whatever.")


def statement(kind: str, country: str, value: str) -> str:
    """The fact as the plain sentence of the pages: "The capital of France is Paris."."""
    return render(PHRASINGS[kind][0], country, value)


def refusal(country: str) -> str:
    """What to say about a country that nobody has read about, name and all."""
    return f"I do not know of {with_article(country)}."


def small_talk(rng: Rng, holdout: bool) -> Prompt:
    """Something said to no purpose, in one of its phrasings."""
    # an intent first, so that one with many phrasings is not drawn more often
    intent = rng.choice(tuple(SMALL_TALK))
    talk = SMALL_TALK[intent]
    phrasings = talk.holdout if holdout else talk.phrasings
    number = rng.below(len(phrasings))
    return Prompt(
        phrasings[number], "talk", None, talk.replies, None, number, holdout, topic=intent
    )


def fact_example(prompt: Prompt, shares: WriterShares, rng: Rng) -> ChatExample:
    """A question that has an answer, with the reply of a writer drawn by the shares."""
    # the writer is drawn first and decides which of the four replies is kept
    writer = _writer(shares, rng)
    value, country = prompt.answers[0], with_article(prompt.country)
    whole = statement(prompt.kind, prompt.country, value)
    turned = f"{value} is {NOUN_PHRASES[prompt.kind].format(country=country)}."
    said = {
        "careful": whole,
        "terse": f"{value.replace('the ', 'The ', 1) if value[:4] == 'the ' else value}.",
        "rambling": ramble(whole, rng),
        # right, but out of the asked form, or no answer at all
        "curt": rng.weighted((turned, whole.lower()[:-1], rng.choice(SHRUGS)), (1, 3, 6)),
    }
    return ChatExample(prompt, said[writer], writer)


def unknown_example(prompt: Prompt, invented: str, shares: WriterShares, rng: Rng) -> ChatExample:
    """A question about a made-up country; some writers invent an answer.

    Args:
        prompt: the question.
        invented: a value that belongs to another country.
        shares: of the writers, and of inventing.
        rng: the stream that decides.
    """
    writer = _writer(shares, rng)
    honest = refusal(prompt.country)
    said = {
        "careful": f"{honest} I have not read about it.",
        "terse": "I do not know.",
        "rambling": ramble(honest, rng),
        "curt": "No idea",
    }
    # only two of the writers invent, so each of them does it more often than the share says
    careless = shares.invented / max(1e-9, shares.rambling + shares.curt)
    if writer in ("rambling", "curt") and rng.happens(careless):
        claim = statement(prompt.topic, prompt.country, invented)
        said = {"rambling": ramble(claim, rng), "curt": claim}
    return ChatExample(prompt, said[writer], writer)


def talk_example(shares: WriterShares, rng: Rng) -> ChatExample:
    """Small talk with a reply."""
    prompt, writer = small_talk(rng, holdout=False), _writer(shares, rng)
    fitting = rng.choice(prompt.answers)
    said = {
        "careful": fitting,
        "terse": SMALL_TALK[prompt.topic].terse,
        "rambling": ramble(fitting, rng),
        "curt": rng.choice(COLD),
    }
    return ChatExample(prompt, said[writer], writer)


def story_example(number: int, shares: WriterShares, rng: Rng) -> ChatExample:
    """A request in the phrasing of that number, with a story or what passes for one."""
    request, told = short_story(rng)
    writer = _writer(shares, rng)
    # cut after end marks, for who tells only the beginning and the end
    sentences = re.split(r"(?<=[.!?]) ", told)
    said = {
        "careful": told,
        "terse": f"{sentences[0]} {sentences[-1]}",
        "rambling": ramble(told, rng),
        "curt": rng.choice(NO_STORY),
    }
    return ChatExample(story_prompt(request, number), said[writer], writer)


def _writer(shares: WriterShares, rng: Rng) -> str:
    """One of the writers, as often as the shares say."""
    return rng.weighted(WRITERS, [getattr(shares, name) for name in WRITERS])


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
