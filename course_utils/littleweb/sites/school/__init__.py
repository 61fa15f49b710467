"""The site school: what pupils practise, each kind of page in a file of its own."""
