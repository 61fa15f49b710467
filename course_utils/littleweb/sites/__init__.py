"""The sites of the Little Web, one file a site, and the people who write on the forum."""
