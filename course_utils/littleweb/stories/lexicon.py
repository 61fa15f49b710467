"""The words that stories are made of: names, animals, places, things, feelings.

Left out: sentences (wordings.py, ways.py) and what happens (simulator.py). Names, kinds
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
    "red blue green yellow purple white pink brown grey black striped spotted little tiny old "
    "new bright pretty lovely plain fine silver painted handsome golden orange crimson scarlet "
    "violet turquoise pale shiny polished dented scratched dusty smooth rough sturdy dainty "
    "elegant rare famous precious ordinary unusual modest simple fancy cheap expensive "
    "mysterious magical odd glittering sparkling worn dotted delicate charming peculiar quaint "
    "battered colourful".split()
)
EATEN_LOOKS = tuple(
    "little big fine lovely round perfect fresh splendid sweet tasty sticky delicious".split()
)

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
    "friendly": 0.95,
    "loyal": 0.9,
    "wise": 0.85,
    "modest": 0.8,
    "greedy": 0.25,
    "vain": 0.35,
}

WORDS: dict[str, tuple[str, ...]] = {  # "[@glad]" in a wording is one of these
    "glad": tuple(
        "happy glad pleased delighted joyful merry proud cheerful thrilled jolly cheery "
        "overjoyed relieved grateful lucky".split()
    ),
    "sad": tuple(
        "sad unhappy gloomy miserable downhearted upset tearful sorry lonely glum disappointed "
        "heartbroken sorrowful".split()
    ),
    "afraid": tuple("afraid scared nervous frightened worried anxious uneasy".split()),
    "cross": tuple("cross angry annoyed furious grumpy offended sulky bitter".split()),
    "tired": tuple("tired weary sleepy exhausted breathless worn-out drowsy footsore".split()),
    "slowly": tuple(
        "slowly carefully gently quietly softly patiently bravely steadily calmly neatly "
        "gracefully cautiously smoothly silently skilfully".split()
    ),
    "said": tuple(
        "said whispered cried called answered replied murmured shouted exclaimed declared "
        "announced remarked muttered".split()
    ),
    "asked": tuple("asked wondered begged inquired pleaded".split()),
    "ran": tuple(
        "ran hurried rushed dashed raced trotted hopped marched sprinted scampered galloped "
        "bounded darted scurried".split()
    ),
    "walked": tuple(
        "walked wandered strolled tiptoed rambled skipped plodded ambled strode shuffled "
        "sauntered hiked trudged".split()
    ),
    "day": tuple("morning afternoon day evening".split()),
    "season": tuple("spring summer autumn winter".split()),
    "weekday": tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
    "food": tuple(
        "soup bread honey cheese berries porridge pancakes noodles jam biscuits nuts apples "
        "pears plums cherries cabbage carrots pumpkin pie toast butter cream pudding muffins "
        "waffles dumplings raisins walnuts".split()
    ),
    "sound": tuple(
        "rustle splash crack thump whistle rumble squeak buzz creak clatter bang howl hoot growl "
        "rattle jingle".split()
    ),
    "flower": tuple(
        "daisies poppies tulips violets lilies buttercups bluebells clover roses pansies "
        "snowdrops marigolds sunflowers primroses heather lavender".split()
    ),
    "insect": tuple(
        "bee butterfly beetle ladybird cricket moth snail spider wasp grasshopper dragonfly "
        "caterpillar gnat firefly bumblebee".split()
    ),
    "sky": tuple(
        "sun moon wind rain snow mist breeze air sunshine drizzle frost haze twilight".split()
    ),
    "good": tuple(
        "good lovely splendid wonderful grand bright clever excellent marvellous fantastic".split()
    ),
    "job": tuple("sweep weed paint wash tidy scrub rake water mop polish repair clean".split()),
    "yard": tuple(
        "yard path fence porch floor garden steps cellar stairs hall balcony terrace stable "
        "pavement courtyard".split()
    ),
}

SPOTS: dict[str, tuple[str, ...]] = {  # where things and friends end up, and how to get there
    "high": (
        "in the top of a tall elm",
        "on a narrow ledge",
        "on a steep roof",
        "on a high stone wall",
        "on a windy cliff",
        "in the crown of an oak",
        "on a crumbling chimney",
        "between two branches of a birch",
        "on the rim of a haystack",
        "on a dangerous slope",
    ),
    "hole": (
        "in a deep hole",
        "down a dark burrow",
        "under a heavy log",
        "behind a pile of bricks",
        "between two boulders",
        "at the bottom of a well",
        "inside a hollow trunk",
        "under a fallen gatepost",
        "in a muddy trench",
        "below a cracked slab",
    ),
    "water": (
        "in the middle of a stream",
        "on a rock in the river",
        "on a drifting log",
        "on a tiny island",
        "among the reeds",
        "on a mossy boulder",
        "on a lonely sandbank",
        "beyond the rapids",
        "on a broken jetty",
        "below a foaming waterfall",
    ),
    "hidden": (
        "in the tall grass",
        "among the ferns",
        "under a heap of leaves",
        "somewhere in the hay",
        "beneath a thorny bush",
        "inside a flowerpot",
        "behind a mossy stump",
        "under a stack of firewood",
        "beside a molehill",
        "in a patch of parsley",
    ),
}
