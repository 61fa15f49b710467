"""The strip at the head of each notebook: the five stages, what the reader has made and done.

Headless it prints one line that is the same on every machine; live it is the pipeline's map: each
stage opens and tells what happens there, and the cells that run from then on are noted.
The map is HTML without a script, so it outlives the kernel, a reload and an untrusted notebook;
how far the reader is, it says of the moment when its cell ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from course_utils import facts, runtime
from course_utils.ui import sections
from course_utils.ui.progress import BROKEN, DONE, Progress, next_step, progress
from course_utils.ui.stages import STAGES, Stage, number_of

__all__ = ["STAGES", "Stage", "Strip", "position"]

SOFT = "color:var(--jp-ui-font-color2, #616161)"
ROW = "display:flex;flex-wrap:wrap;gap:4px;font-size:13px;line-height:1.4;max-width:1100px"
# Each <details> lends its parts to the row: the titles come first, and what is open is below them.
TITLE = "order:-1;flex:1 1 130px;min-width:0;box-sizing:border-box;padding:4px 6px;cursor:pointer"
OPENED = (
    "box-sizing:border-box;padding:8px 12px;margin:0;"
    "border:1px solid var(--jp-border-color2, #d0d0d0);border-radius:4px"
)


def position(stage: str) -> Strip:
    """The strip for one notebook; put it on the last line of its first cell.

    Args:
        stage: the notebook's name without its number, such as "tokenization".

    Raises:
        ValueError: there is no such stage.
    """
    strip = Strip(number_of(stage))
    # From here on it is known which sections have run; nobody reads along in a headless run.
    if not runtime.headless():
        sections.record(stage)
    return strip


@dataclass(frozen=True)
class Strip:
    """What `position` shows: text everywhere, and HTML in a live notebook."""

    at: int  # 0..4

    def __str__(self) -> str:
        stage = STAGES[self.at]
        # An artifact is a folder; the report card, whose name has a space, is none.
        written = " and ".join(name if " " in name else f"{name}/" for name in stage.writes)
        return f"Stage {self.at + 1} of {len(STAGES)}: {stage.title}: {stage.reads} -> {written}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        bundle = {"text/plain": str(self)}
        # The text is always there; the map only where somebody can click on it.
        if not runtime.headless():
            bundle["text/html"] = self.html()
        return bundle

    def html(self) -> str:
        """The five stages in a row, with what the reader has and did; each opens."""
        known = progress()
        entries = "".join(self._entry(number, one) for number, one in enumerate(known))
        ahead = escape(next_step(known, self.at))
        return (
            f'<nav class="anatomy-map" aria-label="{escape(str(self))}" style="{ROW}">'
            f"{entries}</nav>"
            f'<p class="anatomy-next" style="margin:6px 0 0;max-width:1100px">Next: {ahead}. '
            f'<span style="{SOFT}">(Run this cell again to bring all this up to date.)</span></p>'
        )

    def _entry(self, number: int, one: Progress) -> str:
        """A stage: its title, which is clicked, and what that opens."""
        here = number == self.at
        colour = "brand-color1, #1976d2" if here else "border-color2, #d0d0d0"
        # The title, which is clicked: where the reader is, and how far.
        title = f"{number + 1} {escape(one.stage.title)}"
        title = f"<strong>{title}</strong> (you are here)" if here else title
        below = "<br>".join(escape(line) for line in one.lines())
        current = ' aria-current="step"' if here else ""
        return (
            f'<details name="anatomy-map-{self.at}" style="display:contents">'
            f'<summary{current} style="{TITLE};border-top:3px solid var(--jp-{colour})">{title}'
            f'<br><span style="{SOFT}">{below}</span></summary>'
            f'<div style="{OPENED}">{_told(number, one)}</div></details>'
        )


def _told(number: int, one: Progress) -> str:
    """What a stage tells when it is opened."""
    stage = one.stage
    # What is known of the stage, then how far this reader is.
    figures = [escape(f"{what}: {facts.text(key)}") for what, key in stage.figures]
    # The same six questions at every stage.
    rows = (
        ("What engineers do here", escape(stage.engineers)),
        ("The data it needs", escape(stage.data)),
        ("Key figures", "<br>".join(figures)),
        ("Where people come in", escape(stage.humans)),
        ("The main challenge", escape(stage.hard)),
        ("Yours", "<br>".join(escape(line) for line in _yours(number, one))),
    )
    told = "".join(
        f'<div style="margin:0 0 6px"><span style="{SOFT}">{name}</span><br>{words}</div>'
        for name, words in rows
        if words
    )
    return f"<div><strong>{number + 1} {escape(stage.title)}</strong></div>{told}"


def _yours(number: int, one: Progress) -> list[str]:
    """What this reader has made, run and done, and which notebook makes the rest."""
    lines = [
        f"✓ {name} is made"
        if there
        else f"○ {name} is not made yet; notebook {number + 1:02} makes it"
        for name, there in one.artifacts
    ]
    lines += [
        f"{'✓' if ran == len(section.cells) else '○'} section {section.title}"
        + (f" ({ran} of {len(section.cells)} cells run)" if ran < len(section.cells) else "")
        for section, ran in one.sections
    ]
    for challenge, state in one.challenges:
        told = {DONE: "done", BROKEN: "was done; its answer is no longer right"}
        words = told.get(state, f"{challenge.minutes} minutes")
        mark = "✓" if state == DONE else "○"
        lines.append(f"{mark} challenge: {challenge.title} ({words})")
    return lines
