"""The challenges of notebook 02: cases, right answers, and what a wrong one betrays."""
