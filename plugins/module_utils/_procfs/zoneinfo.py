# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/zoneinfo: the memory zones, here their watermarks and reserves.

https://man7.org/linux/man-pages/man5/proc_zoneinfo.5.html

    Node 0, zone    DMA32
            low      2598
            protection: (0, 3019, 5195, 5195)
"""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from .._records.text import text
from .._records.unread import Malformed

_ZONE = re.compile(rb"^Node (\d{1,10}), zone +(\S+) *\n", re.MULTILINE)
_LEVEL = re.compile(rb"^ +(low|high|present|managed) +(\d{1,20})$", re.MULTILINE)
_PER_CPU = re.compile(rb"^ +count: +(\d{1,20})$", re.MULTILINE)
_PROTECTION = re.compile(rb"^ +protection: \(([\d, ]{0,400})\)$", re.MULTILINE)


class Zone(NamedTuple):
    """One zone. ``protection_bytes`` is the most that it withholds from allocations that could use another zone.

    ``per_cpu_free_bytes`` is free memory that lies ready for each CPU: the counters of free pages lack it. None for a
    zone without such lists, since it has no pages.
    """

    node: int
    name: str
    low_bytes: int
    high_bytes: int
    managed_bytes: int
    protection_bytes: int
    per_cpu_free_bytes: Optional[int] = None


def parse(data: bytes, page_size_bytes: int) -> list[Zone]:
    """The zones in the kernel's order. The file counts in pages and doesn't say how large one is.

    Raises Malformed when there is no zone, or one without watermarks.
    """
    pieces = _ZONE.split(data)[1:]
    if not pieces:
        raise Malformed("/proc/zoneinfo has no zone")
    return [
        _zone(int(node), text(name), body, page_size_bytes)
        for node, name, body in zip(pieces[0::3], pieces[1::3], pieces[2::3])
    ]


def _zone(node: int, name: str, body: bytes, page_size_bytes: int) -> Zone:
    levels = {key: int(number) * page_size_bytes for key, number in _LEVEL.findall(body)}
    # Kernels before 3.9 don't tell the pages that the allocator manages from those that exist.
    managed = levels.get(b"managed", levels.get(b"present"))
    if managed is None or b"low" not in levels or b"high" not in levels:
        raise Malformed("/proc/zoneinfo has a zone without watermarks")
    protection = _PROTECTION.search(body)
    per_cpu = [int(pages) for pages in _PER_CPU.findall(body)]
    reserves = re.findall(rb"\d{1,20}", protection.group(1)) if protection else []
    return Zone(
        node,
        name,
        levels[b"low"],
        levels[b"high"],
        managed,
        max([int(pages) for pages in reserves] or [0]) * page_size_bytes,
        sum(per_cpu) * page_size_bytes if per_cpu else None,
    )
