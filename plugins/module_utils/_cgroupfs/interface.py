# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a memory cgroup in each version, and the keys they are reported under.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple


class Interface(NamedTuple):
    """File names by the key under which their content is reported, by the kind of content."""

    limits: Dict[str, str]
    numbers: Dict[str, str]
    flat_keyed: Dict[str, str]
    pressure: Dict[str, str]
    stat: Dict[str, Tuple[str, ...]]
    """For each key the names that kernels have given it in memory.stat, newest first."""


V2 = Interface(
    limits={
        "max_bytes": "memory.max",
        "high_bytes": "memory.high",
        "low_bytes": "memory.low",
        "min_bytes": "memory.min",
        "swap_max_bytes": "memory.swap.max",
        "swap_high_bytes": "memory.swap.high",
        "zswap_max_bytes": "memory.zswap.max",
    },
    numbers={
        "current_bytes": "memory.current",
        "peak_bytes": "memory.peak",
        "swap_current_bytes": "memory.swap.current",
        "swap_peak_bytes": "memory.swap.peak",
        "oom_group": "memory.oom.group",
    },
    flat_keyed={"events": "memory.events", "events_local": "memory.events.local"},
    pressure={"pressure": "memory.pressure"},
    stat={
        "anon_bytes": ("anon",),
        "anon_huge_bytes": ("anon_thp",),
        "file_bytes": ("file",),
        "inactive_file_bytes": ("inactive_file",),
        "shmem_bytes": ("shmem",),
        "kernel_bytes": ("kernel",),
        "slab_bytes": ("slab",),
        "sock_bytes": ("sock",),
        # Before Linux 5.9 only pages of files were looked at.
        "refaults_anon": ("workingset_refault_anon",),
        "refaults_file": ("workingset_refault_file", "workingset_refault"),
        "major_faults": ("pgmajfault",),
    },
)

V1 = Interface(
    limits={
        "max_bytes": "memory.limit_in_bytes",
        "soft_limit_bytes": "memory.soft_limit_in_bytes",
        "memory_and_swap_max_bytes": "memory.memsw.limit_in_bytes",
    },
    numbers={
        "current_bytes": "memory.usage_in_bytes",
        "peak_bytes": "memory.max_usage_in_bytes",
        "memory_and_swap_current_bytes": "memory.memsw.usage_in_bytes",
        "memory_and_swap_peak_bytes": "memory.memsw.max_usage_in_bytes",
        "failcnt": "memory.failcnt",
        "swappiness": "memory.swappiness",
        "use_hierarchy": "memory.use_hierarchy",
    },
    flat_keyed={"events": "memory.oom_control"},
    pressure={},
    # Those without "total_" leave out the cgroups below.
    stat={
        "anon_bytes": ("total_rss",),
        "anon_huge_bytes": ("total_rss_huge",),
        "file_bytes": ("total_cache",),
        "inactive_file_bytes": ("total_inactive_file",),
        "shmem_bytes": ("total_shmem",),
        "swap_bytes": ("total_swap",),
        "refaults_anon": ("total_workingset_refault_anon",),
        "refaults_file": ("total_workingset_refault_file", "total_workingset_refault"),
        "major_faults": ("total_pgmajfault",),
    },
)
