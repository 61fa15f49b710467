"""The scale lab: its controls, its figures and its chart over the years."""
