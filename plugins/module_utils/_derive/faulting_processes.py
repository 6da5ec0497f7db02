# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which processes had the page faults: from what /proc/PID/stat counts, looked at twice."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Tuple

Identity = Tuple[int, int]
"""``(pid, start_ticks)``: a pid alone may have been given away again."""


class Faults(NamedTuple):
    """Of one process since it began, as read at the time ``at`` (seconds of a clock that only goes forward)."""

    at: float
    minor: int
    major: int
    command: bytes
    rss_pages: int


Faulting = Dict[Identity, Faults]


def busiest(before: Faulting, after: Faulting, top: int) -> List[Dict[str, Any]]:
    """``{pid, start_ticks, command (raw), minor_faults_per_second, major_faults_per_second, rss_pages}``, worst first.

    A process that began in between began with no faults. One without any fault in between is left out.
    """
    start = min((faults.at for faults in before.values()), default=0.0)
    found: List[Dict[str, Any]] = []
    for (pid, start_ticks), now in after.items():
        then = before.get((pid, start_ticks), Faults(start, 0, 0, b"", 0))
        minor, major = now.minor - then.minor, now.major - then.major
        # The counters are the kernel's unsigned long: on 32 bits they wrap.
        if minor < 0 or major < 0 or not (minor or major):
            continue
        seconds = max(now.at - then.at, 1e-6)
        found.append(
            {
                "pid": pid,
                "start_ticks": start_ticks,
                "command": now.command,
                "minor_faults_per_second": round(minor / seconds, 2),
                "major_faults_per_second": round(major / seconds, 2),
                "rss_pages": now.rss_pages,
            }
        )
    found.sort(key=lambda one: (-one["major_faults_per_second"], -one["minor_faults_per_second"], one["pid"]))
    return found[:top]
