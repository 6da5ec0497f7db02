# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``dmesg --raw`` prints: the ring buffer by way of syslog(2), for where there is no /dev/kmsg.

https://man7.org/linux/man-pages/man1/dmesg.1.html

    <6>[11252.371951] [  22263]     0 22263    28730    10318     8864     1454         0   131072        0 ...
    <3>[11252.372004] Memory cgroup out of memory: Killed process 22263 (python) total-vm:114920kB, ...
    <14>[11633.409236] written by a process
"""

from __future__ import annotations

import re
from typing import List

from .._records.unread import Malformed
from .line import Line

# Without printk.time there is no time; with PRINTK_CALLER the thread or CPU stands behind it.
_LINE = re.compile(
    rb"^<(\d{1,10})>(?:\[ *(\d{1,10})\.(\d{6})\](?:\[ *[TC]\d{1,10}\])? ?)?(.*)$",
    re.MULTILINE,
)


def parse(data: bytes) -> List[Line]:
    """The kernel's own lines. Raises Malformed when there is no line with a priority at all.

    A newline in a message gives two lines here that can't be put together again. A kill that is hidden by one in the
    victim's name shows in the kernel's count.
    """
    found = _LINE.findall(data)
    if not found:
        raise Malformed("dmesg printed no line with a priority")
    return [
        Line(message, int(seconds + microseconds) if seconds else None)
        for priority, seconds, microseconds, message in found
        if int(priority) < 8
    ]
