"""The model: transformer, KV cache, sampling, generation, saving in the Hugging Face layout.

Leaves out how it is trained (pretraining, finetuning_rlhf) and served (inference).
"""
