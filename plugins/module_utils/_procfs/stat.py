# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/stat: counters of the whole machine; here the time of its boot and its context switches.

https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat

    ctxt 1990473
    btime 1062191376
    processes 2915
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

_BOOT_TIME = re.compile(rb"^btime (\d{1,20})$", re.MULTILINE)
_CONTEXT_SWITCHES = re.compile(rb"^ctxt (\d{1,20})$", re.MULTILINE)


def boot_time(data: bytes) -> int:
    """Seconds since the epoch at which the kernel booted. Raises Malformed."""
    found = _BOOT_TIME.search(data)
    if not found:
        raise Malformed("/proc/stat has no btime")
    return int(found.group(1))


def context_switches(data: bytes) -> int:
    """How often a CPU went from one task to another since boot, all CPUs together. Raises Malformed."""
    found = _CONTEXT_SWITCHES.search(data)
    if not found:
        raise Malformed("/proc/stat has no ctxt")
    return int(found.group(1))
