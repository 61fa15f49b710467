"""What a lab's cell shows: the live controls, or the one picture where there is no browser.

Leaves out what is in either (lab.py, and static_lab.py for labs that train nothing). No notebook
section; labs use it.
"""

from __future__ import annotations

import ipywidgets

from course_utils.ui.picture import Picture


class CellOutput:
    """A lab as a cell's last line; a subclass sets `_shown`.

    Attributes:
        title: the lab's name, the same on every machine.
    """

    title = "Lab"
    _shown: Picture | ipywidgets.Widget

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        if isinstance(self._shown, Picture):
            return self._shown._repr_mimebundle_()
        bundle = dict(self._shown._repr_mimebundle_())
        bundle["text/plain"] = f"{self.title} (live)"
        return bundle
