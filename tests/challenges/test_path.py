"""The reader's path on disk: what counts, what is kept, and what becomes of a broken file."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from course_utils import workspace
from course_utils.challenges import path, questions

CAFE, MERGE = questions.find("bytes-cafe"), questions.find("first-merge")


def file_of(folder: Path) -> dict:
    return json.loads((folder / path.FILE).read_text(encoding="utf-8"))


def test_an_answer_before_the_computation_counts_and_stays_on_disk(own_workspace: Path) -> None:
    assert path.say(CAFE, 5, 80)
    assert path.compute(CAFE, 5.0).counts
    assert file_of(own_workspace)["predictions"] == {
        "bytes-cafe": {"said": 5, "sure": 80, "outcome": 5.0}
    }
    assert path.counted() == ((0.8, True),)


def test_an_answer_can_be_changed_until_it_is_computed() -> None:
    assert path.say(CAFE, 4, 100) and path.say(CAFE, 5, 60)
    path.compute(CAFE, 5.0)
    assert not path.say(CAFE, 4, 100)
    assert path.counted() == ((0.6, True),)


def test_an_answer_after_the_computation_does_not_count(own_workspace: Path) -> None:
    path.compute(CAFE, 5.0)
    assert not path.say(CAFE, 5, 100)
    assert path.counted() == () and path.load().predictions["bytes-cafe"].said is None


def test_only_what_was_computed_first_counts() -> None:
    path.say(CAFE, 5, 80)
    path.compute(CAFE, 4.0)
    assert path.compute(CAFE, 5.0).outcome == 4.0
    assert path.counted() == ((0.8, False),)


@pytest.mark.parametrize(("said", "sure"), [("five", 80), (5, 85), (5, None), (float("nan"), 80)])
def test_what_is_no_answer_is_refused(said: object, sure: object, own_workspace: Path) -> None:
    with pytest.raises(ValueError, match="bytes-cafe"):
        path.say(CAFE, said, sure)
    assert not (own_workspace / path.FILE).exists()


def test_cells_are_noted_once_and_in_their_order() -> None:
    for cell in ("setup", "bytes", "setup"):
        path.ran("tokenization", cell)
    assert path.load().cells == {"tokenization": ("setup", "bytes")}


def test_two_writers_lose_nothing() -> None:
    names = [f"cell-{number}" for number in range(8)]
    threads = [threading.Thread(target=path.ran, args=("tokenization", name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.load().cells["tokenization"]) == names


BROKEN = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "of nothing": "{}",
    "of a later version": '{"version": 2, "cells": {}, "predictions": {}}',
    "without cells": '{"version": 1, "predictions": {}}',
    "cells of numbers": '{"version": 1, "cells": {"tokenization": [1]}, "predictions": {}}',
    "another field": '{"version": 1, "cells": {}, "predictions": {"bytes-cafe": {"x": 1}}}',
    "no entry": '{"version": 1, "cells": {}, "predictions": {"bytes-cafe": 5}}',
    "a text for a number": (
        '{"version": 1, "cells": {}, "predictions": {"bytes-cafe": {"said": "5", "sure": 80}}}'
    ),
    "another share": (
        '{"version": 1, "cells": {}, "predictions": {"bytes-cafe": {"said": 5, "sure": 81}}}'
    ),
    "half an answer": (
        '{"version": 1, "cells": {}, "predictions": {"bytes-cafe": {"said": 5, "sure": null}}}'
    ),
    "no option": (
        '{"version": 1, "cells": {}, "predictions": {"first-merge": {"said": "x", "sure": 20}}}'
    ),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_is_kept_aside_with_a_sentence(
    own_workspace: Path, content: str, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    own_workspace.mkdir()
    (own_workspace / path.FILE).write_text(content, encoding="utf-8", newline="\n")
    assert path.load() == path.Record()
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "path.json could not be read" in said and ".aside" in said
    path.say(CAFE, 5, 80)
    assert (own_workspace / "path.json.aside").read_text(encoding="utf-8") == content
    assert list(path.load().predictions) == ["bytes-cafe"]


def test_what_was_put_aside_before_is_kept_too(own_workspace: Path) -> None:
    own_workspace.mkdir()
    for content in ("first", "second", "third"):
        (own_workspace / path.FILE).write_text(content, encoding="utf-8", newline="\n")
        path.load()
    kept = sorted(one.name for one in own_workspace.iterdir())
    assert kept == ["path.json.aside", "path.json.aside-2", "path.json.aside-3"]


def test_a_prediction_of_a_course_that_asked_more_is_kept(own_workspace: Path) -> None:
    own_workspace.mkdir()
    content = '{"version": 1, "cells": {}, "predictions": {"gone": {"said": "x", "sure": 3}}}'
    (own_workspace / path.FILE).write_text(content, encoding="utf-8", newline="\n")
    path.say(MERGE, "h and e", 20)
    assert set(path.load().predictions) == {"gone", "first-merge"} and path.counted() == ()


def test_a_workspace_that_cannot_be_written_is_a_sentence(own_workspace: Path) -> None:
    own_workspace.write_text("a file in the folder's place", encoding="utf-8", newline="\n")
    with pytest.raises(workspace.ArtifactError, match="workspace"):
        path.say(CAFE, 5, 80)
    assert path.load() == path.Record()
