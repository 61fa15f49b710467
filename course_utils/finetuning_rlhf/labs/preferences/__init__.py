"""The preference lab of notebook 04: two replies side by side, and which is better."""
