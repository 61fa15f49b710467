"""Whether two PNG pictures are the same picture, and a picture that is spoiled on purpose.

Equal bytes are. Else a figure of training may have moved in its last digits, as they do from one
processor to another, and with it the shade of some pixels at the edge of a line.
"""

from __future__ import annotations

import base64
import hashlib
import io

import numpy as np
from PIL import Image

# Measured between two machines, the instruction set fixed: at most 0.4 pixels of 1,000 (the curve
# of finetuning) are more than 16 of 256 shades away. A blot as spoilt() makes it is four times so.
SHADES = 16
MOST_CHANGED = 0.0005
BLOT = 16


def share_changed(one: bytes, other: bytes) -> float:
    """The share of pixels that are more than SHADES away in a colour; 1 when the sizes differ."""
    if one == other:
        return 0.0
    first, second = _pixels(one), _pixels(other)
    if first.shape != second.shape:
        return 1.0
    return float((np.abs(first - second).max(axis=-1) > SHADES).mean())


def are_one(one: bytes, other: bytes, varies: bool = False) -> bool:
    """Whether two PNGs are the same picture.

    Args:
        one: the first.
        other: the second.
        varies: only their sizes in pixels have to agree: what is drawn is another on each machine.
    """
    if varies:
        return _pixels(one).shape == _pixels(other).shape
    return share_changed(one, other) <= MOST_CHANGED


def spoilt(png: bytes) -> bytes:
    """The same picture with a blot of BLOT by BLOT pixels in its middle."""
    pixels = _pixels(png).astype(np.uint8)
    row, column = (size // 2 for size in pixels.shape[:2])
    pixels[row : row + BLOT, column : column + BLOT] ^= 0xFF
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def described(png: bytes) -> str:
    """A short text that stands for a picture: its size and the beginning of its hash."""
    height, width, _ = _pixels(png).shape
    return f"picture of {width} x {height} pixels, SHA-256 {hashlib.sha256(png).hexdigest()[:12]}"


def decoded(text: str | list[str]) -> bytes:
    """The bytes of a picture in a notebook, where they stand in base64, whole or in lines."""
    return base64.b64decode("".join(text))


def encoded(png: bytes) -> str:
    """A picture's bytes as a notebook keeps them."""
    return base64.b64encode(png).decode("ascii")


def _pixels(png: bytes) -> np.ndarray:
    """Rows x columns x 3 colours, as signed numbers."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
