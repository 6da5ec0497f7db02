# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's parameters that bear on memory.

https://docs.kernel.org/admin-guide/sysctl/vm.html
"""

from __future__ import annotations

from typing import Any

from .._procfs.sysctl import parse
from .files import Readings
from .where_offered import where_offered

_ROOT = "/proc/sys/"

WELL_KNOWN = (
    "vm/admin_reserve_kbytes",
    "vm/dirty_background_bytes",
    "vm/dirty_background_ratio",
    "vm/dirty_bytes",
    "vm/dirty_expire_centisecs",
    "vm/dirty_ratio",
    "vm/dirty_writeback_centisecs",
    "vm/max_map_count",
    "vm/min_free_kbytes",
    "vm/nr_hugepages",
    "vm/nr_overcommit_hugepages",
    "vm/oom_dump_tasks",
    "vm/oom_kill_allocating_task",
    "vm/overcommit_kbytes",
    "vm/overcommit_memory",
    "vm/overcommit_ratio",
    "vm/page-cluster",
    "vm/panic_on_oom",
    "vm/swappiness",
    "vm/user_reserve_kbytes",
    "vm/vfs_cache_pressure",
    "vm/watermark_scale_factor",
    "fs/file-max",
    "fs/nr_open",
    "kernel/pid_max",
    "kernel/threads-max",
)
"""Always a key of the result: None where the kernel lacks it or it can't be read."""

FROM_SOME_KERNELS = (
    "vm/compact_unevictable_allowed",
    "vm/compaction_proactiveness",
    "vm/dirtytime_expire_seconds",
    "vm/extfrag_threshold",
    "vm/force_cgroup_v2_swappiness",
    "vm/hugetlb_shm_group",
    "vm/laptop_mode",
    "vm/lowmem_reserve_ratio",
    "vm/min_slab_ratio",
    "vm/min_unmapped_ratio",
    "vm/mmap_min_addr",
    "vm/numa_stat",
    "vm/numa_zonelist_order",
    "vm/percpu_pagelist_high_fraction",
    "vm/unprivileged_userfaultfd",
    "vm/vfs_cache_pressure_denom",
    "vm/watermark_boost_factor",
    "vm/zone_reclaim_mode",
    "kernel/numa_balancing",
)
"""A key of the result only where the kernel has it, by its version, its configuration or its distribution."""


def scan_sysctl(readings: Readings) -> dict[str, Any]:
    """The parameters by their usual names, ``vm.swappiness``: a number, or text where it isn't one."""
    values: dict[str, Any] = {name: readings.parsed(_ROOT + name, parse) for name in WELL_KNOWN}
    values.update(where_offered(readings, _ROOT, FROM_SOME_KERNELS, parse))
    return {name.replace("/", "."): value for name, value in values.items()}
