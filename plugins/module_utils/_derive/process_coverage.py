# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of what there was has been read."""

from __future__ import annotations

from typing import Any, Dict, List

NAMED = 5


def coverage(
    processes: List[Dict[str, Any]],
    unreadable: List[Dict[str, Any]],
    kernel_threads: int,
    vanished: int,
    hidepid: bool,
) -> Dict[str, Any]:
    """``{processes, read, complete, kernel_threads, vanished, hidepid, unread: {reason: processes}, examples}``.

    ``unreadable`` are ``{pid, command, file, reason}`` of processes that gave nothing at all. A process counts as read
    when all its files were. Processes that ended meanwhile take nothing away from the picture.
    """
    misses = unreadable + [
        {"pid": process["pid"], "command": process["command"], "file": file, "reason": reason}
        for process in processes
        for file, reason in process["unread"].items()
    ]
    pids_by_reason: Dict[str, set[int]] = {}
    for miss in misses:
        pids_by_reason.setdefault(miss["reason"], set()).add(miss["pid"])
    return {
        "processes": len(processes) + len(unreadable),
        "read": sum(1 for process in processes if not process["unread"]),
        "complete": not misses and not hidepid,
        "kernel_threads": kernel_threads,
        "vanished": vanished,
        "hidepid": hidepid,
        "unread": {reason: len(pids) for reason, pids in sorted(pids_by_reason.items())},
        "examples": misses[:NAMED],
    }
