# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's memory as a whole: the ``memory`` section of a snapshot."""

from __future__ import annotations

import os
from typing import Any, Optional, Sequence

from .._derive import available
from .._derive.share import percent
from .._derive.used import used_bytes
from .._procfs import meminfo, mountinfo, pressure, vmstat, zoneinfo
from .._records.unread import UNSUPPORTED
from .files import Files, Readings
from .host import scan_host
from .ledger import scan_ledger
from .pages import scan_hugepages, scan_ksm, scan_numa, scan_transparent_hugepage
from .swap import scan_swap
from .sysctl import scan_sysctl
from .sysctl_sources import scan_sysctl_sources

_MEMINFO = "/proc/meminfo"


def scan_memory(files: Files, page_size_bytes: int = os.sysconf("SC_PAGE_SIZE")) -> dict[str, Any]:
    """All of it, as the module ``memory_info`` documents it. Never raises for what can't be read.

    Without a readable /proc/meminfo ``meminfo`` is empty and every figure that follows from it is None. ``unread``
    maps each path that was tried in vain to its reason.
    """
    readings = Readings(files)
    kernel = readings.parsed(_MEMINFO, meminfo.parse) or {}
    total = kernel.get("MemTotal")
    zones = readings.parsed("/proc/zoneinfo", lambda data: zoneinfo.parse(data, page_size_bytes))
    mounts = readings.parsed("/proc/self/mountinfo", mountinfo.parse) or []
    left, source = _available(readings, kernel, zones)
    used = used_bytes(kernel, left)
    memory: dict[str, Any] = {
        "meminfo": kernel,
        "available_bytes": left,
        "available_source": source,
        "available_percent": percent(left, total),
        "used_bytes": used,
        "used_percent": percent(used, total),
        "swap": scan_swap(readings, kernel),
        "commit": _commit(kernel),
        "sysctl": scan_sysctl(readings),
        "transparent_hugepage": scan_transparent_hugepage(readings),
        "ksm": scan_ksm(readings, page_size_bytes),
        "hugepages": scan_hugepages(readings),
        "numa": scan_numa(readings),
        "vmstat": readings.parsed("/proc/vmstat", vmstat.parse) or {},
        "pressure": readings.parsed("/proc/pressure/memory", pressure.parse),
        "page_size_bytes": page_size_bytes,
    }
    memory.update(scan_host(readings, mounts))
    memory["sysctl_sources"] = scan_sysctl_sources(readings, memory, mounts)
    memory.update(scan_ledger(readings, memory, mounts, zones))
    memory["unread"] = readings.unread
    return memory


def _available(
    readings: Readings, kernel: dict[str, int], zones: Optional[Sequence[zoneinfo.Zone]]
) -> tuple[Optional[int], Optional[str]]:
    """What is available, and who says so: ``kernel``, or our ``estimate``."""
    if "MemAvailable" in kernel:
        return kernel["MemAvailable"], "kernel"
    if not kernel or zones is None:
        return None, None
    left = available.estimate(kernel, zones)
    if left is None:
        readings.unread[_MEMINFO] = UNSUPPORTED
        return None, None
    return left, "estimate"


def _commit(kernel: dict[str, int]) -> dict[str, Any]:
    limit, committed = kernel.get("CommitLimit"), kernel.get("Committed_AS")
    return {"limit_bytes": limit, "committed_bytes": committed, "committed_percent": percent(committed, limit)}
