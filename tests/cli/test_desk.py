"""The reader's desk: what the reader has changed stays, whatever the course brings."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from course_utils import workspace
from course_utils.cli import desk, run

NAME = "03_pretraining.ipynb"


def notebook(*sources: str) -> dict:
    """A notebook as the course has them: a title, then code that was run."""
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# A title"]}
    code = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": number,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["the answer\n"]}],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources, 1)
    ]
    return {"cells": [title, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in read(path)["cells"]]


def edit(path: Path, source: str) -> None:
    """What a reader does to a copy."""
    content = read(path)
    content["cells"][-1]["source"] = [source]
    write(path, content)


class Place:
    """A small course, and a reader's desk for it."""

    def __init__(self, course: Path, root: Path) -> None:
        self.original, self.root = course / "notebooks" / NAME, workspace.open_root(root)
        self.folder = root / desk.FOLDER
        self.copy, self.state = self.folder / NAME, self.folder / desk.STATE
        self.original.parent.mkdir(parents=True)
        shutil.copytree(run.ROOT / desk.DOCS, course / desk.DOCS)

    def brings(self, *code: str) -> list[str]:
        """The course has a notebook with this code now, and the desk is laid out."""
        write(self.original, notebook(*code))
        return desk.lay_out(self.root)

    def beside(self, what: str) -> Path:
        return self.folder / f"03_pretraining.{what}.ipynb"

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*.ipynb*"))


