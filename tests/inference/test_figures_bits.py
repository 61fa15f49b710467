"""The pictures of memory and bits: lines of what is given, labelled, and small."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from course_utils.inference import figures_bits as figures
from course_utils.ui.picture import LARGEST_BYTES, Picture

MEMORY = {"64 heads": {1024: 2.7, 8192: 21.5}, "8 heads": {1024: 0.3, 8192: 2.7}}
LOSS = {"per row": {2: 3.0, 4: 0.9, 8: 0.5}, "per 32": {2: 2.0, 4: 0.6, 8: 0.5}}
RIGHT = {name: {2: 0.0, 4: 0.8, 8: 0.95} for name in LOSS}


def both() -> list:
    return [
        figures.cache_memory(MEMORY, 80, "one GPU"),
        figures.fewer_bits(LOSS, RIGHT, (0.5, 0.95)),
    ]


def test_every_picture_is_small_and_labelled() -> None:
    for figure in both():
        picture = Picture.of(figure)
        width, height = Image.open(io.BytesIO(picture.png)).size
        assert len(picture.png) < LARGEST_BYTES and width <= 700 and height <= 500
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)


def test_lines_are_what_is_given() -> None:
    memory, bits = both()
    assert [list(line.get_ydata()) for line in memory.axes[0].lines[:2]] == [
        list(line.values()) for line in MEMORY.values()
    ]
    assert memory.axes[0].get_xscale() == memory.axes[0].get_yscale() == "log"
    right = bits.axes[1].lines
    assert list(right[0].get_ydata()) == [0.0, 80.0, 95.0]
    assert right[-1].get_ydata()[0] == 95.0


def test_lines_differ_by_more_than_colour() -> None:
    lines = both()[0].axes[0].lines[:2]
    assert len({(line.get_marker(), line.get_linestyle()) for line in lines}) == 2


def test_what_cannot_be_drawn_is_refused() -> None:
    for lines in ({}, {"none": {}}, {str(n): {1: 1.0} for n in range(5)}):
        with pytest.raises(ValueError, match="lines"):
            figures.cache_memory(lines)
    with pytest.raises(ValueError, match="give both"):
        figures.fewer_bits(LOSS, {"per row": {2: 0.5}}, (0.5, 0.9))
