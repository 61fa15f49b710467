"""Stage 4: from the base model to a chat that answers, finetuned and then taught by feedback.

Leaves out fast generation and serving (stage 5). Taught in notebook 04.
"""
