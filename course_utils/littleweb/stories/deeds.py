"""The sentences of the stories, third part: asking, mending and making.

Left out: who does what, and whether it works (simulator.py). The marks in a wording are those of
wordings.py. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

from course_utils.littleweb.stories.ways import Way

ASKING: dict[str, tuple[str, ...]] = {
    "meet": (
        "Just then {gi} came to {p}, who was {gtrait}.",
        "{h} [ran|went|set off] to find {gi}, who was {gtrait}.",
        "Not far from {p} they met {gi}, who was {gtrait}.",
    ),
    "plea": (
        '"[Please|Oh], help us, {gv}," [begged|said|cried|implored|sobbed] {h}.',
        '"{gv+}, [can|could|will] you [help|lend a hand|assist us|rescue us]?" [@asked] {h}.',
        "{h} told {g} [everything|the whole story|what had happened|all the details].",
    ),
    "yes": (
        '"[Gladly|Leave it to me|Glad to help]," [@said] {g}.',
        "{g} [nodded|smiled] and rolled up {ghis} sleeves.",
    ),
    "no": (
        '"[I am busy|Not today|That is not my business|Leave me alone]," [@said] {g} and '
        "went away.",
        "{g} [shook {ghis} head|shrugged|turned away|scowled|sneered] and would not help.",
    ),
}

# How to get what a friend has. The chance to work is multiplied by how kind the owner is.
WANTING: dict[str, Way] = {
    "ask": (
        "",
        0.8,
        True,
        (
            '"May I [hold|borrow|try|inspect] the {T}, {fv}?" [@asked] {h}.',
            '"Please, {fv}, [only once|just for a minute|lend me the {T}]," [@said] {h}.',
        ),
        ('"[Here|Take it|Gladly|Be careful with it]," [@said] {f} and held out the {T}.',),
        ('"No, it is mine," [@said] {f} and [hid it|held it tight|turned away|clutched it].',),
    ),
    "swap": (
        "",
        0.9,
        True,
        (
            '"I will give you {other} for it," [@said] {h}.',
            "{h} [offered|held out|presented|suggested] {other} in [return|exchange].",
        ),
        ("{f} [liked|accepted|welcomed] that, and they swapped [on the spot|at once].",),
        ("{f} [looked|squinted|glanced] at it and shook {fhis} head.",),
    ),
    "chore": (
        "",
        1.0,
        True,
        (
            "{h} saw that {f} had to [@job] the [@yard] and began to help.",
            "{f} still had to [@job] the [@yard], so {h} did half of it.",
        ),
        ('"That was [@good] work," said {f}. "Now we can play with the {T}."',),
        ("When the work was done, {f} only [yawned|shrugged|said goodbye|stretched|walked off].",),
    ),
    "snatch": (
        "",
        0.0,
        True,
        ("{h} waited until {f} [looked away|blinked|dozed off] and took the {T} in secret.",),
        ("",),
        (
            "{f} saw it and was [@cross], and {h} had to give the {T} back and say sorry.",
            '"Thief!" [@said] {f}. {h} turned red and gave the {T} back.',
        ),
    ),
    "game": (
        "",
        0.9,
        True,
        (
            "{h} invented a game in which the {T} was a "
            "[dragon|star|pirate|queen|comet|wizard|unicorn|robot|giant].",
        ),
        ("{f} [listened|giggled|clapped|gasped], and soon {fhe} wanted to play it too.",),
        ("{f} found the game [dull|childish|too hard|boring|silly] and would not play.",),
    ),
}

# What comes between breaking and mending.
CONFESSING: dict[str, tuple[str, ...]] = {
    "tell": (
        '{h} [went|ran|walked] to {f} [at once|straight away]. "I broke the {T}," {he} said. "I '
        'am [so|very|truly|terribly] sorry."',
        "{h} told {f} the truth, although {his} voice [shook|trembled|cracked|faltered].",
    ),
    "hide": (
        "{h} hid the pieces under a [bucket|cushion|blanket|carpet|carpet] and said nothing.",
        '"It was [the wind|a ghost|nobody|the postman]," said {h}, but that was a lie.',
    ),
    "caught": (
        "But {f} found the pieces and was [@cross].",
        "Soon {f} asked for the {T}, and {h} had to tell the truth.",
    ),
    "hurt": (
        "{f} looked at the pieces and was [@sad].",
        "{f} [swallowed|said nothing|turned pale|gulped|blinked], for the {T} had been a present.",
    ),
}

MENDING: dict[str, Way] = {
    "glue": (
        "",
        0.4,
        True,
        ("{h} stirred some [glue|paste|resin|plaster] and [@slowly] put the pieces together.",),
        ("The glue dried, and hardly a [crack|line|seam|scar|trace] was left.",),
        ("But the glue was [old|dry|thin|runny|lumpy], and the {T} fell apart again.",),
    ),
    "string": (
        "",
        0.3,
        True,
        (
            "{h} wound [string|wire|ribbon|tape|thread|twine] around the pieces and pulled it "
            "tight.",
        ),
        ("The {T} looked [odd|funny|patched|clumsy|bumpy], but it held.",),
        ("But the knot came undone, and the {T} lay there [in a heap|in pieces|in ruins] again.",),
    ),
    "smith": (
        "",
        0.5,
        True,
        (
            "They carried the pieces to {gi}, who could mend [clocks|pots|boots|nearly "
            "anything|kettles|umbrellas|engines|bicycles].",
        ),
        (
            "{g} [hammered|filed|sanded|turned|drilled|welded|sawed] and "
            "[hummed|whistled|grumbled|sweated] until it was done.",
        ),
        ("{g} looked at the pieces for a long time. Even {g} could not mend them.",),
    ),
    "parts": (
        "",
        0.35,
        True,
        ("{h} took a piece from {other} to fill the gap.",),
        ("The piece [fitted|sat|matched] as if it had been made for the {T}.",),
        (
            "But the piece was [too big|too small|the wrong shape|too brittle|too thick] for the "
            "{T}.",
        ),
    ),
}

GETTING: dict[str, Way] = {
    "look": (
        "",
        0.35,
        True,
        (
            "{h} looked for {m} in the [attic|cellar|shed|barn|garage], under [sacks|boxes|old "
            "coats|rugs|crates].",
        ),
        ("Behind a [barrel|broom|spider's web|bookcase|mousetrap] {he} found just enough {m}.",),
        (
            "{he+} found [dust|mice|a rusty lamp|three corks|a cracked vase|candles|empty "
            "bottles], but no {m}.",
        ),
    ),
    "borrow": (
        "",
        0.5,
        True,
        ("{h} knocked at the door of {gi} and asked for {m}.",),
        ('"Take as much {m} as you need," said {g}.',),
        ('"I used the last {m} myself," said {g}.',),
    ),
    "trade": (
        "",
        0.5,
        True,
        ("{h} took {other} to the market to trade it for {m}.",),
        ("A [farmer|sailor|tailor|baker|miller|gardener] liked it and gave {him} a bag of {m}.",),
        ("But the market was over, and the stalls were empty.",),
    ),
    "work": (
        "",
        0.5,
        True,
        ("{gi+} had {m} and a lot of work: {h} had to [@job] the [@yard] first.",),
        ("{g} was content and gave {him} the {m}.",),
        ("It was too much for one [@day], and {g} gave {him} no {m}.",),
    ),
}
MAKING = (
    "Now {h} [worked|laboured|locked the door and worked|toiled] in secret until the {T} was "
    "ready.",
    "With the {m} it was easy, and by [noon|midnight|the next morning|dawn|sunrise] the {T} was "
    "ready.",
    "{h} pricked {his} finger and spilled the {m}, but the {T} was finished in time.",
)
