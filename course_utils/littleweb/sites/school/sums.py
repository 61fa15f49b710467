"""Arithmetic lessons: sums of two and three digits, with their steps and without.

Some sums stand on no page, in neither order, so that a model that adds can be told from one that
remembers.
Left out: other operations, and more than two numbers.
Notebook 03, section "Beyond words", asks for them.
"""

from __future__ import annotations

from course_utils.littleweb.rng import Rng, seed_number
from course_utils.littleweb.sites.lesson import Lesson

HELD_OUT_EVERY = 10  # one sum in so many
SUMS = 27  # per page
THREE_DIGITS = 0.3  # share of the sums
PLAIN = (
    "{a} + {b} = {c}.", "{a} + {b} = {c}.", "{a} plus {b} is {c}.",
    "The sum of {a} and {b} is {c}.", "If you add {b} to {a}, you get {c}.",
    "Add {a} and {b}, and you have {c}.",
)  # fmt: skip
PROBLEMS = (
    "{who} has {a} {thing} and finds {b} more. How many {thing} does {who} have now?",
    "There are {a} {thing} in the first box and {b} in the second. How many is that?",
    "The baker sold {a} rolls in the morning and {b} in the afternoon. How many in all?",
    "{who} read {a} pages last week and {b} pages this week. How many pages is that?",
    "A train has {a} people in it, and {b} more get on. How many people ride on?",
    "The farm has {a} hens and {b} ducks. How many birds live there?",
    "{who} walked {a} steps to the shop and {b} steps to the lake. How many steps were that?",
    "Our class picked {a} {thing}, and the other class picked {b}. How many did we pick together?",
    "The book costs {a} coins, and the pen costs {b}. What do both of them cost?",
    "{who} counted {a} stars on one night and {b} on the next. How many stars in both nights?",
    "In the hall stand {a} chairs, and we carry in {b} more. How many chairs are there then?",
    "The post brought {a} letters on one day and {b} letters on the other. How many came?",
)
BRIDGES = ("Let us work it out.", "This is how it goes.", "Write it down.", "Step by step.")
PEOPLE = ("Anna", "Tom", "Lena", "Paul", "Rosa", "Max", "Ella", "Sam", "Ida", "Jack")
THINGS = (
    "apples", "stones", "shells", "cards", "marbles", "stamps", "nuts", "leaves", "buttons",
    "pears", "berries", "beads",
)  # fmt: skip
OPENINGS = (
    "On sheet {n} we add numbers, first the ones, then the tens, and then the hundreds.",
    "This is arithmetic lesson {n}. Have your pencil ready, and check what you get.",
    "Who is quick with numbers? Here are the sums of lesson {n}.",
    "For sheet {n} you need to know what to carry, and to write it down.",
    "We add again today. The sums of sheet {n} have answers, so that you can check yours.",
)


def is_held_out(a: int, b: int) -> bool:
    """Whether no page may hold the sum of these two numbers, in whatever order."""
    return seed_number(f"school/sums/{min(a, b)}+{max(a, b)}") % HELD_OUT_EVERY == 0


def held_out(digits: int, count: int) -> list[tuple[int, int, int]]:
    """Sums that stand on no page.

    Args:
        digits: of both numbers, 2 or 3.
        count: how many.

    Returns:
        (a, b, a + b), each pair of numbers once; the same for every seed, and a smaller count
        gives the first of a larger one's.

    Raises:
        ValueError: digits is neither 2 nor 3, or there are not so many.
    """
    if digits not in (2, 3):
        raise ValueError(f"digits is {digits}; the pages have sums of 2 and 3 digits.")
    low, high = 10 ** (digits - 1), 10**digits - 1
    most = (high - low + 1) ** 2 // (4 * HELD_OUT_EVERY)  # half of them: drawing stays quick
    if not 0 <= count <= most:
        raise ValueError(f"held_out() was asked for {count} sums. Use 0 to {most:,}.")
    # Drawn, so that a few of them are of every size.
    rng, chosen = Rng(f"school/sums/held out/{digits}"), {}
    while len(chosen) < count:
        a, b = rng.integer(low, high), rng.integer(low, high)
        if is_held_out(a, b):
            chosen.setdefault((min(a, b), max(a, b)), (a, b, a + b))
    return list(chosen.values())


def plain(a: int, b: int) -> str:
    """A sum without its steps: "47 + 38 = 85."."""
    return f"{a} + {b} = {a + b}."


def steps(a: int, b: int) -> str:
    """A sum with its steps, from the ones up.

    Returns:
        such as "47 + 38: 7 + 8 = 15, write 5, carry 1. 4 + 3 + 1 = 8. The sum is 85."

    Raises:
        ValueError: the numbers have not as many digits.
    """
    if len(str(a)) != len(str(b)) or min(a, b) < 0:
        raise ValueError(f"{a} + {b}: the pages' steps need two numbers of as many digits.")
    said, carry = [], 0
    first, second = str(a)[::-1], str(b)[::-1]
    for place, (one, other) in enumerate(zip(first, second, strict=True)):
        total = int(one) + int(other) + carry
        step = f"{one} + {other} + {carry} = {total}" if carry else f"{one} + {other} = {total}"
        carry = total // 10
        # The last place writes its whole sum, so nothing is carried from it.
        if place < len(first) - 1:
            step += f", write {total % 10}" + f", carry {carry}" * bool(carry)
        said.append(f"{step}.")
    return f"{a} + {b}: {' '.join(said)} The sum is {a + b}."


def _numbers(rng: Rng) -> tuple[int, int]:
    """Two numbers of as many digits, whose sum a page may hold."""
    low, high = (100, 999) if rng.happens(THREE_DIGITS) else (10, 99)
    while True:
        a, b = rng.integer(low, high), rng.integer(low, high)
        if not is_held_out(a, b):
            return a, b


def _problem(a: int, b: int, rng: Rng) -> str:
    """A question that the sum answers."""
    return rng.choice(PROBLEMS).format(a=a, b=b, who=rng.choice(PEOPLE), thing=rng.choice(THINGS))


def lesson(seed: int | str, number: int, holdout: bool) -> Lesson:
    """The lesson of that number: its title, its paragraphs and its truth.

    Args:
        seed: of the whole web.
        number: of the lesson among those of arithmetic.
        holdout: True for the shape in which problems stand alone and their sums below them.
    """
    rng = Rng(f"{seed}/school/sums/{number}")
    paragraphs, done = [rng.choice(OPENINGS).format(n=number + 1)], []
    while len(done) < SUMS:
        a, b = _numbers(rng)
        done.append((a, b))
        asked = _problem(a, b, rng)
        if rng.happens(0.5):
            answer = f"{rng.choice(BRIDGES)} {steps(a, b)}"
        else:
            # A few words and another sum keep company with the plain form.
            more = _numbers(rng)
            done.append(more)
            answer = f"{plain(a, b)} {_plain(more, rng)}"
        paragraphs += [asked, answer] if holdout else [f"{asked} {answer}"]
    return Lesson(f"Adding numbers, sheet {number + 1}", tuple(paragraphs), {"sums": tuple(done)})


def _plain(numbers: tuple[int, int], rng: Rng) -> str:
    """A sum in one of the wordings without steps."""
    a, b = numbers
    return rng.choice(PLAIN).format(a=a, b=b, c=a + b)
