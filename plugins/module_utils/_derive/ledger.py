# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where all of the RAM is: MemTotal as a sum in which every page is counted once, and what is left unexplained.

https://docs.kernel.org/filesystems/proc.html#meminfo names the parts; which of them lie inside of others is from
fs/proc/meminfo.c, mm/vmalloc.c and kernel/fork.c of the kernel.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .share import percent

CLOSES_WITHIN_PERCENT = 3.0
"""What is unexplained on a healthy host: pages that drivers and the kernel take one by one, which nobody counts."""

Meminfo = Dict[str, int]
Entry = Tuple[str, Optional[int], str]

_AS_THEY_STAND = (
    ("free", "MemFree"),
    ("anonymous", "AnonPages"),
    ("shared_memory", "Shmem"),
    ("buffers", "Buffers"),
    ("slab_reclaimable", "SReclaimable"),
    ("slab_unreclaimable", "SUnreclaim"),
    ("page_tables", "PageTables"),
    ("secondary_page_tables", "SecPageTables"),
    ("kernel_stacks", "KernelStack"),
    ("percpu", "Percpu"),
    ("zswap_pool", "Zswap"),
    ("bounce", "Bounce"),
    ("fuse_writeback", "WritebackTmp"),
    ("gpu_active", "GPUActive"),
    ("gpu_reclaimable", "GPUReclaim"),
)
# Not entries, for they lie inside of others: Mapped, Mlocked, Unevictable, Active and Inactive (file cache, anonymous,
# shared memory), AnonHugePages and its like, Unaccepted and CmaFree (both in MemFree). Balloon, because most drivers
# take their balloon off MemTotal and others don't.


def file_cache(meminfo: Meminfo) -> Optional[int]:
    """Pages of files. ``Cached`` holds the pages of tmpfs and shared memory too, as these are files to the kernel."""
    return _less(meminfo, "Cached", "Shmem")


def other_reclaimable(meminfo: Meminfo) -> Optional[int]:
    """What ``KReclaimable`` (since 4.20) has beyond the slab: pages that drivers would give back on demand."""
    return _less(meminfo, "KReclaimable", "SReclaimable")


def swap_cache(meminfo: Meminfo) -> Optional[int]:
    """Pages with a copy in swap that no process maps; those that one does map are ``AnonPages`` already.

    Every page of either kind, and of the file cache, lies on one LRU list: by what the sum of the counters exceeds the
    lists, pages were counted twice.
    """
    cached = meminfo.get("SwapCached")
    if not cached:
        return cached
    try:
        counters = cached + meminfo["AnonPages"] + meminfo["Cached"] + meminfo["Buffers"]
        lists = meminfo["Active"] + meminfo["Inactive"] + meminfo["Unevictable"]
    except KeyError:
        return None
    return cached - min(max(counters - lists, 0), cached)


def vmalloc(meminfo: Meminfo) -> Optional[int]:
    """Pages behind the kernel's vmalloc area, without its stacks, which nearly all kernels keep there (VMAP_STACK).

    None on kernels that don't count them: before 4.4 VmallocUsed is address space, which also maps devices (and
    VmallocChunk isn't 0), from 4.4 until 5.3 it is 0.
    """
    used = meminfo.get("VmallocUsed")
    if not used or meminfo.get("VmallocChunk"):
        return None
    stacks = meminfo.get("KernelStack", 0)
    return used - stacks if used >= stacks else used


def hugetlb(meminfo: Meminfo, pools: List[Dict[str, Any]]) -> Optional[int]:
    """All pools of huge pages, in use or not. Before 4.16 /proc/meminfo tells the pool of the usual size only."""
    if "Hugetlb" in meminfo:
        return meminfo["Hugetlb"]
    if pools and all(pool["total"] is not None for pool in pools):
        return sum(pool["total"] * pool["size_bytes"] for pool in pools)
    if "HugePages_Total" in meminfo:
        return meminfo["HugePages_Total"] * meminfo.get("Hugepagesize", 0)
    return None


def ledger(
    meminfo: Meminfo,
    pools: List[Dict[str, Any]],
    free_per_cpu: Optional[int],
    zram: Optional[int],
    zfs_arc: Optional[int],
) -> Optional[Dict[str, Any]]:
    """``{total_bytes, entries, residual_bytes, residual_percent, closes}``; None without MemTotal.

    Each entry is ``{name, bytes, source}``, ``bytes`` None where this kernel doesn't count such memory: it is then
    part of the residual. ``free_per_cpu`` comes from /proc/zoneinfo, ``zram`` and ``zfs_arc`` from their own files.
    """
    total = meminfo.get("MemTotal")
    if not total:
        return None
    counted: List[Entry] = [(name, meminfo.get(key), key) for name, key in _AS_THEY_STAND]
    counted += [
        ("free_per_cpu", free_per_cpu, "zoneinfo"),
        ("file_cache", file_cache(meminfo), "Cached - Shmem"),
        ("swap_cache", swap_cache(meminfo), "SwapCached not in AnonPages"),
        ("other_reclaimable", other_reclaimable(meminfo), "KReclaimable - SReclaimable"),
        ("vmalloc", vmalloc(meminfo), "VmallocUsed - KernelStack"),
        ("hugetlb", hugetlb(meminfo, pools), "Hugetlb"),
        ("zram", zram, "mm_stat"),
        ("zfs_arc", zfs_arc, "arcstats"),
    ]
    residual = total - sum(size for _name, size, _source in counted if size is not None)
    # Largest first, unknown last.
    counted.sort(key=lambda entry: (entry[1] is None, -(entry[1] or 0), entry[0]))
    return {
        "total_bytes": total,
        "entries": [{"name": name, "bytes": size, "source": source} for name, size, source in counted],
        "residual_bytes": residual,
        "residual_percent": percent(residual, total),
        "closes": abs(residual) * 100 <= CLOSES_WITHIN_PERCENT * total,
    }


def _less(meminfo: Meminfo, whole: str, part: str) -> Optional[int]:
    """``whole`` without ``part``, for a kernel so old that it has no ``part`` too."""
    if whole not in meminfo:
        return None
    return meminfo[whole] - meminfo.get(part, 0)
