# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums over processes that stay true when some of their figures are unknown.

A sum is given only when every part of it was read. For the PSS, which may be left unread to spare the host, two
bounds always stand beside it: an unread process holds at least nothing and at most its RSS, since PSS <= RSS.
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


def sums(processes: List[Process]) -> Dict[str, Optional[int]]:
    """``{count, rss_bytes, pss_bytes, pss_low_bytes, pss_high_bytes, uss_bytes, ...}``; None = not all parts known.

    ``pss_high_bytes`` is None too when neither PSS nor RSS of a process is known.
    """
    result: Dict[str, Optional[int]] = {"count": len(processes)}
    for key in _SUMMED:
        result[key] = _sum([process[key] for process in processes])
    known = [process["pss_bytes"] for process in processes]
    result["pss_low_bytes"] = sum(pss for pss in known if pss is not None)
    result["pss_high_bytes"] = _sum(
        [process["rss_bytes"] if pss is None else pss for process, pss in zip(processes, known)]
    )
    return result


def largest_first(key: str) -> Callable[[Process], Any]:
    """A sort key: largest ``key`` first, unknown last."""
    return lambda item: (item[key] is None, -(item[key] or 0))


def group(processes: Iterable[Process], by: str) -> List[Dict[str, Any]]:
    """The sums of each group of processes with the same ``by``, by PSS (its upper bound), largest first.

    ``key`` is None for the processes that have no such name: no unit, no container, executable not readable.
    """
    members: Dict[Optional[str], List[Process]] = {}
    for process in processes:
        members.setdefault(process[by], []).append(process)
    groups = [dict(sums(group_members), key=key) for key, group_members in members.items()]
    return sorted(groups, key=lambda item: (-(item["pss_high_bytes"] or 0), str(item["key"])))
