"""The challenges of notebook 01: cases, right answers, and what a wrong one betrays."""
