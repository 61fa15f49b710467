"""Stage 3: from one neuron to a small transformer trained on the reader's own corpus.

Leaves out finetuning (stage 4) and fast generation (stage 5). Taught in notebook 03.
"""
