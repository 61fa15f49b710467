"""How people type: openers and closers, small letters, no end marks, keywords.

These rules dress training prompts only; replies stay well written. Some habits are left out on
purpose, so that scoring can try what no training has shown: contractions without their apostrophe,
slips of letters, doubled end marks and spaces, chat abbreviations, a missing space after a comma,
and a name in small letters within a sentence that has its capital. Taught in notebook 04, section
"Four writers".
"""

from __future__ import annotations

from dataclasses import replace

from course_utils.finetuning_rlhf.questions import NOUN_PHRASES, Prompt
from course_utils.littleweb.english import with_article
from course_utils.littleweb.rng import Rng

DRESSED_SHARE = 0.35  # share of the training prompts that have an opener or a closer
TYPED_SHARE = 0.40  # share that is typed in one of the STYLES
GREETINGS = tuple(
    "Hello.|Hi there.|Good day to you.|Excuse me.|Please.|I am curious.|Quick question.".split("|")
)
OPENERS = GREETINGS + tuple(
    "One question:|For my homework:|Help me with this.|My teacher asks this:|I have a wish."
    "|I wonder about something.|Well then.|Listen.|A friend asked me this:|And now:".split("|")
)
CLOSERS = tuple(
    "Thank you.|I would like to know.|Thanks.|Please.|It is for school.|I am waiting."
    "|Take your time.|My sister asked me.|I cannot remember.".split("|")
)
# How a prompt is typed, and how often each way is drawn; "bare" is in small letters and without
# an end mark, as most people type.
STYLES = {"lower": 4, "upper": 1, "no_end": 3, "bare": 6, "keywords": 5, "please": 3}
KEYWORDS = ("{kind} {country}", "{country} {kind}", "{kind} of {article}")


def augmented(prompt: Prompt, rng: Rng) -> Prompt:
    """A training prompt as somebody may send it: dressed, typed in a style, both, or as it is."""
    prompt = dressed(prompt, rng)
    return as_typed(prompt, rng) if rng.happens(TYPED_SHARE) else prompt


def dressed(prompt: Prompt, rng: Rng) -> Prompt:
    """A prompt with an opener or a closer, or as it is; small talk gets greetings."""
    talk = prompt.kind == "talk"
    # small talk is dressed only where it asks: a greeting before a greeting says nothing
    if prompt.before or not rng.happens(DRESSED_SHARE) or (talk and prompt.text[-1:] != "?"):
        return prompt
    # more openers than closers
    if talk or rng.happens(0.6):
        opener = rng.choice(GREETINGS if talk else OPENERS)
        return replace(prompt, text=f"{opener} {prompt.text}")
    return replace(prompt, text=f"{prompt.text} {rng.choice(CLOSERS)}")


def as_typed(prompt: Prompt, rng: Rng) -> Prompt:
    """A prompt in one of the STYLES; in a conversation all of the user's turns have it."""
    style = rng.weighted(tuple(STYLES), tuple(STYLES.values()))
    asks = prompt.kind != "talk" and not prompt.before
    # keywords ask for a fact, and "please" follows a request: elsewhere people type bare words
    keyed = asks and prompt.kind != "story" and prompt.topic in NOUN_PHRASES
    if (style == "keywords" and not keyed) or (style == "please" and not asks):
        style = "bare"
    if style == "keywords":
        return replace(prompt, text=keywords(prompt.topic, prompt.country, rng))
    if style == "please":
        text = f"{_without_end(prompt.text)} {rng.choice(('pls', 'please'))}"
        return replace(prompt, text=text.lower() if rng.happens(0.7) else text)
    before = tuple(
        (role, restyled(text, style) if role == "user" else text) for role, text in prompt.before
    )
    return replace(prompt, text=restyled(prompt.text, style), before=before)


def restyled(text: str, style: str) -> str:
    """A text in small letters, in capitals, without its end mark, or bare of both."""
    if style == "upper":
        return text.upper()
    if style in ("no_end", "bare"):
        text = _without_end(text)
    return text if style == "no_end" else text.lower()


def keywords(kind: str, country: str, rng: Rng) -> str:
    """A fact asked for as in a search box: "capital japan", "peru currency"."""
    text = rng.choice(KEYWORDS).format(
        kind=kind.replace("_", " "),
        country=country.removeprefix("The "),
        article=with_article(country),
    )
    return text.lower() if rng.happens(0.7) else text


def _without_end(text: str) -> str:
    """A text without the mark at its end, unless it is nothing else."""
    return text.rstrip(".?!") or text
