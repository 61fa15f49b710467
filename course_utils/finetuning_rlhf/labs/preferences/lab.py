"""The preference lab: two replies side by side, and the reader says which is better.

Each label is in the file before the next pair is shown (label_store.py), so a reload, another
kernel or a second lab on the same file lose nothing. The script of annotator.py says its own of
every pair, and stands in where there is no reader; its slips are marked. lab.js draws and hears
the keys. Taught in notebook 04, section "Which reply is better?".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

import ipywidgets
import traitlets
from matplotlib.figure import Figure

from course_utils import checks, runtime, workspace
from course_utils.finetuning_rlhf import agreement, preference_files
from course_utils.finetuning_rlhf.agreement import Share
from course_utils.finetuning_rlhf.annotator import Annotator, Preference
from course_utils.finetuning_rlhf.label_store import FILE, LabelStore
from course_utils.finetuning_rlhf.labels import (
    CHOICES,
    Item,
    Label,
    preferences,
    schedule,
    scripted,
    standing,
)
from course_utils.finetuning_rlhf.labs.preferences import figure
from course_utils.finetuning_rlhf.preference_files import Exported, Placed
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.ui import bundle, pack, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, button, sized

ENOUGH = 20  # labels, before agreement is worth showing
REVIEWED = 8  # labelled pairs that are shown beside what the script says of them
IN_PICTURE = 6
SAID = ("left is better", "right is better", "both good", "both bad")
WORDS = dict(zip(CHOICES, SAID, strict=True))
SLIDERS = (  # setting, name, smallest, largest, what it does
    ("noise", "Slips", 0.0, 0.5, "Share of the pairs for which it names the worse reply"),
    ("right", "Right", 0.0, 4.0, "Points of a reply that says what is true"),
    ("polite", "Friendly", -1.0, 2.0, "Points of a friendly word; below 0 it is disliked"),
    (
        "longer",
        "Long",
        -1.0,
        1.0,
        "Points for each doubling of the length; below 0 short is liked",
    ),
)
TASTES = ("right", "polite", "longer")


class PreferenceView(StaticLabView):
    """The drawing; what is pressed in it comes back as messages."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)
    texts = traitlets.Dict(help="The pair on show, the newest labels, agreement.").tag(sync=True)


class PreferenceLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        prompts: N prompts.
        first: N replies.
        second: N other replies; equal ones and pairs that came before are left out.
        annotator: the script, with the first places of its sliders; None takes Annotator(0).
        most: how many pairs are shown, those counted that are shown a second time.
        seed: which reply stands on the left.
        file: name of the labels' file in the workspace; another reader has another one.

    Attributes:
        items: what is shown, in this order.
        script: what the script says of each item, with the sliders of now.

    Raises:
        ValueError: see `schedule`, `LabelStore`; or a taste is beyond its slider.
        workspace.ArtifactError: the labels' file is there and cannot be read.
    """

    title = "Preference lab: which reply is better?"
    view_class = PreferenceView

    def __init__(
        self,
        prompts: Sequence[Prompt],
        first: Sequence[str],
        second: Sequence[str],
        annotator: Annotator | None = None,
        *,
        most: int = 40,
        seed: int = 0,
        file: str = FILE,
    ) -> None:
        self.items: list[Item] = schedule(prompts, first, second, seed, most)
        self.annotator, self.store = annotator or Annotator(0), LabelStore(file)
        likes = vars(self.annotator.tastes)
        settings = {"noise": self.annotator.noise, **{name: likes[name] for name in TASTES}}
        for name, _, low, high, _ in SLIDERS:
            checks.number(
                name, settings[name], least=low, most=high, hint="Its slider ends there."
            )
        # No reader: the script's labels are the same on every machine.
        self._file: list[Label] = [] if runtime.headless() else self.store.load()
        self._given: list[Label] = []  # in this lab, so that it takes back no other's
        self.notice, self._redrawn = self.store.notice, 0
        self.script: list[Label] = scripted(self.items, self.annotator)
        super().__init__(settings)
        if self.view is not None:
            self.view.on_msg(self._hear)

    @property
    def stands_in(self) -> bool:
        """Whether `current_labels` are the script's, because the reader has given none."""
        return not self._file

    @property
    def current_labels(self) -> list[Label]:
        """The reader's labels, those of other pairs and imported ones too; else the script's."""
        return list(self.script) if self.stands_in else standing(self._file)

    @property
    def position(self) -> int:
        """The first item without a label; the number of items when all have one."""
        done = {one.key for one in self._file}
        return next((at for at, item in enumerate(self.items) if item.key not in done), self.total)

    @property
    def total(self) -> int:
        """How many pairs are shown."""
        return len(self.items)

    @property
    def labelled(self) -> int:
        """How many of them have a label of the reader's."""
        done = {one.key for one in self._file}
        return sum(item.key in done for item in self.items)

    def preferences(self) -> list[Preference]:
        """The labels as a reward model is trained on them; ties are left out."""
        prompts = {tuple(item.prompt.turns): item.prompt for item in self.items}
        return preferences(self.current_labels, prompts)

    def agreements(self) -> dict[str, Share]:
        """How far the labels agree, and two habits that a reader may not know of.

        Beside the reader stands the script, beside the script one of its tastes who never slips
        and overlooks nothing.
        """
        mine, others = self.current_labels, self.script
        if self.stands_in:
            steady = replace(self.annotator.tastes, overlooked=0.0)
            others = scripted(
                self.items, Annotator(self.annotator.seed, 0.0, self.annotator.ties, steady)
            )
        other, same = ("without slips", "itself") if self.stands_in else ("the script", "yourself")
        return {
            f"as {other}": agreement.with_other(mine, others),
            f"as {same} before": agreement.with_self(mine),
            "the left one": agreement.left_share(mine),
            "the longer one": agreement.longer_share(mine),
        }

    def choose(self, choice: str) -> None:
        """Label the pair on show, write it down, and go on to the next.

        Args:
            choice: "left", "right", "both_good" or "both_bad".

        Raises:
            ValueError: there is no such choice.
        """
        checks.choice("choice", choice, CHOICES)
        if self.position == self.total:
            return self._tell("All pairs have a label. Take one back to change it.")
        given = self.items[self.position].label(choice)
        if not self._write(lambda: self.store.add(given)):
            return None
        self._given.append(given)
        # A second lab on this file may have labelled the pair since it was shown here.
        others = [one for one in self._file if one.key == given.key and one != given]
        if not others:
            return self._tell(self.store.notice)
        said = WORDS[others[-1].choice]
        return self._tell(f"Another lab on this file said: {said}. Yours is newer, and stands.")

    def undo(self) -> None:
        """Take back the newest label of this lab; of the file, after a kernel's restart."""
        shown = {item.key for item in self.items}
        taken = next((one for one in reversed(self._file) if one.key in shown), None)
        taken = self._given[-1] if self._given else taken
        if taken is None:
            return self._tell("There is no label to take back.")
        if not self._write(lambda: self.store.take_back(taken)):
            return None
        self._given = self._given[:-1]
        return self._tell(f"Taken back: {WORDS[taken.choice]}.")

    def export(self, path: Path | str | None = None) -> Exported:
        """Write the labels for other programs; see preference_files.py. Ties are left out.

        Args:
            path: the file; None for one beside the labels' own, which ends with .trl.jsonl.

        Raises:
            ValueError: all labels are ties, or this is the labels' own file.
            workspace.ArtifactError: the file cannot be written.
        """
        own = self.store.path
        if path is None:
            self.store.make_folder()
        target = Path(path) if path is not None else own.with_name(f"{own.stem}.trl.jsonl")
        if target.resolve() == own.resolve():
            raise ValueError(f"{own.name} is the labels' own file, which holds more. Use another.")
        return preference_files.export_preferences(self.current_labels, target)

    def import_file(self, path: Path | str, ignore: Collection[str] = ()) -> Placed:
        """Take labels from a file of prompt, chosen and rejected; all of them, or none.

        Args:
            path: the file.
            ignore: further fields that may be there and are not read.

        Raises:
            ValueError: see `preference_files.import_preferences`.
            workspace.ArtifactError: the workspace cannot be written.
        """
        return self._take(preference_files.import_preferences(path, ignore))

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """The script's noise and tastes; export and import."""
        self.sliders = {}
        for setting, name, low, high, tooltip in SLIDERS:
            slider = ipywidgets.FloatSlider(
                value=self.settings[setting],
                min=low,
                max=high,
                step=0.05,
                description=name,
                tooltip=f"The script: {tooltip[0].lower()}{tooltip[1:]}",
                readout_format=".2f",
                **sized(64, 270),
            )
            self.sliders[setting] = self.steer(slider, setting)
        words = "Write prompt, chosen and rejected, for other programs; ties are left out"
        self.upload = ipywidgets.FileUpload(
            description="Import",
            accept=".jsonl,.json",
            tooltip="Take labels from a JSON Lines file of prompt, chosen and rejected",
            layout={"width": "auto"},
        )
        self.upload.observe(lambda change: self._uploaded(change["new"]), names="value")
        export = button("Export", "download", words, self._exported)
        return [
            wrapping_row([ipywidgets.Label("The script:"), *self.sliders.values()]),
            wrapping_row([export, self.upload]),
        ]

    def change(self, setting: str, value: object) -> None:
        """Take a new setting of the script, which says its own of all pairs anew."""
        self.settings[setting] = value
        before = self.annotator
        likes = replace(before.tastes, **{name: self.settings[name] for name in TASTES})
        self.annotator = Annotator(before.seed, self.settings["noise"], before.ties, likes)
        self.script = scripted(self.items, self.annotator)
        self.redraw()

    def reviews(self) -> list[dict]:
        """The newest labels of pairs on show, each with what the script says of it."""
        script = {one.key: one for one in self.script}
        mine = [one for one in reversed(standing(self._file)) if one.key in script]
        return [
            {
                "prompt": one.turns[-1][1],
                "left": one.left,
                "right": one.right,
                "choice": one.choice,
                "script": script[one.key].choice,
                "slip": script[one.key].slip,
            }
            for one in mine[:REVIEWED]
        ]

    def texts(self) -> dict:
        """The texts of the view: the pair on show, the newest labels, and agreement."""
        item = self.items[self.position] if self.position < self.total else None
        missing = min(ENOUGH, self.total) - self.labelled
        rows = [[name, *one.columns] for name, one in self.agreements().items()]
        return {
            "turns": [list(turn) for turn in item.prompt.turns] if item else [],
            "left": item.left if item else "",
            "right": item.right if item else "",
            "reviews": self.reviews(),
            "agreement": rows if missing <= 0 else [],
            "missing": max(0, missing),
            "warning": "" if self.stands_in else agreement.warning(self.current_labels),
        }

    def further_traits(self) -> dict:
        """The texts too, so that the first frame finds them."""
        return {"texts": self.texts()}

    def frame(self) -> bytes:
        """How far the reader is."""
        facts = {
            "at": self.position,
            "total": self.total,
            "labelled": self.labelled,
            "redrawn": self._redrawn,  # so that no two frames are equal, and each is drawn
            "notice": self.notice,
        }
        return pack(facts, {})

    def redraw(self) -> None:
        """Send the texts with the frame, in one message."""
        if self.view is None:
            return
        self._redrawn += 1
        with self.view.hold_sync():
            self.view.texts = self.texts()
            super().redraw()

    def picture(self) -> Figure:
        """Some pairs with what was said of them, slips among them, and how labels agree."""
        labels = self.current_labels
        slips = [one for one in labels if one.slip][:2]
        others = [one for one in labels if not one.slip][: IN_PICTURE - len(slips)]
        return figure.labelled_pairs([*others, *slips], self.agreements(), self.title)

    def as_text(self) -> str:
        """How often each was said, the slips, and how labels agree."""
        labels = self.current_labels
        who = "the script stands in" if self.stands_in else "your labels"
        counts = [f"{WORDS[name]} {sum(one.choice == name for one in labels)}" for name in CHOICES]
        again = sum(item.again for item in self.items)
        slips = sum(one.slip for one in labels)
        lines = [
            f"{who}: {len(labels)} labels, {again} pairs shown twice; {', '.join(counts)}",
            f"slips: {slips}; contradictions: {agreement.contradictions(labels)}",
        ]
        return "\n".join([*lines, *(f"{name}: {one}" for name, one in self.agreements().items())])

    def _hear(self, _view: PreferenceView, content: dict, _buffers: list) -> None:
        """A button or a key; what was pressed for a pair that is gone counts for no other."""
        if content.get("type") == "choose" and content.get("at") == self.position:
            self.choose(content.get("choice"))
        elif content.get("type") == "undo" and content.get("labelled") == self.labelled:
            self.undo()
        else:
            self.redraw()

    def _write(self, change: Callable[[], list[Label]]) -> bool:
        """Change the file; False, and a notice, where the disk refuses."""
        try:
            self._file = change()
        except workspace.ArtifactError as error:
            self._tell(str(error))
            return False
        return True

    def _tell(self, notice: str) -> None:
        self.notice = notice
        self.redraw()

    def _take(self, found: list[Label]) -> Placed:
        """Add imported labels to the file."""
        self._file = self.store.load()
        placed = preference_files.placed(found, self.items, self._file)
        self._file = self.store.add(*placed.new)
        self._tell(f"{placed}.")
        return placed

    def _exported(self) -> None:
        """The button's export; what goes wrong is told in the lab."""
        whose = "The script's labels: " if self.stands_in else ""
        try:
            done = self.export()
            self._tell(f"{whose}{done}, in the workspace's folder {done.path.parent.name}.")
        except (ValueError, workspace.ArtifactError) as error:
            self._tell(str(error))

    def _uploaded(self, files: Sequence[dict]) -> None:
        """The button's import; what goes wrong is told in the lab."""
        for file in files:
            try:
                content = bytes(file["content"])
                self._take(preference_files.parse_preferences(content, file["name"]))
            except (ValueError, workspace.ArtifactError) as error:
                self._tell(str(error))
        if files:
            self.upload.value = ()  # so that the same file can be given again
