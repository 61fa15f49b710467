"""The labs of notebook 01: one file a lab, its view in the .js file of the same name."""

from course_utils.widgets.data_collection.economics import EconomicsLab

__all__ = ["EconomicsLab"]
