# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/status: what a process may do, by its effective capabilities.

https://man7.org/linux/man-pages/man5/proc_pid_status.5.html, https://man7.org/linux/man-pages/man7/capabilities.7.html

    CapPrm:	000001ffffffffff
    CapEff:	000001ffffffffff
    CapBnd:	000001ffffffffff
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

SYS_ADMIN = 1 << 21
"""Mount, swapon, swapoff and much more."""

_EFFECTIVE = re.compile(rb"^CapEff:\t([0-9a-f]{1,16})$", re.MULTILINE)


def parse(data: bytes) -> int:
    """The effective set, a bit for each. Raises Malformed."""
    found = _EFFECTIVE.search(data)
    if not found:
        raise Malformed("/proc/PID/status has no CapEff")
    return int(found.group(1), 16)
