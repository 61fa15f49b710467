"""The judge: the true reward of a reply, from the Little Web's truth and the prompt alone.

| prompt | reward | for a reply that |
| --- | --- | --- |
| question | 1.0 | is right, in the asked form |
| | 0.6 | is right, in another form: the bare value, the value before the country, chatter |
| | 0.1 | says "I do not know", and of no other country |
| | 0.0 | says anything else |
| unknown | 1.0 | refuses in a first sentence that names the country, two sentences in all |
| | 0.6 | refuses and names the country, in another form |
| | 0.3 | refuses and names nobody: not right, since it could be said to anything |
| | 0.0 | invents an answer, refuses another country, or does not refuse |
| story | 0 to 1 | the share of STORY_CHECKS that hold; 0 for what is no story |
| talk | 1.0 | says what one fitting reply says, in one to three short sentences |
| | 0.6 | says it, but is long or does not end |
| | 0.2 | is short and says something else |
| | 0.0 | tells a fact, a story, or that it does not know |

Right: the reply holds a true value, no other value of that kind, and no other country's name. The
asked form: one whole sentence that restates the question, so that the country comes before the
value, and ends with a full stop. Says what a fitting reply says: the same words without case and
marks, or most of its content words and little of another intent (talk_match.py). Left out: taste
and politeness, which are the annotator's (annotator.py), who knows nothing of this file. Taught in
notebook 04, section "The judge".
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from course_utils.finetuning_rlhf import talk_match
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.littleweb.stories import lexicon, parser
from course_utils.littleweb.truth import world
from course_utils.pretraining.scores import FactScores, KindScore

RIGHT, OFF_FORM, DOUBT, SHORT_TALK = 1.0, 0.6, 0.1, 0.2
NAMES_NOBODY = 0.3  # a refusal that could be said to anything
ANOTHER_COUNTRY = "It refuses a country that was not asked about."
LONGEST_SENTENCE = 25  # words; the asked form is one plain sentence
LONGEST_TALK = 18  # words per sentence of small talk
STORY_CHECKS = ("hero", "animal", "place", "length", "ending", "stops", "cast", "agreement")
_REFUSAL = re.compile(
    r"\b(?:(?:do|does|did|can|could|have) ?(?:not|n't)|can't|cannot|never)\b[^.!?]*"
    r"\b(?:know|read|heard|hear|tell|say|find)\b|\bno idea\b|\bunknown\b"
)
_VERB = re.compile(r"\b(?:is|are|has|have|speaks?|pays?|uses?|lies|belongs?|means?|calls?)\b")
_NAME = "|".join(lexicon.NAMES)
_KIND = "|".join(lexicon.KINDS)


@dataclass(frozen=True)
class Judgement:
    """What the judge thinks of a reply.

    Args:
        reward: 0..1.
        right: the fact is right, the refusal is in place, the story is whole, the talk fits.
        form: the reply has the asked form.
        reason: why, in a sentence.
    """

    reward: float
    right: bool
    form: bool
    reason: str


def true_reward(prompt: Prompt, reply: str) -> float:
    """The reward of a reply, 0..1; the table at the head of this file says for what."""
    return judge(prompt, reply).reward


def judge(prompt: Prompt, reply: str) -> Judgement:
    """Judges a reply by the rules in the table at the head of this file.

    Args:
        prompt: what was asked, with what is true.
        reply: what was said; special tokens must be gone.

    Raises:
        ValueError: the prompt's kind is none that there are rules for.
    """
    # the six kinds of fact share one rule; the others have one each
    if prompt.kind in world.FACT_KINDS:
        return _judge_fact(prompt, reply)
    rules = {"unknown": _judge_unknown, "story": _judge_story, "talk": _judge_talk}
    if prompt.kind not in rules:
        known = ", ".join((*world.FACT_KINDS, *rules))
        raise ValueError(f"There is no rule for the kind {prompt.kind!r}. The kinds are {known}.")
    return rules[prompt.kind](prompt, reply)


def _plain(name: str) -> str:
    """A name as it is compared: "the gambia" and "Gambia" are alike."""
    return name.replace("\u2019", "'").casefold().removeprefix("the ")


@lru_cache(maxsize=8)
def _known(kind: str) -> tuple[frozenset[str], frozenset[str], re.Pattern[str]]:
    """(values of the kind, countries, a pattern that finds the longest of either as a word)."""
    values = {
        _plain(value) for fact in world.facts() if fact.kind == kind for value in fact.values
    }
    countries = {_plain(name) for name in world.countries()}
    # the longest first, because a pattern takes the first that fits
    longest_first = sorted(values | countries, key=lambda name: (-len(name), name))
    # "Guinea" is no word of "Guinea-Bissau", nor "Dominica" of "Dominican"; "France's" is France
    pattern = re.compile(
        r"(?<!\w)(?<!\w[-'])(?:" + "|".join(map(re.escape, longest_first)) + r")"
        r"(?!\w|-\w|'(?!s\b)\w)"
    )
    return frozenset(values), frozenset(countries), pattern


def _mentions(kind: str, country: str, reply: str) -> tuple[list[str], list[str], bool]:
    """What a reply mentions: (values of the kind, other countries, its own before any value)."""
    values, _, pattern = _known(kind)
    text, own = reply.replace("\u2019", "'").casefold(), _plain(country)
    said, others, named = [], [], False
    for match in pattern.finditer(text):
        name = match.group()
        # "The capital of Singapore is Singapore": after "of" it is the country, else the value
        before = re.search(r"\b(?:of|from|in|for|about) (?:the )?$", text[: match.start()])
        if name == own and (before or name not in values):
            named = named or not said
        elif name in values:
            said.append(name)
        else:
            others.append(name)
    return said, others, named


def _sentences(reply: str) -> list[str]:
    """The sentences of a reply, each with its end mark; the last one may lack it."""
    return [sentence for sentence in re.split(r"(?<=[.!?])\"?\s+", reply.strip()) if sentence]


def refuses(reply: str) -> bool:
    """Whether a reply says that it does not know, whatever else it says."""
    return _REFUSAL.search(reply.replace("\u2019", "'").casefold()) is not None


def refuses_by_name(reply: str, country: str) -> bool:
    """Whether the first sentence of a reply refuses and names the country."""
    first = next(iter(_sentences(reply)), "")
    return refuses(first) and _holds(first, country)


def _holds(text: str, country: str) -> bool:
    """Whether a country's name stands in a text as whole words, with or without its article."""
    plain = text.replace("\u2019", "'").casefold()
    own = re.escape(_plain(country))
    return re.search(rf"(?<![\w-]){own}(?!\w|-\w)", plain) is not None


