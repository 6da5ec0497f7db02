# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/sysvipc/shm: the System V shared memory segments of this IPC namespace.

https://man7.org/linux/man-pages/man7/sysvipc.7.html

           key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid ... rss  swap
             0          3   600               4194304  7210  7211      2  1000  1000  1000  1000 ... 4194304     0
    1347571781          5   666              67108864  7300  7300      0     0     0     0     0 ... 67108864    0
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional

from .._records.unread import Malformed

# key shmid perms size cpid lpid nattch uid, five more, the times of day of three events, and since 2.6.34 rss and swap.
_LINE = re.compile(
    rb"^ *(-?\d{1,20}) +(\d{1,20}) +\d{1,20} +(\d{1,20}) +\d{1,20} +\d{1,20} +(\d{1,20}) +(\d{1,20})"
    rb"(?: +-?\d{1,20}){6}(?: +(\d{1,20}) +(\d{1,20}))? *$"
)


class Segment(NamedTuple):
    """One segment. ``key`` as ipcs writes it, ``0x00000000`` for a private one; ``uid`` is its owner's.

    ``rss_bytes`` and ``swap_bytes`` are what of ``size_bytes`` is in RAM and in swap; None before Linux 2.6.34.
    """

    shmid: int
    key: str
    uid: int
    size_bytes: int
    rss_bytes: Optional[int]
    swap_bytes: Optional[int]
    attached: int


def parse(data: bytes) -> List[Segment]:
    """The segments in the kernel's order; none is usual.

    Raises Malformed when a line isn't a segment, or without the heading, which the kernel always prints.
    """
    heading, *lines = data.split(b"\n")
    if heading.split()[:2] != [b"key", b"shmid"]:
        raise Malformed("/proc/sysvipc/shm has no heading")
    return [_segment(line) for line in lines if line]


def _segment(line: bytes) -> Segment:
    found = _LINE.match(line)
    if not found:
        raise Malformed("/proc/sysvipc/shm has a line that is no segment")
    key, shmid, size, attached, uid = map(int, found.group(1, 2, 3, 4, 5))
    rss, swap = [None if number is None else int(number) for number in found.group(6, 7)]
    return Segment(shmid, "0x%08x" % (key & 0xFFFFFFFF), uid, size, rss, swap, attached)
