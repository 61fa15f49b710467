"""The extraction lab of notebook 01."""
