"""The sources lab of notebook 05: a question, the answer, and the pages behind it."""
