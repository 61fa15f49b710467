"""What goes on inside the trained model, each question with a measure and a fair comparison.

Left out: how well it does its work (evaluate.py). For notebook 03, sections "Where it
looks" and those behind it.
"""
