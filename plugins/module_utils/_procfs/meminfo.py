# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/meminfo: how the kernel accounts for the machine's RAM.

https://docs.kernel.org/filesystems/proc.html#meminfo

    MemTotal:       24543228 kB
    MemAvailable:   24189932 kB
    HugePages_Total:       0
"""

from __future__ import annotations

import re

from .._records.text import text
from .._records.unread import Malformed

# At most 20 digits: more than any 64-bit count has, and fewer than int() refuses to convert.
_LINE = re.compile(rb"^([^\s:][^:\n]*):[ \t]*(\d{1,20})(?: (kB))?[ \t]*$", re.MULTILINE)


def values(data: bytes) -> dict[str, int]:
    """Every key in the kernel's spelling: sizes in bytes, counts (no ``kB`` in the file) as they are."""
    return {text(key): int(number) * (1024 if unit else 1) for key, number, unit in _LINE.findall(data)}


def parse(data: bytes) -> dict[str, int]:
    """As ``values``; keys that this code has never heard of are kept. Raises Malformed when MemTotal is missing."""
    found = values(data)
    if not found.get("MemTotal"):
        raise Malformed("/proc/meminfo has no MemTotal")
    return found
