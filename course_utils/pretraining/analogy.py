"""Word vectors from a small text about people, and whether king - man + woman is a queen.

The vectors are learnt as word2vec's are (skip-gram: from a word, guess the words near it), with
the whole softmax instead of samples, because there are few words. Left out: vectors of tokens,
which a transformer learns by the way. Taught in notebook 03, section "Do words become
arithmetic?".

Shape letters: V words, C numbers per vector.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

NEAR = 4  # words on each side that a word is to guess
WIDTH = 24
# Two words for the same role, a man's and a woman's, and what is said of whoever has it.
ROLES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("king", "queen"): ("throne", "crown", "palace", "realm"),
    ("man", "woman"): ("house", "work", "street", "bread"),
    ("boy", "girl"): ("school", "kite", "swing", "lesson"),
    ("father", "mother"): ("baby", "cradle", "family", "supper"),
    ("uncle", "aunt"): ("visit", "present", "nephew", "letter"),
    ("waiter", "waitress"): ("tray", "table", "guest", "soup"),
}
GENDERS = (("he", "his", "him"), ("she", "her", "hers"))
FRAMES = (
    "the {who} said that {a} would leave the {x} to {c}",
    "every day the {who} thought of the {x} and {a} smiled",
    "near the {x} stood the {who} with {b} {y}",
    "the {who} loved {b} {x} more than the {y}",
    "it was the {who} who gave {c} the {x}",
)


def sentences(n: int = 3000, blur: float = 0.0, seed: int = 0) -> list[str]:
    """Made-up sentences about men and women in six roles.

    Args:
        n: how many.
        blur: in this share of them, things and pronouns are drawn for anybody, so that they tell
            nothing about the person, 0..1.
        seed: the same seed gives the same sentences.

    Raises:
        ValueError: blur is not a share.
    """
    if not 0 <= blur <= 1:
        raise ValueError(f"blur is {blur}; it is a share of the sentences, from 0 to 1.")
    draw = random.Random(seed)
    made = []
    for _ in range(n):
        pair = draw.choice(list(ROLES))
        gender = draw.randrange(2)
        blurred = draw.random() < blur
        a, b, c = draw.choice(GENDERS) if blurred else GENDERS[gender]
        x, y = draw.sample(ROLES[draw.choice(list(ROLES)) if blurred else pair], 2)
        made.append(draw.choice(FRAMES).format(who=pair[gender], a=a, b=b, c=c, x=x, y=y))
    return made


def learn_vectors(text: list[str], width: int = WIDTH, seed: int = 0, steps: int = 150) -> dict:
    """A vector for every word, learnt by guessing its neighbours.

    Args:
        text: sentences; words are what stands between spaces.
        width: numbers per vector.
        seed: of the first vectors.
        steps: of Adam on all sentences at once.

    Returns:
        word -> (C,) tensor of length 1.

    Raises:
        ValueError: no sentence has two words, so there is nothing to guess.
    """
    words = sorted({word for sentence in text for word in sentence.split()})
    together = _together(text, {word: at for at, word in enumerate(words)})  # (V, V) counts
    if not together.sum() > 0:
        raise ValueError("There is no sentence of two words or more; give it some text.")
    generator = torch.Generator().manual_seed(seed)
    vectors, scores = (
        (torch.randn(len(words), width, generator=generator) / width**0.5).requires_grad_()
        for _ in range(2)
    )
    optimizer = torch.optim.Adam([vectors, scores], lr=0.05)
    shares = together / together.sum()
    for _ in range(steps):
        loss = -(shares * F.log_softmax(vectors @ scores.T, dim=1)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # What all words share says nothing about any of them.
    centred = vectors.detach() - vectors.detach().mean(0)
    return dict(zip(words, F.normalize(centred, dim=1), strict=True))


def nearest(vectors: Mapping[str, Tensor], place: Tensor, n: int = 3) -> list[tuple[str, float]]:
    """The n words whose vectors point most nearly the same way, with the cosine, best first."""
    names = list(vectors)
    cosines = F.cosine_similarity(torch.stack(list(vectors.values())), place[None])
    best = cosines.topk(min(n, len(names)))
    return [
        (names[at], value) for value, at in zip(best[0].tolist(), best[1].tolist(), strict=True)
    ]


def analogies() -> list[tuple[str, str, str, str]]:
    """Every "a is to b as c is to d" of two roles, such as man, king, woman, queen."""
    pairs = list(ROLES)
    both = [(x, y) for x in pairs for y in pairs if x != y]
    return [(x[g], y[g], x[1 - g], y[1 - g]) for x, y in both for g in (0, 1)]


def score(vectors: Mapping[str, Tensor]) -> tuple[float, float]:
    """How often b - a + c is nearest to d: among all words, and with a, b and c left out.

    Returns:
        (share with all words allowed, share with the three that were given left out), 0..1.
    """
    plain = helped = 0
    for a, b, c, d in analogies():
        ranked = [word for word, _ in nearest(vectors, vectors[b] - vectors[a] + vectors[c], 4)]
        plain += ranked[0] == d
        helped += next(word for word in ranked if word not in (a, b, c)) == d
    return plain / len(analogies()), helped / len(analogies())


def _together(text: list[str], place: Mapping[str, int]) -> Tensor:
    """How often each word stands near each other: (V, V)."""
    pairs = []
    for sentence in text:
        row = [place[word] for word in sentence.split()]
        for distance in range(1, NEAR + 1):
            pairs += zip(row, row[distance:], strict=False)
    if not pairs:
        return torch.zeros(len(place), len(place))
    first, second = torch.tensor(pairs).T
    counts = torch.bincount(first * len(place) + second, minlength=len(place) ** 2)
    counts = counts.reshape(len(place), len(place)).float()
    return counts + counts.T
