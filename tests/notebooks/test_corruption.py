"""Strict nbval can fail: a wrong figure and a spoilt picture, seen in a small notebook.

In the course's own notebooks every compared cell is tried so; see test_nbval.py.
"""

from __future__ import annotations

import nbformat
import notebook_files as files
import pictures
import pytest
from nbformat.v4 import new_output

from tools import nbval_strict

DRAWING = (
    "from matplotlib.figure import Figure\n"
    "from course_utils.ui.picture import show\n"
    "figure = Figure(figsize=(3, 2), dpi=72, label='a line')\n"
    "figure.subplots().plot([1, {value}])\n"
    "show(figure)"
)


@pytest.fixture
def drawing(make_notebook, tmp_path):
    """A notebook of one picture, executed, and a function that draws a value into it."""
    from kernels import execute, kernel_environment

    path = make_notebook("01_drawing", DRAWING.format(value=2))
    with kernel_environment(tmp_path) as environment:
        made = files.normalise(execute(files.read(path), environment, tmp_path))
    return path, made


def test_wrong_outputs_differ_in_one_figure_or_one_picture(drawing):
    _, made = drawing
    (picture,) = made.cells[0].outputs
    stream = new_output("stream", name="stdout", text="words 97 and 9\n")

    wrong = list(nbval_strict.wrong_outputs([stream, picture]))

    assert [kind for kind, _ in wrong] == ["figure", "picture"]
    assert wrong[0][1][0].text == "words 07 and 9\n" and stream.text == "words 97 and 9\n"
    assert wrong[0][1][1] == picture and wrong[1][1][0] == stream
    spoilt = wrong[1][1][1]
    assert spoilt.data["text/plain"] == picture.data["text/plain"]
    before, after = (pictures.decoded(one.data[files.PNG]) for one in (picture, spoilt))
    assert pictures.share_changed(before, after) == pytest.approx(
        pictures.BLOT**2 / (216 * 144), rel=0.01
    )


def test_the_same_picture_has_equal_bytes_or_a_few_other_shades(drawing):
    _, made = drawing
    png = pictures.decoded(made.cells[0].outputs[0].data[files.PNG])

    assert pictures.are_one(png, png)
    assert not pictures.are_one(png, pictures.spoilt(png))
    assert pictures.are_one(png, pictures.spoilt(png), varies=True)


def test_a_spoilt_picture_fails_in_nbval_and_in_check_and_the_right_one_passes(
    nbval, drawing, tmp_path
):
    path, made = drawing
    files.write(made, path)
    spoilt = path.with_name("02_spoilt.ipynb")
    (picture,) = made.cells[0].outputs
    (_, outputs), *_ = nbval_strict.wrong_outputs([picture])
    wrong = nbformat.from_dict(made)
    wrong.cells[0].outputs = outputs
    files.write(wrong, spoilt)

    done = nbval([path, spoilt], tmp_path, tmp_path / "wrong.jsonl")

    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "02_spoilt.ipynb::Cell 0" in done.stdout and "mismatch 'image/png'" in done.stdout
    lines = files.differences(files.read(spoilt), made)
    assert "1 pictures" not in str(lines) and "% of its pixels changed" in lines[1]
