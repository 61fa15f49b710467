"""What the labs that train nothing have in common: controls, one view, and a headless picture.

A control's new value becomes a setting, the frame is made anew from the settings, and the view
draws it; there is no thread. The frame is a trait, so a reloaded page draws the same again.
Left out: everything about training (see ui/lab.py). No notebook section; the labs use it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import anywidget
import ipywidgets
import traitlets
from matplotlib.figure import Figure

from course_utils import runtime
from course_utils.ui import lifetime
from course_utils.ui.picture import CellOutput, Picture


class StaticLabView(anywidget.AnyWidget):
    """What the browser draws."""

    frame = traitlets.Bytes(help="All that is drawn; see ui/frames.py.").tag(sync=True)
    labels = traitlets.Dict(help="Names that never change while the lab lives.").tag(sync=True)


class StaticLab(CellOutput):
    """A lab without training in a notebook cell: the cell's last line.

    A subclass sets `title` and `view_class`, and gives `controls`, `frame`, `picture` and
    `as_text`. It prepares its data before it calls this constructor.

    Args:
        settings: name -> first value of everything that a control changes.
    """

    view_class = StaticLabView

    def __init__(self, settings: dict[str, object]) -> None:
        self.settings = dict(settings)
        self._resting = False
        self.view: StaticLabView | None = None
        # No reader: one picture. Else the view, and the controls above it.
        if runtime.headless():
            self._shown = Picture.of(self.picture(), self.title)
            return
        lifetime.retire_earlier()
        self.view = self.view_class(
            labels=self.labels(), frame=self.frame(), **self.further_traits()
        )
        self._shown = ipywidgets.VBox([*self.controls(), self.view])
        lifetime.keep_alive(self)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Rows of controls, wired with `steer`; called once, when live."""
        return ()

    def labels(self) -> dict:
        """Names for the view that never change."""
        return {}

    def further_traits(self) -> dict:
        """What a view that has more traits than these begins with."""
        return {}

    def frame(self) -> bytes:
        """Everything that the view draws, complete in itself (see `frames.pack`)."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `frame`.")

    def picture(self) -> Figure:
        """The static picture that stands for the lab where there is no browser."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `picture`.")

    def steer(self, control: ipywidgets.Widget, setting: str) -> ipywidgets.Widget:
        """Let a control's value be a setting, and draw anew when it changes."""
        control.observe(lambda change: self.change(setting, change["new"]), names="value")
        return control

    def change(self, setting: str, value: object) -> None:
        """Take a new setting and draw it."""
        self.settings[setting] = value
        self.redraw()

    def redraw(self) -> None:
        """Send a new frame, unless several settings are being changed at once, or headless."""
        # Headless there is no view; within at_once it is drawn at the end.
        if self.view is not None and not self._resting:
            self.view.frame = self.frame()

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Change several controls and draw once, at the end."""
        self._resting = True
        try:
            yield
        finally:
            # Also after an error, or the lab would never draw again.
            self._resting = False
        self.redraw()


def button(words: str, icon: str, tooltip: str, press: Callable[[], None]) -> ipywidgets.Button:
    """A button as wide as its words.

    Args:
        words: what stands on it.
        icon: of Font Awesome, without "fa-".
        tooltip: what it does.
        press: called without arguments.
    """
    made = ipywidgets.Button(
        description=words, icon=icon, tooltip=tooltip, layout={"width": "auto"}
    )
    made.on_click(lambda _: press())
    return made


def sized(label_pixels: int, pixels: int) -> dict:
    """Style and layout of a control: room for its label, its width, less in a narrow window."""
    return {
        "style": {"description_width": f"{label_pixels}px"},
        "layout": {"width": f"{pixels}px", "max_width": "100%"},
    }
