# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of one process, read so that they can't be mixed up with those of a later process of the same number.

The kernel ties an open /proc/PID folder to the process, not to its number: once the process is gone, each read through
that descriptor fails, even when the pid has been given away again.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterable, List, Optional, TypeVar

from .._records.unread import MALFORMED, VANISHED, Malformed, Unread
from .files import Files, read_once, reason_of

Record = TypeVar("Record")


def pids_of(names: Iterable[str]) -> List[int]:
    """The process ids among the names in /proc, in ascending order."""
    return sorted(int(name) for name in names if name.isdigit() and name.isascii())


class Gone(Exception):
    """The process ended while it was read."""


class ProcessFiles:
    """Open folder of one process; ``unread`` collects file -> reason. Raises Gone on entry and from each method."""

    def __init__(self, files: Files, pid: int) -> None:
        self._path = "%s/proc/%d" % (files.root, pid)
        self._folder = -1
        self.unread: Dict[str, str] = {}

    def __enter__(self) -> ProcessFiles:
        try:
            self._folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise Gone from error
        return self

    def __exit__(self, *_exception: Any) -> None:
        os.close(self._folder)

    def _failed(self, name: str, error: OSError) -> Unread:
        reason = reason_of(error)
        # A file of a process that ended reads like a file that this kernel doesn't have: only `stat`, which every
        # kernel has, tells the two apart.
        if reason == VANISHED or not os.access("stat", os.F_OK, dir_fd=self._folder):
            raise Gone from error
        return Unread(name, reason)

    def must(
        self, name: str, parse: Callable[[bytes], Record], read: Callable[[str, int], bytes] = read_once
    ) -> Record:
        """``parse`` applied to file ``name``. Raises Unread, for malformed content too."""
        return self.walk(name, lambda name, folder: parse(read(name, folder)))

    def walk(self, name: str, read: Callable[[str, int], Record]) -> Record:
        """What ``read`` makes of ``name`` in the open folder. Raises Unread, for malformed content too."""
        try:
            return read(name, self._folder)
        except OSError as error:
            raise self._failed(name, error) from error
        except Malformed as error:
            raise Unread(name, MALFORMED) from error

    def parsed(
        self, name: str, parse: Callable[[bytes], Record], read: Callable[[str, int], bytes] = read_once
    ) -> Optional[Record]:
        """``parse`` applied to file ``name``; None, and a line in ``unread``, when that fails.

        ``read`` is ``read_all`` for a file that the kernel writes in several pieces, ``read_link`` for a link.
        """
        try:
            return self.must(name, parse, read)
        except Unread as error:
            self.unread[name] = error.reason
            return None
