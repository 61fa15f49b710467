"""Controls that look alike in every lab.

Leaves out what they steer (the labs) and the transport's buttons (lab.py). No notebook section;
labs use it.
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets


def toggle_buttons(
    name: str,
    options: Sequence,
    value: object,
    *,
    tooltips: Sequence[str],
    tooltip: str,
    label_px: int = 90,
    button_px: int = 72,
) -> ipywidgets.ToggleButtons:
    """A choice of one among a few, its name in line with the names of the controls around it.

    Args:
        name: the control's name, shown before the buttons.
        options: what can be chosen; texts, or pairs of a text and a value.
        value: what is chosen at first.
        tooltips: what each choice does, one an option.
        tooltip: what the choice is about.
        label_px: width of the name, pixels.
        button_px: width of a button, pixels.
    """
    toggle = ipywidgets.ToggleButtons(
        options=list(options),
        value=value,
        description=name,
        tooltip=tooltip,
        tooltips=list(tooltips),
        style={"description_width": f"{label_px}px", "button_width": f"{button_px}px"},
        layout={"max_width": "100%"},
    )
    # The class puts the name in line with those of the sliders around it.
    toggle.add_class("anatomy-toggle")
    return toggle
