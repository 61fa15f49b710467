"""One program at a time at a file or folder, and what to do about a disk that refuses.

It knows no artifact and no workspace (workspace.py), and nothing of what is written. Taught in no
notebook.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

WAIT_SECONDS = 60.0  # an artifact is saved in a few
OPEN_SECONDS = 5.0  # how long a virus scanner may have a new file open on Windows
FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
FULL_ON_WINDOWS = (39, 112, 1295)  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, over the quota
NO_LOCKS = ("ENOLCK", "EOPNOTSUPP", "ENOTSUP", "EINVAL")


class Busy(RuntimeError):
    """Another program holds what was waited for."""


class NoHome(RuntimeError):
    """A setting begins with a home folder that this machine does not know."""


def chosen_folder(variable: str) -> Path | None:
    """The folder that an environment variable names (~ is a home folder); None where unset.

    Args:
        variable: its name, such as COURSE_WORKSPACE.

    Raises:
        NoHome: whose home folder is meant is not known; the text says what to do.
    """
    chosen = os.environ.get(variable, "").strip()
    try:
        return Path(chosen).expanduser() if chosen else None
    except RuntimeError as error:
        home = Path(chosen).parts[0]
        raise NoHome(
            f"{variable} is {chosen}, and this machine knows no home folder {home}. Set it to the "
            "whole path of a folder, or leave it unset."
        ) from error


@contextlib.contextmanager
def alone(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Hold a file or folder against every other program and thread that asks for it here.

    The system lets go of it when a program is killed. On a file system without locks a file with
    the holder's process number stands in; it counts only as long as that process lives.

    Args:
        path: what is held; a hidden file beside it, which stays, carries the lock.
        seconds: how long to wait for another holder; WAIT_SECONDS when None.

    Raises:
        Busy: another holder had it all the time.
        OSError: the folder cannot be written.
    """
    # The packages may not be installed yet where this module is only imported.
    import filelock

    file, seconds = lock_file(path), WAIT_SECONDS if seconds is None else seconds
    lock: filelock.BaseFileLock = filelock.FileLock(file, timeout=seconds)
    try:
        try:
            lock.acquire()
        except OSError as error:
            if isinstance(error, TimeoutError) or not _has_no_locks(error):
                raise
            lock = filelock.SoftFileLock(f"{file}.soft", timeout=seconds)
            lock.acquire()
    except filelock.Timeout as error:
        raise Busy(f"another program has been writing {path} for {seconds:.0f} s") from error
    try:
        yield
    finally:
        lock.release()


def lock_file(path: Path) -> Path:
    """The file that carries the lock of a file or folder."""
    return path.with_name(f".{path.name}.lock")


def rename(source: Path, target: Path) -> None:
    """Give a file or folder another name; a file that is there is replaced.

    Raises:
        OSError: it cannot be; on Windows also that a program has a file of it open.
    """
    _patiently(lambda: os.replace(source, target))


def remove(folder: Path) -> None:
    """Delete a folder with all that is in it; one that is not there is no mistake.

    Raises:
        OSError: a file of it cannot be deleted.
    """
    # Deferred, as course.py needs this module before anything else.
    import shutil

    if folder.exists():
        _patiently(lambda: shutil.rmtree(folder))


def advice(error: OSError, otherwise: str) -> str:
    """What to do about a disk that refused: "Free some space, or ..." only where it is full.

    Args:
        error: what the disk said.
        otherwise: what helps in every case, such as "set COURSE_WORKSPACE to another folder".
    """
    if error.errno in FULL or getattr(error, "winerror", None) in FULL_ON_WINDOWS:
        return f"Free some space, or {otherwise}"
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        close = "close the programs that have it open, " if os.name == "nt" else ""
        return f"Make the folder writable, {close}or {otherwise}"
    return otherwise[0].upper() + otherwise[1:]


def reason(error: OSError) -> str:
    """What the disk said, and of which file where it named one."""
    said = error.strerror or str(error)
    return f"{said}: {error.filename}" if error.filename else said


def _has_no_locks(error: OSError) -> bool:
    return error.errno in {getattr(errno, name, None) for name in NO_LOCKS}


def _patiently(change: Callable[[], None]) -> None:
    """Change something on the disk; Windows refuses as long as anybody has a file of it open."""
    until = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            return change()
        except PermissionError:
            if os.name != "nt" or time.monotonic() > until:
                raise
            time.sleep(0.05)
