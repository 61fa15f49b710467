"""The site forum: threads about countries and everyday things, with personal data, some wrong.

Left out: the sentences of the everyday (smalltalk.py), the invented people (people.py), the HTML
(markup.py). A page's truth holds `pii`, one (kind, exact string) an occurrence, in the order of
the text; `wrong`, one (country, kind, said, true) a false claim; `country`, what a thread is
about; and `mentions`, the countries named in passing (bias.py).
Taught in notebook 01, section "What must not be learnt".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from course_utils.littleweb import smalltalk
from course_utils.littleweb.page import Page
from course_utils.littleweb.phrasings import PHRASINGS, render
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites import people
from course_utils.littleweb.truth import bias, world

HOST = "http://forum.littleweb.test"
SHAPES = ("thread", "votes", "mail", "chat")
HOLDOUT_SHAPES = ("letters", "digest")
WRONG_EVERY = 14  # even, so that it is always a thread about a country
# how a thread asks for a fact; an examiner who wants unseen phrasings must use none of these
QUESTIONS = {
    "capital": ("Quiz night tomorrow: which city is the capital of {country}?",
                "My son asks for the capital of {country}, and I do not know it."),
    "region": ("Where on the map do I have to look for {country}?",
               "Which part of the world does {country} belong to?"),
    "language": ("What do they speak in {country}?",
                 "Which language should I learn a little of before I go to {country}?"),
    "currency": ("What money do I need in {country}?", "How does one pay in {country}?"),
    "highest_point": ("I collect high places. What is the highest point of {country}?",
                      "How is the highest point of {country} called?"),
    "nationality": ("What do you call somebody from {country}?",
                    "Which word is right for people and things from {country}?"),
}  # fmt: skip
CUES = {
    "email": ("Write to {} if you want the pictures.", "My address is {} for anything private.",
              "I am at {} most evenings.", "Send it to {} and I will have a look."),
    "phone": ("You can ring me on {} after six.", "Call {} and ask for the repair desk.",
              "My number is {} if you are in a hurry.", "Text me at {} before you come."),
    "ip": ("My log shows {} again and again.", "The box answers at {} and nowhere else.",
           "Somebody from {} tried my door all night.", "I blocked {} and it became quiet."),
    "card": ("I gave them my card, {}, and waited for nothing.",
             "They even wanted the card number {} by mail.",
             "On the bill it says card {} as plain as day."),
    "name": ("My name is {} and I am new here.", "Ask for {} at the desk.",
             "The person in charge there is {} and very helpful."),
}  # fmt: skip
HOLDOUT_CUES = {
    "email": ("Mail: {}",), "phone": ("Fon {}",), "ip": ("Host {} was down.",),
    "card": ("Paid with {}.",), "name": ("Regards to {} from all of us.",),
}  # fmt: skip


@lru_cache(maxsize=1)
def _facts() -> dict[str, dict[str, tuple[str, ...]]]:
    """Country -> kind -> true values."""
    table: dict[str, dict[str, tuple[str, ...]]] = {}
    for fact in world.facts():
        table.setdefault(fact.country, {})[fact.kind] = fact.values
    return table


class _Thread:
    """One thread while it is being written: posts, people and what must be known about them."""

    def __init__(self, rng: Rng, holdout: bool) -> None:
        self.rng, self.holdout = rng, holdout
        self.people = [people.person(rng) for _ in range(rng.integer(3, 5))]
        self.mail = {who: people.email(who, rng, holdout) for who in self.people}
        self.posts: list[tuple[people.Person, list[str]]] = []
        self.country: str | None = None
        self.wrong: list[tuple[str, str, str, str]] = []
        self.pii: list[tuple[str, str]] = []  # every string put in; the order comes at the end

    def post(self, who: people.Person, *sentences: str) -> None:
        """Add a post; now and then it holds a piece of personal data or a look-alike."""
        post = list(sentences)
        if self.rng.happens(0.38):
            post.insert(self.rng.integer(1, len(post)), self._personal(who))
        elif self.rng.happens(0.25):
            post.insert(self.rng.integer(1, len(post)), people.decoy(self.rng))
        self.posts.append((who, post))

    def _personal(self, who: people.Person) -> str:
        """A sentence with a piece of personal data in it."""
        rng, odd = self.rng, self.holdout and self.rng.happens(0.7)
        kind = rng.weighted(people.KINDS, (4, 3, 2, 1, 2))
        make = {"phone": people.phone, "ip": people.ip_address, "card": people.card}
        if kind == "email":
            value = people.email(who, rng, odd)
        else:
            value = who.name if kind == "name" else make[kind](rng, odd)
        self.pii.append((kind, value))
        return rng.choice((HOLDOUT_CUES if odd else CUES)[kind]).format(value)


def _everyday(thread: _Thread) -> str:
    """Fill a thread about an everyday thing; the answer is its title."""
    rng, say = thread.rng, lambda kind: smalltalk.say(kind, thread.rng)
    titles, questions, tips = smalltalk.TOPICS[rng.choice(sorted(smalltalk.TOPICS))]
    asker, others = thread.people[0], thread.people[1:]
    question = smalltalk.expand(rng.choice(questions), rng)
    thread.post(asker, say("greeting"), question, say("detail"), say("aside"))
    # Answers of one or two tips each; the asker comes back now and then.
    untold = [smalltalk.expand(tip, rng) for tip in rng.sample(tips, rng.integer(4, 6))]
    while untold:
        ideas = [untold.pop() for _ in range(min(len(untold), rng.integer(1, 2)))]
        answer = [say("opener"), ideas[0], say("detail"), *ideas[1:], say("closer")]
        thread.post(rng.choice(others), *answer)
        if rng.happens(0.5):
            thread.post(asker, say(rng.choice(("doubt", "aside"))), say("detail"))
    thread.post(asker, say("thanks"), say("detail"))
    return rng.choice(titles)


def _claim(country: str, kind: str, value: str, rng: Rng) -> str:
    """A fact in one of the phrasings of its kind."""
    return render(rng.choice(PHRASINGS[kind]), country, value)


def _about_country(thread: _Thread, wrong: bool) -> str:
    """Fill a thread about a country; a wrong first answer may be put right by the next."""
    rng, table = thread.rng, _facts()
    say = lambda kind: smalltalk.say(kind, rng)  # noqa: E731
    country = thread.country = rng.choice(sorted(table))
    kinds = sorted(table[country])
    asker, others = thread.people[0], thread.people[1:]
    asked = rng.choice(kinds)
    question = rng.choice(QUESTIONS[asked]).format(country=world.name_in_text(country))
    thread.post(asker, say("greeting"), question, say("aside"))
    # The first answer is to the question, the others add more facts.
    for turn, kind in enumerate([asked, *rng.sample(kinds, min(3, len(kinds)))]):
        true = table[country][kind]
        if turn == 0 and wrong:
            false = _false_value(kind, true, rng)
            thread.wrong.append((country, kind, false, true[0]))
            claim = _claim(country, kind, false, rng)
            thread.post(rng.choice(others), say("opener"), claim, say("closer"))
            if rng.happens(0.6):
                thread.post(others[0], "That is not right.", _claim(country, kind, true[0], rng))
            continue
        claim = _claim(country, kind, true[0], rng)
        thread.post(rng.choice(others), say("opener"), claim, say("detail"), say("closer"))
        if rng.happens(0.5):
            thread.post(asker, say("doubt" if turn == 0 else "aside"), say("detail"))
    thread.post(asker, say("thanks"), say("aside"))
    return f"A question about {world.name_in_text(country)}"


def _false_value(kind: str, true: Sequence[str], rng: Rng) -> str:
    """Another country's value of the kind, which is true for this country in no way."""
    taken = {value.casefold() for value in true}
    values = {kinds[kind][0] for kinds in _facts().values() if kind in kinds}
    return rng.choice(sorted(v for v in values if v.casefold() not in taken))


