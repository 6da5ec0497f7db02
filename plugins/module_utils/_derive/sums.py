# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums over processes that stay true when some of their figures are unknown.

A sum is given only when every part of it was read. For the PSS, which may be left unread to spare the host, two
bounds always stand beside it. What unread processes hold is at least nothing and at most their RSS, since PSS <= RSS;
and no set of them holds more than what the host's total leaves when the read ones are taken off.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Optional

Process = Dict[str, Any]

_SUMMED = (
    "rss_bytes",
    "pss_bytes",
    "uss_bytes",
    "swap_bytes",
    "swap_pss_bytes",
    "minor_faults",
    "major_faults",
)


def _sum(values: List[Optional[int]]) -> Optional[int]:
    return None if None in values else sum(values)  # type: ignore[arg-type]


def sums(processes: List[Process], left_bytes: Optional[int] = None) -> Dict[str, Optional[int]]:
    """``{count, rss_bytes, pss_bytes, pss_low_bytes, pss_high_bytes, uss_bytes, ...}``; None = not all parts known.

    ``left_bytes`` is what all unread processes of the host can hold together, where that is known.
    ``pss_high_bytes`` is None only when it isn't, and neither PSS nor RSS of a process is known.
    """
    result: Dict[str, Optional[int]] = {"count": len(processes)}
    for key in _SUMMED:
        result[key] = _sum([process[key] for process in processes])
    unread = [process["rss_bytes"] for process in processes if process["pss_bytes"] is None]
    result["pss_low_bytes"] = low = sum(process["pss_bytes"] or 0 for process in processes)
    bounds = [bound for bound in (_sum(unread), left_bytes if unread else None) if bound is not None]
    result["pss_high_bytes"] = low + min(bounds) if bounds else None
    return result


def largest_first(key: str) -> Callable[[Process], Any]:
    """A sort key: largest ``key`` first, unknown last."""
    return lambda item: (item[key] is None, -(item[key] or 0))


def group(processes: Iterable[Process], by: str, left_bytes: Optional[int] = None) -> List[Dict[str, Any]]:
    """The sums of each group of processes with the same ``by``, by PSS (its upper bound), largest first.

    ``key`` is None for the processes that have no such name: no unit, no container, executable not readable.
    """
    members: Dict[Optional[str], List[Process]] = {}
    for process in processes:
        members.setdefault(process[by], []).append(process)
    groups = [dict(sums(group_members, left_bytes), key=key) for key, group_members in members.items()]
    return sorted(groups, key=lambda item: (-(item["pss_high_bytes"] or 0), str(item["key"])))
