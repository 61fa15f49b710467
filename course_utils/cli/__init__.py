"""What `python course.py VERB` does, one file a verb, each with a `main(arguments)`."""
