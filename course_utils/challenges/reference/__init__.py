"""Right answers to the challenges, one file a notebook; the checks compare with them."""
