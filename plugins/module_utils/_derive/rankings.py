# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short lists of the processes and cgroups that matter most, so that nobody has to search the long one."""

from __future__ import annotations

from typing import Any, Dict, List

from .cgroup_chain import ceilings_of
from .headroom import brief, nearest
from .sums import largest_first

NAMED = 10

Process = Dict[str, Any]


def near_limits(processes: List[Process]) -> List[Dict[str, Any]]:
    """The processes that have used the largest share of a limit: their ``nearest_limit`` with pid, command and user.

    A cgroup's or the host's limit stands for many processes; only the largest of them is named.
    """
    limited: Dict[Any, Dict[str, Any]] = {}
    for process in sorted(processes, key=largest_first("rss_bytes")):
        limit = process["nearest_limit"]
        if limit:
            whose = process["pid"] if limit["scope"] is None else limit["scope"]
            named = dict(limit, pid=process["pid"], command=process["command"], user=process["user"])
            limited.setdefault((whose, limit["ceiling"]), named)
    return sorted(limited.values(), key=largest_first("used_percent"))[:NAMED]


def near_cgroup_limits(cgroups: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The cgroups that have used the largest share of a limit of their own, each with the fullest of these."""
    found = [brief(nearest(ceilings_of(cgroup, soft=True))) for cgroup in cgroups]
    return sorted([limit for limit in found if limit], key=largest_first("used_percent"))[:NAMED]


def most_mappings(processes: List[Process]) -> List[Dict[str, Any]]:
    """``{pid, command, user, map_count}`` of the processes with the most mappings, as far as these were counted."""
    counted = [
        {key: process[key] for key in ("pid", "command", "user", "map_count")}
        for process in processes
        if process["map_count"]
    ]
    return sorted(counted, key=largest_first("map_count"))[:NAMED]


def deleted_programs(processes: List[Process]) -> List[Dict[str, Any]]:
    """``{pid, command, user, unit, executable, rss_bytes}`` of processes whose program's file is gone or replaced.

    A program that was started from a memfd never had a file, and needs no restart.
    """
    keys = ("pid", "command", "user", "unit", "executable", "rss_bytes")
    found = [
        {key: process[key] for key in keys}
        for process in processes
        if process["executable_deleted"] and not process["executable"].startswith("/memfd:")
    ]
    return sorted(found, key=largest_first("rss_bytes"))[:NAMED]
