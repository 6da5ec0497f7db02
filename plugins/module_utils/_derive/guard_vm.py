# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a memory parameter must not get the value that is wanted. Figures in, refusals out."""

from __future__ import annotations

import math
import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .._shapes.kernel_release import version
from .refusal import Refusal, refusal

_INT_MAX = 2147483647

_RANGES = {
    "vm.max_map_count": (1, _INT_MAX),
    "vm.min_free_kbytes": (1, _INT_MAX),
    "vm.overcommit_kbytes": (0, 2**63 - 1),
    "vm.overcommit_memory": (0, 2),
    "vm.overcommit_ratio": (0, _INT_MAX),
    "vm.page-cluster": (0, 31),
    "vm.swappiness": (0, 200),
    "vm.vfs_cache_pressure": (0, _INT_MAX),
    "vm.watermark_scale_factor": (1, 3000),
}

NAMES = tuple(sorted(_RANGES))

MIN_FREE = "vm.min_free_kbytes"

_SMALLER_BEFORE = {"vm.swappiness": ((5, 8), 100), "vm.watermark_scale_factor": ((5, 18), 1000)}
"""The first kernel with the range above, and how far it went before."""

_LEAST_FREE_KB = 1024
_MOST_OF_RAM = 10  # a tenth

_COMMIT = ("vm.overcommit_memory", "vm.overcommit_ratio", "vm.overcommit_kbytes")


