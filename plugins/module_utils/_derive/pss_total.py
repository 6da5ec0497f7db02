# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The PSS of all processes together, without reading any process.

PSS shares each mapped page out among the processes that map it, so the sum over all of them counts each mapped page
once: AnonPages + Mapped of /proc/meminfo. It doesn't hold for a part of the processes, as in a container.
https://docs.kernel.org/filesystems/proc.html#meminfo
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional

from .share import percent

TOLERANCE = 0.005
"""How far the two may be apart on a healthy host: the kernel keeps its counters per CPU, and time passes in between."""


class Total(NamedTuple):
    """AnonPages + Mapped before and after the rollups were read; bytes."""

    before_bytes: int
    after_bytes: int


def total_bytes(meminfo: Dict[str, int]) -> Optional[int]:
    """AnonPages + Mapped, in bytes; None where the kernel doesn't tell both."""
    anon, mapped = meminfo.get("AnonPages"), meminfo.get("Mapped")
    return None if anon is None or mapped is None else anon + mapped


def left_bytes(total: int, read: int) -> int:
    """What the unread processes can hold together, at most; bytes."""
    return max(0, int(total * (1 + TOLERANCE)) - read)


def exact_percent(totals: Dict[str, Optional[int]], total: Optional[Total]) -> Optional[float]:
    """How much of the host's PSS was read, in percent: of the total, or where that isn't known, of the upper bound."""
    low, high = totals["pss_low_bytes"], totals["pss_high_bytes"]
    if total is not None and low is not None and high is not None:
        high = min(high, max(low, *total))
    return percent(low, high)


def check(total: Optional[Total], low_bytes: Optional[int], high_bytes: Optional[int]) -> Dict[str, Any]:
    """``{expected_bytes, gap_bytes, gap_percent}``, all None where the total isn't known.

    ``low_bytes`` and ``high_bytes`` enclose the sum by the processes' own figures; both are that sum after a full scan.
    The gap is how far the total lies outside: positive when the processes hold more than the kernel has mapped.
    """
    if total is None or low_bytes is None or high_bytes is None:
        return {"expected_bytes": total and total.after_bytes, "gap_bytes": None, "gap_percent": None}
    above = low_bytes - max(total)
    below = min(total) - high_bytes
    gap = above if above > 0 else -below if below > 0 else 0
    return {
        "expected_bytes": total.after_bytes,
        "gap_bytes": gap,
        "gap_percent": percent(gap, total.after_bytes),
    }
