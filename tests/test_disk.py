"""What a refused write is told: room is asked for only where the disk is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from course_utils import disk


def refused(name: str) -> OSError:
    number = getattr(errno, name)
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("ENOSPC", "Free some space, or call"),
        ("EDQUOT", "Free some space, or call"),
        ("EACCES", "Make the folder writable, "),
        ("EROFS", "Make the folder writable, "),
        ("EFBIG", "Call"),
        ("EEXIST", "Call"),
        ("ENOENT", "Call"),
        ("ENOTEMPTY", "Call"),
    ],
)
def test_the_advice_suits_what_the_disk_said(name: str, begins: str) -> None:
    if hasattr(errno, name):  # Windows has no quota of that name
        assert disk.advice(refused(name), "call somebody").startswith(begins)


def test_a_full_disk_of_windows_is_known_by_its_own_number() -> None:
    error = OSError("full")
    error.winerror = 112
    assert disk.advice(error, "call somebody").startswith("Free some space")


def test_what_the_disk_named_is_named() -> None:
    with pytest.raises(OSError) as error:
        Path("no/such/file").read_bytes()
    assert disk.reason(error.value) == f"{os.strerror(errno.ENOENT)}: no/such/file".replace(
        "/", os.sep
    )


def test_a_folder_that_is_not_there_is_removed_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    disk.remove(tmp_path / "folder")
    disk.remove(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []
