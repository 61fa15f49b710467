"""The lab of one neuron: a line and its bend, and four corners to tell apart."""
