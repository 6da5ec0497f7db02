# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is at the path of a swap file, and the folder around it."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple, Optional

from .._records.unread import Malformed
from .._shapes import swap_header

SWAP_FILE = "a swap file"
NOTHING = "nothing"

_OTHERS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
)


class Found(NamedTuple):
    """``what`` in words; only of SWAP_FILE there is more. ``whole``: no holes, and the header is for all of it."""

    what: str
    size_bytes: int = 0
    mode: int = 0
    uid: int = 0
    gid: int = 0
    links: int = 0
    whole: bool = False


class Folder(NamedTuple):
    """``free_bytes`` is what an ordinary user could still take of the file system's ``size_bytes``."""

    mode: int
    size_bytes: int
    free_bytes: int


def look(place: str) -> Found:
    """Raises OSError."""
    try:
        there = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return Found(NOTHING)
    for is_kind, words in _OTHERS:
        if is_kind(there.st_mode):
            return Found(words)
    try:
        header = swap_header.parse(_beginning(place))
    except Malformed:
        return Found("a file that is no swap file")
    whole = there.st_blocks * 512 >= there.st_size and header.pages == there.st_size // header.page_size_bytes
    mode = stat.S_IMODE(there.st_mode)
    return Found(SWAP_FILE, there.st_size, mode, there.st_uid, there.st_gid, there.st_nlink, whole)


def folder(place: str) -> Optional[Folder]:
    """The folder ``place``; None where there is none. Raises OSError."""
    try:
        mode = os.stat(place).st_mode
        room = os.statvfs(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISDIR(mode):
        return None
    return Folder(stat.S_IMODE(mode), room.f_blocks * room.f_frsize, room.f_bavail * room.f_frsize)


def size_of(place: str) -> Optional[int]:
    """Bytes that the file takes on the disk; None where there is none."""
    try:
        return os.lstat(place).st_blocks * 512
    except OSError:
        return None


def _beginning(place: str) -> bytes:
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return os.read(descriptor, swap_header.LONGEST)
    finally:
        os.close(descriptor)
