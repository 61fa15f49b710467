"""Static pictures: one file a stage, matplotlib Figures that no global state knows of.

`figures.show(figures.pretraining.loss_curve(history))` shows one in a notebook. They also stand in
for the labs where there is no browser. Live views are in `course_utils.widgets`.
"""

from course_utils.figures import (
    ablation,
    collection,
    economics,
    finetuning,
    inference,
    pretraining,
    tokenization,
)
from course_utils.figures.picture import Picture, show

__all__ = [
    "Picture",
    "ablation",
    "collection",
    "economics",
    "finetuning",
    "inference",
    "pretraining",
    "show",
    "tokenization",
]
