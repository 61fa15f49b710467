"""The sentences of the stories, fifth part: what each trait of a hero looks like from day to day.

Left out: who has which trait (cast.py) and how it moves the story (simulator.py). The marks in
a wording are those of wordings.py. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

TRAIT_LINES: dict[str, tuple[str, ...]] = {
    "kind": (
        "{h} could not pass anyone in need.",
        "{h} gave half of {his} [@food] to the birds.",
        "{h} put a bandage on every limping sparrow.",
        "{h} visited the sick and watered their plants.",
    ),
    "patient": (
        "{h} could wait longer than a [@insect].",
        "Nothing ever made {h} hurry.",
        "{h} untangled yarn and never complained.",
        "{h} explained each puzzle nine times if needed.",
    ),
    "cheerful": (
        "{h} hummed from morning to night.",
        "{h} laughed about almost everything.",
        "{h} found something funny in every disaster.",
        "{h} greeted even the mosquitoes with a grin.",
    ),
    "gentle": (
        "{h} never stepped on a [@insect].",
        "{h} spoke softly to the [@flower].",
        "{h} rocked crying babies to sleep.",
        "{h} stroked newborn lambs with one fingertip.",
    ),
    "brave": (
        "{h} was not even afraid of thunder.",
        "{h} had once slept alone in the forest.",
        "{h} had once chased a burglar over the rooftops.",
        "{h} walked first into every gloomy tunnel.",
    ),
    "clever": (
        "{h} knew every riddle in the village.",
        "{h} could count to a thousand.",
        "{h} won every game of chess and dominoes.",
        "{h} could add long numbers without a pencil.",
    ),
    "shy": (
        "{h} blushed when strangers spoke to {him}.",
        "{h} liked small rooms and soft voices.",
        "{h} hid behind the curtain when guests arrived.",
        "{h} hardly dared to raise {his} eyes.",
    ),
    "quiet": (
        "{h} spoke only when it mattered.",
        "{h} listened more than {he} talked.",
        "{h} closed doors without the slightest noise.",
        "{h} wore slippers so as to disturb nobody.",
    ),
    "careful": (
        "{h} looked twice before every step.",
        "{h} always folded {his} blanket in four.",
        "{h} wrapped glasses in newspaper.",
        "{h} never spilled a drop of milk.",
    ),
    "honest": (
        "{h} had never told a lie.",
        "{h} always said what was true.",
        "{h} once returned a purse full of money.",
        "{h} admitted {his} mistakes without an excuse.",
    ),
    "dreamy": (
        "{h} often stared at the [clouds|stars|waves] and forgot the time.",
        "{h} dreamed of the sea.",
        "{h} saw camels and ships in the clouds.",
        "{h} imagined palaces on distant planets.",
    ),
    "lively": (
        "{h} could not sit still for long.",
        "{h} jumped over every puddle.",
        "{h} turned cartwheels before breakfast.",
        "{h} bounced on the mattress until it squeaked.",
    ),
    "polite": (
        "{h} said please and thank you to everyone.",
        "{h} bowed to the postman.",
        "{h} held doors open for ladies and gentlemen.",
        "{h} always wiped {his} feet on the mat.",
    ),
    "curious": (
        "{h} wanted to know how everything worked.",
        "{h} peeked into every box.",
        "{h} took watches and radios apart.",
        "{h} followed unknown footprints for miles.",
    ),
    "proud": (
        "{h} held {his} nose high in the air.",
        "{h} did not like to be helped.",
        "{h} told everybody about {his} royal ancestors.",
        "{h} kept seven trophies in a glass case.",
    ),
    "grumpy": (
        "{h} grumbled before breakfast and after it.",
        "{h} seldom smiled before noon.",
        "{h} growled at laughter and at loud music.",
        "{h} slammed doors on rainy days.",
    ),
    "stubborn": (
        "{h} never changed {his} mind.",
        "No was the favourite word of {h}.",
        "{h} argued with signposts and maps.",
        "{h} refused every piece of advice.",
    ),
    "lazy": (
        "{h} would rather nap than work.",
        "{h} yawned at least ten times an hour.",
        "{h} spent whole weeks in a hammock.",
        "{h} left dirty plates under the sofa.",
    ),
    "selfish": (
        "{h} did not like to share.",
        "{h} always took the biggest slice.",
        "{h} kept the warmest seat for {him}self.",
        "{h} buried sweets so that nobody else had any.",
    ),
    "bossy": (
        "{h} told everyone what to do.",
        "{h} wanted to be first in every line.",
        "{h} gave orders like an army general.",
        "{h} wrote rules and pinned them to trees.",
    ),
    "friendly": (
        "{h} waved to every passing train.",
        "{h} knew the names of all the villagers.",
        "{h} invited newcomers for tea.",
        "{h} made friends on every bus.",
    ),
    "loyal": (
        "{h} never broke a promise.",
        "{h} defended {his} companions against gossip.",
        "{h} wrote postcards to absent friends.",
        "{h} wore a friendship bracelet every day.",
    ),
    "wise": (
        "{h} had read the whole library.",
        "{h} gave useful hints to beginners.",
        "{h} knew old proverbs and legends by heart.",
        "{h} settled quarrels between brothers and sisters.",
    ),
    "modest": (
        "{h} never boasted about anything.",
        "{h} hid {his} prizes in a drawer.",
        "{h} let others stand in front of the camera.",
        "{h} wore plain jackets and simple shoes.",
    ),
    "greedy": (
        "{h} wanted three desserts after each meal.",
        "{h} counted {his} savings twice a day.",
        "{h} licked every jar clean.",
        "{h} dreamed of treasure chests and diamonds.",
    ),
    "vain": (
        "{h} looked into every mirror.",
        "{h} combed {his} whiskers for hours.",
        "{h} carried perfume and a comb everywhere.",
        "{h} admired {his} reflection in spoons.",
    ),
}
