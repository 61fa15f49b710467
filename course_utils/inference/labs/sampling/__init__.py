"""The sampling lab of notebook 05."""
