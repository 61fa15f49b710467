"""The lab of the quality rules of notebook 01."""
