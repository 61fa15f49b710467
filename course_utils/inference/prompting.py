"""Asking well: examples in a prompt, other words for a question, vague and exact wishes.

Nothing is trained here; what changes is what a model reads before it writes. Each way of asking is
put to the same questions, and gives a share that is right with its standard error. Leaves out the
form of a conversation (chat_templates.py). Taught in notebook 05, section "Asking well".
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from course_utils import checks
from course_utils.finetuning_rlhf import chat_data, chat_writers, judge
from course_utils.finetuning_rlhf.chat_format import Turn
from course_utils.finetuning_rlhf.questions import Prompt, partial_prompt, random_request
from course_utils.inference.chat_templates import Template, trained
from course_utils.inference.engine import Engine
from course_utils.littleweb.english import with_article
from course_utils.littleweb.rng import Rng
from course_utils.model.sampling import SamplingConfig
from course_utils.pretraining import evaluate

Item = TypeVar("Item")


@dataclass(frozen=True)
class Share:
    """How many of some answers are right, perhaps over several draws of the examples.

    Attributes:
        right: of each draw.
        asked: in each draw.
    """

    right: tuple[int, ...]
    asked: int

    @property
    def value(self) -> float:
        """The share that is right, 0 to 1."""
        return sum(self.right) / (self.asked * len(self.right))

    @property
    def standard_error(self) -> float:
        """How far it may be off: by the number of questions, or by the draws if they say more."""
        counted = math.sqrt(self.value * (1 - self.value) / (self.asked * len(self.right)))
        if len(self.right) == 1:
            return counted
        shares = [right / self.asked for right in self.right]
        spread = sum((share - self.value) ** 2 for share in shares) / (len(shares) - 1)
        return max(counted, math.sqrt(spread / len(shares)))

    def __str__(self) -> str:
        return f"{self.value:>4.0%} ± {self.standard_error:.0%}"


@dataclass(frozen=True)
class Task:
    """Something to be continued, with what is right.

    Attributes:
        prompt: what the model reads last, such as "The capital of France is".
        values: every right continuation; values[0] is shown where the task serves as an example.
        others: values that may not stand there instead, so that a longer one is not overlooked.
    """

    prompt: str
    values: tuple[str, ...]
    others: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """The task with its answer, as it stands among the examples."""
        return f"{self.prompt} {self.values[0]}."

    def is_right(self, text: str) -> bool:
        """Whether a continuation begins with a right value."""
        return evaluate.answers(text, self.values, self.others, ended=True)


def statements(kind: str) -> list[Task]:
    """Each country's fact of a kind as the pages state it: "The capital of France is"."""
    return [Task(*parts) for parts, _ in _facts(kind)]


def in_form(kind: str, form: str) -> list[Task]:
    """The same facts in another form.

    Args:
        kind: such as "capital".
        form: what is to be continued, with {country} in it.
    """
    return [
        Task(form.format(country=with_article(country)), parts[1], parts[2])
        for parts, country in _facts(kind)
    ]


def _facts(kind: str) -> list[tuple[tuple[str, tuple[str, ...], frozenset[str]], str]]:
    found = [each for each in evaluate.statements() if each.kind == kind]
    if not found:
        kinds = sorted({each.kind for each in evaluate.statements()})
        raise ValueError(f"{kind!r} is no kind of fact. The kinds are {', '.join(kinds)}.")
    others = frozenset(value for each in found for value in each.values)
    return [((each.prompt, each.values, others), each.country) for each in found]


def few_shot(examples: Sequence[Task], task: Task, between: str = "\n\n") -> str:
    """Solved tasks and an open one as a text to be continued.

    Args:
        examples: as many as are to be shown; none gives the task alone.
        task: the open one.
        between: what stands between two.
    """
    return between.join([*(example.shown for example in examples), task.prompt])


