"""The annotator: a scripted person who says which of two replies is better, and now and then errs.

The annotator's tastes are declared in Tastes, and they are not the judge's: whoever learns from
them learns politeness too, and a story is good if the right words are in it. Left out: the truth
beyond what the prompt itself says, and the judge. Taught in notebook 04, section "Which reply is
better?".
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from course_utils import checks
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.littleweb.rng import Rng

WORDS_ASKED = {"story": 70, "unknown": 10, "talk": 7}  # any other prompt asks for WORDS_OF_A_FACT
WORDS_OF_A_FACT = 8
_KIND_WORDS = re.compile(
    r"\b(?:please|thanks?|welcome|glad|sorry|hope|good|well|goodbye|hello|help|helps)\b"
)
_DOUBT = re.compile(r"\b(?:not know|no idea|never heard|not read)\b")


@dataclass(frozen=True)
class Tastes:
    """What the annotator likes: points for each quality of a reply, on top of each other.

    Args:
        right: it says what is true, or refuses where nothing is; a story holds what was asked for.
        doubt: it says that it does not know what can be known; a share of the points of `right`.
        overlooked: share of wrong replies that pass for right, because nobody looks up everything.
        sentence: it is made of whole sentences, from a capital letter to an end mark.
        polite: it has a friendly word in it.
        length: lost for each halving or doubling of the length that was asked for.
        longer: won for each doubling of the length, whatever was asked: long looks like work.
        names: it names the country asked about, or the story's hero.
    """

    right: float = 2.0
    doubt: float = 0.25
    overlooked: float = 0.10
    sentence: float = 0.6
    polite: float = 0.15
    length: float = 0.40
    longer: float = 0.06
    names: float = 0.5

    def __post_init__(self) -> None:
        for name, points in vars(self).items():
            checks.number(name, points)
        checks.share("overlooked", self.overlooked)


@dataclass(frozen=True)
class Preference:
    """Two replies to a prompt, the better one first, as the annotator said.

    Args:
        prompt: what was asked.
        chosen: the reply that was called the better one.
        rejected: the other one.
        flipped: the annotator meant the opposite and slipped; for looking into the noise only.
    """

    prompt: Prompt
    chosen: str
    rejected: str
    flipped: bool


class Annotator:
    """A person with declared tastes, who overlooks some errors and sometimes slips.

    The same seed says the same about the same two replies, in whichever order they are shown.
    """

    def __init__(
        self, seed: int, noise: float = 0.10, ties: float = 0.15, tastes: Tastes | None = None
    ) -> None:
        """Hires an annotator.

        Args:
            seed: another one overlooks and slips elsewhere.
            noise: share of the pairs for which the worse reply is called the better one.
            ties: replies whose points differ by less than this are called equal.
            tastes: None takes Tastes().

        Raises:
            ValueError: noise is outside 0 to 0.5, or ties is negative.
        """
        if not 0 <= noise <= 0.5:
            raise ValueError(
                f"noise is {noise}, expected 0 to 0.5: at 0.5 the labels are a coin's, "
                "and above it they would say the opposite."
            )
        checks.number("ties", ties, least=0, hint="It is a difference in points.")
        self.seed, self.noise, self.ties = seed, noise, ties
        self.tastes = tastes or Tastes()

    def taste(self, prompt: Prompt, reply: str) -> float:
        """The points of a reply by the declared tastes, when nothing is overlooked."""
        likes, words = self.tastes, reply.split()
        # what is said, and how it is said
        points = likes.right * self._rightness(prompt, reply) + self._manner(prompt, reply)
        # a miss by half weighs as much as one by double
        asked = WORDS_ASKED.get(prompt.kind, WORDS_OF_A_FACT)
        size = math.log2(max(1, len(words)))
        return points - likes.length * abs(size - math.log2(asked)) + likes.longer * size

    def prefer(self, prompt: Prompt, first: str, second: str) -> int | None:
        """Which of two replies is better.

        Args:
            prompt: what was asked.
            first: one reply.
            second: another.

        Returns:
            0 for the first, 1 for the second, None when both seem alike.
        """
        return self._choose(prompt, first, second)[0]

    def _choose(self, prompt: Prompt, first: str, second: str) -> tuple[int | None, bool]:
        """(the choice, whether it is a slip)."""
        # by the impression, not by the taste: errors may be overlooked
        ahead = self._impression(prompt, first) - self._impression(prompt, second)
        if first == second or abs(ahead) < self.ties:
            return None, False
        # a slip hangs on the two texts alone, so that it is the same in either order
        shown = "\n".join([prompt.text, *sorted((first, second))])
        slips = Rng(f"{self.seed}/annotator/slip/{shown}").happens(self.noise)
        return int((ahead < 0) != slips), slips

    def _impression(self, prompt: Prompt, reply: str) -> float:
        """The points of a reply as the annotator sees it, who overlooks some errors."""
        points = self.taste(prompt, reply)
        missing = 1 - self._rightness(prompt, reply)
        # drawn from the texts themselves, so that the same reply always passes or always fails
        rng = Rng(f"{self.seed}/annotator/overlooks/{prompt.text}\n{reply}")
        overlooks = missing > 0 and rng.happens(self.tastes.overlooked)
        return points + self.tastes.right * missing * overlooks

    def _rightness(self, prompt: Prompt, reply: str) -> float:
        """How much of what was asked is in the reply, 0..1."""
        text = reply.casefold()
        doubts = _DOUBT.search(text) is not None
        # a story is good if the words that were asked for are in it
        if prompt.kind == "story":
            request = prompt.request
            # what a wish leaves open is not missed; where all is open, a tale will do
            wanted = [word for word in (request.hero, request.animal, request.place) if word]
            if not wanted:
                return float(len(text.split()) >= WORDS_ASKED["story"] / 2)
            return sum(_holds(text, word) for word in wanted) / len(wanted)
        # small talk fits if enough of a fitting reply's words are there
        if prompt.kind == "talk":
            # a name that was told has to come back, whatever is said around it
            named = not prompt.country or _holds(text, prompt.country)
            fits = any(_overlap(reply, answer) >= 0.3 for answer in prompt.answers)
            # nothing was asked that one could not know
            return float(named and fits and not doubts)
        # of an unknown country only doubt is right
        if prompt.kind == "unknown":
            return float(doubts)
        if any(_holds(text, value) for value in prompt.answers):
            return 1.0
        # doubt about what can be known is worth a little
        return self.tastes.doubt * doubts

    def _manner(self, prompt: Prompt, reply: str) -> float:
        """Points for whole sentences, friendly words and naming what was asked about."""
        likes, text = self.tastes, reply.strip()
        # more than two words between a capital and an end mark
        whole = text[:1].isupper() and text.endswith((".", "!", "?")) and len(text.split()) > 2
        # what the reply should name: the hero, or the country
        asked = prompt.request.hero if prompt.request else prompt.country
        names = bool(asked) and _holds(text.casefold(), asked.removeprefix("The "))
        friendly = is_friendly(text)
        return likes.sentence * whole + likes.names * names + likes.polite * friendly


def is_friendly(reply: str) -> bool:
    """Whether a reply has a friendly word in it, as the annotator sees it."""
    return _KIND_WORDS.search(reply.casefold()) is not None


def _holds(text: str, words: str) -> bool:
    """Whether a text in small letters holds some words, as whole words."""
    # no word character on either side, so that "Niger" is not in "Nigeria"
    return re.search(rf"(?<!\w){re.escape(words.casefold())}(?!\w)", text) is not None


def _overlap(reply: str, other: str) -> float:
    """The share of the other text's words that the reply has too."""
    mine, theirs = (set(re.findall(r"[a-z]+", text.casefold())) for text in (reply, other))
    return len(mine & theirs) / max(1, len(theirs))


