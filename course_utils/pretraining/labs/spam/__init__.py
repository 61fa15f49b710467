"""The spam network of notebook 03, trained by hand and live."""
