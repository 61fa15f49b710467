"""The sentences of the stories, second part: what is tried, and how it works or fails.

Left out: what the problem is (problems.py), who tries what, and whether it works
(simulator.py). The marks in a wording are those of
wordings.py; {a} is whoever acts, {x} what is to be reached, {m} what a present is made of.
Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

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
                "{a} took hold and climbed up, [step by step|bit by bit|higher and higher|branch "
                "by branch|metre by metre].",
            ),
            ("{a} [reached|got to|touched] {x} and [brought|carried|helped] {xit} down.",),
            ("But a [branch|stone|nail|hook] broke, and {a} slid down again.",),
        ),
        "fly": (
            "fly",
            0.9,
            True,
            (
                "{a} spread {ahis} wings and flew up to {x}, [beat by beat|in wide circles|with "
                "great care].",
            ),
            (
                "{a} [took|held|gripped|seized] {x} [@slowly] and brought {xit} down to the "
                "ground.",
            ),
            ("But the wind was too strong up there, and {a} had to land.",),
        ),
        "shake": (
            "push",
            0.6,
            False,
            ("{a} [pushed|kicked|bumped] and shook with all {ahis} strength.",),
            ("Down came {x}, together with [leaves|dust|twigs|twenty acorns|acorns|feathers].",),
            ("Leaves fell on their heads, but {x} stayed where it was.",),
        ),
        "pole": (
            "",
            0.35,
            False,
            ("{a} found a long [pole|stick|broom|reed|fishing rod] and poked at {x}.",),
            ("One last [push|poke], and {x} dropped into {ahis} arms.",),
            ("The [pole|stick] was [too short|not long enough], and {x} did not move.",),
        ),
        "ladder": (
            "",
            0.55,
            True,
            (
                "{a} [fetched|dragged|borrowed|hauled|lugged] a [ladder|heavy ladder|steep "
                "ladder|folding ladder] from the [barn|shed|stable|garage].",
            ),
            ("It was just high enough, and {a} got {x} down [@slowly].",),
            (
                "But the ladder [wobbled|was rotten|swayed|shook], and nobody dared to "
                "[use|climb] it.",
            ),
        ),
    },
    "hole": {
        "squeeze": (
            "squeeze",
            0.8,
            True,
            ("{a} was small enough to [crawl|squeeze|slip|wriggle] inside.",),
            ("{a} [pushed|nudged|led|guided|shoved] {x} out into the light.",),
            ("But it was too [narrow|dark|deep|tight|steep] even for {a}.",),
        ),
        "dig": (
            "dig",
            0.8,
            True,
            (
                "{a} began to dig, and earth flew [left and right|everywhere|through the air|in "
                "all directions|over the hedge].",
            ),
            (
                "Soon the [way|passage|entrance] was free, and {a} [pulled|dragged|tugged] {x} "
                "out.",
            ),
            ("But {a} hit a [hard|huge|flat|buried] stone and had to stop.",),
        ),
        "rope": (
            "",
            0.5,
            True,
            ("{a} tied a [loop|knot|noose] in a [rope|cord|cable] and let it down.",),
            ("It [held|caught], and {a} pulled {x} up, [hand over hand|inch by inch].",),
            ("But the rope [snapped|slipped|tore|frayed], and {a} fell on {ahis} back.",),
        ),
        "stick": (
            "",
            0.35,
            False,
            ("{a} lay down flat and reached in with a [stick|spoon|rake|shovel|hook|wire].",),
            ("{a} felt something, [pulled|tugged] and had {x}.",),
            ("{a} only [pushed|poked|nudged] {x} deeper in.",),
        ),
        "lift": (
            "push",
            0.75,
            True,
            (
                "{a} was strong and [pushed|heaved|rolled|shifted|tipped] the heaviest stones "
                "aside.",
            ),
            ("Now there was [room|space] enough, and {a} [drew|lifted|pulled] {x} out.",),
            ("But one stone was too heavy even for {a}.",),
        ),
    },
    "water": {
        "swim": (
            "swim",
            0.85,
            True,
            (
                "{a} was a good swimmer and jumped in with a [splash|big "
                "splash|shout|cheer|somersault].",
            ),
            ("{a} came back [wet|dripping|shivering|soaked] and brought {x} to the bank.",),
            ("But the water was too [cold|fast|wild|rough], and {a} turned back.",),
        ),
        "fly": (
            "fly",
            0.8,
            False,
            ("{a} flew out over the water and circled [once|twice] above {x}.",),
            ("{a} dived, [grabbed|caught|grasped] {x} and flew back.",),
            ("But {x} was too [wet|slippery] to hold, and {a} came back with nothing.",),
        ),
        "branch": (
            "",
            0.35,
            True,
            (
                "{a} [stretched|held|pushed] a [long|strong|bent] branch out over the "
                "[water|waves|ripples].",
            ),
            ("{x+} came closer and closer, until {a} could [grab|catch|reach|grip] {xit}.",),
            ("The branch [bent|cracked|split|splintered] and broke off in the hands of {a}.",),
        ),
        "raft": (
            "",
            0.5,
            True,
            (
                "{a} tied some [logs|boards|planks|barrels|canisters] together and pushed off "
                "from the bank.",
            ),
            ("The raft [wobbled|turned|tilted|rocked], but it held, and {a} brought {x} back.",),
            ("The knots [came loose|broke|slackened], and {a} got very wet.",),
        ),
        "gnaw": (
            "gnaw",
            0.8,
            True,
            ("{a} gnawed at a [young|slim] [tree|willow|poplar] until it fell across the water.",),
            ("Over this bridge {a} [brought|led|carried] {x} back.",),
            ("But the tree fell the wrong way.",),
        ),
    },
    "hidden": {
        "sniff": (
            "sniff",
            0.85,
            False,
            (
                "{a} put {ahis} nose to the ground and sniffed [here and there|left and "
                "right|high and low|up and down].",
            ),
            ("The trail led {a} straight to {x}, {s}.",),
            ("But {a} smelled only [@flower] and [@food].",),
        ),
        "watch": (
            "watch",
            0.7,
            False,
            (
                "{a} had [sharp|keen|watchful|alert] eyes and looked [over|across] the whole "
                "place.",
            ),
            ("Something [gleamed|showed|glinted], and {a} found {x} {s}.",),
            ("But the light was too [weak|poor|dim], even for {a}.",),
        ),
        "search": (
            "",
            0.4,
            False,
            (
                "{a} searched [@slowly], [corner by corner|step by step|on hands and knees|inch "
                "by inch|with a magnifying glass].",
            ),
            ("And there it was: {a} [found|discovered|spotted] {x} {s}.",),
            ("{a} found a [button|rusty nail|lost sock|snail|thimble], but not {x}.",),
        ),
        "retrace": (
            "",
            0.45,
            False,
            (
                "{a} went back the way they had come and looked behind every "
                "[tree|stone|post|bush|barrel].",
            ),
            ("{a} stopped and laughed, for {x} was right there, {s}.",),
            ("The way back was long, and {x} was nowhere.",),
        ),
    },
}
