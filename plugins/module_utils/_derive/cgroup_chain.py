# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limit that really binds a memory cgroup: the smallest on the way up to the root.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
"""

from __future__ import annotations

from typing import Any, Dict, List

from .headroom import Ceiling

Cgroup = Dict[str, Any]

_HARD = (
    # ceiling, key of the limit, of the use, of the peak, whether the use has page cache in it
    ("memory.max", "max_bytes", "current_bytes", "peak_bytes", True),
    ("memory.swap.max", "swap_max_bytes", "swap_current_bytes", "swap_peak_bytes", False),
    (
        "memory.memsw.limit_in_bytes",
        "memory_and_swap_max_bytes",
        "memory_and_swap_current_bytes",
        "memory_and_swap_peak_bytes",
        True,
    ),
)
_SOFT = (("memory.high", "high_bytes", "current_bytes", "peak_bytes", True),)
"""Above it the cgroup is slowed down, and nothing fails."""


def ancestors(path: str) -> List[str]:
    """The paths from ``path`` itself up to ``/``.

    Nothing that can be seen is above ``/../other``, which lies outside of the reader's cgroup namespace.
    """
    chain = [path]
    if path.startswith("/../"):
        return chain
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        chain.append(path)
    return chain


def limiting(path: str, by_path: Dict[str, Cgroup]) -> List[Cgroup]:
    """The cgroup ``path`` and its ancestors, as far as they are in ``by_path`` and their limits hold for it, too.

    In v1 a cgroup could be told not to count its children: then its limit is its own affair.
    """
    chain = [(step, by_path[step]) for step in ancestors(path) if step in by_path]
    return [cgroup for step, cgroup in chain if step == path or cgroup.get("use_hierarchy") != 0]


def ceilings_of(cgroup: Cgroup, soft: bool = False, shared: bool = True) -> List[Ceiling]:
    """The limits that are set at this very cgroup and what is used of them; with ``soft`` memory.high, too.

    Pages of files that were read once and not again (inactive_file) are no use: the kernel drops them before anything
    fails, so that they keep a cgroup that reads many files at its limit in good health.
    """
    cache = (cgroup["stat"] or {}).get("inactive_file_bytes") or 0
    ceilings = []
    for name, limit_key, use, peak, has_cache in _HARD + _SOFT if soft else _HARD:
        limit, used = cgroup["limits"].get(limit_key), cgroup.get(use)
        if limit and used is not None:
            used = max(0, used - cache) if has_cache else used
            ceilings.append(Ceiling(name, limit, used, cgroup.get(peak), cgroup["path"], shared))
    return ceilings


def bind(path: str, by_path: Dict[str, Cgroup], unknown: Dict[str, str]) -> Dict[str, Any]:
    """``{used_percent, effective_max_bytes, binding}`` of the cgroup ``path``.

    ``by_path`` holds it and every visible ancestor. ``unknown`` has the path of each cgroup whose limit couldn't be
    read: below one of those the effective limit is unknown as well, and null. It is also null where nothing sets one.
    """
    limited = [cgroup for cgroup in limiting(path, by_path) if cgroup["limits"]["max_bytes"] is not None]
    # min() keeps the first of equals, which is the nearest one.
    tightest = min(limited, key=lambda cgroup: cgroup["limits"]["max_bytes"], default=None)
    if any(step in unknown for step in ancestors(path)):
        tightest = None
    own, current = by_path[path]["limits"]["max_bytes"], by_path[path]["current_bytes"]
    return {
        "used_percent": round(current / own * 100, 2) if own and current is not None else None,
        "effective_max_bytes": tightest and tightest["limits"]["max_bytes"],
        "binding": tightest and tightest["path"],
    }
