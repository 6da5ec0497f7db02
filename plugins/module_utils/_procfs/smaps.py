# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/smaps: the mappings of a process one by one. Here only their sum, for kernels without smaps_rollup.

https://docs.kernel.org/filesystems/proc.html (table 1-14), proc_pid_smaps(5)

    00400000-0048a000 r-xp 00000000 fd:03 960637       /bin/bash
    Size:                552 kB
    Rss:                 460 kB
"""

from __future__ import annotations

import re
from typing import Dict

from .._records.unread import Malformed
from .smaps_rollup import Rollup, from_sizes

_SIZE = re.compile(rb"^([A-Z]\w*:) +(\d+) kB$", re.MULTILINE)


def parse(data: bytes) -> Rollup:
    """The sums over all mappings, the figures that smaps_rollup would give. Raises Malformed.

    A file name can't forge a line: each mapping's own line starts with its address, and newlines are escaped.
    """
    sums: Dict[bytes, int] = {}
    try:
        for key, number in _SIZE.findall(data):
            sums[key] = sums.get(key, 0) + int(number) * 1024
    except ValueError as error:  # more digits than Python converts
        raise Malformed("/proc/PID/smaps: %s" % error) from error
    if not sums:
        raise Malformed("/proc/PID/smaps has no sizes")
    return from_sizes(sums)
