"""The lab of attention: where every head of a trained model looks in the reader's own sentence."""
