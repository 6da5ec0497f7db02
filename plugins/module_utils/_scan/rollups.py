# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads smaps_rollup: what each process really holds.

A rollup makes the kernel walk all page tables of the process, about 21 ms per GB, and hold its mmap lock meanwhile.
So the largest processes are read first, where a millisecond tells most, and a budget ends the reading.
"""

from __future__ import annotations

import time
from typing import Any, Dict, Iterable, List, Optional

from .._derive.sums import largest_first
from .._procfs import pid_stat, smaps, smaps_rollup
from .._records.unread import SKIPPED_BUDGET, UNSUPPORTED, Unread
from .files import Files, read_all
from .process_files import Gone, ProcessFiles

Process = Dict[str, Any]


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
        pss_anon_bytes=rollup.pss_anon_bytes,
        pss_file_bytes=rollup.pss_file_bytes,
        pss_shmem_bytes=rollup.pss_shmem_bytes,
        uss_bytes=rollup.uss_bytes,
        swap_pss_bytes=rollup.swap_pss_bytes,
    )
    if rollup.swap_bytes is not None:
        process["swap_bytes"] = rollup.swap_bytes
    if rollup.hugetlb_bytes is not None:
        process["hugetlb_bytes"] = rollup.hugetlb_bytes
    # The kernel takes the peak from the approximate counters: what is held now may be above it.
    if process["peak_rss_bytes"] is not None:
        process["peak_rss_bytes"] = max(process["peak_rss_bytes"], rollup.rss_bytes)


def read_rollups(files: Files, processes: Iterable[Process], budget_seconds: Optional[float]) -> List[Process]:
    """Adds the rollup's figures to each process, largest RSS first. None as budget: read all.

    What isn't read is None and has its reason in the process's ``unread``. Returns the processes that have ended
    since they were scanned: they hold nothing any more, so they belong into no sum.
    """
    ended = []
    deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
    for process in sorted(processes, key=largest_first("rss_bytes")):
        if process["rss_exact"]:
            continue  # a zombie: it holds nothing
        if deadline is not None and time.monotonic() >= deadline:
            process["unread"]["smaps_rollup"] = SKIPPED_BUDGET
            continue
        try:
            _read(files, process)
        except Gone:
            ended.append(process)
        except Unread as error:
            process["unread"][error.path] = error.reason
    return ended
