# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/sys/kernel/mm/hugepages: one folder per size of huge page.

https://docs.kernel.org/admin-guide/mm/hugetlbpage.html

    hugepages-2048kB
    hugepages-1048576kB
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

_FOLDER = re.compile(r"hugepages-([0-9]{1,15})kB\Z")


def size_bytes(folder: str) -> int:
    """The size of page that the folder is for. Raises Malformed for another name."""
    found = _FOLDER.match(folder)
    if not found:
        raise Malformed("not a folder of huge pages")
    return int(found.group(1)) * 1024
