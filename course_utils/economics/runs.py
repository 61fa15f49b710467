"""The calculator beside published training runs: what was published, what it gives, the ratio.

It corrects nothing: where the two differ the note says why. All runs are calculated at one
utilisation, because whoever plans a run does not know it yet.
Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from course_utils import facts
from course_utils.economics.cost import SECONDS_AN_HOUR, TrainingRun, cost, hardware
from course_utils.economics.published import Model, models

UTILISATION = 0.4  # of all runs: nobody planning one knows it yet
FLOPS_NOTES = {
    "t5": "encoder or decoder, not both",
    "gopher": "its makers count more than 6",
}
# model, chip, published hours: and why the hours differ
HOURS = (
    ("gpt3", "V100", "gpt3_gpu_hours", "an older chip"),
    ("palm", "TPU v4", "palm_chip_hours", "with breaks"),
    ("bloom", "A100", "bloom_gpu_hours", ""),
    ("llama1_65b", "A100", "llama1_65b_gpu_hours", ""),
    ("llama2_70b", "A100", "llama2_70b_gpu_hours", ""),
    ("falcon_180b", "A100", "falcon_180b_gpu_hours", ""),
    ("llama3_70b", "H100", "llama3_70b_gpu_hours", ""),
    ("llama3_405b", "H100", "llama3_405b_gpu_hours", ""),
    ("deepseek_v3", "H800", "deepseek_v3_gpu_hours", "partly in 8 bits"),
)
# model, chip, published hours, published energy: from the hours, so that only watts are compared
ENERGY = (
    ("gpt3", "V100", "gpt3_gpu_hours", "gpt3_energy_megawatt_hours", "330 W with the machine"),
    ("bloom", "A100", "bloom_gpu_hours", "bloom_energy_megawatt_hours", "without the building"),
    ("llama1_65b", "A100", "llama1_65b_gpu_hours", "llama1_65b_energy_megawatt_hours", ""),
)
DOLLARS = (
    ("deepseek_v3", "deepseek_v3_gpu_hours", "deepseek_v3_cost_dollars", "their own price"),
    (
        "llama3_405b",
        "llama3_405b_gpu_hours",
        "llama3_405b_estimated_cost_dollars",
        "at dearer hours",
    ),
)


@dataclass(frozen=True)
class Check:
    """One published figure beside the calculator's.

    Attributes:
        model: its name.
        quantity: "FLOPs", "chip-hours", "MWh" or "dollars".
        published: the figure.
        calculated: what the calculator gives.
        certainty: of the published figure.
        note: why they differ, or "".
    """

    model: str
    quantity: str
    published: float
    calculated: float
    certainty: str
    note: str

    @property
    def ratio(self) -> float:
        """Calculated to published."""
        return self.calculated / self.published


def checks(
    utilisation: float = UTILISATION, dollars_a_chip_hour: float = 2.0
) -> tuple[Check, ...]:
    """The calculator against every published run that facts.toml has.

    Args:
        utilisation: assumed of all runs, 0 to 1.
        dollars_a_chip_hour: assumed of all runs.

    Raises:
        ValueError: see TrainingRun.
    """
    plan = TrainingRun(1, 1, utilisation=utilisation, dollars_a_chip_hour=dollars_a_chip_hour)
    # The same plan for all runs; each quantity is compared where it was published.
    by_key = {model.key: model for model in models()}
    return (
        *_flops(by_key, plan),
        *_hours(by_key, plan),
        *_energy(by_key, plan),
        *_dollars(by_key, plan),
    )


def run_of(model: Model, plan: TrainingRun) -> TrainingRun | None:
    """The same plan for a published model; None where its size or its text is not known."""
    # Without size and text there is nothing to calculate.
    if not (model.used_parameters and model.tokens):
        return None
    return replace(plan, parameters=model.used_parameters.value, tokens=model.tokens.value)


def utilisation_of(model: Model, chip: str, hours_key: str) -> float:
    """The share of the peak that published hours mean: what was computed of what could be."""
    # What was computed, and what the chips could have in those hours.
    flops = cost(run_of(model, TrainingRun(1, 1, chip))).flops
    could = hardware()[chip].peak_flops_per_second * SECONDS_AN_HOUR * facts.get(hours_key).value
    return flops / could


def chip_of(model: Model) -> str | None:
    """The chip that a published model was trained on, where its hours are known."""
    return next((chip for key, chip, *_ in HOURS if key == model.key), None)


def published(model: Model) -> dict[str, facts.Fact]:
    """What is published of a model's run, by the names of TrainingCost's fields."""
    # The first row of each table that has the model.
    known = {"flops": model.flops}
    for field, rows in (
        ("chip_hours", [(row[0], row[2]) for row in HOURS]),
        ("energy_megawatt_hours", [(row[0], row[3]) for row in ENERGY]),
        ("dollars", [(row[0], row[2]) for row in DOLLARS]),
    ):
        known[field] = next((facts.get(key) for name, key in rows if name == model.key), None)
    return {field: fact for field, fact in known.items() if fact}


def checks_table(rows: tuple[Check, ...] | None = None) -> str:
    """The checks as text: for each quantity a head, then a line for each model."""
    lines, quantity = [], ""
    for check in checks() if rows is None else rows:
        # A head for each quantity, since the figures below have its unit.
        if check.quantity != quantity:
            quantity = check.quantity
            lines.append(f"{quantity:<14} {'published':>13} {'calculated':>13} {'ratio':>6}")
        # "reported" is the rule and goes without saying; anything less sure is said.
        certainty = "" if check.certainty == "reported" else check.certainty
        said = "; ".join(filter(None, (certainty, check.note)))
        line = (
            f"{check.model:<14} {facts.number(check.published):>13} "
            f"{rounded(check.calculated):>13} {check.ratio:>6.2f}  {said}"
        )
        lines.append(line.rstrip())
    return "\n".join(lines)


def rounded(value: float) -> str:
    """A calculated number with four digits, as people say it."""
    return facts.number(float(f"{value:.4g}"))


def _check(model: Model, quantity: str, key: str, calculated: float, note: str) -> Check:
    fact = facts.get(key)
    return Check(model.name, quantity, fact.value, calculated, fact.certainty, note)


def _flops(by_key: dict[str, Model], plan: TrainingRun) -> Iterator[Check]:
    for model in by_key.values():
        # Only where there is something to compare with.
        run = run_of(model, plan)
        if run and model.flops:
            note = FLOPS_NOTES.get(model.key, "")
            yield _check(model, "FLOPs", model.flops.key, cost(run).flops, note)


def _hours(by_key: dict[str, Model], plan: TrainingRun) -> Iterator[Check]:
    for key, chip, hours, note in HOURS:
        model = by_key[key]
        run = run_of(model, replace(plan, hardware=chip))
        # What the hours mean goes with each line: it explains the ratio.
        used = f"{chip} at {utilisation_of(model, chip, hours):.0%}"
        note = f"{used}; {note}" if note else used
        yield _check(model, "chip-hours", hours, cost(run).chip_hours, note)


def _energy(by_key: dict[str, Model], plan: TrainingRun) -> Iterator[Check]:
    for key, chip, hours, energy, note in ENERGY:
        watts = hardware()[chip].watts * plan.building_factor
        # Watt-hours to megawatt-hours.
        yield _check(by_key[key], "MWh", energy, facts.get(hours).value * watts / 1e6, note)


def _dollars(by_key: dict[str, Model], plan: TrainingRun) -> Iterator[Check]:
    for key, hours, dollars, note in DOLLARS:
        paid = facts.get(hours).value * plan.dollars_a_chip_hour
        yield _check(by_key[key], "dollars", dollars, paid, note)