def _lay_out(thread: _Thread, shape: str) -> list[str]:
    """The posts as paragraphs, in one of the forum's shapes."""
    rng, paragraphs = thread.rng, []
    for number, (who, sentences) in enumerate(thread.posts):
        text, first = " ".join(sentences), number == 0
        if shape == "votes":
            head = "Question" if first else f"Answer {number} ({rng.integer(0, 30)} votes)"
            paragraphs.append(f"{head}: {text}")
        elif shape == "chat":
            clock = f"{8 + number // 4:02d}:{14 * (number % 4) + rng.integer(0, 13):02d}"
            paragraphs += [f"[{clock}] {who.handle}: {sentence}" for sentence in sentences]
        elif shape == "thread":
            paragraphs.append(f"{who.handle} {'asked' if first else 'wrote'}: {text}")
        elif shape == "letters":
            thread.pii.append(("name", who.name))
            paragraphs += [f"Dear forum, {text}", f"Yours, {who.name}"]
        else:  # mail and digest
            sender = thread.mail[who]
            thread.pii += [("name", who.name), ("email", sender)]
            digest = f"{number + 1}) {who.name} / {sender}"
            head = digest if shape == "digest" else f"From: {who.name} <{sender}>"
            paragraphs += [head, text]
    return paragraphs


