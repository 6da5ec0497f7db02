# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/sys/devices/system/node/nodeN/meminfo: /proc/meminfo of one NUMA node.

https://docs.kernel.org/admin-guide/mm/numaperf.html

    Node 0 MemTotal:        4810956 kB
    Node 0 MemUsed:          241856 kB
    Node 0 HugePages_Total:     0
"""

from __future__ import annotations

import re

from .._procfs import meminfo
from .._records.unread import Malformed

_PREFIX = re.compile(rb"^Node \d+ ", re.MULTILINE)


def parse(data: bytes) -> dict[str, int]:
    """As /proc/meminfo: sizes in bytes, counts as they are, every key kept. A node may have no memory at all.

    Raises Malformed when no MemTotal is given.
    """
    values = meminfo.values(_PREFIX.sub(b"", data))
    if "MemTotal" not in values:
        raise Malformed("the node's meminfo has no MemTotal")
    return values
