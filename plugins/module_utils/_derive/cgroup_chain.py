# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limit that really binds a memory cgroup: the smallest on the way up to the root.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
"""

from __future__ import annotations

from typing import Any, Dict, List


def ancestors(path: str) -> List[str]:
    """The paths from ``path`` itself up to ``/``."""
    chain = [path]
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        chain.append(path)
    return chain


def bind(path: str, by_path: Dict[str, Dict[str, Any]], unknown: Dict[str, str]) -> Dict[str, Any]:
    """``{used_percent, effective_max_bytes, binding}`` of the cgroup ``path``.

    ``by_path`` holds it and every visible ancestor. ``unknown`` has the path of each cgroup whose limit couldn't be
    read: below one of those the effective limit is unknown as well, and null. It is also null where nothing sets one.
    """
    chain = [step for step in ancestors(path) if step in by_path]
    limits = {
        step: by_path[step]["limits"]["max_bytes"]
        for step in chain
        # In v1 a cgroup could be told not to count its children: then its limit is its own affair.
        if step == path or by_path[step].get("use_hierarchy") != 0
    }
    # min() keeps the first of equals, which is the nearest one.
    tightest = min((step for step in limits if limits[step] is not None), key=lambda step: limits[step], default=None)
    if any(step in unknown for step in chain):
        tightest = None
    own, current = limits[path], by_path[path]["current_bytes"]
    return {
        "used_percent": round(current / own * 100, 2) if own and current is not None else None,
        "effective_max_bytes": limits[tightest] if tightest is not None else None,
        "binding": by_path[tightest]["path"] if tightest is not None else None,
    }
