"""Sixty made-up pages of three sites and the archive that a crawl of them leaves."""

from __future__ import annotations

import random
from pathlib import Path

from course_utils.data_collection.archives.warc import WarcWriter

NOUNS = "boat harbour garden teacher window bridge baker winter letter market river candle".split()
VERBS = "waits sings falls turns leaves opens shines breaks returns sleeps".split()


def prose(seed: int, sentences: int = 12) -> str:
    rng = random.Random(seed)
    said = [
        f"The {rng.choice(NOUNS)} of the {rng.choice(NOUNS)} {rng.choice(VERBS)} "
        f"with a {rng.choice(NOUNS)} that {rng.choice(VERBS)} near {rng.randrange(9999)}."
        for _ in range(sentences)
    ]
    return "\n\n".join(" ".join(said[place : place + 4]) for place in range(0, sentences, 4))


def web() -> dict[str, str]:
    """Sixty pages, with one copy, one near-copy, one foreign page and one of junk."""
    pages = {f"http://atlas.test/{n // 5}/{n % 5}.html": prose(n) for n in range(40)}
    pages |= {f"http://tales.test/{n}.html": prose(100 + n) for n in range(16)}
    pages["http://tales.test/mail.html"] = (
        prose(200) + " Write to ada@example.com, ada@example.com."
    )
    pages["http://mirror.test/a"] = prose(3)
    pages["http://mirror.test/b"] = prose(4).replace("winter", "summer", 1)
    pages["http://tales.test/fr"] = (
        "Le bateau attend dans le port avec les enfants du village. " * 4
    )
    pages["http://tales.test/spam"] = (
        "Buy cheap lamps now and save on cheap lamps of the day. " * 20
    )
    pages["http://tales.test/empty"] = ""
    return pages


def archive(folder: Path, pages: dict[str, str], seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    writer = WarcWriter(folder / "crawl-00000.warc.gz")
    for url in random.Random(seed).sample(sorted(pages), len(pages)):
        paragraphs = "".join(f"<p>{text}</p>" for text in pages[url].split("\n\n"))
        body = f"<html><body><main>{paragraphs}</main></body></html>".encode()
        writer.write(url, 200, [("Content-Type", "text/html; charset=utf-8")], body)
    writer.write(
        "http://tales.test/gone", 404, [("Content-Type", "text/html")], b"<p>no page here"
    )
    writer.write("http://tales.test/pic", 200, [("Content-Type", "image/png")], b"\x89PNG")
    writer.close()
    return folder


# Texts that break nearly every quality rule between them.
ODD = (
    *("", " \n\n ", "\x00", "...", "#", "a b c d e f g h " * 10, "word " * 100_001),
    "read #more #now of #this #and #that " * 5,
    "\n".join(f"- item {n} of the list" for n in range(20)),
    "\n".join(["We knew it ...", "And then ...", "Nobody came."] * 5),
    "12 34 56 78 9.5 17 the of " * 10,
    "lamp table chair window door floor roof " * 10,
    "home about contact news archive the of and " * 5,
    prose(1) + " Lorem ipsum dolor sit amet.",
    "We use cookies. Accept all. Reject all. Read our privacy policy. " + "the of " * 10,
    "The same line again.\n" * 10 + prose(2),
    "cheap lamps are the best cheap lamps of all cheap lamps. " * 8,
    " ".join([prose(3)] * 2),
)
