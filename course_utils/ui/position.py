"""The strip at the head of each notebook: the five stages, what the reader has made and done.

It reads the workspace and changes nothing. Headless it prints one line that is the same on every
machine; live it is the pipeline's map: each stage opens and tells what happens there (stages.py).
The map is HTML without a script, so it outlives the kernel, a reload and an untrusted notebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from course_utils import challenges, facts, report, runtime, workspace
from course_utils.ui.stages import STAGES, Stage

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
    folders = [stage.folder for stage in STAGES]
    if stage not in folders:
        raise ValueError(f"There is no stage {stage!r}; there are {', '.join(folders)}.")
    return Strip(folders.index(stage))


@dataclass(frozen=True)
class Strip:
    """What `position` shows: text everywhere, and HTML in a live notebook."""

    at: int  # 0..4

    def __str__(self) -> str:
        stage = STAGES[self.at]
        written = " and ".join(name if " " in name else f"{name}/" for name in stage.writes)
        return f"Stage {self.at + 1} of {len(STAGES)}: {stage.title}: {stage.reads} -> {written}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        bundle = {"text/plain": str(self)}
        if not runtime.headless():
            bundle["text/html"] = self.html()
        return bundle

    def html(self) -> str:
        """The five stages in a row, with the reader's artifacts and challenges; each opens."""
        # Read once for all five stages.
        root, done = workspace.root(), challenges.done()
        entries = "".join(self._entry(number, root, done) for number in range(len(STAGES)))
        return (
            f'<nav class="anatomy-map" aria-label="{escape(str(self))}" style="{ROW}">'
            f"{entries}</nav>"
        )

    def _entry(self, number: int, root: Path, done: tuple[str, ...]) -> str:
        """A stage: its title, which is clicked, and what that opens."""
        stage, here = STAGES[number], number == self.at
        colour = "brand-color1, #1976d2" if here else "border-color2, #d0d0d0"
        # The title, which is clicked: where the reader is, and how far.
        title = f"{number + 1} {escape(stage.title)}"
        title = f"<strong>{title}</strong> (you are here)" if here else title
        below = "<br>".join(escape(line) for line in _progress(stage, root, done))
        current = ' aria-current="step"' if here else ""
        return (
            f'<details name="anatomy-map-{self.at}" style="display:contents">'
            f'<summary{current} style="{TITLE};border-top:3px solid var(--jp-{colour})">{title}'
            f'<br><span style="{SOFT}">{below}</span></summary>'
            f'<div style="{OPENED}">{_told(number, root, done)}</div></details>'
        )


def _own(stage: Stage, done: tuple[str, ...]) -> list[tuple[bool, challenges.Challenge]]:
    """The stage's challenges, and whether the reader has done each."""
    known = challenges.listed()
    return [
        (challenge.id in done, challenge)
        for challenge in known
        if challenge.id.startswith(stage.challenges + ".")
    ]


def _artifacts(stage: Stage, root: Path) -> list[tuple[bool, str]]:
    """What the stage makes, and whether the reader has made each."""
    return [
        (_has_reported(stage), name) if " " in name else ((root / name).is_dir(), f"{name}/")
        for name in stage.writes
    ]


def _has_reported(stage: Stage) -> bool:
    """Whether the report card has figures of this stage; a broken card counts as none."""
    try:
        return any(key.startswith(stage.challenges + ".") for key in report.load())
    except workspace.ArtifactError:
        return False


def _progress(stage: Stage, root: Path, done: tuple[str, ...]) -> list[str]:
    """What stands below a stage's title: artifacts, and how many challenges are done."""
    lines = [f"{'✓' if there else '○'} {name}" for there, name in _artifacts(stage, root)]
    # Only where the stage has challenges.
    known = _own(stage, done)
    if known:
        lines.append(f"{sum(solved for solved, _ in known)} of {len(known)} challenges done")
    return lines


def _told(number: int, root: Path, done: tuple[str, ...]) -> str:
    """What a stage tells when it is opened."""
    stage = STAGES[number]
    # What is known of the stage, then how far this reader is.
    figures = [escape(f"{what}: {facts.text(key)}") for what, key in stage.figures]
    yours = [
        f"✓ {escape(name)} is made"
        if there
        else f"○ {escape(name)} is not made yet; notebook {number + 1:02} makes it"
        for there, name in _artifacts(stage, root)
    ]
    yours += [
        f"{'✓' if solved else '○'} challenge: {escape(challenge.title)} "
        f"({'done' if solved else f'{challenge.minutes} minutes'})"
        for solved, challenge in _own(stage, done)
    ]
    rows = (
        ("What engineers do here", escape(stage.engineers)),
        ("The data it needs", escape(stage.data)),
        ("Key figures", "<br>".join(figures)),
        ("Where people come in", escape(stage.humans)),
        ("The main challenge", escape(stage.hard)),
        ("Yours", "<br>".join(yours)),
    )
    told = "".join(
        f'<div style="margin:0 0 6px"><span style="{SOFT}">{name}</span><br>{words}</div>'
        for name, words in rows
        if words
    )
    return f"<div><strong>{number + 1} {escape(stage.title)}</strong></div>{told}"
