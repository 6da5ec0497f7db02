# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom ``ulimit -v`` holds: processes with a limit of their address space, and what they really use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .figure import count, processes, section

UNLIMITED = "unlimited"


def address_space(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """``{limited, unlimited, unknown, unread}``: who has a soft RLIMIT_AS, how many have none, how many can't be told.

    ``limited``: ``[{command, pid, limit_bytes, vsz_bytes, rss_bytes}]``, the largest VSZ first. All None when the
    snapshot has no limits or no processes.
    """
    listed = processes(snapshot)
    groups = section(snapshot, "limits").get("process_limits")
    if listed is None or not isinstance(groups, list):
        reason = "the snapshot has no limits of processes"
        return {"limited": None, "unlimited": None, "unknown": None, "unread": {"process_limits": reason}}
    soft = _soft_limits(groups)
    limited, unlimited, unknown = [], 0, 0
    for process in listed:
        if process.get("state") == "Z":  # holds nothing that could be limited
            continue
        limit = soft.get(process["pid"])
        if limit == UNLIMITED:
            unlimited += 1
        elif count(limit) is None:
            unknown += 1
        else:
            limited.append(
                {
                    "command": str(process.get("command")),
                    "pid": process["pid"],
                    "limit_bytes": limit,
                    "vsz_bytes": count(process.get("vsz_bytes")),
                    "rss_bytes": count(process.get("rss_bytes")),
                }
            )
    limited.sort(key=lambda each: (-(each["vsz_bytes"] or 0), each["pid"]))
    return {"limited": limited, "unlimited": unlimited, "unknown": unknown, "unread": {}}


def _soft_limits(groups: list[Any]) -> dict[int, Any]:
    """pid -> the soft RLIMIT_AS as it stands there; entries of another shape are left out."""
    found: dict[int, Any] = {}
    for group in groups:
        if isinstance(group, Mapping) and isinstance(group.get("pids"), list):
            limit = section(section(group, "limits"), "AS").get("soft")
            found.update((pid, limit) for pid in group["pids"] if isinstance(pid, int))
    return found
