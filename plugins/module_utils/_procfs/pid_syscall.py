# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/task/TID/syscall: where a waiting thread was stopped. Here only its stack pointer.

https://man7.org/linux/man-pages/man5/proc_pid_syscall.5.html

    230 0x0 0x0 0x7ffcfdc9dcd0 0x7ffcfdc9dd10 0x0 0x0 0x7ffcfdc9dcb8 0x7f2956247503
"""

from __future__ import annotations

import re
from typing import Optional

from .._records.unread import Malformed

_LINE = re.compile(rb"-?\d+ (?:0x[0-9a-f]+ ){0,6}0x([0-9a-f]{1,16}) 0x[0-9a-f]+\n?\Z")


def parse(data: bytes) -> Optional[int]:
    """The address that the stack pointer holds; None for a thread that runs. Raises Malformed."""
    if data.rstrip() == b"running":
        return None
    found = _LINE.match(data)
    if not found:
        raise Malformed("expected a system call and registers")
    return int(found.group(1), 16)
