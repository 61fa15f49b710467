"""The next-word network of notebook 03, trained live."""
