"""The challenges of notebook 03: cases, right answers, and what a wrong one betrays."""
