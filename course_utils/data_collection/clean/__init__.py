"""From a page to a text that is worth keeping: extraction, language, quality, privacy."""
