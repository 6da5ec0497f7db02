# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that holds one number, the most common shape of a file below /sys, in a cgroup or of a process.

0
512
-64
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

_NUMBER = re.compile(rb"(-?\d{1,20})\n?\Z")


def parse(data: bytes) -> int:
    """The number, in the file's own unit. Raises Malformed."""
    found = _NUMBER.match(data)
    if not found:
        raise Malformed("expected one number")
    return int(found.group(1))
