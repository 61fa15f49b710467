"""Where pages come from: WARC and WET files, folders, URLs, Hugging Face data sets."""
