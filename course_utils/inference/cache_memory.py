"""How much memory a KV cache takes: two vectors per layer, key-value head, token and row.

Leaves out paging, and caches of fewer bits. Taught in notebook 05, section "What the cache costs".

Source of sharing keys and values among queries: Ainslie et al. 2023, GQA, arXiv:2305.13245.
"""

from __future__ import annotations

from course_utils import checks, facts
from course_utils.model.transformer import TransformerConfig

FLOAT32, FLOAT16 = 4, 2  # bytes of a number
LLAMA3_HEAD_WIDTH = 128  # of all its sizes; Llama Team 2024, arXiv:2407.21783


def cache_bytes(
    layers: int,
    key_value_heads: int,
    head_width: int,
    tokens: int,
    rows: int = 1,
    number_bytes: int = FLOAT16,
) -> int:
    """The bytes of all keys and values.

    Args:
        layers: each has a cache of its own.
        key_value_heads: how many heads have keys and values of their own; where several heads of
            queries share them, these are fewer than the heads.
        head_width: how many numbers a key has, and a value.
        tokens: of each row, prompt and reply together.
        rows: texts that are written side by side.
        number_bytes: FLOAT16 as on most GPUs, or FLOAT32 as in this course.

    Raises:
        ValueError: one of them is no whole number from 1 up.
    """
    sizes = {
        "layers": layers,
        "key_value_heads": key_value_heads,
        "head_width": head_width,
        "tokens": tokens,
        "rows": rows,
        "number_bytes": number_bytes,
    }
    for name, size in sizes.items():
        checks.whole(name, size, least=1)
    # The 2 is for a key and a value.
    return 2 * layers * key_value_heads * head_width * tokens * rows * number_bytes


def of_model(
    config: TransformerConfig, tokens: int, rows: int = 1, key_value_heads: int | None = None
) -> int:
    """The bytes for a model of this course, in float32; see `cache_bytes`.

    Args:
        config: the model's size.
        tokens: of each row.
        rows: texts side by side.
        key_value_heads: None for as many as the model has heads; fewer to see what it would save.

    Raises:
        ValueError: the heads cannot be shared out evenly among so many, or see `cache_bytes`.
    """
    shared = config.heads if key_value_heads is None else key_value_heads
    checks.whole("key_value_heads", shared, least=1)
    if config.heads % shared:
        raise ValueError(
            f"{config.heads} heads cannot share {shared} heads of keys and values evenly.\n"
            f"Give a number that divides {config.heads}."
        )
    head_width = config.width // config.heads
    return cache_bytes(config.layers, shared, head_width, tokens, rows, FLOAT32)


def llama3_70b_gigabytes(tokens: int, key_value_heads: int | None = None) -> float:
    """What one text of a large model keeps, in GB, in float16; its sizes are those of facts.toml.

    Args:
        tokens: of the text.
        key_value_heads: None for as many as it has; 64 for as many as it has heads.

    Raises:
        ValueError: see `cache_bytes`.
    """
    layers, width = (int(facts.get(f"llama3_70b_{name}").value) for name in ("layers", "width"))
    own = int(facts.get("llama3_70b_key_value_share").value * width) // LLAMA3_HEAD_WIDTH
    heads = own if key_value_heads is None else key_value_heads
    return cache_bytes(layers, heads, LLAMA3_HEAD_WIDTH, tokens) / 1e9
