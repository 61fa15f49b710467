"""The sentences of the stories, first part: openings, states, problems, feelings and endings.

Left out: the ways in which characters try to solve a problem (ways.py) and what happens when
(simulator.py). In a wording, [a|b] is one of two, [@glad] is a word of that list of the lexicon,
and {h} {f} {g} stand for hero, friend and helper, {t} {T} for a thing, {p} {q} for places, {s} for
a spot, {goal} for what the hero wants to do. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

OPENINGS = (
    "[Once|Long ago|Some time ago] there was {ah} who lived [near|close to|beside] {p}.",
    "[Near|Close to|Beside|Not far from] {p} there lived {ah}.",
    "{Hi} lived in a [small|cosy|crooked|tiny|shabby|snug|draughty|humble] "
    "[house|hut|home|cottage|cabin] [near|close to|beside] {p}.",
    "One [@season] [@day], {hi} [@walked] [to|past|towards] {p}.",
    "On a [sunny|rainy|windy|cloudy|frosty|foggy|mild|misty|stormy|snowy|breezy|damp|hazy] "
    "[@weekday], {hi} [@walked] to {p}.",
    "[@weekday] came, and {hi} was "
    "[playing|resting|waiting|reading|humming|knitting|fishing|sketching|dozing|juggling] "
    "[near|beside] {p}.",
    "{Hi} loved to [play|rest|sing|dream|fish|paint|skip|picnic|sketch] [near|close to|beside] "
    "{p}.",
    "Every [@season], {hi} came [back |]to {p} to [play|look around|pick "
    "poppies|camp|fish|gather shells|collect feathers].",
    "It was a [quiet|busy|bright|chilly|windy|peaceful|sleepy|glorious|dull|calm] [@day], and "
    "{hi} stood [near|beside|close to] {p}.",
    "[Early|Late] one [@day], {hi} set out for {p}.",
)

ENDINGS: dict[str, tuple[str, ...]] = {
    "found": (
        "[So|In the end,|At last] {h} had the {T} back, and {f} walked home with {him} from {p}.",
        "That is how {h} got the {T} back near {p}, with {f} at {his} side.",
        "[Since then|From that day on] {h} [keeps|holds|grips|clutches] the {T} tight when {he} "
        "meets {f} "
        "near {p}.",
        "[@glad!] and [@tired], {h} carried the {T} home from {p}, and {f} came along.",
    ),
    "lost": (
        "The {T} was [gone|lost|missing] for good, but {h} and {f} left {p} as "
        "[better|closer|true|firm|lifelong] "
        "friends.",
        "{h} never saw the {T} again, but {f} stayed with {him} near {p} until "
        "[supper|dark|dusk].",
        "Without the {T}, {h} went home from {p}, and {f} [walked|went] beside {him} in silence.",
    ),
    "freed": (
        "[So|In the end,|At last] {f} was free, and {h} [danced|sang|laughed|skipped|hummed] all "
        "the way "
        "from {p}.",
        "[Safe and sound|Dirty but happy|A little shaky|Hungry but unharmed|Without a scratch], "
        "{f} walked home from {p} beside {h}.",
        "[Since then|From that day on] {f} looks twice near {p}, and {h} [smiles|nods] each time.",
    ),
    "waiting": (
        "{f} was still stuck at [dusk|nightfall], so {h} sat near {p} and sang until [@day] came.",
        "Nothing had worked for {f}, so {h} ran from {p} to "
        "[fetch|wake|find|alert|gather|summon] the whole village.",
    ),
    "shared": (
        "[So|In the end,|At last] {f} shared the {T} with {h}, and they stayed near {p} "
        "[@job_end].",
        "{h} and {f} took turns with the {T} near {p} until [supper|dark|bedtime|the bells "
        "rang|sunset|midnight].",
        "From that day on the {T} belonged to {h} and {f} together, and it lived near {p}.",
    ),
    "kept": (
        "{f} kept the {T}, and {h} went home from {p} [alone|with empty hands|without a word|in "
        "tears|without a goodbye].",
        "The {T} stayed with {f}, and {h} [looked for another game|found other games|invented "
        "another pastime] near {p}.",
    ),
    "mended": (
        "[So|In the end,|At last] the {T} was whole again, and {f} hugged {h} near {p}.",
        "The {T} looks [as good as new|a bit odd now|a little crooked], and {f} and {h} still "
        "[meet|play] "
        "near {p}.",
    ),
    "broken": (
        "The {T} stayed broken, but {f} forgave {h} before they left {p}.",
        "Nobody could save the {T}, yet {h} and {f} went home from {p} as friends.",
    ),
    "unforgiven": (
        "The {T} stayed broken, and {f} walked away from {h} and from {p}.",
        "{f} took the broken {T} home, and {h} stood near {p} with a heavy heart.",
    ),
    "given": (
        "[So|In the end,|At last] {h} gave the {T} to {f} near {p}, and {f} "
        "[beamed|cheered|laughed|blushed|glowed|rejoiced].",
        "{f} got the {T} from {h} and showed it to everyone near {p}.",
        "It was the best [birthday|surprise] of all: {f} held the {T} that {h} had made near {p}.",
    ),
    "not_given": (
        "There was no {T} for {f} that day, only a song that {h} sang near {p}.",
        "{h} came to {p} without the {T}, and {f} said that a friend was present enough.",
    ),
    "reached": (
        "[So|In the end,|At last] {h} and {f} stood before {q}, and {p} was far behind them.",
        "{h} and {f} ate their [@food] near {q} and waved in the direction of {p}.",
        "That is how {h} and {f} came from {p} all the way to {q}.",
    ),
    "turned_back": (
        "{h} and {f} never saw {q} that day, and they went back to {p} [@tired].",
        "{q+} had to wait, so {h} and {f} turned round and went home to {p}.",
    ),
    "won": (
        "{h} won the {T}, and {f} [clapped|cheered|yelled] so loudly that they heard it at {p}.",
        "[So|In the end,|At last] the {T} went to {h}, and {f} [shook|pressed] {his} hand at {q}.",
    ),
    "beaten": (
        "{f} won the {T}, and {h} was the first to say well done at {q}.",
        "The {T} went to {f}, and {h} promised to run faster to {q} next [@season].",
    ),
    "tied": (
        "{h} and {f} reached {q} side by side, and the {T} now belongs to both.",
        "Nobody won, because {h} and {f} carried the {T} to {q} together.",
    ),
}

STATES: dict[str, tuple[str, ...]] = {
    "weather": (
        "The [@sky] near {p} [was|felt] "
        "[kind|soft|mild|strange|gentle|sweet|fresh|heavy|harsh|pleasant] that [@day].",
        "[@flower!] grew near {p}, and a [@insect] [hummed|rested|fed|slept] on them.",
        "Near {p} it smelled of [@food] and of [@flower].",
        "[Far away|Somewhere|Nearby] a "
        "[bell|cuckoo|rooster|bugle|trumpet|flute|lark|robin|donkey|blackbird] "
        "[rang|called|sounded] "
        "[once|twice|thrice|again].",
        "A [@insect] [sat|crawled|landed|perched|crept] on a "
        "[leaf|stone|twig|post|petal|mushroom|pebble|thistle|bench] and did not [move|care].",
        "[Warm|Cool|Golden|Pale|Early|Dim|Rosy|Bright|Silver] light lay on the "
        "[roofs|hills|fields|water|stones|meadows|valley|lawn|cliffs|shore].",
        "There had been [@food] for [breakfast|lunch|dinner], and {h} felt "
        "[strong|full|ready|awake|healthy|eager].",
        "The [@sky] [had|seemed to have] [plans|a will|a mood|secrets|a temper] of its own in "
        "[@season].",
    ),
    "scene": (
        "[All|Everything] around {p} was [still|quiet|calm|silent].",
        "The [crickets|frogs|birds|bees] near {p} [fell silent|went on singing|took no notice].",
        "[Nobody|No one] else was near {p} that [@day].",
        "A [warm|cool|soft|gentle] [breeze|wind] came over from {p}.",
        "It [began|started] to [rain|drizzle|snow] over {p}.",
        "A [cloud|shadow|mist] [hung over|lay on] {p}.",
        "[Somewhere|Far|Close] behind {p} a [bell|dog|rooster|horn] could be heard.",
        "{h} looked [over|back] at {p} and [sighed|thought hard|took a deep breath].",
        "{h} walked [once|twice|slowly] around {p} to think.",
        "There was [nobody|no one] to ask near {p}.",
    ),
    "friend": (
        "{His} [best|dearest|oldest|closest|truest|favourite] friend was {fi}.",
        "{Fi} [came|went|tagged] along, as on every [@weekday].",
        "Near {p} {he} met {fi}, {his} [good|old|dear|new] friend.",
        "Beside {him} [walked|sat|stood] {fi}.",
        "{Fi} was there too and "
        "[waved|smiled|nodded|whistled|yawned|winked|chuckled|grinned|shivered].",
    ),
    "owns": (
        "{h} had {at} that {he} [loved|treasured|liked|adored|cherished] [a lot|dearly|more than "
        "anything].",
        "In {his} [bag|arms|basket|pocket|rucksack|satchel|suitcase|pouch] {he} "
        "[had|carried|kept] {at}.",
        "{His} "
        "[aunt|uncle|grandmother|grandfather|cousin|neighbour|niece|"
        "nephew|godmother|teacher|sister|brother] "
        "had given {him} {at}.",
        "That [@day] {he} had brought {at} to [show|share|play with].",
        "For {his} birthday {h} had been given {at}.",
    ),
    "friend_owns": (
        "{f} had {at} that [shone|gleamed|looked splendid|glowed|twinkled|shimmered] in the "
        "light.",
        "Under {fhis} arm {f} carried {at}.",
        "{f} had just [bought|found|been given|won|borrowed|inherited] {at}.",
        "Everybody [knew|admired|envied|praised|photographed] the {T} of {f}, {at} from [far "
        "away|a fair|the city|a museum|the capital|the seaside].",
    ),
    "sad": (
        "{h} was so [@sad] that {he} [sat down|sighed|began to cry|could not "
        "speak|sobbed|sniffled|groaned].",
        "{h} felt [@sad], for {he} wanted to {goal} [so much|today|before dark|at last].",
        '"[Oh no|Oh dear|What a pity|Bad luck]," [@said] {h}, and {he} was [@sad].',
        '"[How|When] shall we ever {goal}?" [@asked] {h}.',
    ),
    "glad": (
        '"[Hurrah|Hooray|Well done|At last|We did it]!" [@said] {h}.',
        "{h} was so [@glad] that {he} [hopped|danced|clapped|grinned|laughed out "
        "loud|cheered|twirled|applauded].",
        "Now {h} was [@glad] and [@tired] at the same time.",
        "{h} felt [@glad], and the [@sky] seemed [brighter|kinder|softer|gentler|sweeter] than "
        "before.",
    ),
    "thanks": (
        '"Thank you, {nv}, I will [not|never] forget [this|that|your help]," [@said] {by}.',
        "{by} thanked {n} [three|four|ten|a hundred|twenty|fifty|a million] times and shook "
        "hands with {n}.",
        '"{nv+}, you are a [true|real|splendid|generous] [friend|helper|hero|angel|treasure]," '
        "[@said] {by}.",
        "{by} was [@glad] and gave {n} some [@food] and a bunch of [@flower].",
    ),
    "comfort": (
        '"Do not give up, {h}," [@said] {f}. "[We will|We can still|We must] {goal}."',
        '{f} put an arm around {h}. "[I am here|Cheer up|We can try again]," {fhe} said.',
        '"[Never mind|Take heart|Stay calm]," said {f}, who was [@good] at [cheering people '
        "up|hope].",
        "{f} [thought|blinked] and [hummed|frowned|mumbled|shrugged].",
        "They shared some [@food] near {p} and thought [hard|again|for a while].",
    ),
    "tired": (
        "By now {h} was [@tired], but {he} still [wanted|hoped|meant|longed|planned] to {goal}.",
        "A [@sound] came from {p}, and {h} [jumped|turned|listened|froze|trembled|shuddered].",
        "The [@day] was [almost over|getting late|slipping away|nearly gone|coming to a close].",
        "They [rested|sat|waited] near {p} for [a minute|a while|an hour|a moment|a quarter of "
        "an hour] and [listened to|"
        "watched] the [@sky].",
    ),
}

FRIEND_LINES = (
    "{h} had known {f} since they were [little|very small|in the same school].",
    "{h} and {f} [often|always] [played|sang|had lunch] near {p} on a [@weekday].",
    "{f} [taught|showed] {h} how to whistle with a blade of grass.",
    "Last [@season] {h} and {f} had built a [hut|den|raft|dam|tent|swing|shelter|cabin|sledge] "
    "near {p}.",
)
