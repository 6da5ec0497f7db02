# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads smaps_rollup: what each process really holds.

A rollup makes the kernel walk all page tables of the process, about 21 ms per GB, and hold its mmap lock meanwhile.
So only those are read that are needed to know enough.
"""

from __future__ import annotations

import time
from typing import Any, Dict, Iterable, List, NamedTuple, Optional

from .._derive.pss_plan import Effort, Plan
from .._derive.pss_total import Total, left_bytes, total_bytes
from .._procfs import meminfo, pid_stat, smaps, smaps_rollup
from .._records.unread import SKIPPED_BUDGET, SKIPPED_PRECISION, UNSUPPORTED, Unread
from .container import is_whole_machine
from .cost import in_a_hurry
from .files import Files, Readings, read_all
from .process_files import Gone, ProcessFiles

Process = Dict[str, Any]


class Known(NamedTuple):
    """What is known after the reading."""

    ended: List[Process]
    """They have ended since they were scanned and hold nothing any more, so they belong into no sum."""
    total: Optional[Total]
    """None inside of containers, where it isn't known."""
    left_bytes: Optional[int]
    """What of it was not attributed: no set of unread processes holds more. None without a total."""
    top_exact: Optional[bool]
    """Whether the largest processes are certain; None when that wasn't asked for."""


def _rollup(files: ProcessFiles) -> smaps_rollup.Rollup:
    try:
        return files.must("smaps_rollup", smaps_rollup.parse)
    except Unread as error:
        if error.reason != UNSUPPORTED:
            raise
        # Before Linux 4.14 only the long list is there.
        return files.must("smaps", smaps.parse, read_all)


def _read(files: Files, process: Process) -> None:
    with ProcessFiles(files, process["pid"]) as process_files:
        # Since the first pass the number may have been given to another process.
        if process_files.must("stat", pid_stat.parse).start_ticks != process["start_ticks"]:
            raise Gone
        rollup = _rollup(process_files)
    process.update(
        rss_bytes=rollup.rss_bytes,
        rss_exact=True,
        pss_bytes=rollup.pss_bytes,
        pss_high_bytes=rollup.pss_bytes,
        pss_anon_bytes=rollup.pss_anon_bytes,
        pss_file_bytes=rollup.pss_file_bytes,
        pss_shmem_bytes=rollup.pss_shmem_bytes,
        uss_bytes=rollup.uss_bytes,
        swap_pss_bytes=rollup.swap_pss_bytes,
        huge_page_bytes=rollup.huge_page_bytes,
    )
    if rollup.swap_bytes is not None:
        process["swap_bytes"] = rollup.swap_bytes
    if rollup.hugetlb_bytes is not None:
        process["hugetlb_bytes"] = rollup.hugetlb_bytes
    # The kernel takes the peak from the approximate counters: what is held now may be above it.
    if process["peak_rss_bytes"] is not None:
        process["peak_rss_bytes"] = max(process["peak_rss_bytes"], rollup.rss_bytes)


def _follow(files: Files, plan: Plan, budget_seconds: Optional[float]) -> List[Process]:
    """Reads what the plan says; returns the processes that have ended."""
    ended: List[Process] = []
    started = time.monotonic()
    while True:
        left = None if budget_seconds is None else started + budget_seconds - time.monotonic()
        process = plan.next(left)
        if process is None:
            return ended
        rss, before = process["rss_bytes"], time.process_time()
        try:
            _read(files, process)
        except Gone:
            ended.append(process)
            plan.ended(process)
        except Unread as error:
            process["unread"][error.path] = error.reason
            plan.failed(process)
        else:
            plan.done(process, rss, process["pss_bytes"], time.process_time() - before)


def read_rollups(files: Files, processes: Iterable[Process], effort: Effort) -> Known:
    """Adds the rollup's figures to the processes, as far as the effort demands.

    What isn't read is None and has its reason in the process's ``unread``; ``pss_high_bytes`` is its upper bound.
    """
    # A zombie holds nothing: that is known already.
    to_read = [process for process in processes if not process["rss_exact"]]
    before = _total(files)
    plan = Plan(to_read, effort, before)
    with in_a_hurry():
        ended = _follow(files, plan, effort.budget_seconds)
    skipped = SKIPPED_PRECISION if plan.enough() else SKIPPED_BUDGET
    for process in plan.waiting:
        process["unread"]["smaps_rollup"] = skipped
    after = None if before is None else _total(files)
    total = None if before is None or after is None else Total(before, after)
    read = sum(process["pss_bytes"] or 0 for process in to_read)
    left = None if total is None else left_bytes(max(total), read)
    for process in to_read:
        if process["pss_bytes"] is None and process["rss_bytes"] is not None:
            process["pss_high_bytes"] = process["rss_bytes"] if left is None else min(process["rss_bytes"], left)
    return Known(ended, total, left, plan.is_top_exact() if effort.top else None)


def _total(files: Files) -> Optional[int]:
    """The PSS of all processes together; None where some are out of sight."""
    if not is_whole_machine(files):
        return None
    return total_bytes(Readings(files).parsed("/proc/meminfo", meminfo.parse) or {})
