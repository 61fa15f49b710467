"""What training a model takes and costs: a calculator, published runs, growth, popular claims.

It holds no figures of its own: those are in facts.toml, with their sources. Its lab is in
`economics.labs`.
Notebook 01, section "Scale: what a large model takes".
"""

from course_utils.economics.claims import Claim, claims, claims_table
from course_utils.economics.cost import Hardware, TrainingCost, TrainingRun, cost, hardware
from course_utils.economics.growth import Doubling, doubling, records
from course_utils.economics.published import SERIES, Model, Point, models, series
from course_utils.economics.runs import Check, checks, checks_table, chip_of, published, run_of

__all__ = [
    "SERIES",
    "Check",
    "Claim",
    "Doubling",
    "Hardware",
    "Model",
    "Point",
    "TrainingCost",
    "TrainingRun",
    "checks",
    "checks_table",
    "chip_of",
    "claims",
    "claims_table",
    "cost",
    "doubling",
    "hardware",
    "models",
    "published",
    "records",
    "run_of",
    "series",
]
