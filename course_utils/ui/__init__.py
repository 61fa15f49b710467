"""The machine that every lab runs on: a trainer thread, a publisher of frames, a lab's frame.

It knows nothing of what is trained: a lab brings a `Subject` (the model and its data) and a view.
"""

from course_utils.ui.cell_output import Shown
from course_utils.ui.controls import toggle_buttons
from course_utils.ui.curve import Curve
from course_utils.ui.divergence import Exploded, Watch
from course_utils.ui.frames import pack, unpack
from course_utils.ui.lab import Lab, LabView, assets, wrapping_row
from course_utils.ui.publisher import Publisher
from course_utils.ui.snapshots import Past
from course_utils.ui.threads import lab_threads
from course_utils.ui.trainable import Renewable, Rewindable, Subject
from course_utils.ui.trainer import Trainer, running

__all__ = [
    "Curve",
    "Exploded",
    "Lab",
    "LabView",
    "Past",
    "Publisher",
    "Renewable",
    "Rewindable",
    "Shown",
    "Subject",
    "Trainer",
    "Watch",
    "assets",
    "lab_threads",
    "pack",
    "running",
    "toggle_buttons",
    "unpack",
    "wrapping_row",
]
