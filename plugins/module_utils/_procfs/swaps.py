# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/swaps: the swap areas in use.

https://man7.org/linux/man-pages/man5/proc_swaps.5.html

    Filename				Type		Size		Used		Priority
    /dev/zram0                              partition	4194300		20480		100
    /var/swap\\040file                       file		1048572		0		-2
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .._records.text import text
from .._records.unread import Malformed
from .._shapes.octal import unescape

_LINE = re.compile(rb"^(\S+)\s+(\S+)\s+(\d{1,20})\s+(\d{1,20})\s+(-?\d{1,20})\s*$")


class Area(NamedTuple):
    """One swap area. ``type`` is ``partition`` for every block device, or ``file``."""

    path: str
    type: str
    size_bytes: int
    used_bytes: int
    priority: int


def parse(data: bytes) -> list[Area]:
    """The areas in the kernel's order; none when the host has no swap.

    The path of a swap file that was removed while in use ends in `` (deleted)``. Raises Malformed when a line isn't a
    swap area, or without the heading, which the kernel always prints.
    """
    heading, *lines = data.split(b"\n")
    if not heading.startswith(b"Filename"):
        raise Malformed("/proc/swaps has no heading")
    areas = []
    for line in lines:
        if not line:
            continue
        found = _LINE.match(line)
        if not found:
            raise Malformed("/proc/swaps has a line that is no swap area")
        path, kind, size, used, priority = found.groups()
        areas.append(Area(unescape(path), text(kind), int(size) * 1024, int(used) * 1024, int(priority)))
    return areas
