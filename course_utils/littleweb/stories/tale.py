"""The state of a story in the making, and the telling of its events.

Left out: plots (simulator.py), who takes part (cast.py), the words (lexicon.py) and the
sentences (wordings.py). Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.littleweb.english import with_a
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon, wordings
from course_utils.littleweb.stories.cast import Cast
from course_utils.littleweb.stories.grammar import Words, parts_of
from course_utils.littleweb.stories.wordings import Way, Wordings

# In characters; above the second, sentences that may be left out are. A context of 256 tokens
# holds about 1,000.
MIN_LENGTH, MAX_LENGTH = 360, 600
TOLERANCE = 140  # so much longer a story may be when nothing more can be left out
SCENE_TOLD = 0.6  # share of the stories that come back to their place after the problem
ROLE_TOLD = 0.3  # share of the stories of a hero with a role that tell it
SENTENCE_START = re.compile(r"(?:^|[.!?] )[a-z]")  # "the fox" may come to stand there


@dataclass(frozen=True)
class Line:
    """One event as it is told.

    Args:
        event: what happens, such as "problem" or "try".
        text: one sentence or two.
        optional: whether a story that is too long may leave it out.
    """

    event: str
    text: str
    optional: bool


class Tale:
    """A story in the making: its cast, its state and the sentences told so far."""

    def __init__(self, rng: Rng, cast: Cast) -> None:
        self.rng = rng
        self.cast = cast
        self.words = Words(p=cast.place)
        self.lines: list[Line] = []
        self.kinds: dict[str, str] = {}
        self.traits: dict[str, str] = {}
        self.thing: str | None = None
        self.helper_met = False
        self.winner = "h"  # who is better off when the goal is reached
        self.giver: str | None = None  # who is thanked for it; None: whoever acted
        for letter in "hf":
            self._introduce(letter, cast.kinds[letter], cast.traits[letter], cast.girls[letter])
        # The beginning is the same for every plot: place and hero, role or trait, the friend.
        self.tell("opening", wordings.OPENINGS)
        # A story tells the hero's role or trait; None means that it tells no role.
        self.role = cast.role if cast.role and rng.happens(ROLE_TOLD) else None
        if self.role:
            self.tell("role", wordings.ROLE_LINES[self.role])
        else:
            self.tell("trait", wordings.TRAIT_LINES[self.traits["h"]], optional=True)
        self.tell("weather", wordings.STATES["weather"], optional=True)
        self.tell("friend", wordings.STATES["friend"])

    def _introduce(self, letter: str, kind: str, trait: str, girl: bool) -> None:
        """Give words to hero (h), friend (f) or helper (g); the hero alone has a name.

        A model of this size keeps one name in mind long before it can keep two apart.
        """
        self.kinds[letter], self.traits[letter] = kind, trait
        he, him, his = lexicon.PRONOUNS["she" if girl else "he"]
        # A helper's temper is told by itself, in "who was grumpy".
        trait_told = letter != "g" and self.rng.happens(0.5)
        with_trait = f"{trait} {kind}" if trait_told else kind
        name, called, short = f"the {kind}", with_a(with_trait), with_a(with_trait)
        if letter == "h":
            name = self.cast.hero
            called += f" {self.rng.choice(('called', 'named'))} {name}"
            short = self.rng.choice((called, f"{name} the {with_trait}"))
        # The hero's pronouns have no letter before them, as most sentences need them.
        prefix = "" if letter == "h" else letter
        self.words.update(
            {
                letter: name,
                f"{letter}v": name if letter == "h" else f"dear {kind}",  # when spoken to
                f"{prefix}he": he,
                f"{prefix}him": him,
                f"{prefix}his": his,
                f"{prefix}He": he.capitalize(),
                f"{prefix}His": his.capitalize(),
                f"a{letter}": called,
                f"{letter}i": short,
                f"{letter.upper()}i": short[0].upper() + short[1:],
                f"{letter}trait": trait,
            }
        )

    def cast_helper(self, ability: str) -> None:
        """A third character comes in who has the ability ("" for anybody).

        The kind is one that nobody in the story has yet, as "the fox" must be one alone.
        """
        others = [kind for kind in lexicon.KINDS if kind not in self.kinds.values()]
        able = [kind for kind in others if not ability or ability in lexicon.ABILITIES[kind]]
        trait = self.rng.choice(tuple(lexicon.TRAITS))
        self._introduce("g", self.rng.choice(able or others), trait, self.rng.happens(0.5))
        self.helper_met = True

    def own_thing(self, sort: str, state: str) -> None:
        """Say what the story is about; the state says who has it ("" when nobody has it yet).

        Args:
            sort: a key of the cast's things.
            state: a key of wordings.STATES, or "".
        """
        self.thing = self.cast.things[sort]
        self.words["T"] = self.thing
        self.words["t"] = self._described(self.thing)
        self.words["at"] = with_a(self.words["t"])
        if state:
            self.tell("owner", wordings.STATES[state])

    def _described(self, thing: str) -> str:
        """The thing with an adjective, without its article."""
        eaten = thing in lexicon.EATEN
        adjectives = lexicon.FOOD_ADJECTIVES if eaten else lexicon.ADJECTIVES
        return f"{self.rng.choice(adjectives)} {thing}"

    def set_spot(self, spot: str, target: str, pronoun: str) -> None:
        """Say where the target is: a thing or the friend, on a spot of this sort."""
        words = self.rng.choice(lexicon.SPOTS[spot])
        self.words.update(x=target, xit=pronoun, s=words, s_to=f"until it lay {words}")

    def choose_goal(self) -> None:
        """Choose the place to get to, another one than the place of the opening."""
        others = [place for place in lexicon.PLACES if place != self.cast.place]
        self.words["q"] = self.rng.choice(others)

    def abilities(self, letter: str) -> tuple[str, ...]:
        """What a character does well."""
        return lexicon.ABILITIES[self.kinds[letter]]

    def helpfulness(self, letter: str) -> float:
        """How likely a character is to help or give, 0..1, by temper."""
        return lexicon.TRAITS[self.traits[letter]]

    def willing(self, letter: str) -> bool:
        """Whether the character helps this time."""
        return self.rng.happens(self.helpfulness(letter))

    def act_as(self, actor: str, other: str = "f") -> None:
        """Let {a} be the actor and {b} the other in the next sentences."""
        for letter, who in (("a", actor), ("b", other)):
            prefix = "" if who == "h" else who
            self.words[letter] = self.words[who]
            for form in ("he", "him", "his"):
                self.words[letter + form] = self.words[prefix + form]

    def attempt(self, way: Way, actor: str, factor: float = 1.0) -> bool:
        """The actor tries a way; the draw decides whether it works.

        Args:
            way: one entry of the tables of ways.
            actor: "h", "f" or "g".
            factor: multiplies the way's probability to work.
        """
        self.act_as(actor)
        self.tell("try", way.attempt)
        works = self.rng.happens(way.probability * factor)
        self.tell("works" if works else "fails", way.success if works else way.failure)
        # Success is followed by thanks where somebody else brought it about, or by gladness.
        if works:
            giver = self.giver or actor
            self.words.update(
                n=self.words[giver], nv=self.words[f"{giver}v"], by=self.words[self.winner]
            )
            grateful = giver != self.winner and self.rng.happens(0.6)
            self.feel("thanks" if grateful else "glad")
        return works

    def try_ways(
        self,
        ways: Mapping[str, Way],
        actor: str,
        factor: float = 1.0,
        moods: tuple[str, ...] = ("sad", "comfort", "tired"),
    ) -> bool:
        """Tries up to two different ways, one after the other, with a mood after each failure."""
        order = self.rng.sample(tuple(ways), min(2, len(ways)))
        for number, name in enumerate(order):
            # A way that names a helper brings one in; a story has one helper at most.
            if any("{g" in wording for wording in ways[name].attempt):
                if self.helper_met:
                    continue
                self.cast_helper("")
            self.words["other"] = with_a(self._described(self.rng.choice(lexicon.OTHERS)))
            if self.attempt(ways[name], actor, factor):
                return True
            self.feel(moods[number])
        return False

    def begin(self, problem: Wordings) -> None:
        """Tell the problem, and often what it is like at the place just then.

        A place that is named at both ends of a story alone is hardly ever remembered by a model
        of this size.
        """
        self.tell("problem", problem)
        if self.rng.happens(SCENE_TOLD):
            self.tell("scene", wordings.STATES["scene"], optional=True)

    def feel(self, mood: str) -> None:
        """Tell how the hero feels now; such sentences may be left out."""
        self.tell(mood, wordings.STATES[mood], optional=True)

    def tell(self, event: str, table: Wordings, *, optional: bool = False) -> None:
        """Add one sentence for an event, in one of its wordings."""
        rng = self.rng
        # One wording, one choice of each of its brackets, then the marks.
        parts = parts_of(rng.choice(table))
        text = "".join(part if part.__class__ is str else rng.choice(part) for part in parts)
        text = SENTENCE_START.sub(lambda start: start[0].upper(), text.format_map(self.words))
        self.lines.append(Line(event, text, optional))

    def length(self) -> int:
        """How many characters the sentences have so far, with a space after each."""
        return sum(len(line.text) + 1 for line in self.lines)

    def end(self, ending: str) -> None:
        """Tell what became of the goal; a story that is too short first gets more setting."""
        events = [line.event for line in self.lines]
        settings = [(wordings.FRIEND_LINES, events.index("friend") + 1)]
        settings += [(wordings.STATES["tired"], len(events))] if "tired" not in events else []
        for table, position in settings:
            if self.length() < MIN_LENGTH:
                self.tell("setting", table)
                self.lines.insert(min(position, len(self.lines)), self.lines.pop())
        self.tell("ending", wordings.ENDINGS[ending])

    def characters(self) -> tuple[str, ...]:
        """Those who take part: the hero's name, then "the fox" and so on."""
        letters = "hfg" if self.helper_met else "hf"
        return tuple(self.words[letter] for letter in letters)

    def title(self) -> str:
        """A title that says no more than the story's beginning."""
        hero, friend = self.words["h"], self.words["f"]
        if self.thing and self.rng.happens(0.6):
            return f"{hero} and the {self.words['t']}"
        place = self.words["q"] if "q" in self.words else self.cast.place
        return self.rng.choice((f"{hero} and {friend}", f"{hero} at {place}"))

    def paragraphs(self, max_length: int = MAX_LENGTH) -> tuple[str, ...]:
        """The sentences in up to four paragraphs.

        Args:
            max_length: of a longer story, sentences that may be left out are, in random order.
        """
        dropped = self._dropped(max_length)
        # A new paragraph begins where the story turns.
        groups: list[list[str]] = [[]]
        for number, line in enumerate(self.lines):
            if number in dropped:
                continue
            turns = line.event in ("problem", "meet", "ending")
            turns = turns or (line.event == "try" and number > 8)
            if turns and len(groups[-1]) > 1 and len(groups) < 4:
                groups.append([])
            groups[-1].append(line.text)
        return tuple(" ".join(group) for group in groups)

    def _dropped(self, max_length: int) -> set[int]:
        """The numbers of the lines that are left out so that the others fit."""
        spare = [number for number, line in enumerate(self.lines) if line.optional]
        self.rng.shuffle(spare)
        # The place and who the hero is go last.
        spare.sort(key=lambda number: self.lines[number].event not in ("scene", "trait"))
        dropped: set[int] = set()
        length = self.length()
        while length > max_length and spare:
            dropped.add(spare.pop())
            kept = (line for number, line in enumerate(self.lines) if number not in dropped)
            length = sum(len(line.text) + 1 for line in kept)
        return dropped
