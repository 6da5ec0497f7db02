# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/stat: one line of figures about a process; also its true name.

https://docs.kernel.org/filesystems/proc.html (table 1-4), proc_pid_stat(5)

    1 (systemd) S 0 1 1 0 -1 4194560 21042 1287411 86 1163 65 101 2450 2094 20 0 1 0 7 172216320 3237 ...
"""

from __future__ import annotations

from typing import NamedTuple

from .._records.unread import Malformed

PF_KTHREAD = 0x00200000
"""Flag of a kernel thread, include/linux/sched.h."""


class Stat(NamedTuple):
    """The fields that the collection uses; times in clock ticks since boot, ``rss_pages`` approximate."""

    command: bytes
    state: bytes
    ppid: int
    kernel_thread: bool
    minor_faults: int
    children_minor_faults: int
    major_faults: int
    children_major_faults: int
    threads: int
    start_ticks: int
    vsz_bytes: int
    rss_pages: int


def parse(data: bytes) -> Stat:
    """The process's Stat. Raises Malformed."""
    # A process names itself as it likes, `a) R 1 (b` included: only the last parenthesis ends the name.
    opening, closing = data.find(b"("), data.rfind(b")")
    fields = data[closing + 2 :].split(b" ", 22)
    try:
        return Stat(
            command=data[opening + 1 : closing],
            state=fields[0],
            ppid=int(fields[1]),
            kernel_thread=bool(int(fields[6]) & PF_KTHREAD),
            minor_faults=int(fields[7]),
            children_minor_faults=int(fields[8]),
            major_faults=int(fields[9]),
            children_major_faults=int(fields[10]),
            threads=int(fields[17]),
            start_ticks=int(fields[19]),
            vsz_bytes=int(fields[20]),
            rss_pages=int(fields[21]),
        )
    except (IndexError, ValueError) as error:
        raise Malformed("/proc/PID/stat: %s" % error) from error
