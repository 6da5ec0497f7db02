# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file with one key and one number in each line, "flat keyed" in the words of the kernel's documentation.

https://docs.kernel.org/admin-guide/cgroup-v2.html#format; also /proc/vmstat and the v1 file memory.oom_control

    high 0
    max 12
    oom_kill 1
"""

from __future__ import annotations

import re
from typing import Dict

from .._records.text import text
from .._records.unread import Malformed

_LINE = re.compile(rb"^([A-Za-z]\S*) (\d{1,20})$", re.MULTILINE)


def parse(data: bytes) -> Dict[str, int]:
    """The numbers by their keys. Raises Malformed when there is none."""
    numbers = {text(key): int(number) for key, number in _LINE.findall(data)}
    if not numbers:
        raise Malformed("expected lines of 'key number'")
    return numbers
