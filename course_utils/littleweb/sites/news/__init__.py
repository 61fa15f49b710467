"""The site news: pages that are crawled and kept, and that no model is trained on."""
