"""What all labs have in common: the buttons, the wiring to the trainer, and the headless picture.

A lab adds what it trains, its own controls, its view and its picture. Controls are ipywidgets,
views are anywidget. A live lab's cell returns at once and training goes on in the background;
headless (COURSE_HEADLESS=1), a fixed number of steps is trained first and one picture is shown.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence

import anywidget
import ipywidgets
import traitlets
from IPython import get_ipython
from matplotlib.figure import Figure

from course_utils import runtime
from course_utils.ui import lifetime
from course_utils.ui.picture import CellOutput, Picture, close
from course_utils.ui.publisher import Publisher
from course_utils.ui.trainable import Renewable, Rewindable, Trainable, full_frame
from course_utils.ui.trainer import Trainer

STARTED_AGAIN = "This lab was started again in another cell; that one is the live one."
LONGEST_WAIT_SECONDS = 5.0  # then the kernel is free again


class LabView(anywidget.AnyWidget):
    """What the browser draws. Its traits are all that a reloaded page needs to draw again."""

    frame = traitlets.Bytes(help="The last frame kept; see frames.py.").tag(sync=True)
    status = traitlets.Unicode("paused", help="paused, playing, error, stopped").tag(sync=True)
    banner = traitlets.Unicode("", help="What went wrong, and what to do.").tag(sync=True)
    labels = traitlets.Dict(help="Names that never change while the lab lives.").tag(sync=True)

    def keep(self, block: bytes) -> None:
        """Take a frame that a page opened later starts from."""
        self.frame = block

    def tell(self, status: str, banner: str) -> None:
        """Show a status and a banner."""
        self.status, self.banner = status, banner

    def deliver(self, number: int, block: bytes) -> None:
        """Send a frame to the open pages."""
        self.send({"type": "frame", "number": number}, buffers=[block])


class Lab(CellOutput):
    """A lab in a notebook cell: the cell's last line.

    A subclass sets `name`, `title` and `view_class`, and gives `controls`, `labels` and `picture`.

    Args:
        trainable: what is trained (see trainable.Trainable).
        headless_steps: how many steps are trained where there is no reader to press play.
        run_steps: how many steps the "run" button takes.
        steps_per_second: the pace of play.
    """

    name = "lab"
    view_class = LabView

    def __init__(
        self,
        trainable: Trainable,
        *,
        headless_steps: int,
        run_steps: int = 100,
        steps_per_second: float = 60,
    ) -> None:
        # A cell that is run again: the lab before it must not go on unseen.
        self.trainable = trainable
        lifetime.retire_earlier(self.name)
        # No reader: so many steps at once, and one picture.
        self.trainer: Trainer | None = None
        if runtime.headless():
            for _ in range(headless_steps):
                trainable.step()
            self._shown = Picture.of(self.picture(), self.title)
            return
        # A view, and a thread that trains and tells it what to show.
        self.view = self.view_class(labels=self.labels(), frame=full_frame(trainable))
        self.trainer = Trainer(
            self.name,
            trainable,
            Publisher(self.view.deliver),
            self._tell,
            self.view.keep,
            steps_per_second,
        )
        # The controls, which only send commands to that thread.
        self.view.on_msg(self._hear)
        self.buttons = self._transport(run_steps)
        self.rewind = rewind_button(lambda: self.trainer.send("rewind"))
        top = [*self.buttons, *([self.rewind] if isinstance(trainable, Rewindable) else [])]
        self._shown = ipywidgets.VBox([wrapping_row(top), *self.controls(), self.view])
        self._at_exit = weakref.finalize(self, self.trainer.stop)  # when the kernel goes down
        lifetime.keep_alive(self, self.name)
        self.trainer.start()

    def retire(self) -> None:
        """Stop for the lab that takes this one's place; the view stays and says so.

        What reached this lab (buttons, sliders, messages of the page) is cut off, so that it and
        its model go when nobody holds them any more.
        """
        self.trainer.stop(STARTED_AGAIN)
        self._at_exit.detach()
        self.view.on_msg(self._hear, remove=True)
        rows = [row for row in self._shown.children if row is not self.view]
        self._shown.children = [self.view]
        for widget in (*rows, self.rewind):  # which stands in no row where nothing can rewind
            close(widget)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Rows of sliders and toggles, wired with `steer`; called once, when live."""
        return ()

    def labels(self) -> dict:
        """Names for the view that never change."""
        return {}

    def picture(self) -> Figure:
        """The static picture that stands for the lab where there is no browser."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `picture`.")

    def steer(self, control: ipywidgets.Widget, setting: str) -> ipywidgets.Widget:
        """Let a control's value be a setting of the trainable, from the next step on."""
        # The thread takes the setting between two steps, so none is trained with half a change.
        control.observe(
            lambda change: self.trainer.send("change", setting, change["new"]), names="value"
        )
        return control

    def run_steps(self, count: int) -> None:
        """Take so many steps at full speed and show the last one; needs no live updates."""
        # A stopped lab would never set the event.
        if not self.trainer.is_alive():
            return
        # The event is set by the trainer's thread when the last step is taken.
        done = threading.Event()
        self.trainer.send("steps", count, done)
        if done.wait(LONGEST_WAIT_SECONDS):
            # Sent whole, for a page that missed the live updates.
            self.view.send_state(("frame", "status", "banner"))

    def _transport(self, run_steps: int) -> list[ipywidgets.Button]:
        """Play, pause, step, reset, run: the same order and words in every lab."""
        send = self.trainer.send
        rows = (
            ("play", "Play", "Train one step after another", lambda: send("play")),
            ("pause", "Pause", "Stop training and keep the weights", lambda: send("pause")),
            ("step-forward", "Step", "Train exactly one step", lambda: send("steps", 1)),
            *self._back_button(),
            (
                "undo",
                "Reset",
                "Go back to the first weights of the same seed",
                lambda: send("reset"),
            ),
            *self._new_weights_button(),
            (
                "fast-forward",
                f"Run {run_steps} steps",
                "Train so many steps at once; works where live pictures do not",
                lambda: self.run_steps(run_steps),
            ),
        )
        # All alike, and wide enough that they do not jump.
        buttons = []
        for icon, words, tooltip, press in rows:
            button = ipywidgets.Button(
                description=words,
                icon=icon,
                tooltip=tooltip,
                layout=ipywidgets.Layout(width="auto", min_width="86px"),
            )
            # Bound here, since the loop's name would be the last one's.
            button.on_click(lambda _, press=press: press())
            buttons.append(button)
        return buttons

    def _back_button(self) -> list[tuple]:
        if not isinstance(self.trainable, Rewindable):
            return []
        words = "Go back to the kept state before this step, and pause"
        return [("step-backward", "Back", words, lambda: self.trainer.send("back"))]

    def _new_weights_button(self) -> list[tuple]:
        if not isinstance(self.trainable, Renewable):
            return []
        words = "Start again from the first weights of another seed"
        return [("random", "New weights", words, lambda: self.trainer.send("new_weights"))]

    def _tell(self, status: str, banner: str) -> None:
        """Show a status and a banner, and after a failure the way back."""
        self.view.tell(status, banner)
        # The way back keeps its place while it is hidden.
        offered = status == "error" and self.trainer.offers_rewind
        self.rewind.layout.visibility = "visible" if offered else "hidden"

    def _hear(self, _view: LabView, content: dict, _buffers: list) -> None:
        kind = content.get("type")
        # An answer to a frame, a page that has opened, or a sign of life.
        if kind == "ack":
            self.trainer.send("hear", int(content["number"]))
        elif kind == "ready":
            self.trainer.send("ready")
        elif kind == "alive":
            self.trainer.send("hear")
            when_free(lambda: self.view.send({"type": "here"}))