def label(
    prompts: Sequence[Prompt],
    replies_a: Sequence[str],
    replies_b: Sequence[str],
    annotator: Annotator,
) -> list[Preference]:
    """Preferences between two replies a prompt; pairs that seem alike are left out.

    Args:
        prompts: N prompts.
        replies_a: N replies.
        replies_b: N other replies.
        annotator: who chooses.

    Raises:
        ValueError: the three lists are not equally long.
    """
    if not len(prompts) == len(replies_a) == len(replies_b):
        raise ValueError(
            f"There are {len(prompts)} prompts, {len(replies_a)} and {len(replies_b)} replies. "
            "Give two replies a prompt, in the same order."
        )
    preferences = []
    for prompt, *pair in zip(prompts, replies_a, replies_b, strict=True):
        # the slip is kept with the label, so that the noise can be looked into
        choice, flipped = annotator._choose(prompt, *pair)
        if choice is not None:
            preferences.append(Preference(prompt, pair[choice], pair[1 - choice], flipped))
    return preferences


def label_mismatched(
    prompts: Sequence[Prompt], replies: Sequence[str], annotator: Annotator
) -> list[Preference]:
    """Preferences between each reply and the reply to the next prompt of another kind.

    Two replies of one model to one prompt are both to the point. A reward model that saw nothing
    else does not mind an answer to another question, and practice finds that out.

    Args:
        prompts: N prompts.
        replies: N replies, in the same order.
        annotator: who chooses.
    """
    preferences = []
    for index, prompt in enumerate(prompts):
        # the next prompt of another kind; after the last one the search goes on from the first
        others = [*range(index + 1, len(prompts)), *range(index)]
        other = next((at for at in others if prompts[at].kind != prompt.kind), None)
        if other is not None:
            preferences += label([prompt], [replies[index]], [replies[other]], annotator)
    return preferences


def noise_ceiling(preferences: Sequence[Preference], annotator: Annotator) -> float:
    """The accuracy on these labels of a reward model that had learnt the tastes perfectly.

    It is below 1 because of slips and of overlooked errors, which no model can foresee.

    Args:
        preferences: what `label` gave.
        annotator: the same one.

    Raises:
        ValueError: there are no preferences.
    """
    if not preferences:
        raise ValueError("There are no preferences to score. Label at least one pair.")
    hits = 0.0
    # a tie of the tastes is a coin's throw
    for preference in preferences:
        chosen = annotator.taste(preference.prompt, preference.chosen)
        rejected = annotator.taste(preference.prompt, preference.rejected)
        hits += 0.5 if chosen == rejected else float(chosen > rejected)
    return hits / len(preferences)
