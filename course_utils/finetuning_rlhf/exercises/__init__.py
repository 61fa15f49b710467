"""The challenges of notebook 04: cases, right answers, and what a wrong one betrays."""
