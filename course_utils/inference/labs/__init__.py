"""The labs of notebook 05: one folder a lab, its view in the .js file beside it."""

from course_utils.inference.labs.chat.lab import ChatLab
from course_utils.inference.labs.sampling.lab import SamplingLab
from course_utils.inference.labs.sources.lab import SourcesLab

__all__ = ["ChatLab", "SamplingLab", "SourcesLab"]
