# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The `processes` section of a snapshot: every process, groups of them, totals, and how much of it could be read."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._derive.process_coverage import coverage
from .._derive.rankings import most_mappings, near_limits
from .._derive.selection import Selection
from .._derive.sums import group, largest_first, sums
from .._procfs import mountinfo
from .files import Files, Readings
from .processes import RawFiles, scan_processes
from .rollups import read_rollups


class Wanted(NamedTuple):
    """What is asked for. Keys of a process for ``group_by`` and ``sort_by``; ``top`` None = all."""

    selection: Selection = Selection()
    pss: str = "auto"
    """``auto`` reads the rollups of the selected processes within the budget, ``all`` everyone's, ``none`` nobody's."""
    pss_budget_seconds: float = 2.0
    cmdline: bool = False
    group_by: Optional[str] = None
    sort_by: str = "pss_bytes"
    top: Optional[int] = None


def _hidepid(files: Files) -> bool:
    """Whether /proc hides the processes of other users from this one."""
    mounts = Readings(files).parsed("/proc/self/mountinfo", mountinfo.parse) or []
    options = [mount.options + mount.super_options for mount in mounts if mount.mount_point == "/proc"]
    hiding = {"hidepid=2", "hidepid=invisible", "hidepid=4", "hidepid=ptraceable"}
    return os.geteuid() != 0 and bool(options) and not hiding.isdisjoint(options[-1])


def scan_process_memory(files: Files, wanted: Wanted) -> Tuple[Dict[str, Any], List[RawFiles]]:
    """``{processes, near_limits, most_mappings, groups, totals, selected, coverage}``, and raw files for scan_limits.

    Raises Unread when /proc itself can't be listed.
    """
    seen = scan_processes(files, wanted.cmdline)
    selected = [process for process in seen.processes if wanted.selection.selects(process)]
    to_read = seen.processes if wanted.pss == "all" else selected
    budget = {"all": None, "auto": wanted.pss_budget_seconds, "none": 0.0}[wanted.pss]
    ended = {process["pid"] for process in read_rollups(files, to_read, budget)}
    alive = [process for process in seen.processes if process["pid"] not in ended]
    selected = [process for process in selected if process["pid"] not in ended]
    by_rss = sorted(selected, key=largest_first("rss_bytes"))
    result = {
        "processes": sorted(by_rss, key=largest_first(wanted.sort_by))[: wanted.top],
        "near_limits": near_limits(selected),
        "most_mappings": most_mappings(selected),
        "groups": group(selected, wanted.group_by) if wanted.group_by else [],
        "totals": sums(alive),
        "selected": sums(selected),
        "coverage": coverage(
            selected, seen.unreadable, seen.kernel_threads, seen.vanished + len(ended), _hidepid(files)
        ),
    }
    return result, seen.raw
