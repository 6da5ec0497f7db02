# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/uptime: how long the system has been up.

https://man7.org/linux/man-pages/man5/proc_uptime.5.html

    696.21 1320.92
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

_LINE = re.compile(rb"(\d{1,15}\.\d{1,6})\s")


def parse(data: bytes) -> float:
    """Seconds since boot. Raises Malformed."""
    found = _LINE.match(data)
    if not found:
        raise Malformed("/proc/uptime doesn't begin with a number of seconds")
    return float(found.group(1))
