"""The valley of notebook 03: optimizers on the loss surface of the spam network, live."""