@pytest.fixture
def place(tmp_path: Path, own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A desk that is laid out for the first time."""
    made = Place(tmp_path / "course", own_workspace)
    monkeypatch.setattr(run, "ROOT", tmp_path / "course")
    assert made.brings("x = 1") == []
    return made


def test_copies_of_the_course_have_no_outputs_and_a_link_to_those_that_have(
    own_workspace: Path,
) -> None:
    assert desk.lay_out(workspace.open_root()) == []
    originals = run.notebooks()
    assert len(originals) == 5
    for original in originals:
        copy = own_workspace / desk.FOLDER / original.name
        title, link, *rest = read(copy)["cells"]
        cells = [title, *rest]
        theirs = original.read_text(encoding="utf-8").replace("](../docs/", "](docs/")
        assert [(c["id"], c["source"], c["metadata"]) for c in cells] == [
            (c["id"], c["source"], c["metadata"]) for c in json.loads(theirs)["cells"]
        ]
        assert not any(c.get("outputs") or c.get("execution_count") for c in cells)
        target = copy.parent / link["source"][0].split("](")[1].split(")")[0]
        assert target.read_bytes() == original.read_bytes()
        assert not target.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def test_pages_that_a_notebook_links_to_lie_where_its_copies_look(place: Place) -> None:
    content = notebook("1")
    content["cells"][0]["source"] = ["See the [glossary](../docs/glossary.md#loss).\n"]
    write(place.original, content)

    desk.lay_out(place.root)

    folder = place.root / desk.FOLDER
    (title, _, _) = sources(folder / NAME)
    assert title == "See the [glossary](docs/glossary.md#loss).\n"
    assert (folder / "docs" / "glossary.md").is_file()
    assert "](../docs/glossary" in sources(folder / desk.WITH_OUTPUTS / NAME)[0]
    goes, stays = desk.parted(place.root)
    assert folder / "docs" / "glossary.md" in goes and stays == []
    desk.delete(goes, place.root)
    assert not folder.exists() or [one.name for one in folder.iterdir()] == [desk.STATE]


def test_a_copy_that_was_only_run_is_renewed(place: Place) -> None:
    content = read(place.copy)
    content["metadata"]["kernelspec"] = {"name": "python3"}
    code = content["cells"][-1]
    code |= {"execution_count": 7, "outputs": notebook("x")["cells"][1]["outputs"]}
    code |= {"metadata": {"collapsed": True}, "source": "x = 1"}  # a text is as good as lines
    write(place.copy, content)
    assert not desk.is_changed(place.copy, place.root)
    (said,) = place.brings("x = 2")
    assert NAME in said and "renewed" in said
    assert sources(place.copy)[-1] == "x = 2" and place.files() == [NAME]
    assert sources(place.folder / desk.WITH_OUTPUTS / NAME)[-1] == "x = 2"


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells[-1].update(source="x = 1 "),
        lambda cells: cells[-1].update(id="other"),
        lambda cells: cells[-1].update(cell_type="raw"),
        lambda cells: cells.insert(0, cells.pop()),
        lambda cells: cells.append({**cells[-1], "id": "more"}),
        lambda cells: cells.pop(),
    ],
    ids=["source", "id", "type", "order", "more", "fewer"],
)
def test_a_changed_copy_stays_and_the_newer_one_lies_beside_it(
    place: Place, change: Callable[[list[dict]], object]
) -> None:
    content = read(place.copy)
    change(content["cells"])
    write(place.copy, content)
    changed = place.copy.read_bytes()
    assert desk.lay_out(place.root) == []  # nothing newer: nothing to say
    for _ in range(2):  # also when it is started again
        (said,) = place.brings("x = 2")
        assert NAME in said and place.beside("new").name in said and "\n" not in said
        assert place.copy.read_bytes() == changed
        assert sources(place.beside("new"))[-1] == "x = 2"
        assert place.files() == sorted([NAME, place.beside("new").name])


def test_the_newest_takes_the_place_of_a_newer_one_that_nobody_changed(place: Place) -> None:
    edit(place.copy, "mine")
    place.brings("x = 2")
    place.brings("x = 3")
    assert sources(place.beside("new"))[-1] == "x = 3"
    edit(place.beside("new"), "mine too")
    (said,) = place.brings("x = 4")
    assert place.beside("new-2").name in said
    assert [sources(path)[-1] for path in (place.copy, place.beside("new"))] == [
        "mine",
        "mine too",
    ]
    assert sources(place.beside("new-2"))[-1] == "x = 4"


def test_a_newer_one_that_the_reader_put_away_does_not_come_back(place: Place) -> None:
    edit(place.copy, "mine")
    place.brings("x = 2")
    place.beside("new").unlink()
    assert place.brings("x = 2") == [] and place.files() == [NAME]
    (said,) = place.brings("x = 3")
    assert place.beside("new").name in said


def test_a_reader_who_takes_the_newer_one_is_in_line_again(place: Place) -> None:
    edit(place.copy, "mine")
    place.brings("x = 2")
    place.beside("new").replace(place.copy)
    assert place.brings("x = 2") == []
    (said,) = place.brings("x = 3")
    assert "renewed" in said and place.files() == [NAME]


def test_a_newer_one_goes_when_the_course_goes_back(place: Place) -> None:
    edit(place.copy, "mine")
    place.brings("x = 2")
    assert place.brings("x = 1") == []
    assert place.files() == [NAME] and sources(place.copy)[-1] == "mine"


@pytest.mark.parametrize("damage", ["", "{", "<<<<<<< mine", "[]", "{}", '{"cells": [1]}', "\xff"])
def test_a_copy_that_is_no_notebook_any_more_is_kept_as_it_is(place: Place, damage: str) -> None:
    for kept in ("kept", "kept-2"):
        place.copy.write_bytes(damage.encode("latin-1"))
        (said,) = desk.lay_out(place.root)
        assert NAME in said and place.beside(kept).name in said
        assert place.beside(kept).read_bytes() == damage.encode("latin-1")
        assert sources(place.copy)[-1] == "x = 1"


@pytest.mark.parametrize("damage", ["{", "[1]", "3", "\xff"])
def test_without_knowing_what_was_handed_out_every_difference_is_the_readers(
    place: Place, damage: str
) -> None:
    edit(place.copy, "mine")
    place.state.write_bytes(damage.encode("latin-1"))
    about, *_, said = place.brings("x = 2")
    assert place.state.name in about and place.beside("new").name in said
    assert sources(place.copy)[-1] == "mine"
    assert len(place.brings("x = 2")) == 1  # the file is in order again


@pytest.mark.parametrize("known", [{}, {NAME: 3}, {NAME: "0" * 64, "../../course.py": "1"}])
def test_a_copy_as_the_course_has_it_is_known_without_the_file(place: Place, known: dict) -> None:
    place.state.write_text(json.dumps(known), encoding="utf-8")
    assert desk.lay_out(place.root) == []
    (said,) = place.brings("x = 2")
    assert "renewed" in said


def test_a_course_whose_notebook_is_broken_leaves_the_copy(place: Place) -> None:
    edit(place.copy, "mine")
    write(place.original.with_name("04_finetuning_rlhf.ipynb"), notebook("y = 1"))
    place.original.write_text("{", encoding="utf-8")
    (said,) = desk.lay_out(place.root)
    assert str(place.original) in said and "git checkout" in said
    assert (
        sources(place.copy)[-1] == "mine" and (place.folder / "04_finetuning_rlhf.ipynb").exists()
    )
    with pytest.raises(workspace.ArtifactError, match="no notebook any more"):
        desk.renew(NAME, place.root)
    assert sources(place.copy)[-1] == "mine"


def test_what_was_edited_among_the_outputs_is_kept(place: Place) -> None:
    beside = place.folder / desk.WITH_OUTPUTS / NAME
    beside.chmod(0o644)
    edit(beside, "mine")
    (said,) = desk.lay_out(place.root)
    kept = beside.with_name("03_pretraining.kept.ipynb")
    assert kept.name in said and sources(kept)[-1] == "mine"
    assert beside.read_bytes() == place.original.read_bytes()


def test_a_file_in_the_place_of_the_desk_gets_a_sentence(own_workspace: Path) -> None:
    (workspace.open_root() / desk.FOLDER).write_text("my notes", encoding="utf-8")
    with pytest.raises(workspace.ArtifactError, match="is a file"):
        desk.lay_out(own_workspace)
    assert (own_workspace / desk.FOLDER).read_text(encoding="utf-8") == "my notes"


def test_renewing_gives_the_newest_and_takes_away_the_one_beside_it(place: Place) -> None:
    edit(place.copy, "mine")
    place.brings("x = 2")
    desk.renew(NAME, place.root)
    assert sources(place.copy)[-1] == "x = 2" and place.files() == [NAME]
    assert place.brings("x = 2") == []
