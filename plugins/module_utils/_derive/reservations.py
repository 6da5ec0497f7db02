# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Memory that is set aside or promised and not in use: beside what a host uses, this is what it can't count on."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional

from .cgroup_chain import ancestors
from .share import percent

Reservation = Dict[str, Any]


def reserved_unused(total: Optional[int], pools: List[Dict[str, Any]], tmpfs: List[Dict[str, Any]]) -> Dict[str, Any]:
    """``{hugetlb_free_bytes, tmpfs_caps_bytes, tmpfs_caps_percent, tmpfs_uncapped}``: what the host alone tells."""
    caps = sum(mount["size_bytes"] or 0 for mount in tmpfs)
    return {
        "hugetlb_free_bytes": _hugetlb_free(pools),
        "tmpfs_caps_bytes": caps,
        "tmpfs_caps_percent": percent(caps, total),
        "tmpfs_uncapped": sum(mount["size_bytes"] is None for mount in tmpfs),
    }


def _hugetlb_free(pools: List[Dict[str, Any]]) -> Optional[int]:
    """Free huge pages that nobody is promised. Only who asks for huge pages can have them."""
    if any(pool["free"] is None or pool["reserved"] is None for pool in pools):
        return None
    return sum(max(pool["free"] - pool["reserved"], 0) * pool["size_bytes"] for pool in pools)


def reservations(memory: Dict[str, Any], limits: Dict[str, Any], processes: Dict[str, Any]) -> List[Reservation]:
    """The snapshot's ``reserved``: ``{what, count, bytes, percent_of_ram, over, detail}`` each; none, no entry.

    Of the three sections of the snapshot. ``over``: more than the RAM there is. ``bytes`` is None when unknown.
    """
    total = memory["meminfo"].get("MemTotal")
    unused = memory["reserved_unused"]
    found = []

    def add(what: str, count: int, size: Optional[int], detail: str) -> None:
        over = bool(total and size is not None and size > total)
        found.append(
            {"what": what, "count": count, "bytes": size, "percent_of_ram": percent(size, total), "over": over,
             "detail": detail}
        )  # fmt: skip

    free = [pool for pool in memory["hugepages"] if pool["free"] and pool["free"] > (pool["reserved"] or 0)]
    if free:
        pages = sum(pool["free"] - (pool["reserved"] or 0) for pool in free)
        add("hugetlb_free", pages, unused["hugetlb_free_bytes"], "free huge pages that nobody else can use")
    shared = memory["shared_memory"]
    if shared["tmpfs_count"]:
        detail = "together the tmpfs mounts may grow to this size"
        if unused["tmpfs_uncapped"]:
            detail += ", and %d of them without a cap to any" % unused["tmpfs_uncapped"]
        add("tmpfs_caps", shared["tmpfs_count"], unused["tmpfs_caps_bytes"], detail)
    unattached = [segment for segment in shared["sysv"] if segment["unattached"] and segment["rss_bytes"]]
    if unattached:
        size = sum(segment["rss_bytes"] for segment in unattached)
        add("unattached_sysv", len(unattached), size, "System V shared memory that no process has attached")
    capped = _topmost(limits["cgroups"], "max_bytes")
    if capped:
        detail = "sum of memory.max over the topmost limited cgroups: what they are promised at most"
        add("cgroup_max", len(capped), sum(capped), detail)
    # What the root's children are protected by bounds all protection below them; without it there is none below.
    protected = [
        cgroup["limits"]["min_bytes"]
        for cgroup in limits["cgroups"]
        if cgroup["path"].count("/") == 1 and cgroup["limits"].get("min_bytes")
    ]
    if protected:
        add("cgroup_min", len(protected), sum(protected), "sum of memory.min, which the kernel won't reclaim")
    unlimited = _lock_at_will(limits["process_limits"])
    if unlimited:
        known = [process for process in processes["processes"] if process["pid"] in unlimited]
        locked = [process["locked_bytes"] for process in known]
        size = None if None in locked else sum(locked)
        add("memlock_unlimited", len(unlimited), size, "locked by processes that may lock any amount (RLIMIT_MEMLOCK)")
    return found


def _topmost(cgroups: List[Dict[str, Any]], key: str) -> List[int]:
    """The limits of the cgroups that no ancestor limits: those bound all that is below them."""
    limited = {(cgroup["version"], cgroup["path"]): cgroup["limits"].get(key) for cgroup in cgroups}
    return [
        limit
        for (version, path), limit in limited.items()
        if limit is not None and not any(limited.get((version, above)) for above in ancestors(path) if above != path)
    ]


def _lock_at_will(limit_sets: Iterable[Dict[str, Any]]) -> set:
    return {
        pid
        for entry in limit_sets
        for pid in entry["pids"]
        if (entry["limits"].get("MEMLOCK") or {}).get("soft") == "unlimited"
    }
