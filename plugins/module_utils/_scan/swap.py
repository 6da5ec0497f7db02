# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Swap: the areas, and the compressed kinds of it.

https://docs.kernel.org/admin-guide/blockdev/zram.html, https://docs.kernel.org/admin-guide/mm/zswap.html
"""

from __future__ import annotations

import re
from typing import Any, Optional

from .._derive.share import percent, remainder
from .._derive.swap_kind import swap_kind
from .._procfs import swaps
from .._shapes import number
from .._sysfs import choice, flag, mm_stat
from .files import Readings

_ZRAM = re.compile(r"zram([0-9]{1,9})\Z")
_ZSWAP = "/sys/module/zswap/parameters/"


def scan_swap(readings: Readings, meminfo: dict[str, int]) -> dict[str, Any]:
    """``{total_bytes, free_bytes, used_bytes, used_percent, devices, zram, zswap}``."""
    total, free = meminfo.get("SwapTotal"), meminfo.get("SwapFree")
    used = remainder(total, free)
    return {
        "total_bytes": total,
        "free_bytes": free,
        "used_bytes": used,
        "used_percent": percent(used, total),
        "devices": _devices(readings),
        "zram": _zram(readings),
        "zswap": _zswap(readings, meminfo),
    }


def _devices(readings: Readings) -> list[dict[str, Any]]:
    return [
        {
            "path": area.path,
            "kind": swap_kind(area.path, area.type),
            "size_bytes": area.size_bytes,
            "used_bytes": area.used_bytes,
            "priority": area.priority,
        }
        for area in readings.parsed("/proc/swaps", swaps.parse) or []
    ]


def _zram(readings: Readings) -> list[dict[str, Any]]:
    """Every zram device of the host, those that no swap lies on too."""
    numbers = sorted(int(found.group(1)) for found in map(_ZRAM.match, readings.names("/sys/block")) if found)
    return [_zram_device(readings, "zram%d" % device) for device in numbers]


def _zram_device(readings: Readings, name: str) -> dict[str, Any]:
    folder = "/sys/block/" + name
    usage = readings.parsed(folder + "/mm_stat", mm_stat.parse)
    return {
        "name": name,
        "disksize_bytes": readings.parsed(folder + "/disksize", number.parse),
        "original_bytes": usage.original_bytes if usage else None,
        "compressed_bytes": usage.compressed_bytes if usage else None,
        "memory_used_bytes": usage.memory_used_bytes if usage else None,
        "algorithm": readings.parsed(folder + "/comp_algorithm", choice.parse),
    }


def _zswap(readings: Readings, meminfo: dict[str, int]) -> Optional[dict[str, Any]]:
    enabled = readings.parsed(_ZSWAP + "enabled", flag.parse)
    if enabled is None:
        return None
    return {
        "enabled": enabled,
        "max_pool_percent": readings.parsed(_ZSWAP + "max_pool_percent", number.parse),
        "compressor": readings.parsed(_ZSWAP + "compressor", choice.parse),
        "pool_bytes": meminfo.get("Zswap"),
        "stored_bytes": meminfo.get("Zswapped"),
    }
