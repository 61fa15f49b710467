"""How good the collection is, measured against the truth that the pipeline never sees."""
