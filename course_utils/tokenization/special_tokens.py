"""The five tokens that no text turns into, and their ids: the first of every vocabulary.

Leaves out the form of a chat (finetuning_rlhf/chat_format.py). Taught in notebook 02, section
"Everything is bytes".
"""

SPECIAL_TOKENS = ("<|end|>", "<|user|>", "<|assistant|>", "<|pad|>", "<|system|>")
END, USER, ASSISTANT, PAD, SYSTEM = range(5)
