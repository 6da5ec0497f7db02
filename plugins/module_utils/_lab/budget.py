# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab may take of a host, and when it may not begin at all."""

from __future__ import annotations

from typing import Any, Dict, Optional

STALLED_PERCENT = 10.0
"""Share of the last ten seconds in which programs waited for memory; above it the host has other worries."""

AVAILABLE_PERCENT = 10.0
SWAP_USED_PERCENT = 90.0


def allowance(bytes_max: int, percent_max: float, available: int, cgroup_room: Optional[int]) -> int:
    """How many bytes the lab may hold at any moment.

    ``available`` is MemAvailable; ``cgroup_room`` is what the nearest limit of the lab's own cgroup leaves, or None.
    """
    room = available if cgroup_room is None else min(available, cgroup_room)
    return max(0, min(bytes_max, int(room * percent_max / 100)))


def refusal(meminfo: Dict[str, int], pressure: Optional[Dict[str, Any]]) -> Optional[str]:
    """Why the lab doesn't begin on a host under pressure, with the figures; None when it may.

    ``meminfo`` and ``pressure`` are as their parsers give them; without pressure figures the others have to do.
    """
    stalled = ((pressure or {}).get("some") or {}).get("avg10")
    if stalled is not None and stalled > STALLED_PERCENT:
        return "programs wait for memory %.1f %% of the time (avg10); the lab begins below %g %%" % (
            stalled,
            STALLED_PERCENT,
        )
    available, total = meminfo.get("MemAvailable"), meminfo["MemTotal"]
    if available is not None and available < total * AVAILABLE_PERCENT / 100:
        return "%d MiB of %d MiB are available; the lab begins with %g %%" % (
            available >> 20,
            total >> 20,
            AVAILABLE_PERCENT,
        )
    swap, free = meminfo.get("SwapTotal", 0), meminfo.get("SwapFree", 0)
    if swap and (swap - free) * 100 > swap * SWAP_USED_PERCENT:
        return "%d MiB of %d MiB of swap are used; the lab begins below %g %%" % (
            (swap - free) >> 20,
            swap >> 20,
            SWAP_USED_PERCENT,
        )
    return None
