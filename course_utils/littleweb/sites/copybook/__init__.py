"""The site copybook: pupils write again what stands before them."""
