# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How near a process is to the first ceiling that the kernel would enforce on it.

https://man7.org/linux/man-pages/man2/getrlimit.2.html, https://docs.kernel.org/admin-guide/sysctl/vm.html#max-map-count
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .share import percent

Ceilings = List[Tuple[str, int, str]]
"""(name of the ceiling, its figure, the key of the process record that runs into it), finite ceilings only."""

_USE_BY_LIMIT = {
    "AS": "vsz_bytes",
    "DATA": "data_bytes",
    "STACK": "stack_bytes",
    "MEMLOCK": "locked_bytes",
}


def ceilings_of(limits: Dict[str, Tuple[Any, Any]]) -> Ceilings:
    """The finite soft limits of a process that bound memory, from its parsed /proc/PID/limits."""
    found = [(name, limits[name][0], use) for name, use in _USE_BY_LIMIT.items() if name in limits]
    return [("RLIMIT_" + name, soft, use) for name, soft, use in found if isinstance(soft, int)]


def nearest_limit(ceilings: Ceilings, use: Dict[str, Optional[int]]) -> Optional[Dict[str, Any]]:
    """The ceiling of which the largest share is used; None when none is finite or no use is known.

    Returns ``{ceiling, limit, used, unit, used_percent}``; ``unit`` is bytes, for vm.max_map_count it is mappings.
    A limit of 0 is left out: nothing can come near it (MEMLOCK 0 is how a host forbids locking).
    """
    nearest: Optional[Tuple[str, int, int, str]] = None
    for name, limit, key in ceilings:
        used = use.get(key)
        if used is None or limit == 0:
            continue
        if nearest is None or used * nearest[1] > nearest[2] * limit:
            nearest = (name, limit, used, "mappings" if key == "map_count" else "bytes")
    if nearest is None:
        return None
    name, limit, used, unit = nearest
    return {"ceiling": name, "limit": limit, "used": used, "unit": unit, "used_percent": percent(used, limit)}
