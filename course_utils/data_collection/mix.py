"""Says how often each source is drawn from in training, whatever its size.

A small source that matters is drawn from more often than its share of the pages; nothing is
copied. The training sampler of stage 03 applies the weights.
Left out: weights that change during training, and weights that are learnt.
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils import checks
from course_utils.data_collection.document import Document

DEFAULT_WEIGHTS = (
    ("atlas", 0.46),
    ("stories", 0.37),
    ("school", 0.04),
    ("copybook", 0.07),
    ("factbook", 0.02),
    ("forum", 0.02),
    ("code", 0.01),
    ("news", 0.0),  # kept and never read, so that what only it says has to be looked up
)


@dataclass(frozen=True)
class MixConfig:
    """Shares of the training text.

    Args:
        weights: (source, share) of the known sources.
        others: the share of all other sources together, each by its number of documents.
        min_documents: another source with fewer documents is left out, for a handful of pages
            would be shown again and again; not where there is nothing else.
    """

    weights: tuple[tuple[str, float], ...] = DEFAULT_WEIGHTS
    others: float = 0.01
    min_documents: int = 20

    def __post_init__(self) -> None:
        for source, share in self.weights:
            checks.number(f"the share of {source!r}", share, least=0)
        checks.number("others", self.others, least=0)
        checks.whole("min_documents", self.min_documents)
        if not self.others and not any(share for _, share in self.weights):
            raise ValueError(f"weights are {self.weights} and others is 0; one has to be above 0.")


def mix(sources: Iterable[str], config: MixConfig | None = None) -> dict[str, float]:
    """Sampling weights of the sources that a corpus has.

    Args:
        sources: the source of each training document.
        config: the wanted shares; those of absent sources are given to the others in proportion.

    Returns:
        source -> weight, sorted by name; the weights sum to 1.

    Raises:
        ValueError: there is no source, or all have a share of 0.
    """
    config = config or MixConfig()
    wanted, documents = dict(config.weights), Counter(sources)
    # A handful of pages would be shown again and again, so such sources are left out.
    enough = [n for n in documents if n in wanted or documents[n] >= config.min_documents]
    # Sorted, so that the mix does not depend on the order of the pages.
    names = sorted(enough or documents)
    # What the other sources share, each has by its number of documents.
    unknown = max(1, sum(documents[name] for name in names if name not in wanted))
    shares = {n: wanted.get(n, config.others * documents[n] / unknown) for n in names}
    # Shares of absent sources fall to the others, in proportion.
    total = sum(shares.values())
    if total <= 0:
        raise ValueError(
            f"the sources {names} have no share in the mix, which knows {sorted(wanted)}. "
            "Give at least one of them a share: MixConfig(weights=((name, 1.0),))."
        )
    return {name: share / total for name, share in shares.items() if share > 0}


def sample(
    documents: Sequence[Document], weights: Mapping[str, float], text_bytes: int, seed: int = 0
) -> list[str]:
    """Texts in the proportions of the mix: what a model that is trained on it will read.

    A source that is smaller than its share is gone through more than once.

    Args:
        documents: of all sources.
        weights: source -> share; sums to 1.
        text_bytes: about how much text in all, in bytes of UTF-8.
        seed: of the order in which each source is gone through.

    Raises:
        ValueError: a source of the mix has no text.
    """
    rng, texts = np.random.Generator(np.random.PCG64(seed)), []
    # Sorted by name: the random numbers must not depend on the order of the mix.
    for source, share in sorted(weights.items()):
        own = [document.text for document in documents if document.source == source]
        own = [text for text in own if text]
        if not own:
            raise ValueError(f"the mix has a share for {source!r}, and there is no text of it.")
        # Go through the source again and again, each time in another order.
        bytes_left = share * text_bytes
        while bytes_left > 0:
            for index in rng.permutation(len(own)):
                texts.append(own[index])
                bytes_left -= len(own[index].encode("utf-8"))  # text is measured, not pages
                if bytes_left <= 0:
                    break
    return texts


def unread(documents: Iterable[Document], weights: Mapping[str, float]) -> list[str]:
    """Texts of the sources that the mix gives no share: kept, and never read in training.

    Whoever trains a tokenizer takes all the text that there is; these are on its side only.

    Args:
        documents: of all sources.
        weights: source -> share; a source of share 0 may be named or not.

    Returns:
        every text once, in the order given.
    """
    return [document.text for document in documents if not weights.get(document.source)]


def save(weights: Mapping[str, float], path: Path) -> None:
    """Writes mix.json."""
    # Sorted and with one kind of line end: same weights, same bytes.
    text = json.dumps(dict(sorted(weights.items())), indent=2)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def load(path: Path) -> dict[str, float]:
    """Reads mix.json.

    Raises:
        ValueError: it is no set of weights that sum to 1.
    """
    try:
        weights = {str(k): float(v) for k, v in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is no JSON object of source and weight: {error}") from error
    # A hand-made file may be valid JSON and still no mix; the tolerance is for rounding.
    if not weights or min(weights.values()) < 0 or not abs(sum(weights.values()) - 1) <= 1e-6:
        raise ValueError(
            f"the weights in {path.name} sum to {sum(weights.values()):.6f} and have to sum to 1. "
            "Make the corpus again with the hand-off cell of notebook 01."
        )
    return weights