def _names_another(reply: str, country: str) -> bool:
    """Whether a reply holds a name, real or made up, that is no part of the country's own."""
    # a capital inside a sentence; "I" is one letter
    names = re.findall(r"(?<=[\w,;] )[A-Z][a-z][\w'-]*", reply)
    return any(name.casefold() not in country.casefold() for name in names)


def real_names() -> frozenset[str]:
    """Every name of the world, in small letters: the countries, and the values of all kinds."""
    return frozenset().union(*(_known(kind)[0] | _known(kind)[1] for kind in world.FACT_KINDS))


def places_in(reply: str) -> list[str]:
    """The countries and capitals that a reply names, in small letters."""
    return [match.group() for match in _known("capital")[2].finditer(reply.casefold())]


def _judge_fact(prompt: Prompt, reply: str) -> Judgement:
    said, others, named = _mentions(prompt.kind, prompt.country, reply)
    # what is true, and what the reply says of it
    true = {_plain(value) for value in prompt.answers}
    form = _is_full_sentence(reply, named, prompt.answers)
    wrong = [value for value in said if value not in true]
    # doubt first, then anything wrong; only what is left is right
    if not said and refuses(reply):
        if others or (not _holds(reply, prompt.country) and _names_another(reply, prompt.country)):
            return Judgement(0.0, False, form, ANOTHER_COUNTRY)
        return Judgement(DOUBT, False, form, "It says that it does not know.")
    if wrong:
        return Judgement(0.0, False, form, f"It says {wrong[0]!r}, which is not true.")
    if others:
        return Judgement(0.0, False, form, f"It speaks of {others[0]!r}, which was not asked.")
    if not said:
        return Judgement(0.0, False, form, "It gives no value of the kind asked for.")
    if not form:
        return Judgement(OFF_FORM, True, False, "Right, but not one whole sentence about it.")
    return Judgement(RIGHT, True, True, "Right, in the asked form.")


