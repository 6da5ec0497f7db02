# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the kernel deals with pages: huge ones, shared ones, and those of each NUMA node.

https://docs.kernel.org/admin-guide/mm/
"""

from __future__ import annotations

import re
from typing import Any, Optional

from .._records.unread import MALFORMED, Malformed
from .._shapes import number
from .._sysfs import choice, flag, hugepages, node_meminfo
from .files import Readings
from .where_offered import where_offered

_THP = "/sys/kernel/mm/transparent_hugepage/"
_KSM = "/sys/kernel/mm/ksm/"
_HUGEPAGES = "/sys/kernel/mm/hugepages"
_NODES = "/sys/devices/system/node"

_KSM_FIGURES = (
    "pages_shared",
    "pages_sharing",
    "pages_unshared",
    "pages_volatile",
    "pages_to_scan",
    "sleep_millisecs",
    "full_scans",
    "merge_across_nodes",
    "use_zero_pages",
    "ksm_zero_pages",
)
_POOL_FIGURES = (
    ("total", "nr_hugepages"),
    ("free", "free_hugepages"),
    ("reserved", "resv_hugepages"),
    ("surplus", "surplus_hugepages"),
    ("overcommit", "nr_overcommit_hugepages"),
)
_NODE = re.compile(r"node([0-9]{1,9})\Z")


def scan_transparent_hugepage(readings: Readings) -> Optional[dict[str, Any]]:
    """``{enabled, defrag, shmem_enabled, use_zero_page, khugepaged_defrag}``; None when the kernel has no THP."""
    enabled = readings.parsed(_THP + "enabled", choice.parse)
    if enabled is None:
        return None
    return {
        "enabled": enabled,
        "defrag": readings.parsed(_THP + "defrag", choice.parse),
        "shmem_enabled": readings.parsed(_THP + "shmem_enabled", choice.parse),
        "use_zero_page": readings.parsed(_THP + "use_zero_page", flag.parse),
        "khugepaged_defrag": readings.parsed(_THP + "khugepaged/defrag", flag.parse),
    }


def scan_ksm(readings: Readings, page_size_bytes: int) -> Optional[dict[str, Any]]:
    """``{run, pages_shared, pages_sharing, ..., saved_bytes}``; None when the kernel has no KSM."""
    run = readings.parsed(_KSM + "run", number.parse)
    if run is None:
        return None
    figures = where_offered(readings, _KSM, _KSM_FIGURES, number.parse)
    sharing = figures.get("pages_sharing")
    return {"run": run, **figures, "saved_bytes": None if sharing is None else sharing * page_size_bytes}


def scan_hugepages(readings: Readings) -> list[dict[str, Any]]:
    """``{size_bytes, total, free, reserved, surplus, overcommit}``, pages, for each size of page, smallest first."""
    pools = []
    for folder in readings.names(_HUGEPAGES):
        path = "%s/%s" % (_HUGEPAGES, folder)
        try:
            pool: dict[str, Any] = {"size_bytes": hugepages.size_bytes(folder)}
        except Malformed:
            readings.unread[path] = MALFORMED
            continue
        for key, name in _POOL_FIGURES:
            pool[key] = readings.parsed("%s/%s" % (path, name), number.parse)
        pools.append(pool)
    return sorted(pools, key=lambda pool: pool["size_bytes"])


def scan_numa(readings: Readings) -> list[dict[str, Any]]:
    """``{node, meminfo}`` for each NUMA node; ``meminfo`` is None when it can't be read."""
    nodes = sorted(int(found.group(1)) for found in map(_NODE.match, readings.names(_NODES)) if found)
    return [
        {"node": node, "meminfo": readings.parsed("%s/node%d/meminfo" % (_NODES, node), node_meminfo.parse)}
        for node in nodes
    ]
