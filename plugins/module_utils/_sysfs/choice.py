# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of /sys that lists the possible values and marks the one in force: modes of THP, algorithms of zram.

https://docs.kernel.org/admin-guide/mm/transhuge.html, https://docs.kernel.org/admin-guide/blockdev/zram.html

    always [madvise] never
    [lzo-rle] lzo lz4
    lzo
"""

from __future__ import annotations

from .._records.text import text
from .._records.unread import Malformed


def parse(data: bytes) -> str:
    """The value in brackets; a word that stands alone is in force without them. Raises Malformed."""
    words = data.split()
    marked = [word[1:-1] for word in words if len(word) > 2 and word[:1] == b"[" and word[-1:] == b"]"]
    chosen = marked or words
    if len(chosen) != 1:
        raise Malformed("expected one value in brackets")
    return text(chosen[0])
