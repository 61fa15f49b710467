"""The preference lab without a browser: labels, undo, two labs on one file, files, the script."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from course_utils import disk, workspace
from course_utils.finetuning_rlhf.annotator import Annotator, Tastes
from course_utils.finetuning_rlhf.label_store import LabelStore
from course_utils.finetuning_rlhf.labels import CHOICES
from course_utils.finetuning_rlhf.labs import PreferenceLab
from course_utils.finetuning_rlhf.labs.preferences import figure
from course_utils.ui import unpack

from ..pairs import capitals, labelled

_NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
TITLE = "Preference lab: which reply is better?"


def made(**settings: object) -> PreferenceLab:
    return PreferenceLab(*capitals(), **settings)


def press(lab: PreferenceLab, choice: str) -> None:
    """A key, as the browser sends it."""
    facts = unpack(lab.view.frame)[0]
    content = {"type": "choose", "at": facts["at"], "choice": choice}
    if choice == "undo":
        content = {"type": "undo", "labelled": facts["labelled"]}
    lab._hear(lab.view, content, [])


def whole_sentences(lab: PreferenceLab) -> str:
    """The side of the longer reply of the pair on show."""
    item = lab.items[lab.position]
    return "left" if len(item.left) > len(item.right) else "right"


@pytest.fixture
def live(live_labs: None) -> PreferenceLab:
    """A live lab, as in a notebook, with nobody at the other end."""
    return made()


def test_headless_the_script_stands_in_and_is_the_same_every_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    LabelStore().add(labelled("left"))  # of a reader, which another machine has not
    lab = made()
    data = lab._repr_mimebundle_()[0]
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == f"Picture: {TITLE}"
    assert lab.stands_in and lab.current_labels == made().current_labels
    lab.print_figures()
    said = capsys.readouterr().out
    assert said.startswith("the script stands in: 40 labels, 9 pairs shown twice; left is better ")
    assert f"slips: {sum(one.slip for one in lab.script)}; " in said
    assert "as without slips: " in said and "as itself before: " in said
    assert LabelStore().load() == [labelled("left")]


def test_without_slips_the_script_agrees_with_itself_and_with_the_one_without_slips() -> None:
    lab = made(annotator=Annotator(0, noise=0.0, tastes=Tastes(overlooked=0.0)))
    found = lab.agreements()
    assert found["as without slips"].value == found["as itself before"].value == 1
    assert found["the longer one"].value == 1


def test_each_label_is_in_the_file_before_the_next_pair_is_shown(live: PreferenceLab) -> None:
    assert not live.store.path.exists()
    for number, choice in enumerate(CHOICES, 1):
        item = live.items[live.position]
        press(live, choice)
        assert LabelStore().load()[-1] == item.label(choice)
        facts = unpack(live.view.frame)[0]
        assert (facts["at"], facts["labelled"], facts["redrawn"]) == (number, number, number)
        assert live.view.texts["left"] == live.items[number].left


def test_another_kernel_goes_on_where_this_one_was(live: PreferenceLab) -> None:
    for choice in ("left", "both_bad", "right"):
        press(live, choice)
    other = made()
    assert other.position == 3 and other.current_labels == live.current_labels
    press(other, "undo")
    assert other.position == 2 and "right is better" in other.notice
    assert len(LabelStore().load()) == 2


def test_undo_takes_back_one_label_after_the_other_and_then_says_so(live: PreferenceLab) -> None:
    for choice in ("left", "right", "left"):
        press(live, choice)
    for left in (2, 1, 0):
        live.undo()
        assert live.position == left == len(LabelStore().load())
    live.undo()
    assert live.notice == "There is no label to take back."
    press(live, "right")
    assert LabelStore().load()[0].choice == "right"


def test_what_was_pressed_for_a_pair_that_is_gone_counts_for_no_other(live: PreferenceLab) -> None:
    for _ in range(2):
        live._hear(live.view, {"type": "choose", "at": 0, "choice": "left"}, [])
    assert live.position == 1
    for _ in range(2):
        live._hear(live.view, {"type": "undo", "labelled": 1}, [])
    assert live.position == 0
    assert unpack(live.view.frame)[0]["redrawn"] == 4
    with pytest.raises(ValueError, match="choice is 'up'"):
        live.choose("up")


def test_two_labs_on_one_file_keep_the_labels_of_both_and_the_newest_stands(
    live: PreferenceLab,
) -> None:
    other = made()
    press(live, "left")
    press(other, "right")  # it still shows the first pair
    assert "Another lab on this file said: left is better" in other.notice
    assert [one.choice for one in LabelStore().load()] == ["left", "right"]
    assert [one.choice for one in other.current_labels] == ["right"]
    press(other, "both_good")
    press(live, "both_bad")
    assert len(LabelStore().load()) == 4
    other.undo()
    other.undo()
    assert [one.choice for one in LabelStore().load()] == ["left", "both_bad"]


def test_a_label_that_cannot_be_written_is_not_counted_and_the_lab_says_why(
    live: PreferenceLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(live, "left")
    monkeypatch.setattr(disk, "WAIT_SECONDS", 0.05)
    with disk.alone(live.store.path):
        press(live, "right")
        press(live, "undo")
    assert live.position == 1 and "another program" in live.notice
    press(live, "right")
    assert live.position == 2 and live.notice == ""


def test_at_the_end_the_lab_says_so_and_takes_no_more(live_labs: None) -> None:
    lab = made(most=3)
    for _ in range(4):
        lab.choose("left")
    assert lab.position == 3 and "All pairs have a label" in lab.notice
    assert lab.view.texts["turns"] == [] and len(LabelStore().load()) == 3


def test_after_twenty_labels_agreement_is_shown_and_before_how_many_are_missing(
    live: PreferenceLab,
) -> None:
    for _ in range(19):
        press(live, whole_sentences(live))
    assert live.view.texts["agreement"] == [] and live.view.texts["missing"] == 1
    press(live, whole_sentences(live))
    rows = {name: columns for name, *columns in live.view.texts["agreement"]}
    assert rows["as yourself before"] == ["4 of 4", "51% to 100%", "1.00"]
    assert list(rows) == ["as the script", "as yourself before", "the left one", "the longer one"]
    found = live.agreements()
    assert (found["as yourself before"].count, found["as yourself before"].of) == (4, 4)
    assert (found["the longer one"].count, found["the longer one"].of) == (20, 20)
    first = [one for one, item in zip(live.script, live.items, strict=True) if not item.again]
    meant = sum(not one.slip for one in first[:16])
    assert (found["as the script"].count, found["as the script"].of) == (meant, 16)


def test_the_sliders_change_what_the_script_says_and_no_label_of_the_reader(
    live: PreferenceLab,
) -> None:
    press(live, "left")
    assert any(one.slip for one in live.script)
    before = live.view.frame
    live.sliders["noise"].value = 0.0
    assert not any(one.slip for one in live.script)
    assert live.view.frame != before  # or the page would not draw it
    live.sliders["right"].value = 0.0
    live.sliders["longer"].value = -1.0
    live.sliders["polite"].value = 2.0
    assert vars(live.annotator.tastes)["longer"] == -1.0
    won = [one for one in live.script if not one.tie]
    assert sum(len(one.chosen) < len(one.rejected) for one in won) > len(won) / 2
    assert [one.choice for one in LabelStore().load()] == ["left"]


def test_slips_are_marked_beside_the_readers_own_labels(live_labs: None) -> None:
    lab = made(annotator=Annotator(0, noise=0.5))
    for _ in range(10):
        press(lab, "left")
    reviews = lab.view.texts["reviews"]
    assert [one["prompt"] for one in reviews] == [
        item.prompt.text for item in reversed(lab.items[2:10])
    ]
    slips = [one.slip for one in reversed(lab.script[2:10])]
    assert [one["slip"] for one in reviews] == slips and any(slips)


def test_export_and_import_from_the_lab_and_its_buttons(live_labs: None, tmp_path: Path) -> None:
    lab = made()
    for choice in ("left", "both_good", "right"):
        press(lab, choice)
    lab._exported()
    assert "2 preferences in labels.trl.jsonl; 1 tie left out" in lab.notice
    text = lab.store.path.with_name("labels.trl.jsonl").read_text(encoding="utf-8")
    other = made(file="other.jsonl")
    file = {"name": "labels.trl.jsonl", "content": memoryview(text.encode("utf-8"))}
    other.upload.value = (file | {"type": "", "size": 1, "last_modified": _NOW},)
    assert other.notice == "2 preferences imported." and other.upload.value == ()
    assert [one.chosen for one in other.current_labels] == [
        one.chosen for one in lab.current_labels if not one.tie
    ]
    assert other.position == 1  # the tie was not exported
    assert len(LabelStore("labels.jsonl").load()) == 3
    (tmp_path / "in.jsonl").write_text(json.dumps({"score": 1}), encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: it has no prompt"):
        lab.import_file(tmp_path / "in.jsonl")
    file |= {"content": memoryview(b"{}\n"), "type": "", "size": 1, "last_modified": _NOW}
    lab.upload.value = (file,)
    assert "labels.trl.jsonl, line 1: it has no prompt" in lab.notice
    assert len(lab.store.load()) == 3


def test_an_upload_with_unknown_fields_is_told_in_the_lab_and_their_names_let_it_in(
    live: PreferenceLab, tmp_path: Path
) -> None:
    row = {"prompt": "Hm?", "chosen": "a", "rejected": "b", "score_chosen": 3}
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    file = {"name": path.name, "type": "", "size": 1, "last_modified": _NOW}
    live.upload.value = (file | {"content": memoryview(path.read_bytes())},)
    assert "line 1: it has the unknown fields score_chosen" in live.notice
    assert "import_file" in live.notice and "Nothing was imported" in live.notice
    assert live.store.load() == [] and live.upload.value == ()
    assert len(live.import_file(path, ignore=["score_chosen"]).new) == 1
    assert [one.source for one in live.store.load()] == ["import"]


def test_without_a_label_the_script_is_exported_and_named_and_the_reader_has_still_none(
    live: PreferenceLab,
) -> None:
    live._exported()
    assert live.notice.startswith("The script's labels: ") and live.stands_in
    assert live.view.texts["warning"] == "" and live.view.texts["missing"] == 20
    assert live.store.load() == [] and not live.store.path.exists()
    live.undo()
    assert live.notice == "There is no label to take back."


def test_who_calls_both_good_every_time_is_told_that_nothing_is_learnt_from_it(
    live: PreferenceLab,
) -> None:
    for _ in range(40):
        press(live, "both_good")
    assert "All 40 labels say both good or both bad" in live.view.texts["warning"]
    assert live.preferences() == [] and live.picture() is not None
    rows = {name: columns for name, *columns in live.view.texts["agreement"]}
    assert rows["the left one"] == rows["the longer one"] == ["none yet", "", ""]
    assert rows["as yourself before"] == ["9 of 9", "70% to 100%", ""]  # kappa says nothing here


def test_one_side_every_time_and_clicks_against_oneself_are_told_in_the_lab(
    live: PreferenceLab,
) -> None:
    for _ in range(40):
        press(live, "left")
    assert "on the left every time" in live.view.texts["warning"]
    for _ in range(40):
        press(live, "undo")
    # the longer reply at first, the shorter one where a pair comes again
    for item in live.items:
        side = whole_sentences(live)
        other = {"left": "right", "right": "left"}[side]
        press(live, other if item.again else side)
    assert "in 9: a model" in live.view.texts["warning"]


def test_the_labels_own_file_is_no_export_and_ties_alone_are_none(live: PreferenceLab) -> None:
    press(live, "both_bad")
    with pytest.raises(ValueError, match="labels' own file"):
        live.export(live.store.path)
    live._exported()
    assert "All 1 labels say both" in live.notice
    assert len(live.store.load()) == 1


def test_preferences_know_what_is_needed_to_judge_a_reply(live: PreferenceLab) -> None:
    press(live, whole_sentences(live))
    press(live, "both_bad")
    (found,) = live.preferences()
    assert found.prompt is live.items[0].prompt and found.chosen.startswith("The capital")


def test_a_long_or_empty_reply_and_one_of_odd_signs_reach_the_page_whole(live_labs: None) -> None:
    prompts, _, _ = capitals(2)
    long = "word " * 60_000
    lab = PreferenceLab(prompts, ["", long], ["$a$ \u4e00", "<b>"])
    shown = {lab.view.texts["left"], lab.view.texts["right"]}
    assert shown == {"", "$a$ \u4e00"}
    press(lab, "left")
    assert long in (lab.view.texts["left"], lab.view.texts["right"])
    assert lab.picture() is not None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"annotator": Annotator(0, tastes=Tastes(longer=3.0))}, "longer is 3"),
        ({"most": 0}, "most is 0"),
        ({"file": "../x.jsonl"}, "file is"),
    ],
)
def test_what_cannot_be_shown_is_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**settings)


def test_a_file_that_was_put_aside_is_told_in_the_lab(live_labs: None) -> None:
    store = LabelStore()
    store.add(labelled("left"))
    with store.path.open("a", encoding="utf-8") as file:
        file.write("{\n")
    lab = made()
    assert "line 2 is not JSON" in lab.notice and len(lab.current_labels) == 1
    assert (workspace.root() / "preferences" / "labels.jsonl.aside").exists()


def test_the_picture_marks_slips_and_refuses_none_and_too_many() -> None:
    lab = made(annotator=Annotator(0, noise=0.3))
    texts = [text.get_text() for text in lab.picture().axes[0].texts]
    assert sum(figure.SLIP in text for text in texts) == 2
    assert texts.count(figure.CHOSEN) == 6
    for labels in ([], lab.script[:9]):
        with pytest.raises(ValueError, match="one to eight"):
            figure.labelled_pairs(labels, {}, "none")
