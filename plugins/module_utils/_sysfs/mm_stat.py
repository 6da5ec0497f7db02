# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/sys/block/zramN/mm_stat: what a compressed RAM disk holds and what it costs.

https://docs.kernel.org/admin-guide/blockdev/zram.html#stats

    104857600  1462380  1916928        0  1933312       12        0        0        0
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .._records.unread import Malformed

# Later kernels add columns at the end; the first three have stayed since the file came with Linux 4.1.
_LINE = re.compile(rb"\s*(\d{1,20})\s+(\d{1,20})\s+(\d{1,20})(?:\s|\Z)")


class MmStat(NamedTuple):
    """``original_bytes`` of data, ``compressed_bytes`` after compression, ``memory_used_bytes`` of RAM in all."""

    original_bytes: int
    compressed_bytes: int
    memory_used_bytes: int


def parse(data: bytes) -> MmStat:
    """The first three columns, which are bytes. Raises Malformed."""
    found = _LINE.match(data)
    if not found:
        raise Malformed("mm_stat doesn't begin with three numbers")
    original, compressed, used = found.groups()
    return MmStat(int(original), int(compressed), int(used))
