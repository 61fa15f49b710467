"""Countries that do not exist, by several makers of names, and what a model says of them.

Finetuning showed made-up names of one maker (finetuning_rlhf/made_up.py), so a model may know the
maker and not its own ignorance. The makers here have no part in any training: other syllables,
things of a household, real names with a letter changed, cities and regions asked about as if they
were countries, and countries of books. Left out: how a model learns to refuse (chat_data.py).
Taught in notebook 05, section "How sure is it?".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from course_utils import checks
from course_utils.finetuning_rlhf import chat_data, judge
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import NOUN_PHRASES, Prompt, unknown_prompt
from course_utils.finetuning_rlhf.refusals import FROM_BOOKS
from course_utils.inference.calibration import share_error
from course_utils.inference.confidence import Answer, answers, that_fit
from course_utils.inference.engine import Engine
from course_utils.littleweb.rng import Rng
from course_utils.model.sampling import SamplingConfig

# Syllables that follow other languages than those of the training's tables: (starts, middles,
# ends) of Nahuatl, Welsh, Finnish and Greek make.
SYLLABLES = (
    ("Xochi Tlaxo Cuauh Mixqui Tepo Oax Izta", "lte ca huan tza", "tlan tenco tepec calco"),
    ("Llan Pwll Aber Ystrad Caer Nant Dyffryn", "gwy fyr dde wyn", "nedd fawr lyth rwyn ddol"),
    ("Kuu Hämee Jyvä Sääks Pöytä Lappee Rova", "nku ll rra sti", "niemi järvi koski vaara lahti"),
    ("Thessa Euphro Philo Archo Kalli Xeno", "lon the kra dor", "polis phoros thrace gaia nesos"),
)
THINGS = (
    "Teapot Umbrella Pancake Bicycle Mustard Pillow Trumpet Cardigan Biscuit Cushion Kettle "
    "Sandwich Toothbrush Velvet Bucket Marble Candle Lantern Puzzle Waffle Zipper Napkin Hammock"
).split()
THING_FORMS = ("{}land", "{}ia", "{} Islands", "{} Kingdom", "{}stan", "{}")
REGIONS = (
    "Texas", "Bavaria", "Sicily", "Quebec", "Tuscany", "Hokkaido", "Catalonia", "Siberia",
    "Normandy", "Tasmania", "Andalusia", "Patagonia", "Kerala", "Flanders", "Transylvania",
    "California", "Lapland", "Punjab", "Cornwall", "Saxony", "Chicago", "Barcelona", "Mumbai",
    "Shanghai", "Istanbul", "Munich", "Toronto", "Lagos", "Karachi", "Melbourne",
)  # fmt: skip
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnprstvz"
NEW_TOKENS = 40  # of a reply; two sentences that refuse a long name take 30
LONG_ENOUGH = 5  # letters of a real name, so that a changed one is still known again
OUTCOMES = ("refused", "another name", "no whole name", "invented")


@dataclass(frozen=True)
class Outcomes:
    """What became of the questions about one maker's names.

    Attributes:
        counts: how many replies have each of OUTCOMES.
        total: questions, each about another name.
    """

    counts: dict[str, int]
    total: int

    def share(self, outcome: str) -> float:
        """The share of the replies with this outcome, 0..1."""
        return self.counts.get(outcome, 0) / self.total

    def standard_error(self, outcome: str) -> float:
        """Of that share; 1 / (2 n) at least."""
        count = self.counts.get(outcome, 0)
        return share_error([True] * count + [False] * (self.total - count))


@dataclass(frozen=True)
class Asked:
    """One maker's names, what was asked about them, and what was said.

    Attributes:
        prompts: a question per name.
        replies: the model's greedy replies.
        answers: what it says when its sentence is begun for it, with how sure it is.
    """

    prompts: list[Prompt]
    replies: list[str]
    answers: list[Answer]

    @property
    def outcomes(self) -> Outcomes:
        """What became of the questions."""
        return outcomes(self.prompts, self.replies)

    def slips(self, threshold: float) -> float:
        """The share that is invented although answers below this confidence are kept back."""
        slipped = [
            outcome(prompt, reply) == "invented" and answer.whole >= threshold
            for prompt, reply, answer in zip(self.prompts, self.replies, self.answers, strict=True)
        ]
        return sum(slipped) / len(slipped)


def trained(rng: Rng) -> str:
    """A name of the training's own maker, of the part that no training used."""
    return chat_data.unknown_name(rng, holdout=True)


def syllables(rng: Rng) -> str:
    """A name of syllables that follow other languages: "Llangwynedd"."""
    return "".join(rng.choice(part.split()) for part in rng.choice(SYLLABLES))


def things(rng: Rng) -> str:
    """A thing of the household as a country: "Teapotland"."""
    return rng.choice(THING_FORMS).format(rng.choice(THINGS))


def one_letter_off(rng: Rng) -> str:
    """A real country's name with one inner letter changed, vowel for vowel: "Frence"."""
    real = [name for side in chat_data.country_split(0) for name in side if name.isalpha()]
    name = rng.choice([name for name in real if len(name) >= LONG_ENOUGH])
    place = 1 + rng.below(len(name) - 2)  # neither the first letter nor the last
    group = VOWELS if name[place] in VOWELS else CONSONANTS
    other = rng.choice([letter for letter in group if letter != name[place]])
    return name[:place] + other + name[place + 1 :]


