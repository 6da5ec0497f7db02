# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory can still be had without swapping, on a kernel that doesn't say so itself.

Linux says it as MemAvailable since 3.14. Some containers' replacement of /proc/meminfo leaves the line out too.
https://docs.kernel.org/filesystems/proc.html#meminfo
"""

from __future__ import annotations

from typing import Optional, Sequence

from .._procfs.zoneinfo import Zone


def estimate(meminfo: dict[str, int], zones: Sequence[Zone]) -> Optional[int]:
    """Bytes available, reckoned as ``si_mem_available`` in the kernel's mm/show_mem.c; None when a part is missing.

    Free pages count, but for what every zone keeps back: its high watermark and its largest protection against
    allocations meant for other zones. The page cache and the slab that can be reclaimed count too, but the system
    needs some of each to work at all: half of either stays, and no more than the sum of the low watermarks.
    """
    try:
        free = meminfo["MemFree"]
        page_cache = meminfo["Active(file)"] + meminfo["Inactive(file)"]
        # KReclaimable, where there is one, also holds kernel memory outside the slab that can be dropped.
        slab = meminfo["KReclaimable"] if "KReclaimable" in meminfo else meminfo["SReclaimable"]
    except KeyError:
        return None
    low = sum(zone.low_bytes for zone in zones)
    reserve = sum(min(zone.protection_bytes + zone.high_bytes, zone.managed_bytes) for zone in zones)
    available = free - reserve
    for reclaimable in (page_cache, slab):
        available += reclaimable - min(reclaimable // 2, low)
    return max(available, 0)
