# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The `processes` section of a snapshot: every process, groups of them, totals, and how much of it could be read."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Tuple

from .._derive import pss_total
from .._derive.process_coverage import coverage
from .._derive.pss_plan import Effort
from .._derive.rankings import deleted_programs, most_mappings, near_limits
from .._derive.selection import Selection
from .._derive.sums import group, largest_first, sums
from .cgroups import Grouped, group_processes
from .files import Files
from .headroom import Headroom, host_ceilings
from .hidepid import hides_processes
from .processes import scan_processes
from .rollups import read_rollups


class Wanted(NamedTuple):
    """What is asked for. Keys of a process for ``group_by`` and ``sort_by``; ``top`` None = all."""

    selection: Selection = Selection()
    pss: str = "auto"
    """``auto`` reads as many rollups of the selected processes as it takes, ``all`` everyone's, ``none`` nobody's."""
    pss_precision_percent: float = 1.0
    pss_budget_seconds: float = 2.0
    cmdline: bool = False
    ceilings: bool = False
    group_by: Optional[str] = None
    sort_by: str = "pss_bytes"
    top: Optional[int] = None

    def effort(self) -> Effort:
        """How far the rollups have to be read."""
        if self.pss == "all":
            return Effort()
        if self.pss == "none":
            return Effort(budget_seconds=0.0)
        top = self.top if self.sort_by == "pss_bytes" else None
        # Who only asks for the largest few needn't pay for the sums.
        precision = None if top and not self.group_by else self.pss_precision_percent
        return Effort(self.pss_budget_seconds, precision, top)


def scan_process_memory(files: Files, wanted: Wanted) -> Tuple[Dict[str, Any], Grouped]:
    """``{processes, near_limits, ..., groups, totals, selected, pss_check, coverage}``, and the groups for scan_limits.

    Raises Unread when /proc itself can't be listed.
    """
    seen = scan_processes(files, wanted.cmdline)
    selected = [process for process in seen.processes if wanted.selection.selects(process)]
    known = read_rollups(files, seen.processes if wanted.pss == "all" else selected, wanted.effort())
    ended = {process["pid"] for process in known.ended}
    alive = [process for process in seen.processes if process["pid"] not in ended]
    selected = [process for process in selected if process["pid"] not in ended]
    grouped = group_processes(files, seen.raw)
    headroom = Headroom(seen.ceilings, alive, grouped.cgroups, host_ceilings(grouped.readings))
    headroom.join(alive)
    by_rss = sorted(selected, key=largest_first("rss_bytes"))
    hidepid = hides_processes(files)
    all_seen = bool(alive) and not hidepid and not seen.unreadable
    totals, by_themselves = sums(alive, known.left_bytes), sums(alive)
    result: Dict[str, Any] = {
        "processes": sorted(by_rss, key=largest_first(wanted.sort_by))[: wanted.top],
        "top_exact": known.top_exact,
        "near_limits": headroom.with_ceilings(near_limits(selected)),
        "most_mappings": most_mappings(selected),
        "deleted_programs": deleted_programs(selected),
        "groups": group(selected, wanted.group_by, known.left_bytes) if wanted.group_by else [],
        "totals": dict(totals, pss_exact_percent=pss_total.exact_percent(totals, known.total)),
        "selected": sums(selected, known.left_bytes),
        "pss_check": pss_total.check(
            known.total if all_seen else None, by_themselves["pss_low_bytes"], by_themselves["pss_high_bytes"]
        ),
        "coverage": coverage(selected, seen.unreadable, seen.kernel_threads, seen.vanished + len(ended), hidepid),
        "ceilings_unread": dict(grouped.readings.unread),
    }
    if wanted.ceilings:
        result["processes"] = headroom.with_ceilings(result["processes"])
    return result, grouped