def number(value: Any) -> Optional[int]:
    """A value as a play may give it (10 or "10"); None for what is no whole number."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return int(value) if re.match(r"\s*-?[0-9]{1,19}\s*\Z", str(value), re.ASCII) else None


def out_of_range(name: str, value: Any, release: Optional[str]) -> Optional[Refusal]:
    """``release``: of the kernel, ``5.10.0-28-amd64``."""
    low, high = _RANGES[name]
    kernel = version(release)
    since, before = _SMALLER_BEFORE.get(name, (None, high))
    if kernel and since and kernel < since:
        high = before
    wanted = number(value)
    if wanted is not None and low <= wanted <= high:
        return None
    why = "%s: %r is no number from %d to %d, which is what kernel %s takes" % (name, value, low, high, release)
    return refusal(name, why, False, wanted=value, low=low, high=high)


def guard_vm(
    wanted: Mapping[str, int], memory: Mapping[str, Any], map_counts: Sequence[Tuple[int, int, str]] = ()
) -> List[Refusal]:
    """``memory``: meminfo, available_bytes and sysctl of a scan; ``map_counts``: ``(mappings, pid, command)``."""
    found = [_min_free(wanted, memory), _zero_ratio(wanted, memory), _commit(wanted, memory)]
    found.append(_map_count(wanted, map_counts))
    return [each for each in found if each]


def _min_free(wanted: Mapping[str, int], memory: Mapping[str, Any]) -> Optional[Refusal]:
    name = MIN_FREE
    value = wanted.get(name)
    if value is None or value == memory["sysctl"].get(name):
        return None
    total, left = memory["meminfo"].get("MemTotal"), memory.get("available_bytes")
    figures = {"wanted_bytes": value * 1024, "total_bytes": total, "available_bytes": left}
    if value < _LEAST_FREE_KB:
        why = "%s = %d: below %d kB the kernel itself may find no page when it has to free some"
        return refusal(name, why % (name, value, _LEAST_FREE_KB), True, **figures)
    if total is not None and value * 1024 * _MOST_OF_RAM > total:
        why = "%s = %d (%s) is more than a tenth of the RAM (%s): programs would be killed for want of memory"
        return refusal(name, why % (name, value, mib(value * 1024), mib(total)), True, **figures)
    more = (value - (memory["sysctl"].get(name) or 0)) * 1024
    if left is not None and more > left:
        why = "%s = %d takes %s more away from programs, and %s are available"
        return refusal(name, why % (name, value, mib(more), mib(left)), True, **figures)
    return None


def guard_reserve(reserve: int, huge: str, total: Optional[int], huge_page: int, zones: int) -> Optional[Refusal]:
    """Whether MIN_FREE = ``reserve`` (kB) outlives setting transparent huge pages to ``huge``. Sizes in bytes.

    The kernel sets it anew then, to that at least which set_recommended_min_free_kbytes (mm/khugepaged.c) works out or,
    without huge pages, calculate_min_free_kbytes (mm/page_alloc.c); the latter on newer kernels only, 5.10 doesn't yet.
    """
    if total is None:
        return None
    if huge == "never":
        least = min(math.isqrt(total // 1024 * 16), 262144)
    else:
        # Eleven page blocks in each zone, and a twentieth of the RAM at most.
        least = min(11 * huge_page * zones, total // 20) // 1024
    if reserve >= least:
        return None
    why = (
        "%s = %d: the kernel raises it, to as much as %d, whenever transparent_hugepage is set to %s, as our file does "
        "at boot. Ask for that much, or leave transparent_hugepage out"
    )
    return refusal(MIN_FREE, why % (MIN_FREE, reserve, least, huge), False, wanted=reserve, least=least)


def _zero_ratio(wanted: Mapping[str, int], memory: Mapping[str, Any]) -> Optional[Refusal]:
    ratio, kbytes = wanted.get("vm.overcommit_ratio"), wanted.get("vm.overcommit_kbytes")
    if ratio and kbytes:
        why = "vm.overcommit_ratio = %d and vm.overcommit_kbytes = %d: setting one makes the kernel set the other to 0"
        return refusal("vm.overcommit_ratio", why % (ratio, kbytes), False)
    after = _after(wanted, memory["sysctl"])
    known = {name: memory["sysctl"].get(name) for name in _COMMIT}
    both_zero = after["vm.overcommit_ratio"] == 0 and after["vm.overcommit_kbytes"] == 0
    if both_zero and after != known and (ratio is not None or kbytes is not None):
        why = (
            "vm.overcommit_ratio and vm.overcommit_kbytes would both be 0: with vm.overcommit_memory = 2 programs "
            "could allocate no more than the swap. Give one of them a value"
        )
        return refusal("vm.overcommit_ratio" if ratio is not None else "vm.overcommit_kbytes", why, True)
    return None


def commit_limit(after: Mapping[str, Any], meminfo: Mapping[str, int]) -> Optional[int]:
    """CommitLimit in bytes, as the kernel works it out from these parameters."""
    total, swap = meminfo.get("MemTotal"), meminfo.get("SwapTotal", 0)
    if total is None:
        return None
    if after.get("vm.overcommit_kbytes"):
        return int(after["vm.overcommit_kbytes"]) * 1024 + swap
    huge = meminfo.get("Hugetlb", meminfo.get("HugePages_Total", 0) * meminfo.get("Hugepagesize", 0))
    return (total - huge) * int(after.get("vm.overcommit_ratio") or 0) // 100 + swap


def _after(wanted: Mapping[str, int], live: Mapping[str, Any]) -> Dict[str, Any]:
    """The three as they will be: a write to one of ratio and kbytes makes the kernel set the other to 0."""
    after = {name: wanted.get(name, live.get(name)) for name in _COMMIT}
    for name, other in (_COMMIT[1:], _COMMIT[:0:-1]):
        if wanted.get(name) or (name in wanted and other not in wanted and wanted[name] != live.get(name)):
            after[other] = 0
    return after


def _commit(wanted: Mapping[str, int], memory: Mapping[str, Any]) -> Optional[Refusal]:
    """Mode 2 with more promised already than may be: from then on no program can allocate or fork."""
    after = _after(wanted, memory["sysctl"])
    if after["vm.overcommit_memory"] != 2 or all(after[n] == memory["sysctl"].get(n) for n in _COMMIT):
        return None
    limit, promised = commit_limit(after, memory["meminfo"]), memory["meminfo"].get("Committed_AS")
    if limit is None or promised is None or promised <= limit:
        return None
    name = next(name for name in _COMMIT if name in wanted)
    why = (
        "vm.overcommit_memory = 2: programs have been promised %s (Committed_AS), and the limit would be %s "
        "(vm.overcommit_ratio = %s, vm.overcommit_kbytes = %s): none could allocate or fork any more. "
        "Raise vm.overcommit_ratio or add swap"
    )
    texts = (mib(promised), mib(limit), after["vm.overcommit_ratio"], after["vm.overcommit_kbytes"])
    return refusal(name, why % texts, True, committed_bytes=promised, limit_bytes=limit)


def _map_count(wanted: Mapping[str, int], map_counts: Sequence[Tuple[int, int, str]]) -> Optional[Refusal]:
    name = "vm.max_map_count"
    most = max(map_counts, default=None)
    if name not in wanted or most is None or most[0] <= wanted[name]:
        return None
    why = "%s = %d: process %d (%s) has %d mappings already, so that its next allocation may fail"
    text = why % (name, wanted[name], most[1], most[2], most[0])
    return refusal(name, text, True, pid=most[1], command=most[2], map_count=most[0])


def mib(size: int) -> str:
    """Bytes for a reader."""
    return "%d MiB" % (size // 1048576)
