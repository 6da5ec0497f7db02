# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report files on the controller: private, and never half written.

A reader (a browser, a CI job, a web server) sees either the previous report or the whole new one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


class BadName(ValueError):
    """The host's name can't be the name of a file."""


def of_host(folder: Path, host: str, suffix: str) -> Path:
    """``folder``/``host``.``suffix``. Raises BadName for a name that would lead elsewhere."""
    if host in ("", ".", "..") or "/" in host or "\0" in host:
        raise BadName(f"The host's name {host!r} can't be the name of a file")
    return folder / f"{host}.{suffix}"


def write(path: Path, pieces: Iterable[str]) -> None:
    """Writes ``pieces`` one after the other to ``path``, mode 0600. Raises OSError, and leaves nothing behind."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp gives mode 0600
    try:
        # surrogates can't be encoded; a store written elsewhere must not be able to end a report half way
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def private_folder(path: Path) -> Path:
    """``path`` as a folder that only its owner may enter; a folder that exists keeps the mode its owner gave it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def point(link: Path, target: str) -> None:
    """Makes ``link`` a symbolic link to ``target``, in one step: there is no moment without a link."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    os.symlink(target, temporary)
    try:
        os.rename(temporary, link)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
