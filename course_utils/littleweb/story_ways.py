"""The sentences of the stories, second part: problems, and what is tried, works or fails.

Left out: who tries what, and whether it works (stories.py). The marks in a wording are those of
story_wordings.py; {a} is whoever acts, {x} what is to be reached, {m} what a present is made of.
Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

PROBLEMS: dict[str, tuple[str, ...]] = {
    "wind": (
        "A [sudden|strong|wild|cold] gust [blew|swept|carried] the {T} away, and it landed {s}.",
        "The wind [tore|pulled|lifted] the {T} out of {his} hands and dropped it {s}.",
    ),
    "roll": (
        "The {T} [slipped|fell] from {his} hands, rolled away and came to rest {s}.",
        "{h} [stumbled|tripped], and the {T} rolled and rolled until it lay {s}.",
    ),
    "thief": (
        "A [magpie|jackdaw] saw the {T} shine, [snatched|stole|grabbed] it and left it {s}.",
        "Something [bright|shiny] is never safe: a [magpie|jackdaw] carried the {T} off {s_to}.",
    ),
    "drift": (
        "{h} put the {T} down by the water, and soon it was {s}.",
        "The {T} [floated|drifted] off before {he} could catch it, and then it was {s}.",
    ),
    "drop": (
        "While {he} [played|ran|jumped about|climbed a fence], the {T} fell and lay {s}.",
        "{h} [reached into|opened|looked into] {his} bag, but the {T} had dropped out {s}.",
    ),
    "quarrel": (
        "{h} and {f} both [wanted|tugged at|reached for] the {T}, and in the quarrel it "
        "flew {s_to}.",
        '"It is my turn," said {f} and [pulled|grabbed]. The {T} slipped away and ended up {s}.',
    ),
    "stuck_high": (
        "{f} climbed too far and did not dare to come down, and there {fhe} sat, {s}.",
        '"[Look at me|Watch this]," called {f}. A moment later {fhe} was stuck {s}.',
    ),
    "stuck_hole": (
        "The ground [gave way|crumbled], and {f} was stuck {s}.",
        "{f} [slipped|took a wrong step|chased a moth], and then {fhe} was stuck {s}.",
    ),
    "stuck_water": (
        "{f} stepped on a loose plank, drifted off, and was now stuck {s}.",
        "The water rose [quickly|without warning], and {f} was stuck {s}.",
    ),
    "want": (
        "{h} wished for [nothing else|one thing only]: to play with the {T} for [a while|a day].",
        "{h} could not take {his} eyes off the {T}. [How|Oh, how] {he} wanted to "
        "[hold|try|touch] the {T}.",
    ),
    "break": (
        "{h} [ran|turned|danced about] too fast and knocked against the {T}, and it broke "
        "[in two|to pieces].",
        "{h} picked up the {T} without asking, and it fell and broke [in two|in three].",
        "A [@sound] made {h} jump, and {he} sat down right on the {T}, which broke.",
    ),
    "gift": (
        "Tomorrow was the birthday of {f}, and {h} wanted to make {at} for {fhim}.",
        "{f} had been ill for a week, so {h} wanted to cheer {fhim} up and make {at}.",
    ),
    "missing": (
        "But {h} had no {m} left in the [house|cupboard|box|shed|kitchen].",
        "[Everything|Nearly everything] was ready, but {h} had no {m}.",
    ),
    "reach": (
        "{h} and {f} wanted to see {q} before [dark|supper|the holidays ended].",
        '"Let us go to {q}," said {h}. {f} [agreed|packed some soup|was ready at once].',
    ),
    "race": (
        "{h} and {f} wanted to race to {q}, and the winner would get {at}.",
        '"First one at {q} gets the {t}," [@said] {f}. "[Ready, steady, go|On your marks]!"',
    ),
}

# For each sort of spot: way -> (ability it takes or "", chance to work, works on friends too,
# what is tried, what is said when it works, and when it fails).
Way = tuple[str, float, bool, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
WAYS: dict[str, dict[str, Way]] = {
    "high": {
        "climb": (
            "climb",
            0.8,
            True,
            (
                "{a} could climb well, so {ahe} [went|pulled {ahim}self] up [@slowly].",
                "{a} took hold and climbed up, [step by step|bit by bit|higher and higher].",
            ),
            ("{a} [reached|got to] {x} and [brought|carried|helped] {xit} down.",),
            ("But a [branch|stone|tile] broke, and {a} slid down again.",),
        ),
        "fly": (
            "fly",
            0.9,
            True,
            ("{a} spread {ahis} wings and flew up to {x}.",),
            ("{a} [took|held] {x} [@slowly] and brought {xit} down to the ground.",),
            ("But the wind was too strong up there, and {a} had to land.",),
        ),
        "shake": (
            "push",
            0.6,
            False,
            ("{a} [pushed|kicked|bumped] and shook with all {ahis} strength.",),
            ("Down came {x}, together with [leaves|dust|twigs|twenty acorns].",),
            ("Leaves fell on their heads, but {x} stayed where it was.",),
        ),
        "pole": (
            "",
            0.35,
            False,
            ("{a} found a long [pole|stick|broom] and poked at {x}.",),
            ("One last [push|poke], and {x} dropped into {ahis} arms.",),
            ("The [pole|stick] was [too short|not long enough], and {x} did not move.",),
        ),
        "ladder": (
            "",
            0.55,
            True,
            ("{a} [fetched|dragged|borrowed] a [ladder|heavy ladder] from the [barn|shed].",),
            ("It was just high enough, and {a} got {x} down [@slowly].",),
            ("But the ladder [wobbled|was rotten], and nobody dared to [use|climb] it.",),
        ),
    },
    "hole": {
        "squeeze": (
            "squeeze",
            0.8,
            True,
            ("{a} was small enough to [crawl|squeeze|slip] inside.",),
            ("{a} [pushed|nudged|led] {x} out into the light.",),
            ("But it was too [narrow|dark|deep] even for {a}.",),
        ),
        "dig": (
            "dig",
            0.8,
            True,
            ("{a} began to dig, and earth flew [left and right|everywhere|through the air].",),
            ("Soon the way was free, and {a} pulled {x} out.",),
            ("But {a} hit a [hard|huge|flat] stone and had to stop.",),
        ),
        "rope": (
            "",
            0.5,
            True,
            ("{a} tied a [loop|knot] in a rope and let it down.",),
            ("It [held|caught], and {a} pulled {x} up, [hand over hand|inch by inch].",),
            ("But the rope [snapped|slipped], and {a} fell on {ahis} back.",),
        ),
        "stick": (
            "",
            0.35,
            False,
            ("{a} lay down flat and reached in with a [stick|spoon|rake].",),
            ("{a} felt something, [pulled|tugged] and had {x}.",),
            ("{a} only pushed {x} deeper in.",),
        ),
        "lift": (
            "push",
            0.75,
            True,
            ("{a} was strong and [pushed|heaved|rolled] the heaviest stones aside.",),
            ("Now there was room enough, and {a} drew {x} out.",),
            ("But one stone was too heavy even for {a}.",),
        ),
    },
    "water": {
        "swim": (
            "swim",
            0.85,
            True,
            ("{a} was a good swimmer and jumped in with a [splash|big splash|shout].",),
            ("{a} came back [wet|dripping|shivering] and brought {x} to the bank.",),
            ("But the water was too [cold|fast|wild], and {a} turned back.",),
        ),
        "fly": (
            "fly",
            0.8,
            False,
            ("{a} flew out over the water and circled [once|twice] above {x}.",),
            ("{a} dived, [grabbed|caught] {x} and flew back.",),
            ("But {x} was too [wet|slippery] to hold, and {a} came back with nothing.",),
        ),
        "branch": (
            "",
            0.35,
            True,
            ("{a} stretched a long branch out over the water.",),
            ("{x+} came closer and closer, until {a} could [grab|catch|reach] {xit}.",),
            ("The branch [bent|cracked] and broke off in the hands of {a}.",),
        ),
        "raft": (
            "",
            0.5,
            True,
            ("{a} tied some [logs|boards] together and pushed off from the bank.",),
            ("The raft [wobbled|turned], but it held, and {a} brought {x} back.",),
            ("The knots came loose, and {a} got very wet.",),
        ),
        "gnaw": (
            "gnaw",
            0.8,
            True,
            ("{a} gnawed at a young tree until it fell across the water.",),
            ("Over this bridge {a} brought {x} back.",),
            ("But the tree fell the wrong way.",),
        ),
    },
    "hidden": {
        "sniff": (
            "sniff",
            0.85,
            False,
            ("{a} put {ahis} nose to the ground and sniffed [here and there|left and right].",),
            ("The trail led {a} straight to {x}, {s}.",),
            ("But {a} smelled only [@flower] and [@food].",),
        ),
        "watch": (
            "watch",
            0.7,
            False,
            ("{a} had [sharp|keen] eyes and looked [over|across] the whole place.",),
            ("Something [gleamed|showed], and {a} found {x} {s}.",),
            ("But the light was too [weak|poor|dim], even for {a}.",),
        ),
        "search": (
            "",
            0.4,
            False,
            ("{a} searched [@slowly], [corner by corner|step by step|on hands and knees].",),
            ("And there it was: {a} found {x} {s}.",),
            ("{a} found a [button|rusty nail|lost sock|snail], but not {x}.",),
        ),
        "retrace": (
            "",
            0.45,
            False,
            ("{a} went back the way they had come and looked behind every [tree|stone|post].",),
            ("{a} stopped and laughed, for {x} was right there, {s}.",),
            ("The way back was long, and {x} was nowhere.",),
        ),
    },
}
