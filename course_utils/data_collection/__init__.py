"""Stage 01: from a web of pages to documents that a model can learn from.

Left out: everything about tokens, which is stage 02. Taught in notebook 01.
"""
