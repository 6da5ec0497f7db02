# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ceilings that the kernel enforces on a process, and which of them is the next to be hit.

https://man7.org/linux/man-pages/man2/getrlimit.2.html, https://docs.kernel.org/admin-guide/sysctl/vm.html#max-map-count
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .share import percent


class Ceiling(NamedTuple):
    """A finite limit above 0 and what is used of it, in bytes, for vm.max_map_count in mappings.

    A limit of 0 is none: nothing can come near it (MEMLOCK 0 is how a host forbids locking, swap.max 0 swapping).
    """

    name: str
    limit: int
    used: int
    peak: Optional[int] = None
    scope: Optional[str] = None
    """Whose limit it is: None for the process's own, a cgroup's path, or ``host``."""
    shared: bool = False

    @property
    def headroom(self) -> int:
        return max(0, self.limit - self.used)


Rlimits = List[Tuple[str, int]]
"""(name of the ceiling, its figure), finite ones only."""

_USE_AND_PEAK = {
    "RLIMIT_AS": ("vsz_bytes", "peak_vsz_bytes"),
    "RLIMIT_DATA": ("data_bytes", None),
    "RLIMIT_STACK": ("stack_bytes", None),
    "RLIMIT_MEMLOCK": ("locked_bytes", None),
    "vm.max_map_count": ("map_count", None),
}

_MET_BY_GROWTH = ("RLIMIT_AS", "RLIMIT_DATA", "memory.max", "memory.memsw.limit_in_bytes", "CommitLimit")
"""What a process runs into that asks for more and more anonymous memory."""


def rlimits_of(limits: Dict[str, Tuple[Any, Any]]) -> Rlimits:
    """The finite soft limits of a process that bound memory, from its parsed /proc/PID/limits."""
    found = [("RLIMIT_" + name, limits[name][0]) for name in ("AS", "DATA", "STACK", "MEMLOCK") if name in limits]
    return [(name, soft) for name, soft in found if isinstance(soft, int)]


def own_ceilings(rlimits: Rlimits, process: Dict[str, Any], ipc_lock: bool) -> List[Ceiling]:
    """The ceilings of the process itself of which the use is known; MEMLOCK doesn't hold for CAP_IPC_LOCK."""
    ceilings = []
    for name, limit in rlimits:
        use, peak = _USE_AND_PEAK[name]
        used = process[use]
        if used is not None and limit and not (ipc_lock and name == "RLIMIT_MEMLOCK"):
            ceilings.append(Ceiling(name, limit, used, process[peak] if peak else None))
    return ceilings


def nearest(ceilings: Iterable[Ceiling]) -> Optional[Ceiling]:
    """The one of which the largest share is used, the first of equals; None without any."""
    return max(ceilings, key=lambda ceiling: ceiling.used / ceiling.limit, default=None)


def nearest_first(ceilings: Iterable[Ceiling]) -> List[Ceiling]:
    return sorted(ceilings, key=lambda ceiling: -ceiling.used / ceiling.limit)


def binds_first(ceilings: Iterable[Ceiling]) -> Optional[Ceiling]:
    """The one that leaves the fewest bytes for more anonymous memory, the first of equals; None without any."""
    met = [ceiling for ceiling in ceilings if ceiling.name in _MET_BY_GROWTH]
    return min(met, key=lambda ceiling: ceiling.headroom, default=None)


def brief(ceiling: Optional[Ceiling]) -> Optional[Dict[str, Any]]:
    """``{ceiling, scope, limit, used, headroom, unit, used_percent}``; ``unit`` is ``bytes`` or ``mappings``."""
    if ceiling is None:
        return None
    return {
        "ceiling": ceiling.name,
        "scope": ceiling.scope,
        "limit": ceiling.limit,
        "used": ceiling.used,
        "headroom": ceiling.headroom,
        "unit": "mappings" if ceiling.name == "vm.max_map_count" else "bytes",
        "used_percent": percent(ceiling.used, ceiling.limit),
    }


def full(ceiling: Ceiling) -> Dict[str, Any]:
    """``brief`` with ``peak`` (None where the kernel keeps none) and ``shared``."""
    return dict(brief(ceiling) or {}, peak=ceiling.peak, shared=ceiling.shared)
