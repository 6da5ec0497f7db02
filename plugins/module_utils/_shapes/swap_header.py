# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first page of a swap area, as mkswap(8) writes it.

https://man7.org/linux/man-pages/man8/mkswap.8.html; the layout is ``union swap_header`` of the kernel's
include/linux/swap.h: at 1024 the version and the number of the last page, and ``SWAPSPACE2`` ends the page.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from .._records.unread import Malformed

LONGEST = 65536
"""The largest page of any machine; no more of the file has to be read."""

_PAGES = (4096, 8192, 16384, 32768, 65536)
_SIGNATURE = b"SWAPSPACE2"
_INFO = 1024


class SwapHeader(NamedTuple):
    """``pages`` counts the first one, which holds the header and is never swapped to."""

    page_size_bytes: int
    pages: int


def parse(data: bytes) -> SwapHeader:
    """Raises Malformed for anything else, also for an image that the machine is hibernated in."""
    for page in _PAGES:
        if data[page - len(_SIGNATURE) : page] == _SIGNATURE:
            version, last_page = struct.unpack_from("=II", data, _INFO)
            if version != 1:
                raise Malformed("a swap area of version %d" % version)
            return SwapHeader(page, last_page + 1)
    raise Malformed("no swap area")
