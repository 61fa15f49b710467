"""The labs of notebook 05: one folder a lab, its view in the .js file beside it."""

from course_utils.inference.labs.chat.lab import ChatLab

__all__ = ["ChatLab"]
