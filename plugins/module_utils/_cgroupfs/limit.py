# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of a memory cgroup that holds one limit.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files (memory.max, memory.high, ...) and
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html (memory.limit_in_bytes, ...)

    max
    536870912
    9223372036854771712
"""

from __future__ import annotations

import re
from typing import Optional

from .._records.unread import Malformed

# cgroup v1 writes "no limit" as the largest signed number, rounded down to whole pages (of at most 64 KiB).
_V1_NO_LIMIT = 2**63 - 65536

_NUMBER = re.compile(rb"^\d{1,20}$")


def parse(data: bytes) -> Optional[int]:
    """The limit in bytes, None for no limit. Raises Malformed."""
    word = data.strip()
    if word == b"max":
        return None
    if not _NUMBER.match(word):
        raise Malformed("not a limit of a memory cgroup")
    return None if int(word) >= _V1_NO_LIMIT else int(word)
