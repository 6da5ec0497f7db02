# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of a memory cgroup that holds one number: a size in bytes, a count, a switch.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files (memory.current, memory.oom.group, ...)
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html (memory.usage_in_bytes, memory.failcnt, ...)

    1503238553
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

_NUMBER = re.compile(rb"^\d{1,20}$")


def parse(data: bytes) -> int:
    """The number as it is. Raises Malformed."""
    word = data.strip()
    if not _NUMBER.match(word):
        raise Malformed("not a number of a memory cgroup")
    return int(word)
