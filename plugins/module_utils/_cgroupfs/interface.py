# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a memory cgroup in each version, and the keys they are reported under.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
"""

from __future__ import annotations

from typing import Dict, NamedTuple


class Interface(NamedTuple):
    """File names by the key under which their content is reported."""

    limits: Dict[str, str]
    numbers: Dict[str, str]
    events: str


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
        "oom_group": "memory.oom.group",
    },
    events="memory.events",
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
        "failcnt": "memory.failcnt",
        "swappiness": "memory.swappiness",
        "use_hierarchy": "memory.use_hierarchy",
    },
    events="memory.oom_control",
)
