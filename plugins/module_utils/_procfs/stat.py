# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/stat: counters of the whole machine; here only the time of its boot.

https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat

    ctxt 1990473
    btime 1062191376
    processes 2915
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

_BOOT_TIME = re.compile(rb"^btime (\d+)$", re.MULTILINE)


def boot_time(data: bytes) -> int:
    """Seconds since the epoch at which the kernel booted. Raises Malformed."""
    found = _BOOT_TIME.search(data)
    if not found:
        raise Malformed("/proc/stat has no btime")
    return int(found.group(1))
