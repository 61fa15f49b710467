"""The Training Gym of notebook 03: the transformer, trained live."""
