# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of what there was has been read."""

from __future__ import annotations

from typing import Any, Dict, List, Set

from .._records.unread import SKIPPED_PRECISION

NAMED = 5


def _processes_by(key: str, misses: List[Dict[str, Any]]) -> Dict[str, int]:
    """How many processes are missing something, for each reason or file."""
    pids: Dict[str, Set[int]] = {}
    for miss in misses:
        pids.setdefault(miss[key], set()).add(miss["pid"])
    return {value: len(found) for value, found in sorted(pids.items())}


def coverage(
    processes: List[Dict[str, Any]],
    unreadable: List[Dict[str, Any]],
    kernel_threads: int,
    vanished: int,
    hidepid: bool,
) -> Dict[str, Any]:
    """``{processes, read, complete, kernel_threads, vanished, hidepid, unread, unread_files, examples}``.

    ``unreadable`` are ``{pid, command, file, reason}`` of processes that gave nothing at all. A process counts as read
    when all its files were. Processes that ended meanwhile take nothing away from the picture. Neither do files that
    were left unread because enough was known without them.
    """
    misses = unreadable + [
        {"pid": process["pid"], "command": process["command"], "file": file, "reason": reason}
        for process in processes
        for file, reason in process["unread"].items()
    ]
    gaps = [miss for miss in misses if miss["reason"] != SKIPPED_PRECISION]
    return {
        "processes": len(processes) + len(unreadable),
        "read": sum(1 for process in processes if not process["unread"]),
        "complete": not gaps and not hidepid,
        "kernel_threads": kernel_threads,
        "vanished": vanished,
        "hidepid": hidepid,
        "unread": _processes_by("reason", misses),
        "unread_files": _processes_by("file", misses),
        "examples": gaps[:NAMED],
    }
