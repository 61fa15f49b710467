"""Copies and near-copies: shingles, MinHash, and what is dropped because of them."""
