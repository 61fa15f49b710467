"""The Anatomy of Intelligence: what the five notebooks call, one folder a stage.

Nothing is imported here; a notebook imports what it uses.
"""

__version__ = "0.1.0"
