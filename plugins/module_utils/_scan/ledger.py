# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the RAM is: the ledger, shared memory by its owners, what is reserved, what addresses cost to translate."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from .._derive.address_translation import address_translation
from .._derive.ledger import hugetlb, ledger
from .._derive.reservations import reserved_unused
from .._derive.shared_memory import shared_memory
from .._derive.suspects import suspects
from .._procfs import arcstats, stat, sysvipc_shm
from .._procfs.mountinfo import Mount
from .._procfs.zoneinfo import Zone
from .files import Readings
from .if_present import names_if_present, parsed_if_present
from .tmpfs import scan_tmpfs

_SHM = "/proc/sysvipc/shm"
_ARCSTATS = "/proc/spl/kstat/zfs/arcstats"


def scan_ledger(
    readings: Readings, memory: Dict[str, Any], mounts: Sequence[Mount], zones: Optional[Sequence[Zone]]
) -> Dict[str, Any]:
    """``{ledger, shared_memory, reserved_unused, address_translation}``, from the rest of the section ``memory``."""
    kernel, pools = memory["meminfo"], memory["hugepages"]
    tmpfs = scan_tmpfs(readings, mounts)
    shared = shared_memory(kernel.get("Shmem"), tmpfs, _segments(readings), _pages_elsewhere(memory))
    books = ledger(kernel, pools, _free_per_cpu(zones), _zram(readings, memory["swap"]["zram"]), _arc(readings))
    if books:
        drivers = [] if books["closes"] else names_if_present(readings, "/sys/module")
        books["suspects"] = suspects(books, shared, _balloon(memory), drivers, memory["container"])
    switches = readings.parsed("/proc/stat", stat.context_switches)
    return {
        "ledger": books,
        "shared_memory": shared,
        "reserved_unused": reserved_unused(kernel.get("MemTotal"), pools, tmpfs),
        "address_translation": address_translation(kernel, memory["vmstat"], hugetlb(kernel, pools), switches),
    }


def _segments(readings: Readings) -> Optional[List[Dict[str, Any]]]:
    """The System V segments; none on a kernel without System V IPC, None where they can't be read."""
    segments = parsed_if_present(readings, _SHM, sysvipc_shm.parse)
    if segments is None:
        return None if _SHM in readings.unread else []
    return [
        {
            "shmid": segment.shmid,
            "key": segment.key,
            "uid": segment.uid,
            "bytes": segment.size_bytes,
            "rss_bytes": segment.rss_bytes,
            "swap_bytes": segment.swap_bytes,
            "attached": segment.attached,
            "unattached": segment.attached == 0,
        }
        for segment in segments
    ]


def _pages_elsewhere(memory: Dict[str, Any]) -> bool:
    """Whether shared memory may lie where Shmem doesn't count: in swap, or (System V only) in huge pages."""
    return bool(memory["swap"]["used_bytes"]) or any(pool["total"] != pool["free"] for pool in memory["hugepages"])


def _free_per_cpu(zones: Optional[Sequence[Zone]]) -> Optional[int]:
    # Zones without pages, Movable on most hosts, have no lists.
    lists = [zone.per_cpu_free_bytes for zone in zones or () if zone.per_cpu_free_bytes is not None]
    return sum(lists) if lists else None


def _zram(readings: Readings, devices: List[Dict[str, Any]]) -> Optional[int]:
    """RAM in zram devices: 0 without one, None when one can't be read or there's no telling whether there is any."""
    used = [device["memory_used_bytes"] for device in devices]
    return None if None in used or "/sys/block" in readings.unread else sum(used)


def _arc(readings: Readings) -> Optional[int]:
    """RAM in the cache of ZFS: 0 on a host without ZFS."""
    found = parsed_if_present(readings, _ARCSTATS, arcstats.pages_bytes)
    return 0 if found is None and _ARCSTATS not in readings.unread else found


def _balloon(memory: Dict[str, Any]) -> Optional[int]:
    """Bytes in the balloons of the host's hypervisor: the kernel's own figure, since 6.16, or by its events."""
    if "Balloon" in memory["meminfo"]:
        return memory["meminfo"]["Balloon"]
    inflated, deflated = memory["vmstat"].get("balloon_inflate"), memory["vmstat"].get("balloon_deflate")
    if inflated is None or deflated is None:
        return None
    return max(inflated - deflated, 0) * memory["page_size_bytes"]
