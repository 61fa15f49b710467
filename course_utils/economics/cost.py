"""The cost calculator: what a training run takes in computation, hours, money and electricity.

It leaves out research, salaries, failed runs, finetuning and the price of the building; published
runs that it is checked against are in runs.py.
Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from course_utils import checks, facts

FLOPS_A_PARAMETER_AND_TOKEN = 6  # 2 to multiply and add going forward, 4 going back
TOWN_HOMES = 4_000  # the yardstick of this course: 10,000 people, 2.5 to a home
HOURS_A_DAY, SECONDS_AN_HOUR = 24, 3600
_CHIPS = {"V100": "v100", "A100": "a100", "H100": "h100", "H800": "h100", "TPU v4": "tpu_v4"}


@dataclass(frozen=True)
class Hardware:
    """A chip that models are trained on.

    Attributes:
        name: as people call it.
        peak_flops_per_second: the makers' peak at 16 bits, without sparsity.
        watts: the most that it draws.
    """

    name: str
    peak_flops_per_second: float
    watts: float


def hardware() -> Mapping[str, Hardware]:
    """The chips that the calculator knows, by name; their figures are in facts.toml."""
    return {
        name: Hardware(name, facts.get(f"{key}_peak_flops").value, facts.get(f"{key}_watts").value)
        for name, key in _CHIPS.items()
    }


@dataclass(frozen=True)
class TrainingRun:
    """What is asked of the calculator.

    Attributes:
        parameters: those that one token uses; of a mixture of experts the active ones.
        tokens: read in training, counting what is read twice as two.
        hardware: a name of `hardware()`.
        chips: how many work at once.
        utilisation: the share of the peak that is used, above 0 and up to 1.
        dollars_a_chip_hour: the rent of one chip for an hour.
        building_factor: electricity of the whole building for each of the chips' (PUE), 1 to 3.

    Raises:
        ValueError: a number is not positive and finite, or outside of what can be.
    """

    parameters: float
    tokens: float
    hardware: str = "H100"
    chips: float = 1_024
    utilisation: float = 0.4
    dollars_a_chip_hour: float = 2.0
    building_factor: float = 1.1

    def __post_init__(self) -> None:
        # One that is not a number would spoil every answer.
        for name in ("parameters", "tokens", "chips", "utilisation", "building_factor"):
            checks.number(name, getattr(self, name), above=0)
        checks.number("dollars_a_chip_hour", self.dollars_a_chip_hour, least=0)
        # What no run can have.
        if self.hardware not in _CHIPS:
            raise ValueError(
                f"hardware is {self.hardware!r}; the calculator knows {', '.join(_CHIPS)}."
            )
        if self.chips < 1:
            raise ValueError(f"chips is {self.chips}; a run needs at least 1.")
        if self.utilisation > 1:
            raise ValueError(
                f"utilisation is {self.utilisation}, but no chip does more than its peak: it is a "
                f"share above 0 and up to 1.\nFor 40 percent use 0.4; published runs have used "
                f"0.2 to 0.5."
            )
        if not 1 <= self.building_factor <= 3:
            raise ValueError(
                f"building_factor is {self.building_factor}; it is 1 where cooling costs nothing, "
                f"about 1.1 in a modern data centre, and at most 3 here."
            )


@dataclass(frozen=True)
class TrainingCost:
    """What a run takes.

    Attributes:
        flops: floating-point operations, 6 for each parameter and token.
        chip_hours: hours of one chip.
        days: with all chips at work.
        dollars: rent.
        energy_megawatt_hours: electricity of chips and building.
        town_years: the same, in years of a town of TOWN_HOMES homes.
    """

    flops: float
    chip_hours: float
    days: float
    dollars: float
    energy_megawatt_hours: float
    town_years: float


def cost(run: TrainingRun) -> TrainingCost:
    """What a training run takes: one multiplication or division after another.

    Source: Kaplan et al. 2020, arXiv:2001.08361, section 2.1, for the factor of 6.
    """
    chip = hardware()[run.hardware]
    # Computation, then time, then electricity; money is time times a price.
    flops = FLOPS_A_PARAMETER_AND_TOKEN * run.parameters * run.tokens
    # Chips never reach their peak: the utilisation says how much of it.
    chip_hours = flops / (chip.peak_flops_per_second * run.utilisation) / SECONDS_AN_HOUR
    # The building's cooling is counted with the chips; watt-hours become megawatt-hours.
    energy_megawatt_hours = chip_hours * chip.watts * run.building_factor / 1e6
    return TrainingCost(
        flops=flops,
        chip_hours=chip_hours,
        days=chip_hours / run.chips / HOURS_A_DAY,
        dollars=chip_hours * run.dollars_a_chip_hour,
        energy_megawatt_hours=energy_megawatt_hours,
        # A yardstick that people can picture.
        town_years=energy_megawatt_hours / town_megawatt_hours_a_year(),
    )


def town_megawatt_hours_a_year() -> float:
    """Electricity that the homes of the town use in a year."""
    return TOWN_HOMES * facts.get("home_kilowatt_hours_a_year").value / 1e3
