"""The labs of notebook 01: one file a lab, its view in the .js file of the same name.

They train nothing: every slider's move is answered at once with a new drawing (see still.py).
"""

from course_utils.widgets.data_collection.economics import EconomicsLab
from course_utils.widgets.data_collection.extraction import ExtractionLab, extraction_lab
from course_utils.widgets.data_collection.lsh import LshLab, lsh_lab
from course_utils.widgets.data_collection.mixing import MixLab, mix_lab
from course_utils.widgets.data_collection.thresholds import QualityLab, quality_lab

__all__ = [
    "EconomicsLab",
    "ExtractionLab",
    "LshLab",
    "MixLab",
    "QualityLab",
    "extraction_lab",
    "lsh_lab",
    "mix_lab",
    "quality_lab",
]
