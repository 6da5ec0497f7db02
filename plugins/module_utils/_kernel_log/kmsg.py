# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/dev/kmsg: the kernel's log as it stands in the ring buffer, which the newest lines overwrite.

https://docs.kernel.org/admin-guide/abi-testing.html (dev-kmsg)

    6,488,11252371951,-;[  22263]     0 22263    28730    10318     8864     1454         0   131072        0 ...
    3,490,11252372004,-;Memory cgroup out of memory: Killed process 22263 (python) total-vm:114920kB, ...
    14,492,11633409236,-;written by a process, \x5c and \xff escaped
"""

from __future__ import annotations

import re
from typing import List, NamedTuple

from .._records.unread import Malformed
from .line import Line

# A line that begins with a space belongs to the record before it, and isn't part of the message.
_RECORD = re.compile(rb"^(\d{1,10}),(\d{1,20}),(\d{1,16}),[^;\n]*;(.*)$", re.MULTILINE)
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


class Ring(NamedTuple):
    """``first`` is the sequence number of the oldest record there; the first one since boot is 0."""

    first: int
    first_microseconds: int
    last_microseconds: int
    lines: List[Line]
    """The kernel's own; what processes wrote into the log has another facility."""


def parse(data: bytes) -> Ring:
    """The records one after the other, as read(2) gives them. Raises Malformed when there is none."""
    records = _RECORD.findall(data)
    if not records:
        raise Malformed("/dev/kmsg has no records")
    # The kernel escapes what isn't printable, and the backslash.
    lines = [
        Line(_ESCAPE.sub(lambda found: bytes([int(found.group(1), 16)]), message), int(microseconds))
        for priority, _sequence, microseconds, message in records
        if int(priority) < 8
    ]
    return Ring(int(records[0][1]), int(records[0][2]), int(records[-1][2]), lines)
