"""Wishes for a story: those that name only a part of what a story is about, and whole ones.

Left out: whether a story is worth telling. The wordings are the exam's own. Taught in notebook 05,
section "What each stage gained".
"""

from __future__ import annotations

from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf import questions as asked
from course_utils.finetuning_rlhf.questions import Prompt, StoryRequest
from course_utils.inference.exam.marks import Question
from course_utils.littleweb.english import with_a
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories.cast import is_holdout

WORDINGS = {  # what is named -> how it is wished for
    "hero": (
        "I'd love to hear something about {hero}.", "Make up a story with {hero} in it, please.",
        "Could we have a story today? {hero} should be in it.", "tell me about {hero}'s adventure",
    ),
    "animal": (
        "Got any stories with {animal} in them?", "My son loves stories about {animal}. Got one?",
        "How about a bedtime story with {animal}?", "Invent a little story for me about {animal}!",
    ),
    "place": (
        "Tell us a story that happens at {place}.", "What about a story from {place}?",
        "Could you make up a story set at {place}?", "You know {place}? I'd like a story there.",
    ),
    "hero_animal": (
        "Give me a story where {hero} is {animal}.", "Please make up a story: {hero}, {animal}.",
        "Let's have a story about {hero}. {hero} should be {animal}.",
        "Do you have a bedtime story in which {animal} is called {hero}?",
    ),
    "none": (
        "Would you tell us a bedtime story?", "Any story will do, surprise me.",
        "I can't sleep. A story, maybe?", "Got a story for me?",
    ),
}  # fmt: skip
PARTS = ("hero", "animal", "place")


def partial(seed: int, n: int) -> list[Question]:
    """Wishes that name a part, grouped by what they name; a longer list begins alike.

    What is not named is an empty text in the prompt's request.

    Args:
        seed: of what is drawn.
        n: how many; the sorts go in turn.
    """
    sorts, drawn = tuple(WORDINGS), []
    for number in range(n):
        rng = Rng(f"{seed}/exam/wishes/{number}")
        sort = sorts[number % len(sorts)]
        whole = asked.random_request(rng)
        named = {part: getattr(whole, part) if part in sort else "" for part in PARTS}
        text = rng.choice(WORDINGS[sort]).format(
            hero=whole.hero, animal=with_a(whole.animal), place=whole.place
        )
        drawn.append(Question(Prompt(text, "story", request=StoryRequest(**named)), sort))
    return drawn


def whole(seed: int, n: int) -> list[Question]:
    """Wishes that name all three, heroes at places that no training has, in holdout phrasings.

    Args:
        seed: of what is drawn; a longer list begins with the shorter one.
        n: how many.
    """
    drawn = []
    for number in range(n):
        rng = Rng(f"{seed}/exam/whole stories/{number}")
        request = asked.random_request(rng)
        while not is_holdout(request.hero, request.place):
            request = asked.random_request(rng)
        drawn.append(Question(asked.story_prompt(request, number, holdout=True), "whole"))
    return drawn


def fault_of_partial(question: Question, reply: str) -> str:
    """What is wrong with a story: none came, it has no end, or a part that was named is missing.

    The parser reads it: hero, animal and place count where a story introduces them, as in
    judge.story_checks.
    """
    prompt = question.prompt
    checks = judge.story_checks(prompt, reply)
    if not checks:
        return "It is no story: nobody in it, or one sentence."
    if not checks["ending"]:
        return "The story has no end."
    missing = [part for part in PARTS if getattr(prompt.request, part) and not checks[part]]
    return f"The story does not keep: {', '.join(missing)}." if missing else ""


def fault_of_whole(question: Question, reply: str) -> str:
    """What is wrong with a story that was wished for in full: any of the eight checks."""
    verdict = judge.judge(question.prompt, reply)
    return "" if verdict.right else verdict.reason
