"""What a cell shows: a figure as a PNG with a constant text, or a lab's live controls.

It draws nothing. The text is the same on every machine, so that nbval can compare it; the numbers
of a picture are printed beside it by the notebook.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field

import ipywidgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

LARGEST_BYTES = 40_000
COLOURS = 128  # a third of the bytes, and no difference that one sees

Bundle = tuple[dict, dict]  # data and metadata by kind, as Jupyter shows them


@dataclass(frozen=True)
class Picture:
    """A PNG with the sentence that says what it shows."""

    png: bytes = field(repr=False)
    words: str

    @classmethod
    def of(cls, figure: Figure, words: str = "") -> Picture:
        """Draw a figure.

        Args:
            figure: drawn at its own size and dots per inch.
            words: what it shows; the figure's label when empty.

        Raises:
            ValueError: the PNG is larger than 40 kB, too much for a notebook under 1 MB.
        """
        words = words or figure.get_label()
        # Few colours make a third of the bytes.
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        stream = io.BytesIO()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        image.quantize(COLOURS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        # A notebook is read by people and kept in git: too large a picture is refused here.
        png = stream.getvalue()
        if len(png) > LARGEST_BYTES:
            raise ValueError(
                f"The picture {words!r} has {len(png):,} bytes; at most "
                f"{LARGEST_BYTES:,} go into a notebook. Draw fewer points or make "
                f"the figure smaller."
            )
        return cls(png, words)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        # What nbconvert writes beside a picture, for those who do not see it.
        metadata = {"image/png": {"alt": self.words}}
        png = base64.b64encode(self.png).decode("ascii")
        return {"image/png": png, "text/plain": str(self)}, metadata

    def __str__(self) -> str:
        return f"Picture: {self.words}"


class CellOutput:
    """A lab as a cell's last line; a subclass sets `_shown`.

    Attributes:
        title: the lab's name, the same on every machine.
    """

    title = "Lab"
    _shown: Picture | ipywidgets.Widget

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        # The picture alone: a widget's view would be committed with the notebook.
        if isinstance(self._shown, Picture):
            return self._shown._repr_mimebundle_()
        bundle = dict(self._shown._repr_mimebundle_())
        bundle["text/plain"] = f"{self.title} (live)"
        return bundle, {}

    def as_text(self) -> str:
        """The lab's figures of this moment, rounded; the same on every machine."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `as_text`.")

    def print_figures(self) -> None:
        """Print the figures beside a picture; a live lab shows them itself, and prints nothing."""
        if isinstance(self._shown, Picture):
            print(self.as_text())

    def retire(self) -> None:
        """Give up the controls and the view: another lab has taken this one's place."""
        if isinstance(self._shown, ipywidgets.Widget):
            close(self._shown)


def close(widget: ipywidgets.Widget) -> None:
    """Close a widget with all that it is made of: children, layouts, styles."""
    for name in widget.keys:
        value = getattr(widget, name)
        for part in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(part, ipywidgets.Widget):
                close(part)
    widget.close()


def show(figure: Figure) -> None:
    """Show a figure below the cell, with its label as a constant text."""
    from IPython.display import display

    display(Picture.of(figure))
