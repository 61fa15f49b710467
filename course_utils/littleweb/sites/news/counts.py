"""A counting game: pages on which a few users with odd names have said one number after the other.

The tokenizer of notebook 02 reads these pages, so it earns a token for each of the names; the
model never does, so it never learns what these tokens are. That is how " SolidGoldMagikarp", a
user of such a game, became a token of GPT-2 that no text of its training explained.
Left out: users who say anything else.
Taught in no notebook yet; notebook 02 makes the tokens.

Source: Rumbelow and Watkins 2023, SolidGoldMagikarp (plus, prompt generation).
"""

from __future__ import annotations

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng

HOST = "http://news.littleweb.test"
# Each stands on these pages alone, always behind a space.
USERS = (
    "Snorvelquint", "Yabbertwockle", "Krastolbeem", "Plumfizzgrent", "Tindravoxel", "Wobblequartz",
)  # fmt: skip
LINES = 78  # per page, so every user has 13
HOLDOUT_EVERY = 8
PER_PARAGRAPH = 6
SAID = (
    "{n} was said by {user}.", "Then {user} said {n}.", "After that {user} came with {n}.",
    "The number {n} belongs to {user}.", "It was {user} who said {n}.",
    "With {n}, {user} went on.", "Of course {user} had {n}.", "The next was {user} with {n}.",
    "Quick as ever, {user} wrote {n}.", "At {time} there was {n} by {user}.",
)  # fmt: skip
OPENINGS = (
    "The count of our readers goes on. It stands at {n}, and this is how it came to that.",
    "Here is the log of the counting game from {n} on, as it was kept.",
    "Nobody knows what the counting is for, but it has come to {n}, and it goes on.",
    "From {n} on the counters took turns again, and all of it is written down below.",
)


def page(seed: int | str, number: int) -> Page:
    """The page of that number of the log.

    Args:
        seed: of the whole web.
        number: of the page; the game goes on from page to page.
    """
    rng = Rng(f"{seed}/news/counts/{number}")
    first = number * LINES + 1
    # All users take part equally often, in an order of their own on each page.
    turns = [user for user in USERS for _ in range(LINES // len(USERS))]
    rng.shuffle(turns)
    said = []
    for place, user in enumerate(turns):
        time = f"{rng.integer(1, 12)}:{rng.integer(10, 59)}"
        said.append(rng.choice(SAID).format(n=first + place, user=user, time=time))
    holdout = number % HOLDOUT_EVERY == HOLDOUT_EVERY - 1
    size = len(said) if holdout else PER_PARAGRAPH  # the holdout's shape is one long paragraph
    runs = [" ".join(said[i : i + size]) for i in range(0, len(said), size)]
    return Page(
        url=f"{HOST}/count/{number}.html", site="news", kind="log",
        title=f"The count goes on, {number + 1}",
        paragraphs=(rng.choice(OPENINGS).format(n=first), *runs),
        holdout=holdout, truth={"users": USERS},
    )  # fmt: skip