def _in_order(pii: list[tuple[str, str]], text: str) -> tuple[tuple[str, str], ...]:
    """The pieces in the order in which they stand in the text."""
    pieces, next_from = [], {}
    for kind, value in pii:
        start = text.index(value, next_from.get(value, 0))
        next_from[value] = start + len(value)
        pieces.append((start, kind, value))
    return tuple((kind, value) for _, kind, value in sorted(pieces))


def _asides(thread: _Thread, seed: int | str, rng: Rng) -> tuple[str, ...]:
    """Let people of a thread name countries in passing, some more often than others."""
    named = []
    for _, sentences in rng.sample(thread.posts, min(bias.MENTIONS, len(thread.posts))):
        country = bias.draw_country(seed, rng)
        aside = smalltalk.expand(rng.choice(smalltalk.TRAVEL), rng)
        position = rng.integer(1, len(sentences))
        sentences.insert(position, aside.format(country=world.name_in_text(country)))
        named.append(country)
    return tuple(named)


def _page(seed: int, number: int) -> Page:
    """The forum's page of that number."""
    rng = Rng(f"{seed}/forum/{number}")
    holdout = number % 5 == 4
    # What is said.
    thread = _Thread(rng, holdout)
    wrong = number % WRONG_EVERY == 1
    title = _about_country(thread, wrong) if number % 2 else _everyday(thread)
    mentions = _asides(thread, seed, rng.child("mentions"))
    # How it is laid out; some shapes add names and addresses of their own.
    shape = rng.choice(HOLDOUT_SHAPES if holdout else SHAPES)
    paragraphs = _lay_out(thread, shape)
    truth: dict[str, object] = {"shape": shape, "wrong": tuple(thread.wrong)}
    truth |= {"country": thread.country, "mentions": mentions}
    truth["pii"] = _in_order(thread.pii, "\n\n".join(paragraphs))
    return Page(
        url=f"{HOST}/thread/{number}.html", site="forum", kind="thread", title=title,
        paragraphs=tuple(paragraphs), holdout=holdout, truth=truth,
    )  # fmt: skip


def pages(seed: int | str, count: int, start: int = 0) -> list[Page]:
    """The forum's threads, every second about a country, every fifth of the holdout.

    Args:
        seed: of the whole web.
        count: how many threads.
        start: number of the first one; a later round of pages starts where one ended.

    Returns:
        pages in the order of their numbers; about 2 KB of text each.
    """
    return [_page(seed, number) for number in range(start, start + count)]
