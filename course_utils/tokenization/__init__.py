"""Stage 02: the corpus becomes token ids. Leaves out models; taught in notebook 02.

bpe.Tokenizer shows every step; fast.FastTokenizer gives the same ids through Hugging Face
tokenizers; shards keeps a corpus as ids on disk; compare measures tokenizers against each other.
"""

from course_utils.tokenization.bpe import Tokenizer
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import SPECIAL_TOKENS

__all__ = ["SPECIAL_TOKENS", "FastTokenizer", "Tokenizer"]
