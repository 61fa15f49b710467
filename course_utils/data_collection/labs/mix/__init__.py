"""The mix lab of notebook 01."""
