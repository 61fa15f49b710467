"""The chat lab of notebook 05."""
