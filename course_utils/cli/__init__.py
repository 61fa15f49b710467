"""What `python course.py COMMAND` does, one file a command, each with a `main(arguments)`."""
