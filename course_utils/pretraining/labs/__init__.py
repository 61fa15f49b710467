"""The labs of notebook 03: one folder a lab, its view in the .js file beside it."""

from course_utils.pretraining.labs.attention.lab import AttentionLab, attention_lab
from course_utils.pretraining.labs.gym.lab import GymLab, training_gym
from course_utils.pretraining.labs.neuron.lab import NeuronLab, neuron_lab
from course_utils.pretraining.labs.next_word.lab import NextWordLab, next_word_lab
from course_utils.pretraining.labs.spam.lab import SpamLab, spam_lab
from course_utils.pretraining.labs.valley.lab import ValleyLab, valley_lab

__all__ = [
    "AttentionLab",
    "GymLab",
    "NeuronLab",
    "NextWordLab",
    "SpamLab",
    "ValleyLab",
    "attention_lab",
    "neuron_lab",
    "next_word_lab",
    "spam_lab",
    "training_gym",
    "valley_lab",
]
