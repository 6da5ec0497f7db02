# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line of the kernel's log, whoever kept it."""

from __future__ import annotations

import time
from typing import NamedTuple, Optional


class Line(NamedTuple):
    """``message`` is raw: a process named in it may have any bytes as its name, a newline included."""

    message: bytes
    microseconds: Optional[int]
    """Since boot, as the kernel stamped it. With the boot it tells whether two logs have the same line."""
    realtime: Optional[int] = None
    """Microseconds since the epoch."""
    boot_id: Optional[str] = None


def iso(realtime: Optional[int]) -> Optional[str]:
    """Microseconds since the epoch as ISO 8601 in UTC."""
    if realtime is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(realtime // 1000000))
