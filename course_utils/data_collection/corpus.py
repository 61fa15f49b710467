"""The result of stage 01: documents for training and validation, what was dropped, and the mix.

Left out: how it was made (pipeline.py) and how good it is (score.py).
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from course_utils.data_collection import mix
from course_utils.data_collection.document import (
    Document,
    Dropped,
    read_documents,
    read_lines,
    write_documents,
    write_lines,
)

TRAIN, VALIDATION = "train.jsonl.gz", "validation.jsonl.gz"
DROPPED, MIX = "dropped.jsonl.gz", "mix.json"


@dataclass(frozen=True)
class StepCount:
    """What one step took and gave.

    Args:
        step: its name.
        documents_in, documents_out: before and after.
        seconds: wall clock.
        note: a further figure in words.
    """

    step: str
    documents_in: int
    documents_out: int
    seconds: float
    note: str = ""


class EmptyCorpus(ValueError):
    """No document is left; says which step dropped what.

    Attributes:
        steps: what each step took and gave.
        reasons: (step, reason) -> how many documents were dropped for it.
    """

    def __init__(
        self,
        steps: Sequence[StepCount],
        dropped: Iterable[Dropped],
        problems: Sequence[str] = (),
    ) -> None:
        self.steps = list(steps)
        # How many documents went for each reason, a step at a time.
        self.reasons = Counter((document.step, document.reason) for document in dropped)
        lines = [f"the corpus is empty after the step {steps[-1].step!r}:"]
        for count in steps:
            # The three commonest reasons are enough to see what was too strict.
            own = [(n, reason) for (step, reason), n in self.reasons.items() if step == count.step]
            own.sort(key=lambda pair: -pair[0])
            frequent = "; ".join(f"{number} x {reason}" for number, reason in own[:3])
            change = f"{count.documents_in} -> {count.documents_out}"
            lines.append(f"  {count.step}: {change}" + (f" ({frequent})" if frequent else ""))
        # What could not be read may be why so little came in.
        if problems:
            lines.append(f"  while reading: {len(problems)} problem(s), such as: {problems[0]}")
        lines.append("Look at what the last step dropped, and loosen it or crawl more.")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Corpus:
    """The documents that came through, and the others.

    Args:
        train, validation: documents sorted by URL.
        dropped: documents with step and reason, in the order of the steps.
        mix: source -> sampling weight; sums to 1.
        steps: what each step took and gave; not saved.
        problems: sentences about damaged records; not saved.
        extracted: URL -> text before any filter and mask; not saved, for it holds what the
            masks hide.
    """

    train: list[Document]
    validation: list[Document]
    dropped: list[Dropped]
    mix: dict[str, float]
    steps: list[StepCount] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    extracted: dict[str, str] = field(default_factory=dict)

    @property
    def documents(self) -> list[Document]:
        """Training and validation documents together, sorted by URL."""
        # The URL decides the order, so the split leaves no trace in it.
        return sorted(self.train + self.validation, key=lambda document: document.url)

    def save(self, folder: Path) -> None:
        """Writes train, validation and dropped documents and the mix; same corpus, same bytes."""
        save(folder, self.train, self.validation, self.dropped, self.mix)

    @classmethod
    def load(cls, folder: Path) -> Corpus:
        """Reads what Corpus.save wrote.

        Raises:
            FileNotFoundError: a file is missing, with its name.
            ValueError: a file is damaged, with its name and the line.
        """
        # Every file is looked for first, so that the message names the one that is missing.
        for name in (TRAIN, VALIDATION, DROPPED, MIX):
            if not (folder / name).is_file():
                raise FileNotFoundError(
                    f"{name} is missing in {folder.name}. Make the corpus again with the hand-off "
                    "cell of notebook 01."
                )
        dropped = []
        # Step and reason stand beside the document's own fields; what is left is the document.
        for record in read_lines(folder / DROPPED):
            step, reason = str(record.pop("step")), str(record.pop("reason"))
            dropped.append(Dropped(Document(**record), step, reason))
        return cls(
            train=read_documents(folder / TRAIN),
            validation=read_documents(folder / VALIDATION),
            dropped=dropped,
            mix=mix.load(folder / MIX),
        )


def save(
    folder: Path,
    train: Iterable[Document],
    validation: Iterable[Document],
    dropped: Iterable[Dropped],
    weights: Mapping[str, float],
) -> None:
    """Writes a corpus whose documents need not be in memory; what Corpus.load reads."""
    # Line by line, so that the documents need not fit into memory.
    folder.mkdir(parents=True, exist_ok=True)
    write_documents(folder / TRAIN, train)
    write_documents(folder / VALIDATION, validation)
    write_lines(
        folder / DROPPED,
        ({**asdict(d.document), "step": d.step, "reason": d.reason} for d in dropped),
    )
    mix.save(weights, folder / MIX)