def by_examples(
    engine: Engine,
    tasks: Sequence[Task],
    counts: Sequence[int] = (0, 1, 2, 4),
    asked: int = 50,
    seeds: Sequence[int] = (0, 1, 2),
    between: str = "\n\n",
) -> dict[int, Share]:
    """What share is continued rightly, greedy, after so many examples.

    Of each seed the tasks that are asked are the same for all counts, and none of them is among
    the examples.

    Args:
        engine: a model that continues texts.
        tasks: to draw from.
        counts: of examples.
        asked: tasks in each draw.
        seeds: of the draws: which tasks serve as examples, and which are asked.
        between: what stands between two tasks.

    Raises:
        ValueError: there are too few tasks.
    """
    checks.whole("asked", asked, least=1)
    most = max(counts)
    if len(tasks) < asked + most:
        raise ValueError(
            f"There are {len(tasks)} tasks; {asked} are to be asked after {most} examples. "
            f"Ask at most {len(tasks) - most}."
        )
    right: dict[int, list[int]] = {count: [] for count in counts}
    for seed in seeds:
        shown, open_ones = draw(tasks, most, asked, seed)
        for count in counts:
            texts = [few_shot(shown[:count], task, between) for task in open_ones]
            said = continued(engine, texts)
            pairs = zip(open_ones, said, strict=True)
            right[count].append(sum(task.is_right(text) for task, text in pairs))
    return {count: Share(tuple(hits), asked) for count, hits in right.items()}


def draw(
    items: Sequence[Item], shown: int, asked: int, seed: int
) -> tuple[list[Item], list[Item]]:
    """(those that serve as examples, those that are asked): none is both."""
    drawn = random.Random(seed).sample(list(items), shown + asked)
    return drawn[:shown], drawn[shown:]


def by_exchanges(
    engine: Engine,
    prompts: Sequence[Prompt],
    follow_up: str = "And of {country}?",
    counts: Sequence[int] = (0, 1, 2, 4),
    asked: int = 50,
    seeds: Sequence[int] = (0, 1, 2),
) -> dict[int, Share]:
    """What share of follow-ups a chat answers rightly, greedy, after so many exchanges.

    The first exchange asks in full, as its prompt does; all that follow ask as the follow-up does,
    and every reply is right. Without an exchange nothing says what is asked for.

    Args:
        engine: a chat model.
        prompts: questions for one kind of fact, to draw from.
        follow_up: with {country} in it.
        counts: of exchanges.
        asked: questions in each draw.
        seeds: of the draws: which questions have been answered, and which are asked.

    Raises:
        ValueError: there are too few questions.
    """
    checks.whole("asked", asked, least=1)
    most = max(counts)
    if len(prompts) < asked + most:
        raise ValueError(
            f"There are {len(prompts)} questions; {asked} are to be asked after {most} exchanges. "
            f"Ask at most {len(prompts) - most}."
        )
    right: dict[int, list[int]] = {count: [] for count in counts}
    for seed in seeds:
        shown, rest = draw(prompts, most, asked, seed)
        open_ones = worded(rest, follow_up)
        first, later = shown[:1], worded(shown[1:], follow_up)
        said = [turn for prompt in [*first, *later] for turn in _answered(prompt)]
        for count in counts:
            share = facts_right(engine, open_ones, trained, said[: 2 * count])
            right[count] += share.right
    return {count: Share(tuple(hits), asked) for count, hits in right.items()}


def _answered(prompt: Prompt) -> tuple[Turn, Turn]:
    """A question with its true answer, as the chat data gives it."""
    reply = chat_writers.statement(prompt.kind, prompt.country or "", prompt.answers[0])
    return ("user", prompt.text), ("assistant", reply)


def continued(engine: Engine, texts: Sequence[str], new_tokens: int = 10) -> list[str]:
    """How a model goes on with each text, greedy; with "" where the context has no room for it."""
    config = SamplingConfig(temperature=0.0, max_new_tokens=new_tokens)
    return engine.texts([engine.tokenizer.encode(text) for text in texts], config)


def backwards() -> list[Task]:
    """A task that no page has: each country's name backwards, "Peru ->" with "ureP"."""
    names = sorted({each.country for each in evaluate.statements()})
    return [Task(f"{name} ->", (name[::-1],)) for name in names]


