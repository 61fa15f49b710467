"""The sites of the Little Web, one file a site, and the people and phrasings they share."""
