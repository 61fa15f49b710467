"""The crawler: pages over HTTP into WARC files, with the manners of a guest."""