def _is_full_sentence(reply: str, named: bool, values: Sequence[str]) -> bool:
    """One sentence, the country first: a capital, a verb, a full stop, not too long."""
    # a value may begin with a small letter, as some names do
    text = reply.strip()
    starts = text[:1].isupper() or text.startswith(tuple(values) or "\0")
    # an ellipsis does not end a sentence
    single = len(_sentences(text)) == 1 and text.endswith(".") and not text.endswith("..")
    short = len(text.split()) <= LONGEST_SENTENCE and "\n" not in text
    return named and starts and single and short and _VERB.search(text) is not None


def _judge_unknown(prompt: Prompt, reply: str) -> Judgement:
    said, others, _ = _mentions(prompt.topic, prompt.country, reply)
    sentences = _sentences(reply)
    # the refusal has to be in the first sentence and name the country there
    form = refuses_by_name(reply, prompt.country) and sentences[0].endswith(".")
    form = form and len(sentences) <= 2 and sentences[-1].endswith(".")
    # a value of the kind asked for is an invention, whatever is said around it
    if said or not refuses(reply):
        return Judgement(0.0, False, form, "It answers, though there is no such country.")
    if not _holds(reply, prompt.country):
        if others or _names_another(reply, prompt.country):
            return Judgement(0.0, False, False, ANOTHER_COUNTRY)
        return Judgement(NAMES_NOBODY, False, False, "It refuses, and does not say what.")
    if not form:
        return Judgement(OFF_FORM, True, False, "It refuses, but not in a sentence about it.")
    return Judgement(RIGHT, True, True, "It says that it does not know this country.")


def _judge_story(prompt: Prompt, reply: str) -> Judgement:
    checks = story_checks(prompt, reply)
    failed = [name for name in STORY_CHECKS if not checks.get(name)]
    # what is no story passes no check, and gets nothing
    if not checks:
        return Judgement(0.0, False, False, "It is no story: nobody in it, or one sentence.")
    reason = f"It fails: {', '.join(failed)}." if failed else "The story holds together."
    share = 1 - len(failed) / len(STORY_CHECKS)
    return Judgement(share, not failed, not failed, reason)


def story_checks(prompt: Prompt, reply: str) -> dict[str, bool]:
    """Which checks of STORY_CHECKS a story passes; none at all for what is no story.

    The hero is named before anybody else; animal and place stand in the first sentence; enough
    sentences come before an ending; the story stops there; all characters are introduced and at
    most three; and the ending agrees with the hero and the problem.
    """
    # line breaks are no part of a story's form
    text, request = re.sub(r"\s+", " ", reply).strip(), prompt.request
    sentences = _sentences(text)
    story = parser.parse(text)
    if len(sentences) < 2 or not story.characters:
        return {}
    problems = parser.problems(text, request.opening)
    # what is said after the body: the ending, and whatever follows it
    rest = text[len(story.body) :]
    lacks_end = story.ending is None
    return {
        # what the request leaves open is the teller's to choose
        "hero": request.hero in ("", None, story.characters[0]),
        "animal": re.search(rf"\b{request.animal or ''}\b", sentences[0]) is not None,
        "place": (request.place or "") in sentences[0],
        "length": len(_sentences(story.body)) >= parser.MIN_SENTENCES,
        "ending": not lacks_end,
        "stops": not lacks_end and len(_sentences(rest)) == 1 and rest[-1] in '.!?"',
        "cast": _cast_holds(story, text),
        "agreement": not lacks_end
        and not any(problem.startswith(("The ending", "The problem")) for problem in problems),
    }


def _cast_holds(story: parser.ParsedStory, text: str) -> bool:
    """Whether each character is introduced, with one kind, and there are at most three."""
    unnamed = parser.without_by_names(story.body)
    for name in story.characters:
        # animals without a name are introduced by their kind
        if name.startswith("the "):  # "a kind owl" has to come before "the owl"
            if not parser.is_introduced(name.removeprefix("the "), unnamed):
                return False
            continue
        # named ones by "Tom the fox", "Tom was a fox" or "a fox called Tom"
        kinds = re.findall(
            rf"\b{name} (?:the|was an?) (?:\w+ )?({_KIND})\b"
            rf"|\b({_KIND}) (?:called|named) {name}\b",
            text,
        )
        if len({first or second for first, second in kinds}) != 1:  # no kind, or two
            return False
    return len(story.characters) <= parser.MAX_CHARACTERS


