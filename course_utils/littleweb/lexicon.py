"""The words that stories are made of: names, animals, places, things, feelings.

Left out: sentences (story_wordings.py, story_ways.py) and what happens (stories.py). Names, kinds
and places are unlike all other words of the stories, so that a parser finds them by their form
alone. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

GIRLS = tuple("Mila Nora Clara Ruby".split())
BOYS = tuple("Otto Ben Leo Finn".split())
NAMES = GIRLS + BOYS
PRONOUNS = {"she": ("she", "her", "her"), "he": ("he", "him", "his")}

# What each kind of character does well; stories are solved by what somebody does well.
ABILITIES: dict[str, tuple[str, ...]] = {
    "cat": ("climb", "pounce"),
    "goat": ("climb", "push"),
    "frog": ("swim", "squeeze"),
    "duck": ("swim", "fly"),
    "owl": ("fly", "watch"),
    "mole": ("dig", "squeeze"),
    "mouse": ("squeeze", "gnaw"),
    "fox": ("sniff", "dig"),
    "bear": ("push", "sniff"),
    "hare": ("dig", "watch"),
}
KINDS = tuple(ABILITIES)

PLACES = tuple(
    f"the {noun}" for noun in "mill lake orchard pond castle beach tower harbour".split()
)

# Things by what can happen to them; a thing may stand in several lists.
FLYING = tuple("kite hat letter".split())
ROLLING = tuple("ball coin".split())
SHINING = tuple("ring coin key".split())
FLOATING = tuple("boat ball".split())
BREAKING = tuple("lantern cup".split())
OTHERS = tuple("book doll drum".split())
GIFTS = {"cake": "flour", "scarf": "wool"}  # a present, and what it is made of
PRIZES = ("medal", "bell")
CAUSES = {  # problem -> (things it can happen to, sort of spot where they end up)
    "wind": (FLYING, ("high", "water", "hidden")),
    "roll": (ROLLING, ("hole", "hidden")),
    "thief": (SHINING, ("high",)),
    "drift": (FLOATING, ("water",)),
    "drop": (SHINING, ("hidden", "hole")),
    "quarrel": (FLYING, ("high", "hole", "water", "hidden")),
}
# What a plot is about, by the sort of plot; a treasure is of CAUSES.
THINGS_OF_PLOTS = {"wish": OTHERS, "accident": BREAKING, "gift": tuple(GIFTS), "prize": PRIZES}
EATEN = ("cake",)
THINGS = tuple(
    dict.fromkeys(
        thing
        for things in (*(some for some, _ in CAUSES.values()), *THINGS_OF_PLOTS.values())
        for thing in things
    )
)
LOOKS = tuple(
    "red blue green yellow purple white pink brown grey black striped spotted little tiny "
    "old new bright "
    "pretty lovely plain fine silver painted handsome".split()
)
EATEN_LOOKS = ("little", "big", "fine", "lovely", "round", "perfect", "fresh", "splendid")

TRAITS = {  # what a character is like, with the mood for helping that comes with it
    "kind": 0.95,
    "patient": 0.85,
    "cheerful": 0.9,
    "gentle": 0.95,
    "brave": 0.85,
    "clever": 0.8,
    "shy": 0.7,
    "quiet": 0.75,
    "careful": 0.7,
    "honest": 0.85,
    "dreamy": 0.65,
    "lively": 0.75,
    "polite": 0.9,
    "curious": 0.8,
    "proud": 0.35,
    "grumpy": 0.3,
    "stubborn": 0.35,
    "lazy": 0.4,
    "selfish": 0.2,
    "bossy": 0.35,
}

WORDS: dict[str, tuple[str, ...]] = {  # "[@glad]" in a wording is one of these
    "glad": tuple("happy glad pleased delighted joyful merry proud cheerful thrilled".split()),
    "sad": tuple("sad unhappy gloomy miserable downhearted upset tearful sorry".split()),
    "afraid": tuple("afraid scared nervous frightened worried anxious uneasy".split()),
    "cross": tuple("cross angry annoyed furious grumpy offended".split()),
    "tired": tuple("tired weary sleepy exhausted breathless worn-out".split()),
    "slowly": tuple(
        "slowly carefully gently quietly softly patiently bravely steadily calmly".split()
    ),
    "fast": tuple("quickly swiftly hastily eagerly boldly suddenly".split()),
    "said": tuple("said whispered cried called answered replied murmured shouted".split()),
    "asked": tuple("asked wondered begged inquired".split()),
    "ran": tuple("ran hurried rushed dashed raced trotted hopped marched".split()),
    "walked": tuple("walked wandered strolled tiptoed rambled skipped plodded".split()),
    "day": tuple("morning afternoon day evening".split()),
    "season": tuple("spring summer autumn winter".split()),
    "weekday": tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
    "food": tuple(
        "soup bread honey cheese berries porridge pancakes noodles jam biscuits nuts".split()
    ),
    "sound": tuple("rustle splash crack thump whistle rumble squeak buzz".split()),
    "flower": tuple("daisies poppies tulips violets lilies buttercups bluebells clover".split()),
    "insect": tuple("bee butterfly beetle ladybird cricket moth snail spider".split()),
    "sky": tuple("sun moon wind rain snow mist breeze air".split()),
    "good": tuple(
        "good lovely splendid wonderful grand bright clever excellent marvellous".split()
    ),
    "job": tuple("sweep weed paint wash tidy scrub rake water".split()),
    "yard": tuple("yard path fence porch floor garden steps cellar".split()),
}

SPOTS: dict[str, tuple[str, ...]] = {  # where things and friends end up, and how to get there
    "high": tuple(
        "in the top of a tall elm|on a narrow ledge|on a steep roof|on a high stone wall".split(
            "|"
        )
    ),
    "hole": tuple(
        "in a deep hole|down a dark burrow|under a heavy log|behind a pile of bricks".split("|")
    ),
    "water": tuple(
        "in the middle of a stream|on a rock in the river|on a drifting log"
        "|on a tiny island".split("|")
    ),
    "hidden": tuple(
        "in the tall grass|among the ferns|under a heap of leaves|somewhere in the hay".split("|")
    ),
}