def when_free(do: Callable[[], None]) -> None:
    """Do it on the kernel's main thread, after the cell that runs there; at once without a kernel.

    JupyterLab lets some messages overtake a running cell (on a subshell) and others not; what a
    reader wants to know is whether the others are heard.
    """
    # Outside of a kernel, as in tests, nothing runs that could be waited for.
    loop = getattr(getattr(get_ipython(), "kernel", None), "io_loop", None)
    if loop is None:
        do()
    else:
        loop.add_callback(do)


def rewind_button(press: Callable[[], None]) -> ipywidgets.Button:
    """The way back after a failure; it keeps its place while it is hidden, so nothing jumps."""
    button = ipywidgets.Button(
        description="Rewind to before it exploded",
        icon="history",
        button_style="warning",
        tooltip="Go back to the last weights that were good, and pause",
        layout={"width": "auto", "visibility": "hidden"},
    )
    button.on_click(lambda _: press())
    return button


def wrapping_row(children: Sequence[ipywidgets.Widget]) -> ipywidgets.Box:
    """A row of controls that becomes several in a narrow window."""
    return ipywidgets.Box(
        list(children),
        layout=ipywidgets.Layout(
            display="flex", flex_flow="row wrap", align_items="center", grid_gap="2px 12px"
        ),
    )
