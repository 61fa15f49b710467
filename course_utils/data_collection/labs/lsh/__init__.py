"""The lab of buckets for near-copies (locality-sensitive hashing) of notebook 01."""
