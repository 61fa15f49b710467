"""The machine that every lab runs on: a trainer thread, a publisher of frames, a lab's frame.

It knows nothing of what is trained: a lab brings a `Trainable` (the model and its data), a view.
"""

from course_utils.ui.controls import toggle_buttons
from course_utils.ui.curve import Curve
from course_utils.ui.frames import pack, unpack
from course_utils.ui.lab import Lab, LabView, wrapping_row
from course_utils.ui.picture import CellOutput
from course_utils.ui.publisher import Publisher
from course_utils.ui.snapshots import Snapshots
from course_utils.ui.trainable import Renewable, Rewindable, Trainable, lab_threads
from course_utils.ui.trainer import DivergenceMonitor, Exploded, Trainer, running

__all__ = [
    "Curve",
    "Exploded",
    "Lab",
    "LabView",
    "Snapshots",
    "Publisher",
    "Renewable",
    "Rewindable",
    "CellOutput",
    "Trainable",
    "Trainer",
    "DivergenceMonitor",
    "lab_threads",
    "pack",
    "running",
    "toggle_buttons",
    "unpack",
    "wrapping_row",
]
