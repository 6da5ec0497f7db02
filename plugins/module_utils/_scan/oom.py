# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OOM kills: those that were, those that were counted and not told, and whom the next one would hit."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Optional

from .._derive.next_victims import next_victims
from .._derive.oom_kills import kills_in, merged
from .._derive.oom_reconcile import cgroup_events, counts
from .._procfs import sysctl, vmstat
from .cgroups import scan_cgroups
from .files import Files, Readings
from .kernel_log import Log, boot_realtime, read_kmsg
from .process_table import ProcessTable
from .processes import scan_processes

NEWEST = 100
"""A host whose service is killed each minute has thousands of the same kill in its log."""

Others = Callable[[Log, Optional[str], int], List[Log]]
"""``kernel_log_copies.other_logs`` with a way to run programs."""


def oom_section(
    files: Files,
    counted: Optional[int],
    boot_id: Optional[str],
    processes: List[Dict[str, Any]],
    cgroups: List[Dict[str, Any]],
    others: Optional[Others] = None,
) -> Dict[str, Any]:
    """The contract's ``oom``; its ``unread`` has the scores that couldn't be read.

    ``counted`` is oom_kill of /proc/vmstat, read before this is called: a kill between the two would else look lost.
    ``processes`` and ``cgroups`` are the contract's, all of the host's.
    """
    booted = boot_realtime()
    logs = [read_kmsg(files.root, boot_id, booted)]
    if others:
        logs += others(logs[0], boot_id, booted)
    kills = merged(kills_in(log.lines, log.source["source"]) for log in logs)
    sources = [log.source for log in logs]
    # The audit itself will be gone before anybody reads of it.
    victims, first_is_largest = next_victims([process for process in processes if process["pid"] != os.getpid()])
    return {
        "kills": kills[-NEWEST:],
        "kills_left_out": len(kills[:-NEWEST]),
        "sources": sources,
        "counts": counts(kills, counted, boot_id, sources),
        "cgroup_events": cgroup_events(cgroups),
        "next_victims": victims,
        "next_victim_is_largest": first_is_largest,
        "unread": {
            "/proc/%d/oom_score" % process["pid"]: process["unread"]["oom_score"]
            for process in processes
            if "oom_score" in process["unread"]
        },
    }


def scan_oom(files: Files, others: Optional[Others] = None) -> Dict[str, Any]:
    """``oom_section`` of a host of which nothing else was read. Raises Unread when /proc can't be listed."""
    readings = Readings(files)
    counters = readings.parsed("/proc/vmstat", vmstat.parse) or {}
    boot_id = readings.parsed("/proc/sys/kernel/random/boot_id", sysctl.parse_text)
    seen = scan_processes(files)
    cgroups = scan_cgroups(readings, ProcessTable(seen.raw))
    section = oom_section(files, counters.get("oom_kill"), boot_id, seen.processes, cgroups, others)
    section["unread"].update(readings.unread)
    return section
