# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory is in use, by the definition of ``free``.

https://man7.org/linux/man-pages/man1/free.1.html
"""

from __future__ import annotations

from typing import Optional

from .share import remainder


def used_bytes(meminfo: dict[str, int], available: Optional[int]) -> Optional[int]:
    """MemTotal less what is available, as procps 4 prints it; None when unknown.

    In a container whose /proc/meminfo mixes its own total with the host's available memory, more can be available
    than there is. Nothing but MemFree is then left to reckon with.
    """
    total = meminfo.get("MemTotal")
    if total is not None and available is not None and available > total:
        available = meminfo.get("MemFree")
    return remainder(total, available)
