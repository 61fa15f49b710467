"""How pages are kept: WARC and WET files, and the data sets of Hugging Face."""
