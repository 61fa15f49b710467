"""Texts that tokenizers stumble over, and random ones: shared by the tokenization tests."""

import random

HARD = [
    "",
    " ",
    "\n",
    "aaaaaa",
    "a" * 1000,
    "The cat sat. The cat's hat, don't you'LL we've I'm she'd it’s.",
    "  two spaces,   three,\tand\t\ttabs \n\n\n  and blank lines\r\n\r\nfrom Windows  ",
    "0123456789 3.14 1,000,000 7th 2026-11-21 ²³ ½ ٣",
    "naïve café Zürich São Tomé Đà Nẵng ß Æ ø ﬁ Å",
    "Москва Ελλάδα 東京、日本語。 한국어 हिन्दी ไทย العربية עברית",
    "👍🏽 👨‍👩‍👧 🇫🇷 e\u0301 \u200b \ufeff \u00ad \U0001f9ec\U000e0067",
    "x = {'a': [1, 2], \"b\": None}  # ok?\n\tif x != y: return -1",
    "\x00\x1c\x1d\x1e\x1f\x7f\x85\xa0\u1680\u2028\u3000\ufffd\uffff",
    "<|end|> <|user|>hello<|assistant|><|pad|> <|end|>x <|END|>",
    "\U0001fae8 \u1c89 \u0c5d \U00011f02 \U0001e5d0 \u32ff",  # characters new in late Unicodes
]

_ALPHABETS = [
    "ab",
    "abc   \n",
    "aeiou tnsr.,'’\n0123456789",
    "<|end|>user ",
    "éßñ漢字かなДйע\u0301👍\u200d ",
    " \t\n\r\x0b\x0c\x1c\x85\xa0\u2003\u3000x",
]


def random_text(seed: int) -> str:
    """A text over one alphabet, or over all of Unicode but the surrogates; the same for a seed."""
    rng = random.Random(seed)
    length = rng.randrange(1, 200)
    if seed % 4 == 0:
        points = [rng.randrange(0x110000) for _ in range(length)]
        return "".join(chr(point) for point in points if not 0xD800 <= point < 0xE000)
    alphabet = rng.choice(_ALPHABETS)
    runs = (rng.choice(alphabet) * rng.choice([1, 1, 1, 2, 5]) for _ in range(length))
    return "".join(runs)


TEXTS = HARD + [random_text(seed) for seed in range(250)]
