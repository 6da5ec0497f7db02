# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short lists of the processes that matter most, so that nobody has to search the long one."""

from __future__ import annotations

from typing import Any, Dict, List

from .sums import largest_first

NAMED = 10

Process = Dict[str, Any]


def near_limits(processes: List[Process]) -> List[Dict[str, Any]]:
    """The processes that have used the largest share of a limit: their ``nearest_limit`` with pid, command and user."""
    limited = [
        dict(process["nearest_limit"], pid=process["pid"], command=process["command"], user=process["user"])
        for process in processes
        if process["nearest_limit"]
    ]
    return sorted(limited, key=largest_first("used_percent"))[:NAMED]


def most_mappings(processes: List[Process]) -> List[Dict[str, Any]]:
    """``{pid, command, user, map_count}`` of the processes with the most mappings, as far as these were counted."""
    counted = [
        {key: process[key] for key in ("pid", "command", "user", "map_count")}
        for process in processes
        if process["map_count"]
    ]
    return sorted(counted, key=largest_first("map_count"))[:NAMED]
