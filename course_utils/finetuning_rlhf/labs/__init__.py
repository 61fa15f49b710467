"""The labs of notebook 04: one folder a lab, its view in the .js file beside it."""

from course_utils.finetuning_rlhf.labs.leash.lab import LeashLab
from course_utils.finetuning_rlhf.labs.preferences.lab import PreferenceLab
from course_utils.finetuning_rlhf.labs.rank.lab import RankLab

__all__ = ["LeashLab", "PreferenceLab", "RankLab"]
