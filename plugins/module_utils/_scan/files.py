# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door to the host's files: every byte that the collection reads comes through here.

A failed read becomes ``Unread`` with a reason. Tests give another ``root`` and so read a captured tree.
"""

from __future__ import annotations

import errno
import os
from typing import Callable, Dict, List, NamedTuple, Optional, TypeVar

from .._records.unread import DENIED, MALFORMED, UNSUPPORTED, VANISHED, Malformed, Unread

Record = TypeVar("Record")

_CHUNK = 65536
_ONE_PIECE = 8192

_REASON_BY_ERRNO = {
    errno.EACCES: DENIED,
    errno.EPERM: DENIED,
    errno.ESRCH: VANISHED,
    # Every other error means that the kernel has no such file, or has it and refuses to answer because the
    # feature behind it is compiled out or switched off.
}


def reason_of(error: OSError) -> str:
    """The reason (one of ``unread.REASONS``) that a failed system call stands for."""
    return _REASON_BY_ERRNO.get(error.errno or 0, UNSUPPORTED)


def read_all(path: str, dir_fd: Optional[int] = None) -> bytes:
    """The whole content of ``path`` (relative to ``dir_fd`` when given). Raises OSError.

    O_NONBLOCK: a path that turns out to be a FIFO must not hang the audit.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=dir_fd)
    try:
        return _rest(descriptor)
    finally:
        os.close(descriptor)


def _rest(descriptor: int) -> bytes:
    chunks: List[bytes] = []
    while True:
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def read_once(path: str, dir_fd: Optional[int] = None) -> bytes:
    """Like ``read_all`` for files that the kernel writes in one piece, as it does most files of a process.

    It saves the read that only finds the end: a twelfth of the system calls of a scan.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=dir_fd)
    try:
        data = os.read(descriptor, _ONE_PIECE)
        return data if len(data) < _ONE_PIECE else data + _rest(descriptor)
    finally:
        os.close(descriptor)


def read_link(path: str, dir_fd: Optional[int] = None) -> bytes:
    """What the symbolic link ``path`` (relative to ``dir_fd`` when given) points to, unresolved. Raises OSError."""
    return os.readlink(os.fsencode(path), dir_fd=dir_fd)


class Space(NamedTuple):
    """Room of a file system; ``device`` as in mountinfo, ``0:27``. ``size_bytes`` is 0 for a tmpfs without a cap."""

    device: str
    size_bytes: int
    used_bytes: int


class Files:
    """Reads files below ``root``. Paths are given as on the host, ``/proc/meminfo``."""

    def __init__(self, root: str = "/") -> None:
        self.root = root.rstrip("/")

    def read(self, path: str) -> bytes:
        """The content of the file ``path``. Raises Unread."""
        try:
            return read_all(self.root + path)
        except OSError as error:
            raise Unread(path, reason_of(error)) from error

    def link(self, path: str) -> bytes:
        """What the symbolic link ``path`` points to, unresolved. Raises Unread."""
        try:
            return read_link(self.root + path)
        except OSError as error:
            raise Unread(path, reason_of(error)) from error

    def names(self, path: str) -> list[str]:
        """The names in the folder ``path``, in byte order like the C locale's. Raises Unread."""
        try:
            return sorted(os.listdir(self.root + path), key=os.fsencode)
        except OSError as error:
            raise Unread(path, reason_of(error)) from error

    def space(self, path: str) -> Space:
        """The room of the file system that ``path`` lies on. Raises Unread."""
        try:
            device = os.stat(self.root + path).st_dev
            room = os.statvfs(self.root + path)
        except OSError as error:
            raise Unread(path, reason_of(error)) from error
        return Space(
            "%d:%d" % (os.major(device), os.minor(device)),
            room.f_blocks * room.f_frsize,
            (room.f_blocks - room.f_bfree) * room.f_frsize,
        )


class Readings:
    """Reads and parses many files and keeps book of what could not be read.

    ``unread`` maps each path that was tried in vain to its reason.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.unread: Dict[str, str] = {}

    def parsed(self, path: str, parse: Callable[[bytes], Record]) -> Optional[Record]:
        """``parse`` applied to the file ``path``; None, and a line in ``unread``, when that fails."""
        try:
            return parse(self.files.read(path))
        except Unread as error:
            self.unread[path] = error.reason
        except Malformed:
            self.unread[path] = MALFORMED
        return None

    def names(self, path: str) -> list[str]:
        """The names in the folder ``path``; none, and a line in ``unread``, when it can't be listed."""
        try:
            return self.files.names(path)
        except Unread as error:
            self.unread[path] = error.reason
            return []
