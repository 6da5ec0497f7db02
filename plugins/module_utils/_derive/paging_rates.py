# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rates of the memory management from samples of the kernel's counters, like ``vmstat 1`` and ``sar -B``.

The counters of /proc/vmstat have other names in other kernels; what one kernel splits up is summed.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .._records.unread import MALFORMED, UNSUPPORTED

MAJOR_FAULTS = "major_faults_per_second"
MINOR_FAULTS = "minor_faults_per_second"
CONTEXT_SWITCHES = "context_switches_per_second"

_SPLIT = r"(_(dma|dma32|normal|high|movable|device))?"
"""Kernels before 4.8 (pgscan, pgsteal) and since 4.10 (allocstall) count for each memory zone."""

_RECLAIMERS = r"_(kswapd|direct|khugepaged|proactive)" + _SPLIT

_COUNTERS = {
    MINOR_FAULTS: ("pgfault",),  # all faults; the major ones are taken off in _counted
    MAJOR_FAULTS: ("pgmajfault",),
    "swap_in_bytes_per_second": ("pswpin",),
    "swap_out_bytes_per_second": ("pswpout",),
    "page_in_bytes_per_second": ("pgpgin",),
    "page_out_bytes_per_second": ("pgpgout",),
    # By kind of page, since Linux 5.8, reclaim for a cgroup's limit is counted too; by reclaimer it isn't.
    "reclaim_scanned_pages_per_second": ("pgscan_(anon|file)", "pgscan" + _RECLAIMERS),
    "reclaim_stolen_pages_per_second": ("pgsteal_(anon|file)", "pgsteal" + _RECLAIMERS),
    "direct_reclaim_pages_per_second": ("pgsteal_direct" + _SPLIT,),
    "direct_stalls_per_second": ("allocstall" + _SPLIT,),
    "refaults_anon_per_second": ("workingset_refault_anon",),
    # Before Linux 5.9 only pages of files left a trace when they were evicted.
    "refaults_file_per_second": ("workingset_refault_file", "workingset_refault"),
    "thp_faults_per_second": ("thp_fault_alloc",),
    "oom_kills_per_second": ("oom_kill",),
    CONTEXT_SWITCHES: ("ctxt",),
}
"""Patterns of the counters that make up a rate. The first one counts that fits any counter of this kernel."""

_PATTERNS = {name: [re.compile(pattern) for pattern in patterns] for name, patterns in _COUNTERS.items()}

NAMES = tuple(_COUNTERS)


class Sample(NamedTuple):
    """What was read at the time ``at``, in seconds of a clock that only goes forward."""

    at: float
    counts: Dict[str, Optional[int]]
    """From ``counts``."""
    stalled_microseconds: Dict[str, Optional[int]]
    """``some`` and ``full`` of /proc/pressure/memory; empty where that couldn't be read."""


def counts(counters: Dict[str, int], page_bytes: int) -> Dict[str, Optional[int]]:
    """What stands for each of NAMES in ``counters``, bytes and events; None where this kernel has no such counter."""
    units = {"pswpin": page_bytes, "pswpout": page_bytes, "pgpgin": 1024, "pgpgout": 1024}
    found: Dict[str, Optional[int]] = {}
    for name, patterns in _PATTERNS.items():
        found[name] = None
        for pattern in patterns:
            values = [units.get(key, 1) * value for key, value in counters.items() if pattern.fullmatch(key)]
            if values:
                found[name] = sum(values)
                break
    return found


def _steps(values: Sequence[Optional[int]]) -> Optional[List[int]]:
    """The differences; None when a value is unknown, or smaller than the one before."""
    steps: List[int] = []
    for before, after in zip(values, values[1:]):
        if before is None or after is None or after < before:
            return None
        steps.append(after - before)
    return steps


def _counted(samples: Sequence[Sample], name: str) -> Optional[List[int]]:
    steps = _steps([sample.counts[name] for sample in samples])
    if name != MINOR_FAULTS or steps is None:
        return steps
    major = _steps([sample.counts[MAJOR_FAULTS] for sample in samples])
    # A major fault is counted as such when it begins to wait and as a fault when it is served.
    return None if major is None else [max(0, every - slow) for every, slow in zip(steps, major)]


def _seconds(samples: Sequence[Sample]) -> List[float]:
    # Two samples within one tick of the clock must not divide by nothing.
    return [max(after.at - before.at, 1e-6) for before, after in zip(samples, samples[1:])]


def per_sample(samples: Sequence[Sample], name: str) -> Optional[List[float]]:
    """The rate ``name`` between each sample and the next; None when it is unknown."""
    steps = _counted(samples, name)
    return None if steps is None else [step / time for step, time in zip(steps, _seconds(samples))]


def _spread(steps: List[int], seconds: List[float], scale: float = 1.0) -> Dict[str, float]:
    each = [scale * step / time for step, time in zip(steps, seconds)]
    return {
        "min": round(min(each), 2),
        "mean": round(scale * sum(steps) / sum(seconds), 2),
        "max": round(max(each), 2),
    }


def rates(samples: Sequence[Sample]) -> Tuple[Dict[str, Any], Dict[str, str]]:
    """``{name: {min, mean, max} or None}`` for each of NAMES, and the reason for each None. At least two samples."""
    found: Dict[str, Any] = {}
    reasons: Dict[str, str] = {}
    seconds = _seconds(samples)
    for name in NAMES:
        steps = _counted(samples, name)
        found[name] = None if steps is None else _spread(steps, seconds)
        if steps is None:
            missing = any(sample.counts[name] is None for sample in samples)
            reasons[name] = UNSUPPORTED if missing else MALFORMED
    return found, reasons


def pressure(samples: Sequence[Sample]) -> Optional[Dict[str, Any]]:
    """``{some_percent, full_percent}``, each ``{min, mean, max}`` or None; None without PSI."""
    found: Dict[str, Any] = {}
    for kind in ("some", "full"):
        steps = _steps([sample.stalled_microseconds.get(kind) for sample in samples])
        seconds = _seconds(samples)
        # The kernel's clock and ours aren't read at one moment: all of the time is the most there can be.
        within = steps and [min(step, int(time * 1e6)) for step, time in zip(steps, seconds)]
        found[kind + "_percent"] = None if not within else _spread(within, seconds, 100 / 1e6)
    return found if found["some_percent"] else None
