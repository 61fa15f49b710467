"""Preferences in the form of other programs: what is written, read back, and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_utils import workspace
from course_utils.finetuning_rlhf.labels import Label, schedule
from course_utils.finetuning_rlhf.preference_files import (
    export_preferences,
    import_preferences,
    parse_preferences,
    placed,
)

from .pairs import capitals, labelled, swapped

ROW = {"prompt": "Hm?", "chosen": "a", "rejected": "b"}


def lines(*rows: object) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode("utf-8")


def test_a_row_has_three_lists_of_messages_and_ties_are_left_out(tmp_path: Path) -> None:
    turns = (("system", "Be brief."), ("user", "Ä?"))
    labels = [Label(turns, "no", "yes", "right"), labelled("both_good", 1), labelled("left", 2)]
    done = export_preferences(labels, tmp_path / "out.jsonl")
    assert (done.rows, done.ties) == (2, 1)
    assert str(done) == "2 preferences in out.jsonl; 1 tie left out"
    first, _ = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(first) == {
        "prompt": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Ä?"},
        ],
        "chosen": [{"role": "assistant", "content": "yes"}],
        "rejected": [{"role": "assistant", "content": "no"}],
    }


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    labels = [
        labelled("right", 1),
        labelled("left", 2, left="a\u2029", right="\u2028b"),
        labelled("left"),
    ]
    export_preferences(labels, tmp_path / "out.jsonl")
    found = import_preferences(tmp_path / "out.jsonl")
    said = [(one.turns, one.chosen, one.rejected) for one in labels]
    assert [(one.turns, one.chosen, one.rejected) for one in found] == said
    assert {one.source for one in found} == {"import"}


def test_a_pair_with_an_empty_reply_is_left_out_and_counted(tmp_path: Path) -> None:
    labels = [labelled("left", 1), labelled("left", 2, left=""), labelled("right", 3, left=" \n")]
    done = export_preferences([*labels, labelled("both_bad", 4)], tmp_path / "out.jsonl")
    assert (done.rows, done.ties, done.empty) == (1, 1, 2)
    assert str(done).endswith("1 tie and 2 preferences with an empty reply left out")
    with pytest.raises(ValueError, match="2 pairs"):
        export_preferences(labels[1:], tmp_path / "none.jsonl")
    assert not (tmp_path / "none.jsonl").exists()


def test_hugging_face_reads_it_as_conversations(tmp_path: Path) -> None:
    from pyarrow import json as pyarrow_json  # what datasets reads JSON Lines with

    export_preferences([labelled("left", 1), labelled("right", 2)], tmp_path / "out.jsonl")
    table = pyarrow_json.read_json(tmp_path / "out.jsonl")
    assert table.column_names == ["prompt", "chosen", "rejected"]
    assert table.to_pylist()[1]["chosen"] == [{"role": "assistant", "content": "R2"}]


def test_of_two_labels_for_one_pair_the_newest_is_written(tmp_path: Path) -> None:
    done = export_preferences([labelled("left"), labelled("right")], tmp_path / "out.jsonl")
    assert done.rows == 1
    assert import_preferences(done.path)[0].chosen == "R0"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "no labels yet"),
        ([labelled("both_good", 1), labelled("both_bad", 2)], "All 2 labels say both"),
    ],
)
def test_nothing_and_ties_alone_are_no_export(labels: list, message: str, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("before", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        export_preferences(labels, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "before"


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(workspace.ArtifactError, match="cannot be written"):
        export_preferences([labelled("left")], tmp_path / "none" / "out.jsonl")


def test_plain_texts_will_do_as_in_other_data_sets() -> None:
    (found,) = parse_preferences(lines(ROW), "in.jsonl")
    assert (found.turns, found.chosen, found.rejected) == ((("user", "Hm?"),), "a", "b")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "in.jsonl is empty"),
        (b"\n \n", "in.jsonl is empty"),
        (b"\xff\xfe", "no UTF-8"),
        (b"{", "line 1: it is not JSON"),
        (lines(ROW, [1]), "line 2: it is .*not an object"),
        (lines(ROW | {"score": 3, "id": 1}), r"fields score, id; .* ignore=\['score', 'id'\]"),
        (lines({"chosen": "a", "rejected": "b"}), "no prompt .*extract_prompt"),
        (lines({"prompt": "Hm?"}), "no chosen and no rejected"),
        (lines(ROW | {"chosen": 3}), "chosen is 3"),
        (lines(ROW | {"chosen": [{"role": "user", "content": "a"}]}), "chosen is .*assistant"),
        (lines(ROW | {"rejected": []}), r"rejected is \[\]"),
        (lines(ROW | {"rejected": "a"}), "the same"),
        (lines(ROW | {"prompt": " "}), "the prompt holds"),
        (lines(ROW | {"prompt": [{"role": "assistant", "content": "a"}]}), "roles assistant"),
        (b"[" * 100_000, "line 1: it is not JSON"),
    ],
)
def test_a_file_that_is_no_such_file_is_told_with_its_line(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_preferences(content, "in.jsonl")


def test_unknown_fields_can_be_ignored_by_name() -> None:
    row = ROW | {"score": 3}
    assert parse_preferences(lines(row), "in.jsonl", ignore=("score",))[0].chosen == "a"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.jsonl cannot be read"):
        import_preferences(tmp_path / "none.jsonl")


def test_an_export_that_comes_home_labels_the_same_pairs_in_the_same_places(
    tmp_path: Path,
) -> None:
    items = schedule(*capitals(12))
    mine = [item.label("left" if at % 3 else "right") for at, item in enumerate(items)]
    export_preferences(mine, tmp_path / "out.jsonl")
    found = import_preferences(tmp_path / "out.jsonl")
    home = placed(found, items, [])
    assert [(one.key, one.choice) for one in home.new] == [(one.key, one.choice) for one in mine]
    assert str(home) == "15 preferences imported"


def test_what_is_there_already_is_not_imported_twice_and_ones_own_labels_stand() -> None:
    items = schedule(*capitals(7), most=8)
    assert items[6].again and items[6].key == items[0].label("left").swapped
    mine = [item.label("left") for item in items]
    mine[6] = items[6].label("right")  # the same reply as before
    against = swapped(mine[1], "left")
    elsewhere = labelled("left", 99)
    found = placed([*mine, against, elsewhere, elsewhere], items, mine)
    assert (found.new, found.same, found.against) == ((elsewhere,), 9, 1)
    assert str(found) == (
        "1 preference imported; there already: 9; against your own labels, which stand: 1"
    )


def test_a_label_without_its_second_showing_leaves_that_free() -> None:
    items = schedule(*capitals(7), most=8)
    mine = [item.label("left") for item in items[:6]]
    found = placed(mine, items, mine)
    assert (found.new, found.same) == ((), 6)
