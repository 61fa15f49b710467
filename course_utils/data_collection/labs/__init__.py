"""The labs of notebook 01: one folder a lab, its view in the .js file beside it.

They train nothing: every slider's move is answered at once with a new drawing (see static_lab.py).
"""

from course_utils.data_collection.labs.extraction.lab import ExtractionLab, extraction_lab
from course_utils.data_collection.labs.lsh.lab import LshLab, lsh_lab
from course_utils.data_collection.labs.mix.lab import MixLab, mix_lab
from course_utils.data_collection.labs.quality.lab import QualityLab, quality_lab

__all__ = [
    "ExtractionLab",
    "LshLab",
    "MixLab",
    "QualityLab",
    "extraction_lab",
    "lsh_lab",
    "mix_lab",
    "quality_lab",
]
