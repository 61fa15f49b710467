"""The sentences of the stories, sixth part: what goes wrong, or what is wished for.

Left out: what is done about it (ways.py, deeds.py, travel.py). The marks in a
wording are those of wordings.py. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

PROBLEMS: dict[str, tuple[str, ...]] = {
    "wind": (
        "A [sudden|strong|wild|cold|fierce|violent] gust [blew|swept|carried] the {T} away, and "
        "it landed {s}.",
        "The wind [tore|pulled|lifted|snatched] the {T} out of {his} hands and dropped it {s}.",
    ),
    "roll": (
        "The {T} [slipped|fell|tumbled|dropped] from {his} hands, rolled away and came to rest "
        "{s}.",
        "{h} [stumbled|tripped|slipped|staggered], and the {T} rolled and rolled until it lay "
        "{s}.",
    ),
    "thief": (
        "A [magpie|jackdaw|crow|raven] saw the {T} shine, [snatched|stole|grabbed] it and left "
        "it {s}.",
        "Something [bright|shiny|pretty] is never safe: a [magpie|jackdaw|crow|raven] carried "
        "the {T} off {s_to}.",
    ),
    "drift": (
        "{h} put the {T} down by the water, and soon it was {s}.",
        "The {T} [floated|drifted] off before {he} could catch it, and then it was {s}.",
    ),
    "drop": (
        "While {he} [played|ran|jumped about|climbed a fence|tied {his} laces|looked at a "
        "squirrel], the {T} fell and lay {s}.",
        "{h} [reached into|opened|looked into|emptied|searched] {his} bag, but the {T} had "
        "dropped out {s}.",
    ),
    "quarrel": (
        "{h} and {f} both [wanted|tugged at|reached for|grasped at|clung to] the {T}, and in the "
        "quarrel it "
        "flew {s_to}.",
        '"It is my turn," said {f} and [pulled|grabbed|yanked]. The {T} slipped away and ended '
        "up {s}.",
    ),
    "stuck_high": (
        "{f} climbed too far and did not dare to come down, and there {fhe} sat, {s}.",
        '"[Look at me|Watch this|See how high I am|I can do it]," called {f}. A moment later '
        "{fhe} was stuck {s}.",
    ),
    "stuck_hole": (
        "The ground [gave way|crumbled|collapsed], and {f} was stuck {s}.",
        "{f} [slipped|took a wrong step|chased a moth|skidded], and then {fhe} was stuck {s}.",
    ),
    "stuck_water": (
        "{f} stepped on a loose plank, drifted off, and was now stuck {s}.",
        "The water rose [quickly|without warning|overnight|all at once], and {f} was stuck {s}.",
    ),
    "want": (
        "{h} wished for [nothing else|one thing only|nothing in the world but this]: to play "
        "with the {T} for [a while|a day].",
        "{h} could not take {his} eyes off the {T}. [How|Oh, how] {he} wanted to "
        "[hold|try|touch|own|use] the {T}.",
    ),
    "break": (
        "{h} [ran|turned|danced about|hopped|spun|rushed] too fast and knocked against the {T}, "
        "and it broke "
        "[in two|to pieces|into splinters].",
        "{h} picked up the {T} without asking, and it fell and broke [in two|in three].",
        "A [@sound] made {h} jump, and {he} sat down right on the {T}, which broke.",
    ),
    "gift": (
        "Tomorrow was the birthday of {f}, and {h} wanted to make {at} for {fhim}.",
        "{f} had been ill for a week, so {h} wanted to cheer {fhim} up and make {at}.",
    ),
    "missing": (
        "But {h} had no {m} left in the [house|cupboard|box|shed|kitchen|drawer|pantry|workshop].",
        "[Everything|Nearly everything] was ready, but {h} had no {m}.",
    ),
    "reach": (
        "{h} and {f} wanted to see {q} before [dark|supper|the holidays ended|sunset|the rain "
        "came|the end of the week].",
        '"[Let us|We could|I want to] [go|travel|hike] to {q}," [@said] {h}. {f} [agreed|packed '
        "a lunch|was ready at once].",
    ),
    "race": (
        "{h} and {f} wanted to race to {q}, and the winner would get {at}.",
        '"First one at {q} gets the {t}," [@said] {f}. "[Ready, steady, go|On your marks|One, '
        'two, three]!"',
    ),
}
