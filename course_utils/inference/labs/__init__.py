"""The labs of notebook 05: one file a lab, its view in the .js file of the same name."""

from course_utils.inference.labs.chat.lab import ChatLab

__all__ = ["ChatLab"]
