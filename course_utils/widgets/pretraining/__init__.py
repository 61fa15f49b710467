"""The labs of notebook 03: one file a lab, its view in the .js file of the same name."""

from course_utils.widgets.pretraining.gym import GymLab, training_gym
from course_utils.widgets.pretraining.next_word import NextWordLab, next_word_lab
from course_utils.widgets.pretraining.spam_network import SpamLab, spam_lab

__all__ = ["GymLab", "NextWordLab", "SpamLab", "next_word_lab", "spam_lab", "training_gym"]