# Ways to ask a chat model for a capital. A popular claim wants a prompt to go from simple to
# complex, with numbers and an analogy, and not to be abstract; the last one is abstract, too, and
# has the word that the chat data has.
PLAIN = "What is the capital of {country}?"
WORDINGS = {
    "as in the chat data": PLAIN,
    "vague": "{country}. The main city there, or so?",
    "abstract": "Name the seat of government that {country} has.",
    "simple to complex": (
        "1. A body has 1 head. 2. A country is like a body, and its capital is like the head. "
        "3. What is the capital of {country}?"
    ),
    "abstract, with the word": "Discuss the notion of a capital with regard to {country}.",
}


def questions(kind: str, seed: int) -> list[Prompt]:
    """Questions about each country that no conversation of the finetuning mentions.

    Args:
        kind: of fact, such as "capital".
        seed: of the split of the countries.
    """
    return [prompt for prompt in chat_data.evaluation_questions(seed) if prompt.kind == kind]


def worded(prompts: Sequence[Prompt], wording: str) -> list[Prompt]:
    """The same questions in other words.

    Args:
        prompts: questions about countries.
        wording: with {country} in it.
    """
    made = []
    for prompt in prompts:
        text = wording.format(country=with_article(prompt.country or ""))
        text = text[0].upper() + text[1:]
        made.append(Prompt(text, prompt.kind, prompt.country, prompt.answers))
    return made


def facts_right(
    engine: Engine,
    prompts: Sequence[Prompt],
    template: Template = trained,
    before: Sequence[Turn] = (),
) -> Share:
    """What share of questions is answered rightly, greedy, when they are asked in a form.

    A reply ends where its first line does, for a model that has lost the form goes on for ever.

    Args:
        engine: a chat model.
        prompts: questions about countries.
        template: makes the token ids of a conversation.
        before: turns before the question.
    """
    said = replies(engine, prompts, template, before)
    pairs = zip(prompts, said, strict=True)
    hits = sum(judge.judge(prompt, reply).right for prompt, reply in pairs)
    return Share((hits,), len(prompts))


def replies(
    engine: Engine,
    prompts: Sequence[Prompt],
    template: Template = trained,
    before: Sequence[Turn] = (),
    new_tokens: int = 24,
) -> list[str]:
    """The first line of each greedy reply, "" where there is no room; see `facts_right`."""
    asked = [template(engine.tokenizer, [*before, *prompt.turns]) for prompt in prompts]
    config = SamplingConfig(temperature=0.0, max_new_tokens=new_tokens)
    return [text.strip().split("\n")[0] for text in engine.texts(asked, config)]


# How much of a story is said in a wish for it: nothing at all, that it be a story, and so on.
WISHES: Mapping[str, tuple[str, ...] | None] = {
    "Tell me something.": None,
    "a story": (),
    "a story, its animal": ("animal",),
    "a story, its hero and animal": ("hero", "animal"),
}


def wishes(seed: int, count: int = 60) -> dict[str, list[Prompt]]:
    """Wishes for the same stories, from vague to exact, each with all that is wanted.

    Args:
        seed: of what is wanted.
        count: of each.

    Returns:
        By the names of WISHES: prompts whose request is whole, however little the text says of it.
    """
    rng = Rng(f"{seed}/prompting/wishes")
    wanted = [random_request(rng) for _ in range(count)]
    made: dict[str, list[Prompt]] = {}
    for name, named in WISHES.items():
        texts = [
            name if named is None else partial_prompt(request, named, number).text
            for number, request in enumerate(wanted)
        ]
        made[name] = [
            Prompt(text, "story", request=request)
            for text, request in zip(texts, wanted, strict=True)
        ]
    return made


def wish_kept(prompt: Prompt, reply: str) -> tuple[bool, bool]:
    """(whether a story came, whether its hero and animal are the wanted ones)."""
    checks_passed = judge.story_checks(prompt, reply)
    kept = bool(checks_passed) and checks_passed["hero"] and checks_passed["animal"]
    named = re.search(rf"\b{prompt.request.hero}\b", reply) is not None
    return bool(checks_passed), kept and named
