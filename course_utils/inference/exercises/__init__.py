"""The challenges of notebook 05: cases, right answers, and what a wrong one betrays."""