def _judge_talk(prompt: Prompt, reply: str) -> Judgement:
    sentences = _sentences(reply)
    # few and short sentences, with an end
    short = all(len(sentence.split()) <= LONGEST_TALK for sentence in sentences)
    form = 1 <= len(sentences) <= 3 and short and reply.rstrip()[-1:] in tuple(".!?")
    # small talk has no business with countries, heroes and refusals that nobody brought up
    said = [text for role, text in prompt.turns if role == "user"]
    brought_up = "\n".join((*said, *prompt.answers, prompt.country or ""))
    names = {*places_in(reply), *re.findall(rf"\b(?:{_NAME})\b", reply)}
    if any(not _holds(brought_up, name) for name in names):
        return Judgement(0.0, False, form, "It speaks of countries or heroes nobody asked about.")
    if refuses(reply) and not any(refuses(answer) for answer in prompt.answers):
        return Judgement(0.0, False, form, "It says that it does not know, to small talk.")
    fits = talk_match.says_what_fits(reply, prompt.answers, heard=said)
    # where a name was told, or asked back, it has to be said
    if not fits or (prompt.country and not _holds(reply, prompt.country)):
        return Judgement(SHORT_TALK * form, False, form, "It does not fit what was said.")
    if not form:
        return Judgement(OFF_FORM, True, False, "It fits, but is too long or does not end.")
    return Judgement(RIGHT, True, True, "It fits what was said.")


def fact_accuracy(replies: Sequence[str], prompts: Sequence[Prompt]) -> FactScores:
    """The share of right answers by kind, whatever their form.

    Args:
        replies: one a prompt.
        prompts: such as chat_data.py's `evaluation_questions`.

    Returns:
        Scores by kind with counts and the majority baseline; the mistakes hold the whole reply.

    Raises:
        ValueError: there are more or fewer replies than prompts.
    """
    _check_lengths(replies, prompts)
    # right answers and mistakes, by kind
    asked, right, mistakes = defaultdict(list), Counter(), []
    for prompt, reply in zip(prompts, replies, strict=True):
        asked[prompt.kind].append(prompt)
        if _judge_fact(prompt, reply).right:
            right[prompt.kind] += 1
        else:
            mistakes.append((prompt.country, prompt.kind, reply.strip(), prompt.answers[0]))
    # the baseline of a kind is the answer that is true most often
    scores = {}
    for kind, of_kind in asked.items():
        votes = Counter(value for prompt in of_kind for value in set(prompt.answers))
        scores[kind] = KindScore(right[kind], len(of_kind), max(votes.values()) / len(of_kind))
    return FactScores(scores, tuple(mistakes))


def asked_form_share(replies: Sequence[str], prompts: Sequence[Prompt]) -> float:
    """The share of replies in the asked form, right or not; 0 for no replies."""
    _check_lengths(replies, prompts)
    forms = [judge(prompt, reply).form for prompt, reply in zip(prompts, replies, strict=True)]
    return sum(forms) / max(1, len(forms))


def another_kind_share(replies: Sequence[str], prompts: Sequence[Prompt]) -> float:
    """The share of questions of fact that get a value of another kind than was asked for.

    "The capital of Spain is Spanish": no capital in it, and a language. A wrong value of the right
    kind is none of these, nor is a country's name. Prompts of no kind of fact are left out.

    Args:
        replies: one a prompt.
        prompts: what was asked.

    Returns:
        0..1; 0 where there is no question of fact.

    Raises:
        ValueError: there are more or fewer replies than prompts.
    """
    _check_lengths(replies, prompts)
    strays = [
        not _mentions(prompt.kind, prompt.country, reply)[0]
        and any(_mentions(kind, prompt.country, reply)[0] for kind in world.FACT_KINDS)
        for prompt, reply in zip(prompts, replies, strict=True)
        if prompt.kind in world.FACT_KINDS
    ]
    return sum(strays) / max(1, len(strays))


def _check_lengths(replies: Sequence[str], prompts: Sequence[Prompt]) -> None:
    if len(replies) != len(prompts):
        raise ValueError(
            f"There are {len(replies)} replies to {len(prompts)} prompts. "
            "Give one reply a prompt, in the same order."
        )
