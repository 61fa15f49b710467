"""What speaks for each fault of the clinic, and whether a run that was mended is healthy.

The words about an answer are in mistakes.py; what a run measures is in the package's clinic.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import mean

from course_utils.pretraining.clinic import Settings, Signs, mended, train

# Other seeds than the notebook's, so that a mend has to help in general.
SEEDS = (11, 12, 13)
TOLERANCE = 0.04  # how far the fresh accuracy may be below a healthy run's; means over SEEDS


@dataclass(frozen=True)
class Evidence:
    """What tells one fault from the others.

    Attributes:
        speaks_for: whether the vital signs show the fault.
        missing: why other signs do not show it, with the names of signs in braces.
        remains: what is left of it after a mend that was not enough, likewise.
    """

    speaks_for: Callable[[Signs], bool]
    missing: str
    remains: str


# Bounds lie well between what runs with the fault and runs without it have, on 20 seeds.
EVIDENCE: Mapping[str, Evidence] = {
    "data in order": Evidence(
        lambda signs: signs.repeats > 0.7,  # 0.97 or more with it, 0.23 at most without
        "Without shuffling every epoch draws the curve of the last one again. Here the two have "
        "little in common: their correlation is {repeats:.2f}.",
        "Every epoch still draws the curve of the last one again (correlation {repeats:.2f}).",
    ),
    "dead units": Evidence(
        lambda signs: signs.dead > 0.5,  # all of them with it, 0.12 at most without
        "A dead unit fires for no page. Here {dead:.0%} of the hidden units are dead at the end.",
        "Still {dead:.0%} of the hidden units fire for no page.",
    ),
    "labels shifted": Evidence(
        # Training 0.66 or more and validation 0.36 or less with it.
        lambda signs: signs.training > 0.5 and signs.validation < 0.45,
        "With shifted labels a run learns its training pages by heart, and validation stays near "
        "chance, 33%. Here training reaches {training:.0%} and validation {validation:.0%}.",
        "Training reaches {training:.0%}, and validation is still near chance, {validation:.0%}.",
    ),
    "learning rate too high": Evidence(
        lambda signs: signs.worst_loss > 4,  # nats: 5.2 or more with it, 2.2 at most without
        "Too high a rate makes the loss jump even late in training. Here no batch of the second "
        "half is above {worst_loss:.1f} nats.",
        "The loss still jumps late in training, up to {worst_loss:.1f} nats.",
    ),
    "validation leaked": Evidence(
        lambda signs: signs.validation - signs.fresh > 0.07,  # 0.10 or more; 0.04 at most
        "A leak makes validation look better than fresh pages. Here it does not: validation is "
        "{validation:.0%} and fresh {fresh:.0%}.",
        "Validation, {validation:.0%}, still looks better than fresh pages, {fresh:.0%}.",
    ),
}


def told(words: str, signs: Signs) -> str:
    """A sentence of EVIDENCE with the numbers of a run."""
    return words.format(**asdict(signs))


def still_ill(patient: str, fault: str, changes: Mapping[str, object]) -> str | None:
    """What is still wrong with a patient that was trained again, or None.

    Args:
        patient: "patient 1" to "patient 5".
        fault: what the patient has.
        changes: the setting that was broken, with its new value.

    Raises:
        ValueError: there is no such setting, or its value is refused.
    """
    # What the fault shows in the worst of the runs comes first.
    runs = _trained_again(patient, tuple(changes.items()))
    ill = next((signs for signs in runs if EVIDENCE[fault].speaks_for(signs)), None)
    if ill:
        return told(EVIDENCE[fault].remains, ill)
    if Settings().changed(changes).leaked_fraction > 0:
        return "Some validation pages are still copies of training pages, and each one flatters."
    # Without it, the run has to be as good as a healthy one.
    accuracy, healthy = (
        mean(signs.fresh for signs in signs_of) for signs_of in (runs, _healthy())
    )
    if accuracy >= healthy - TOLERANCE:
        return None
    slow = mean(signs.training for signs in runs) < 0.9 and fault == "learning rate too high"
    why = " It learns too slowly now." if slow else ""
    return (
        f"Trained again on {len(SEEDS)} other seeds it gets {accuracy:.0%} of fresh pages right, "
        f"and a healthy run {healthy:.0%}.{why}"
    )


@functools.cache
def _trained_again(patient: str, changes: tuple[tuple[str, object], ...]) -> tuple[Signs, ...]:
    """The vital signs of a patient with these changes, on each of SEEDS."""
    return tuple(mended(patient, dict(changes), seed).signs for seed in SEEDS)


@functools.cache
def _healthy() -> tuple[Signs, ...]:
    return tuple(train(Settings(), seed).signs for seed in SEEDS)
