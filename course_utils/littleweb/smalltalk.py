"""Sentences for the everyday threads of the forum: questions, tips, and the talk around them.

Left out: who says them, personal data and countries (forum.py). `[word]` in a sentence stands for
one of the entries of that name, which may hold such words themselves.
Taught in notebook 01, section "Garbage in, garbage out".
"""

from __future__ import annotations

import re

from course_utils.littleweb.rng import Rng

TALK: dict[str, tuple[str, ...]] = {
    "greeting": (
        "Hello everyone.", "Good morning all.", "Hi there.", "Evening, all.", "First post here.",
        "I hope this is the right corner of the forum.", "Long time reader, first time asking.",
        "I have looked through the older threads and found nothing.",
    ),
    "opener": (
        "I had the very same trouble [ago].", "My [relative] taught me this one.", "It depends.",
        "There is a simple answer and a long one.", "I would not worry too much.",
        "Good question.",
        "In my experience of [number] years it goes like this.", "Two things come to mind.",
        "I am no expert, but this is what I do.", "We talked about this at [place] [ago].",
        "Others will know better, but here is a start.", "I learned it the hard way [ago].",
        "The short version first.", "I disagree a little with what was said above.",
    ),
    "detail": (
        "It took me about [number] [unit], with a break for [drink].",
        "I wrote it all down [ago].",
        "My [relative] did not believe it until they saw it at [place].",
        "Do it on [weekday] when nobody is in a hurry.",
        "It is easier with a second pair of hands.",
        "I spent [number] [unit] on it the first time and half of that the second.",
        "Someone at [place] charged a friend [number] dollars for the same thing.",
        "The first try went wrong, the second one was fine.", "Keep a [tool] within reach.",
        "You do not need to buy anything for it, a [tool] will do.",
        "I did it [ago], and it still holds.",
        "If it rains on [weekday], leave it for another day.", "Go slowly and look twice.",
    ),
    "closer": (
        "Tell us how it goes.", "Good luck with it.", "Let me know if that helps.", "Cheers.",
        "I will be back on [weekday] if you have more questions.", "Hope this is of some use.",
        "Do write again when it is done.", "That is all I know about it.", "Take care.",
        "I could be wrong, but I do not think so.", "Now I am off to have some [drink].",
    ),
    "thanks": (
        "Thank you all, that was quick.", "Thanks, I will try it on [weekday].", "That did it.",
        "It worked on the second try, thank you.", "Great, I had not thought of that.",
        "Thanks from me and from my [relative], who laughed a lot.",
        "Perfect, that makes sense now.",
        "I tried it with a [tool] and it is better already, so thank you.",
    ),
    "doubt": (
        "Are you sure about that?", "That did not work at all for me.", "Why not simply wait?",
        "I read the opposite in a leaflet from [place].", "Has anybody really tried this?",
        "My [relative] swears that it makes things worse.", "Hm, I would ask at [place] first.",
    ),
    "aside": (
        "By the way, does anybody still go to [place] on [weekday]?", "It snowed here [ago].",
        "Sorry for the late answer, I was away for [number] [unit].", "Lovely thread, this.",
        "Off topic, but the [drink] at [place] has become better.", "Somebody should pin this.",
        "I am writing this on the train, so forgive the spelling.", "The cat walked over my keys.",
    ),
    "ago": ("last winter", "a month ago", "two weeks ago", "last spring", "years ago", "in March",
            "the other day", "in the holidays", "last autumn", "on my birthday"),
    "number": ("two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve", "twenty"),
    "unit": ("minutes", "hours", "evenings", "days", "afternoons"),
    "relative": ("sister", "uncle", "neighbour", "grandfather", "aunt", "brother", "flatmate",
                 "daughter", "colleague", "old teacher"),
    "place": ("the library", "the repair cafe", "the market", "the garden club",
    "the hardware shop",
              "the community hall", "the harbour", "the evening school", "the corner shop"),
    "drink": ("tea", "coffee", "soup", "lemonade", "cocoa", "cold water"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "tool": ("pencil", "torch", "small brush", "rubber band", "piece of string", "clean cloth",
             "kitchen scale", "screwdriver", "bucket", "notebook", "pair of pliers", "ruler"),
}  # fmt: skip

# what somebody says in passing about a country
TRAVEL = (
    "By the way, we were in {country} [ago].", "My [relative] is just back from {country}.",
    "I heard the same from a friend in {country}.", "We did it like that in {country} as well.",
    "My [relative] sends greetings from {country}.", "I am writing this from {country}.",
    "I saw a film about {country} [ago] and thought of this thread.",
    "Next [weekday] we fly to {country}, so I may answer late.",
)  # fmt: skip

# topic: (title, question, tips)
TOPICS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "bicycle": (
        ("Chain keeps jumping off", "Bicycle squeaks on hills", "Brakes are too soft"),
        ("My bicycle makes a grinding noise uphill and the chain jumps when I change gear.",
         "My brakes went soft [ago] and need a long pull before anything happens."),
        ("Clean the chain with a rag before you put any oil on it.",
         "Count the worn teeth on the cogs, more than [number] means a new set.",
         "The cable stretches in the first weeks, so turn the barrel by half a turn.",
         "Look whether the wheel sits straight in the frame.",
         "Check that the pads touch the rim.",
         "Wax lasts longer than oil when the roads are dusty.",
         "A bent hanger is the usual reason, and it can be bent back by hand."),
    ),
    "bread": (
        ("Loaf is flat again", "Sourdough smells of vinegar", "Crust comes out too hard"),
        ("My bread rises well in the bowl and then falls flat in the oven.",
         "The crust is so hard that my [relative] broke a knife on it."),
        ("Give the dough less water and more time.", "Let it rest in the fridge over night.",
         "Bake it under a lid for the first [number] minutes and then without.",
         "Feed the starter twice on the day before, with rye if you have it.",
         "Your oven may be colder than it says, a cheap thermometer tells.",
         "Fold the dough instead of kneading it, [number] times is enough.",
         "Salt slows the yeast down, so weigh it."),
    ),
    "plants": (
        ("Yellow leaves on the fern", "Tomatoes on a north balcony", "Little flies in the soil"),
        ("The leaves of my fern turn yellow from the tips and then drop.",
         "Can tomatoes grow on a balcony that gets sun for [number] hours only?"),
        ("Stick a finger in the soil, and water only when it feels dry.",
         "Too much water looks just like too little.", "Turn the pot a little every [weekday].",
         "Flies stay away when the top of the soil is covered with sand.",
         "Cherry tomatoes forgive more than the big ones.", "Ferns like the bathroom best.",
         "Cut the yellow ones off, they will not turn green again."),
    ),
    "cat": (
        ("Cat wakes us at four", "New kitten hides all day", "She refuses the new food"),
        ("Our cat sits on my chest at four in the morning and sings.",
         "The kitten has been under the sofa for [number] days and comes out only at night."),
        ("Feed her late in the evening and never at dawn.", "Let him come to you, and sit low.",
         "Mix a spoon of the new food into the old and add more every day.",
         "A tired cat sleeps, so play before bed until she lies down.",
         "Leave a worn shirt near the hiding place.", "A box with a hole beats any toy.",
         "See the vet if it goes on for more than [number] days."),
    ),
    "computer": (
        ("Old laptop is slow", "The screen flickers", "Printer says offline"),
        ("My laptop needs [number] minutes to start since the last update.",
         "The printer claims to be offline although its light is green."),
        ("Look at what starts by itself, and switch half of it off.",
         "Blow the dust out of the fan first.", "Try another cable before you blame the screen.",
         "Restart the router, then the printer, then the computer, in this order.",
         "A disk that is more than nine tenths full makes everything slow.",
         "Make a copy of your photographs before you touch anything.",
         "More memory helps less than people say, a faster disk helps more."),
    ),
    "camping": (
        ("First night in a tent", "Wet tent pegs pull out", "Cooking without a fire"),
        ("We go camping with [number] children for the first time, what do we forget?",
         "How do you keep a tent standing on sand when the wind comes from the sea?"),
        ("Put the tent up once in the garden.", "Bring more socks than you think you need.",
         "Bury a bag of sand in place of a peg.", "Cook at home and only warm it up out there.",
         "A mat matters more than the sleeping bag.", "Hang the food where no fox can reach it.",
         "Pitch with the door away from the wind."),
    ),
    "guitar": (
        ("Strings buzz on the second fret", "Fingers hurt after a week", "Which song first"),
        ("One string buzzes whenever I play near the second fret.",
         "I began to play [ago] and the tips of my fingers hurt."),
        ("Loosen the rod by a quarter turn and wait a day.", "Practise little and often.",
         "Old strings buzz, so change them before you change anything else.",
         "Press close behind the fret and not in the middle.", "Dry air bends the neck.",
         "Start with three chords and a song you can sing.",
         "It hurts for [number] weeks, then never."),
    ),
    "paint": (
        ("Stripes on the ceiling", "Paint peels in the bath", "Which white is white"),
        ("I painted the ceiling twice and still see stripes in the morning light.",
         "The paint in the bathroom comes off in flakes above the shower."),
        ("Always roll towards the window in the last coat.", "Wash the wall with soda first.",
         "Do not go back into paint that has begun to dry.", "Open the window for [number] hours.",
         "A cheap roller costs you a second afternoon.", "Scrape, sand, prime, then paint.",
         "Buy one pot more than you need, the next batch has another shade."),
    ),
    "sewing": (
        ("Thread snaps all the time", "Taking in a coat", "Zip stuck for good"),
        ("The upper thread of my machine snaps after every few stitches.",
         "The zip of my winter coat is stuck halfway and I cannot get out."),
        ("Put in a new needle, the old one has a burr.", "Rub the zip with a candle.",
         "Thread it again from the start with the foot up.", "Wash the cloth before you cut it.",
         "Baste it by hand first and try it on.", "Cheap thread is the reason nine times in ten.",
         "Pull the cloth below the slider, never the slider itself."),
    ),
    "neighbours": (
        ("Drums above my bed", "Shared washing day", "The hedge has grown too high"),
        ("Somebody above me plays the drums until late, and they are not good at it.",
         "We share one washing machine between [number] flats and there is always a quarrel."),
        ("Ring the bell with a cake in your hand.", "Hang up a list with names and hours.",
         "Ask for quiet hours and not for silence.",
         "Offer to cut your side of the hedge yourself.",
         "A thick rug works better than a letter.", "Write down the times for two weeks first.",
         "Most people do not know how much can be heard."),
    ),
}  # fmt: skip


def expand(template: str, rng: Rng) -> str:
    """A sentence with each `[word]` replaced by one of TALK's entries of that name.

    Args:
        template: such as "I will try it on [weekday]."
        rng: draws the entries.

    Raises:
        KeyError: TALK has no entry of that name.
    """
    # Entries may hold such words themselves, so it goes on until none is left.
    while "[" in template:
        template = re.sub(r"\[(\w+)\]", lambda m: rng.choice(TALK[m.group(1)]), template)
    return template


def say(kind: str, rng: Rng) -> str:
    """A sentence of one kind of TALK, such as "opener" or "thanks"."""
    return expand(rng.choice(TALK[kind]), rng)
