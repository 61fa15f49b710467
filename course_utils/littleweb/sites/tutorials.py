"""The site code: short tutorials with small Python programs and what they printed when run.

Left out: anything that reads files, draws numbers or depends on a Python version. Programs come
from small families with numbers and words to fill in; each one is really run when its page is
made, with few builtins. A page's truth holds `output`, the printed text of its programs.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from itertools import combinations

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng

HOST = "http://code.littleweb.test"
ALLOWED = (
    "abs all any bool dict divmod enumerate float int len list max min range reversed round set "
    "sorted str sum tuple zip"
).split()
WORDS = (
    "amber basil cedar delta ember fable grove hazel iris jade kettle lemon maple north olive "
    "pearl quartz river silver topaz umbra velvet willow yonder zephyr"
).split()
LETTERS = "stone letter window banana mississippi bookkeeper committee pepper balloon".split()


@dataclass(frozen=True)
class Family:
    """Programs that show one idea.

    {a} {b} are numbers, {w} is a list of words, {s} one word, {v} the name of a variable.
    """

    title: str
    programs: tuple[str, ...]
    explanations: tuple[str, ...]


FAMILIES = {
    "sum": Family(
        "adding up in a loop",
        ("{v} = 0\nfor number in range(1, {a} + 1):\n    {v} = {v} + number\nprint({v})",
         "{v} = 0\nfor step in range({a}):\n    {v} += {b}\nprint('after', {a}, 'steps:', {v})"),
        ("The name {v} starts at zero and grows in each round of the loop.",
         "A loop can keep a running total: each round adds one more number to {v}."),
    ),
    "table": Family(
        "a small table",
        ("for x in range(1, 6):\n    print(x, 'times', {b}, 'is', x * {b})",
         "for x in range({b}, {b} + 4):\n    print(x, x * x, x * x * x)"),
        ("The loop prints one line for each number.",
         "Here print gets several values and puts a space between them."),
    ),
    "reverse": Family(
        "turning a word around",
        ("word = '{s}'\nprint(word[::-1])\nprint(word == word[::-1])",
         "{v} = ''\nfor letter in '{s}':\n    {v} = letter + {v}\nprint({v})"),
        ("A palindrome reads the same in both directions, and {s} is quickly tested.",
         "Letters can be taken from the end of {s} to its beginning."),
    ),
    "vowels": Family(
        "counting vowels",
        ("{v} = 0\nfor letter in '{s}':\n    if letter in 'aeiou':\n        {v} += 1\nprint({v})",
         "print(sum(letter in 'aeiou' for letter in '{s}'), 'of', len('{s}'))"),
        ("The word in tells whether a letter is one of the five vowels.",
         "True counts as one when it is added up, so a sum can count letters in {s}."),
    ),
    "count": Family(
        "counting with a dictionary",
        ("{v} = {{}}\nfor letter in '{s}':\n    {v}[letter] = {v}.get(letter, 0) + 1\nprint({v})",
         "{v} = {{}}\nfor word in {w}:\n    {v}[len(word)] = {v}.get(len(word), 0) + 1\n"
         "for size in sorted({v}):\n    print(size, {v}[size])"),
        ("A dictionary keeps a number for each key, and get gives 0 for a key not seen so far.",
         "Counting is the commonest use of a dictionary: the key is the thing, the value how "
         "often."),
    ),
    "sort": Family(
        "sorting by a key",
        ("{v} = {w}\nprint(sorted({v}))\nprint(sorted({v}, key=len))",
         "{v} = {w}\nfor word in sorted({v}, key=lambda w: w[-1]):\n    print(word)"),
        ("The key is a function, and its results decide the order.",
         "Words with equal keys stay in the order in which they came."),
    ),
    "function": Family(
        "writing a function",
        ("def area(width, height):\n    return width * height\n\nprint(area({a}, {b}))",
         "def {v}(n, step={b}):\n    return n + step\n\nprint({v}({a}))\nprint({v}({a}, step=1))"),
        ("A function has a name, takes arguments and gives back a value.",
         "The word return ends the function and hands its value to whoever called it."),
    ),
    "gcd": Family(
        "the greatest common divisor",
        ("a, b = {a} * 6, {b} * 4\nwhile b:\n    a, b = b, a % b\nprint(a)",
         "a, b = {a} * 3, {b} * 9\nwhile a != b:\n    if a > b:\n        a -= b\n    else:\n"
         "        b -= a\nprint(a)"),
        ("Euclid's idea is more than two thousand years old and still in use.",
         "The two numbers shrink in each round until only the divisor is left."),
    ),
    "fibonacci": Family(
        "Fibonacci numbers",
        ("a, b = 0, 1\nwhile a < {a} * 5:\n    print(a)\n    a, b = b, a + b",
         "{v} = [1, 1]\nwhile len({v}) < {b} + 4:\n    {v}.append({v}[-1] + {v}[-2])\nprint({v})"),
        ("Each number is the sum of the two before it.",
         "Two names are enough to remember what comes next."),
    ),
    "primes": Family(
        "finding primes",
        ("for n in range(2, {a} + 5):\n    if all(n % d for d in range(2, n)):\n        print(n)",
         "{v} = [n for n in range(2, {a} * 2) if all(n % d for d in range(2, n))]\n"
         "print(len({v}), 'primes, the last one is', {v}[-1])"),
        ("A prime leaves a rest with every smaller divisor.",
         "The function all stops at the first divisor that fits, which saves work."),
    ),
    "steps": Family(
        "halving and tripling",
        ("n = {a}\nwhile n != 1:\n    print(n, end=' ')\n"
         "    n = n // 2 if n % 2 == 0 else 3 * n + 1\n"
         "print(n)",
         "n, {v} = {a} + {b}, 0\nwhile n > 1:\n    n = n // 2 if n % 2 == 0 else 3 * n + 1\n"
         "    {v} += 1\nprint({v}, 'steps')"),
        ("Nobody has proved that this loop ends for every start, but so far it always did.",
         "An even number is halved, an odd one is tripled and gets one more."),
    ),
    "filter": Family(
        "keeping some of a list",
        ("{v} = [word for word in {w} if len(word) > 4]\nprint({v})",
         "{v} = [n for n in range({a}) if n % {b} == 0]\nprint({v})\nprint(len({v}))"),
        ("A list can be built in one line, with a loop and a test inside the brackets.",
         "What stands before the word for is what ends up in the list."),
    ),
    "zip": Family(
        "two lists side by side",
        ("names = {w}\nfor place, name in enumerate(names, start={b}):\n    print(place, name)",
         "for name, score in zip({w}, range({a}, {a} + 9, 2)):\n    print(name.title(), score)"),
        ("A loop can hand out two values in each round.",
         "There is no need to count by hand when enumerate or zip can do it."),
    ),
    "draw": Family(
        "drawing with letters",
        ("for row in range(1, {b} + 2):\n    print('*' * row)",
         "for row in range({b} + 1):\n    print(' ' * ({b} - row) + 'o' * (2 * row + 1))"),
        ("A string times a number is the string repeated.",
         "Each row is a little longer than the row above it."),
    ),
}  # fmt: skip
OPENINGS = (
    "In the next minutes you will write two small programs and see what they print.",
    "This lesson needs no more than Python and {n} lines of typing.",
    "Two ideas today, and both fit on one screen.",
    "If you know what a variable is, you are ready for this page.",
    "Type the programs yourself, because copying them teaches much less.",
)
BRIDGES = (
    "Run it, and you see this:", "The output is:", "This is what appears on the screen:",
    "It prints:", "When we ran it, Python answered:",
)  # fmt: skip
TASKS = (
    "Now change {a} to {c} and guess the result before you run it.",
    "Try to write the same program with one line less.",
    "What happens if the first number is negative? Think first, then try.",
    "Explain each line to somebody who has never programmed, or to a {s} on your desk.",
    "Make a mistake on purpose, such as a missing colon, and read what Python says.",
    "Put the program into a function of your own and call it {n} times.",
)


def run(program: str) -> str:
    """What a program prints, with nothing in reach but print and a few harmless builtins.

    Args:
        program: Python source without imports.

    Returns:
        the printed lines, without the last line's end.
    """
    printed: list[str] = []

    # Output is kept instead of printed, because it is what the page shows.
    def show(*values: object, sep: str = " ", end: str = "\n") -> None:
        printed.append(sep.join(map(str, values)) + end)

    # Nothing else is in reach: no imports, no files, no clock.
    names = {name: getattr(builtins, name) for name in ALLOWED} | {"print": show}
    exec(compile(program, "<tutorial>", "exec"), {"__builtins__": names})
    return "".join(printed).rstrip("\n")


def _lesson(family: Family, rng: Rng) -> tuple[str, str, str, dict[str, object]]:
    """A program of the family, its output, its explanation and the values filled in."""
    values: dict[str, object] = {
        "a": rng.integer(9, 30), "b": rng.integer(3, 8), "c": rng.integer(31, 60),
        "n": rng.integer(12, 25), "s": rng.choice(LETTERS),
        "w": rng.sample(WORDS, rng.integer(4, 6)),
        "v": rng.choice(("total", "result", "found", "tally", "answer", "kept", "made")),
    }  # fmt: skip
    program = rng.choice(family.programs).format(**values)
    text = rng.choice(family.explanations).format(**values)
    return program, run(program), text, values


def _page(seed: int | str, number: int, pair: tuple[Family, Family]) -> Page:
    """The tutorial of that number, about two families."""
    rng = Rng(f"{seed}/code/{number}")
    paragraphs, programs, outputs = [], [], []
    for family in pair:
        # What the program does, the program, what it prints, and something to try.
        program, output, text, values = _lesson(family, rng)
        second = f"The second idea is {family.title}."
        opening = second if programs else rng.choice(OPENINGS).format(**values)
        paragraphs += [f"{opening} {text}", program, rng.choice(BRIDGES), output]
        paragraphs.append(rng.choice(TASKS).format(**values))
        programs.append(program)
        outputs.append(output)
    title = " and ".join(family.title for family in pair)
    return Page(
        url=f"{HOST}/lessons/{number}.html", site="code", kind="tutorial",
        title=title[0].upper() + title[1:], paragraphs=tuple(paragraphs),
        truth={"output": "\n".join(outputs), "programs": tuple(programs)},
    )  # fmt: skip


def pages(seed: int | str, count: int, start: int = 0) -> list[Page]:
    """The tutorials, each about two families of programs; a pair comes again after 91 pages.

    Args:
        seed: of the whole web.
        count: how many tutorials.
        start: number of the first one; a later round of pages starts where one ended.

    Returns:
        pages in the order of their numbers.
    """
    pairs = list(combinations([FAMILIES[name] for name in sorted(FAMILIES)], 2))
    Rng(f"{seed}/code/order").shuffle(pairs)
    numbers = range(start, start + count)
    return [_page(seed, number, pairs[number % len(pairs)]) for number in numbers]
