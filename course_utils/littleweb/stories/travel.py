"""The sentences of the stories, fourth part: journeys and races.

Left out: who gets where (simulator.py). The marks in a wording are those of wordings.py; in a
race {a} is ahead and {b} behind. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

from course_utils.littleweb.stories.ways import Way

OBSTACLES: dict[str, tuple[str, ...]] = {
    "river": (
        "On the way to {q} the bridge was [gone|broken|flooded|shut], and the river was "
        "[wide|cold|fast|swollen].",
    ),
    "fog": (
        "Then [thick|grey|white|dense] fog came down, and they could not see the "
        "[path|way|track] to {q}.",
    ),
    "dark": (
        "The way to {q} led through a [dark|black|gloomy] wood where [twigs|branches|trunks] "
        "creaked.",
    ),
    "wall": ("A high [wall|hedge|fence|barrier] blocked the [road|path|way] to {q}.",),
    "storm": (
        "Half way to {q} a storm broke, with [hail|lightning|thunder] and [cold|heavy|icy] rain.",
    ),
}

TRAVEL: dict[str, dict[str, Way]] = {
    "river": {
        "stones": (
            "",
            0.4,
            True,
            ("{h} hopped from stone to stone, and {f} came [close|right] behind.",),
            ("One last jump, and they were across.",),
            ("But the stones were slippery, and both fell in.",),
        ),
        "boat": (
            "",
            0.45,
            True,
            ("{gi+} had a boat, and {h} asked for a ride.",),
            ("{g} rowed them over and would not take a coin.",),
            ('"My boat has a leak," said {g}.',),
        ),
        "upstream": (
            "",
            0.45,
            True,
            ("They walked along the bank to look for a shallow place.",),
            ("Where the river was wide it was only knee-deep, and they waded through.",),
            ("But the river only grew deeper.",),
        ),
    },
    "fog": {
        "bells": (
            "",
            0.45,
            True,
            (
                '"Listen," [@said] {h}. "We can follow the sound of the '
                '[bell|brook|geese|drums|cows]."',
            ),
            ("The sound grew louder, and the fog grew thin.",),
            ("But the sound stopped, and they were lost.",),
        ),
        "guide": (
            "",
            0.5,
            True,
            ("They met {gi}, who knew every path, even in fog.",),
            ("{g} led them out, one behind the other.",),
            ("But {g} walked too fast, and soon they could not see {g} any more.",),
        ),
    },
    "dark": {
        "song": (
            "",
            0.45,
            True,
            (
                "{f} was [@afraid], so {h} took {fhis} hand and sang a "
                "[loud|silly|brave|cheerful|marching] song.",
            ),
            ("While they sang, the wood felt smaller, and then it ended.",),
            ("But a [@sound] answered from the trees, and they ran back.",),
        ),
        "light": (
            "",
            0.45,
            True,
            ("{h} lit a [lantern|candle|torch|match] and held it high.",),
            ("In its light the monsters were only [bushes|stumps|rocks], and they got through.",),
            ("But the [wind|rain] put it out, and it was darker than before.",),
        ),
    },
    "wall": {
        "shoulders": (
            "",
            0.45,
            True,
            ("{h} climbed on the shoulders of {f} and reached for the top.",),
            ("{h} pulled {f} up, and together they jumped down on the other side.",),
            ("But {f} sneezed, and they both fell into the nettles.",),
        ),
        "gate": (
            "",
            0.45,
            True,
            ("{f} walked along it and looked for a [gate|gap|hole|stile|tunnel].",),
            ("Behind some ivy there was a little door, and it was open.",),
            ("There was a door, but it was locked.",),
        ),
        "keeper": (
            "",
            0.45,
            True,
            ("{gi+} sat there with a key, and {h} asked to be let through.",),
            ("{g} laughed and turned the key.",),
            ('"Nobody passes today," said {g}.',),
        ),
    },
    "storm": {
        "shelter": (
            "",
            0.5,
            True,
            (
                "They crept under a [cart|rock|bridge|tarpaulin|wagon|ledge] and told stories to "
                "pass the time.",
            ),
            ("After the [third|seventh|tenth] story the sky was clear, and they went on.",),
            ("But it rained and rained until it was too late.",),
        ),
        "host": (
            "",
            0.5,
            True,
            ("{gi+} opened a door and asked if they would like to come in.",),
            ("{g} gave them [@food] and dry socks, and after the storm they went on.",),
            ("{g} said that the road was under water now.",),
        ),
    },
}

RACING: dict[str, tuple[str, ...]] = {
    "start": (
        "{h} [@ran] [off|ahead], and {f} was [close|right] behind.",
        "At first {f} was in front, but {h} was only [three|five|ten|six|eight] steps behind.",
        "They [@ran] past [barns|carts|hedges|sheep|windmills|vineyards|haystacks] and through "
        "[puddles|mud|clover|sand|leaves|barley].",
    ),
    "middle": (
        "The [path|road] went [up and down|left and right|uphill|round in bends|downhill], and "
        "{f} [puffed|panted|gasped|wheezed] "
        "loudly.",
        "A [@insect] flew along with {h} for a while, and it was [much|a little|slightly] faster.",
        "{h} [counted|sang|muttered|recited] under {his} breath to keep [going|in step].",
        "Some [geese|children|farmers|old men|tourists|shepherds|cyclists] "
        "[cheered|waved|shouted|clapped] as they [@ran] past.",
    ),
    "trip": (
        "Then {b} [tripped|stumbled|staggered] over a root and hurt {bhis} knee.",
        "Then {b} stepped into a [hole|ditch|rut|drain] and fell flat on {bhis} nose.",
    ),
    "rest": (
        "{b+} was so sure of winning that {bhe} lay down for a nap.",
        "{b+} stopped to pick [@flower] and forgot the race.",
    ),
    "pass": (
        "{a} saw it, [ran on|did not stop|hurried past|looked away] and was first.",
        "{a} called out that {ahe} was sorry, but {ahe} ran on and was first.",
    ),
    "help": (
        "{a} turned back at once, helped {b} up, and [arm in arm|together] they went on.",
        '"Lean on me," said {a}, for a race was not worth a hurt friend.',
    ),
    "sprint": (
        "In the last bend {a} [ran|flew|shot|swept] past {b} and was first.",
        "{a} kept a steady pace, and in the end {b} was too [@tired] to follow.",
    ),
    "even": ("They ran and ran, and nobody was a nose ahead.",),
}
