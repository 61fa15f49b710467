"""The strip at the head of each notebook: the five stages, what the reader has made and done.

It reads the workspace and changes nothing. Headless it prints one line that is the same on every
machine; live it shows the reader's artifacts and challenges too.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from course_utils import challenges, runtime, workspace


@dataclass(frozen=True)
class Stage:
    """One notebook of the course: what goes in and which artifacts come out."""

    folder: str
    title: str
    reads: str
    writes: tuple[str, ...]
    challenges: str  # the first part of its challenges' ids


STAGES = (
    Stage("data_collection", "data collection", "raw pages", ("corpus",), "collection"),
    Stage("tokenization", "tokenization", "corpus/", ("tokenizer", "tokens"), "tokenization"),
    Stage("pretraining", "pretraining", "tokens/", ("base_model",), "pretraining"),
    Stage(
        "finetuning_rlhf",
        "finetuning and human feedback",
        "base_model/",
        ("chat_model", "reward_model"),
        "finetuning",
    ),
    Stage("inference", "inference", "chat_model/", ("report card",), "inference"),
)


def position(stage: str) -> Strip:
    """The strip for one notebook; put it on the last line of its first cell.

    Args:
        stage: the notebook's name without its number, such as "tokenization".

    Raises:
        ValueError: there is no such stage.
    """
    folders = [one.folder for one in STAGES]
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
        """The five stages in a row, with the reader's artifacts and challenges below each."""
        root, done = workspace.root(), challenges.done()
        cells = "".join(self._cell(number, root, done) for number in range(len(STAGES)))
        return (
            f'<nav aria-label="{escape(str(self))}" style="display:flex;flex-wrap:wrap;'
            f'gap:4px;font-size:13px;line-height:1.4">{cells}</nav>'
        )

    def _cell(self, number: int, root: object, done: tuple[str, ...]) -> str:
        stage, here = STAGES[number], number == self.at
        lines = [
            f"{'✓' if (root / name).is_dir() else '○'} {name}/"
            for name in stage.writes
            if " " not in name
        ]
        lines += [name for name in stage.writes if " " in name]
        known = [
            one.id for one in challenges.listed() if one.id.startswith(stage.challenges + ".")
        ]
        if known:
            solved = len(set(known) & set(done))
            lines.append(f"{solved} of {len(known)} challenges done")
        edge = (
            "3px solid var(--jp-brand-color1, #1976d2)"
            if here
            else ("3px solid var(--jp-border-color2, #d0d0d0)")
        )
        current = ' aria-current="step"' if here else ""
        title = f"{number + 1} {escape(stage.title)}"
        title = f"<strong>{title}</strong> (you are here)" if here else title
        below = "<br>".join(escape(line) for line in lines)
        return (
            f'<div{current} style="flex:1 1 130px;border-top:{edge};padding:4px 6px">{title}'
            f'<br><span style="color:var(--jp-ui-font-color2, #616161)">{below}</span></div>'
        )
