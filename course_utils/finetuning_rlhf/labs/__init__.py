"""The labs of notebook 04: one file a lab, its view in the .js file of the same name."""

from course_utils.finetuning_rlhf.labs.leash.lab import LeashLab

__all__ = ["LeashLab"]
