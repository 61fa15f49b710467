"""The sites of the Little Web, one file a site, and the people and sentences that they share."""