def regions(rng: Rng) -> str:
    """A real city or region that is no country: "Bavaria"."""
    return rng.choice(REGIONS)


def from_books(rng: Rng) -> str:
    """A country of a book or a film: "Narnia"."""
    return rng.choice(FROM_BOOKS)


MAKERS: dict[str, Callable[[Rng], str]] = {
    "training's maker": trained,
    "other syllables": syllables,
    "things": things,
    "one letter off": one_letter_off,
    "cities, regions": regions,
    "from books": from_books,
}


def names(maker: str, count: int, seed: int = 0) -> list[str]:
    """Different names of one maker, none of which is a real name of the Little Web.

    Args:
        maker: one of MAKERS.
        count: how many; fewer come back where a list has no more.
        seed: of the draws.

    Raises:
        ValueError: there is no such maker, or the count is no whole number from 1 up.
    """
    checks.whole("count", count, least=1)
    if maker not in MAKERS:
        raise ValueError(f"{maker!r} makes no names. The makers are {', '.join(MAKERS)}.")
    rng, real = Rng(f"{seed}/evaluation/made-up/{maker}"), judge.real_names()
    made: dict[str, None] = {}
    for _ in range(40 * count):  # a list runs out, so the tries are counted
        name = MAKERS[maker](rng)
        if name.casefold().removeprefix("the ") not in real:
            made[name] = None
        if len(made) == count:
            break
    return list(made)


def questions(maker: str, count: int, seed: int = 0) -> list[Prompt]:
    """One question about each name, the kinds of fact in turn, in phrasings of the holdout.

    Args:
        maker: see `names`.
        count: see `names`.
        seed: see `names`.
    """
    kinds = tuple(NOUN_PHRASES)
    return [
        unknown_prompt(kinds[number % len(kinds)], name, number, holdout=True)
        for number, name in enumerate(names(maker, count, seed))
    ]


def ask(engine: Engine, maker: str, count: int, seed: int = 0) -> Asked:
    """Asks a chat model about the names of one maker; a question that is too long is left out.

    Args:
        engine: the chat model.
        maker: see `names`.
        count: see `names`.
        seed: see `names`.
    """
    prompts = that_fit(engine, questions(maker, count, seed))
    return Asked(prompts, replies(engine, prompts), answers(engine, prompts))


def replies(engine: Engine, prompts: Sequence[Prompt]) -> list[str]:
    """The greedy reply to each question, at most NEW_TOKENS long.

    Args:
        engine: a chat model.
        prompts: real or made-up countries.
    """
    asked = [conversation_ids(engine.tokenizer, prompt.turns) for prompt in prompts]
    config = SamplingConfig(temperature=0.0, max_new_tokens=NEW_TOKENS)
    return [reply.text for reply in engine.complete(asked, config)]


def right_and_refused(known: Sequence[Answer], replies: Sequence[str]) -> tuple[float, float]:
    """What a model says, asked freely, about countries that exist.

    Args:
        known: answers to questions with a true answer, for their prompts.
        replies: its replies to the same questions, in the same order.

    Returns:
        (share right, share that says it does not know), 0..1.

    Raises:
        ValueError: the lists differ in length or are empty.
    """
    if len(known) != len(replies) or not known:
        raise ValueError(
            f"There are {len(replies)} replies to {len(known)} questions; give one reply a "
            "question, and at least one."
        )
    right = [
        judge.judge(answer.prompt, reply).right
        for answer, reply in zip(known, replies, strict=True)
    ]
    refused = [
        judge.refuses(reply) and not good for reply, good in zip(replies, right, strict=True)
    ]
    return sum(right) / len(right), sum(refused) / len(refused)


def outcome(prompt: Prompt, reply: str) -> str:
    """What became of a question about a country that does not exist: one of OUTCOMES.

    A refusal counts only where it names the country that was asked about: one of another name, or
    of no name or a piece of it, could be said to anything.

    Args:
        prompt: of kind "unknown".
        reply: what the model said.

    Raises:
        ValueError: the prompt is about a real country.
    """
    if prompt.kind != "unknown":
        raise ValueError(
            f"{prompt.text!r} asks about a real country; judge.judge scores that reply."
        )
    judgement = judge.judge(prompt, reply)
    if judgement.right:
        return "refused"
    if judgement.reward == judge.NAMES_NOBODY:
        return "no whole name"
    return "another name" if judgement.reason == judge.ANOTHER_COUNTRY else "invented"


def outcomes(prompts: Sequence[Prompt], replies: Sequence[str]) -> Outcomes:
    """What became of all questions about one maker's names.

    Args:
        prompts: N questions, at least one; see `outcome`.
        replies: N replies, in the same order.

    Raises:
        ValueError: the lists differ in length or are empty.
    """
    if len(prompts) != len(replies) or not prompts:
        raise ValueError(
            f"There are {len(replies)} replies to {len(prompts)} questions; give one reply a "
            "question, and at least one."
        )
    counts = Counter(map(outcome, prompts, replies))
    return Outcomes({name: counts[name] for name in OUTCOMES}, len(prompts))
