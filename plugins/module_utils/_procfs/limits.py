# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/limits: the resource limits of a running process.

https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html and, for what each limit means,
https://man7.org/linux/man-pages/man2/getrlimit.2.html

    Limit                     Soft Limit           Hard Limit           Units
    Max cpu time              unlimited            unlimited            seconds
    Max open files            1024                 1048576              files
"""

from __future__ import annotations

import re
from typing import Dict, Tuple, Union

from .._records.unread import Malformed

Limit = Union[int, str]
"""Bytes for sizes, seconds for CPU, microseconds for RTTIME, a count otherwise; or ``"unlimited"``."""

UNLIMITED = "unlimited"

_NAMES = {
    b"cpu time": "CPU",
    b"file size": "FSIZE",
    b"data size": "DATA",
    b"stack size": "STACK",
    b"core file size": "CORE",
    b"resident set": "RSS",
    b"processes": "NPROC",
    b"open files": "NOFILE",
    b"locked memory": "MEMLOCK",
    b"address space": "AS",
    b"file locks": "LOCKS",
    b"pending signals": "SIGPENDING",
    b"msgqueue size": "MSGQUEUE",
    b"nice priority": "NICE",
    b"realtime priority": "RTPRIO",
    b"realtime timeout": "RTTIME",
}

# 20 digits hold every 64-bit number; more is not the kernel's and would make int() slow or fail.
_LINE = re.compile(rb"^Max ([a-z ]+?) +(\d{1,20}|unlimited) +(\d{1,20}|unlimited)(?: |$)", re.MULTILINE)


def _limit(raw: bytes) -> Limit:
    return UNLIMITED if raw == b"unlimited" else int(raw)


def parse(data: bytes) -> Dict[str, Tuple[Limit, Limit]]:
    """``{"AS": (soft, hard), ...}``, keyed by the part of the RLIMIT_ name behind the underscore.

    A limit that this kernel doesn't have (RTTIME before 2.6.25) has no key. Raises Malformed when no line is a limit.
    """
    limits = {_NAMES[name]: (_limit(soft), _limit(hard)) for name, soft, hard in _LINE.findall(data) if name in _NAMES}
    if not limits:
        raise Malformed("/proc/PID/limits has no limit")
    return limits
