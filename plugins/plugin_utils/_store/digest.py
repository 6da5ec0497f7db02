# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The few figures of a snapshot that reports of a whole fleet are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .signals import signals

TOP = 20
"""Groups of processes that are kept by name for each host."""

OTHERS = "(others)"

_SIZES = ("rss_bytes", "pss_bytes", "pss_low_bytes", "pss_high_bytes", "uss_bytes", "swap_bytes")

Row = dict[str, Any]


def summary(snapshot: dict[str, Any]) -> Row:
    """The host in a line; a figure that the snapshot doesn't have is null.

    Keys: total_bytes, available_bytes, available_percent, used_bytes, used_percent, swap_total_bytes,
    swap_used_bytes, rss_bytes, pss_bytes, pss_low_bytes, pss_high_bytes, processes, processes_read, complete, kernel,
    cost, and those of ``signals``.
    """
    memory, processes = snapshot["memory"], snapshot["processes"]
    swap = memory.get("swap") or {}
    totals = processes.get("totals") or {}
    coverage = processes.get("coverage") or {}
    return {
        "total_bytes": (memory.get("meminfo") or {}).get("MemTotal"),
        **{key: memory.get(key) for key in ("available_bytes", "available_percent", "used_bytes", "used_percent")},
        "swap_total_bytes": swap.get("total_bytes"),
        "swap_used_bytes": swap.get("used_bytes"),
        **{key: totals.get(key) for key in ("rss_bytes", "pss_bytes", "pss_low_bytes", "pss_high_bytes")},
        "processes": coverage.get("processes"),
        "processes_read": coverage.get("read"),
        "complete": coverage.get("complete"),
        "kernel": (memory.get("kernel") or {}).get("release"),
        "cost": snapshot.get("cost"),
        **signals(snapshot),
    }


def consumers(snapshot: dict[str, Any]) -> list[Row]:
    """Rows of the table ``consumers``: the groups that use most, by the upper bound of their PSS, and the others."""
    groups = sorted(
        snapshot["processes"]["groups"],
        key=lambda group: (-(group["pss_high_bytes"] or 0), -(group["rss_bytes"] or 0), group["key"]),
    )
    rows = [
        {"rank": rank, "command": group["key"], "count": group["count"], **{size: group[size] for size in _SIZES}}
        for rank, group in enumerate(groups[:TOP], 1)
    ]
    rest = groups[TOP:]
    if rest:
        sums = {size: _sum(group[size] for group in rest) for size in _SIZES}
        rows.append({"rank": 0, "command": OTHERS, "count": sum(group["count"] for group in rest), **sums})
    return rows


def _sum(values: Iterable[int | None]) -> int | None:
    """The sum; null when any part of it is."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total
