"""The scale lab of notebook 01: what a training run takes, on sliders."""

from course_utils.economics.labs.scale.lab import EconomicsLab

__all__ = ["EconomicsLab"]
