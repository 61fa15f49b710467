"""Invented personal data for the forum, in ranges that belong to nobody, and look-alikes.

Left out: how a privacy step finds them (data_collection/clean/privacy.py). Domains are RFC 2606's,
addresses RFC 5737's and RFC 3849's, telephone numbers 555-01xx, cards the published test numbers.
Taught in notebook 01, section "What must not be learnt".
"""

from __future__ import annotations

from dataclasses import dataclass

from course_utils.littleweb.rng import Rng

KINDS = ("email", "phone", "ip", "card", "name")

FIRST = tuple(
    "Abela Bronte Corin Davit Elspeth Fenna Goran Hollis Ilka Jorun Kezia Lorcan Maren "
    "Nils Odalys Perrin Quill Rufus Saskia Tamsin Ulric Verena Wendel Ximena Yorick "
    "Zelda Anouk Bastian Cosima Dorian Emlyn Florian Greta Hadley Ingrid Jasper Katrin "
    "Leopold Mirela Nadine".split()
)
LAST = tuple(
    "Ashgrove Birkwood Coppervale Dunmarsh Elderfield Fennimore Greywick Hollowell "
    "Ivesdale Jarrowby Kestrelton Larkmoor Mossgate Netherby Oakhanger Pennyfold "
    "Quarrington Ravensby Saltmarsh Thistlewood Underhay Vinterby Wexcombe Yarrowdale "
    "Zellwood Barleycroft Candlewick Dovecote Emberley Foxglove Gorsefield Heathcote".split()
)
HANDLES = tuple(
    "sandpiper tealeaf rustybike moonjar pebble oldkettle driftwood slowtrain inkblot papercrane "
    "northwindow quietowl lemonpeel brickred halfpenny cloudberry".split()
)
DOMAINS = ("example.com", "example.org", "example.net")  # kept for examples, RFC 2606
NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")  # kept for documentation, RFC 5737
AREAS = ("202", "212", "312", "415", "503", "617", "713", "808")
CARDS = (  # published test numbers
    "4242424242424242", "4000000000000002", "4000056655665556", "5555555555554444",
    "5105105105105100", "5200828282828210", "6011111111111117", "4111111111111111",
)  # fmt: skip
LONG_CARDS = ("378282246310005", "371449635398431")  # fifteen digits: a shape of the holdout


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist.

    Args:
        first: first name.
        last: family name.
        handle: the name used on the forum, which identifies nobody.
    """

    first: str
    last: str
    handle: str

    @property
    def name(self) -> str:
        """First and family name."""
        return f"{self.first} {self.last}"


def person(rng: Rng) -> Person:
    """A new invented person."""
    handle = f"{rng.choice(HANDLES)}{rng.integer(2, 98)}"
    return Person(rng.choice(FIRST), rng.choice(LAST), handle)


def email(who: Person, rng: Rng, holdout: bool = False) -> str:
    """An e-mail address of a person, at a domain kept for examples (RFC 2606).

    Args:
        who: whose address.
        rng: draws the shape.
        holdout: use the shapes that rules are not made on: "(at)", capitals, a sub-domain.
    """
    # Domains that nobody can own; the name is written as people write theirs.
    first, last, domain = who.first.lower(), who.last.lower(), rng.choice(DOMAINS)
    if holdout:
        return rng.choice(
            (f"{first}.{last} (at) {domain}", f"{first}.{last}@{domain}".upper(),
             f"{first}-{last}@post.mail.{domain}")
        )  # fmt: skip
    number = rng.integer(1, 99)
    return rng.choice(
        (f"{first}.{last}@{domain}", f"{first[0]}{last}@{domain}", f"{last}_{number}@{domain}",
         f"{first}+forum@{domain}", f"{first}{number}@mail.{domain}")
    )  # fmt: skip


def phone(rng: Rng, holdout: bool = False) -> str:
    """A telephone number that is never connected: 555-0100 to 555-0199.

    The holdout's second shape is London's 020 7946 0000 to 0999, which Ofcom keeps for drama.
    """
    # 0100 to 0199 are never connected, whatever the area.
    line, area = f"01{rng.below(100):02d}", rng.choice(AREAS)
    if holdout:
        drama = f"0{rng.below(1000):03d}"
        return rng.choice((f"+44 20 7946 {drama}", f"1/{area}/555/{line}"))
    return rng.choice(
        (f"555-{line}", f"({area}) 555-{line}", f"{area}-555-{line}", f"+1 {area} 555 {line}",
         f"{area}.555.{line}", f"+1-{area}-555-{line}")
    )  # fmt: skip


def ip_address(rng: Rng, holdout: bool = False) -> str:
    """An IP address kept for documentation (RFC 5737; the holdout is IPv6, RFC 3849)."""
    if holdout:
        return f"2001:db8:{rng.integer(1, 9999):x}::{rng.integer(1, 9999):x}"
    return f"{rng.choice(NETWORKS)}{rng.integer(1, 254)}"


def card(rng: Rng, holdout: bool = False) -> str:
    """A published test card number, which no bank ever gave out (the holdout has 15 digits)."""
    if holdout:
        number = rng.choice(LONG_CARDS)
        return rng.choice((number, f"{number[:4]} {number[4:10]} {number[10:]}"))
    number = rng.choice(CARDS)
    groups = [number[i : i + 4] for i in range(0, 16, 4)]
    return rng.choice((" ", "-", "")).join(groups)


def decoy(rng: Rng) -> str:
    """A sentence with digits that look personal and are not: versions, ISBNs, prices, orders."""
    # A short name, for the lines below are full of numbers.
    n = rng.integer
    version = f"{n(1, 9)}.{n(0, 20)}.{n(0, 9)}.{n(1, 40)}"
    month, day = n(1, 12), n(1, 28)  # 28 fits every month
    return rng.choice(
        (
            f"I am still on version {version} and it works for me.",
            f"It broke for me after I went from v{version} to the next one.",
            f"The book I used is ISBN 978-0-{n(10, 99)}-{n(100000, 999999)}-{n(0, 9)}, "
            "second hand.",
            f"It cost me ${n(1, 9)},{n(100, 999)}.{n(10, 99)} in all, which was too much.",
            f"I ordered mine on {n(2009, 2024)}-{month:02d}-{day:02d} and it took two weeks.",
            f"My order number was {n(100, 999)}{n(100000, 999999)}{n(100, 999)} if that helps.",
            f"The shop wrote {month:02d}/{day:02d}/{n(2009, 2024)} on the receipt.",
            f"The part is no. {n(100, 999)}-{n(1000, 9999)}-{n(10, 99)} in the catalogue.",
            f"You find it at {n(10, 60)}.{n(1000, 9999)}, {n(2, 40)}.{n(1000, 9999)} on the map.",
            f"About {n(2, 90)},{n(100, 999)},{n(100, 999)} people live around there, I read.",
            f"Ask @{rng.choice(HANDLES)}{n(2, 98)} about it, they know more than I do.",
            f"I left at {n(6, 9)}:{n(10, 59)} and was back by {n(10, 12)}:{n(10, 59)}.",
        )
    )


def luhn(digits: str) -> bool:
    """Whether a card number's check digit fits (ISO/IEC 7812-1, annex B).

    Args:
        digits: the number; anything but digits is passed over.
    """
    # From the right, every second digit is doubled, and the two digits of a double are added.
    numbers = [int(character) for character in digits if character.isdigit()]
    doubled = [sum(divmod(2 * number, 10)) for number in numbers[-2::-2]]
    return (sum(numbers[-1::-2]) + sum(doubled)) % 10 == 0
