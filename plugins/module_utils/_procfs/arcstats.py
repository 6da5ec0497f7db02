# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/spl/kstat/zfs/arcstats: the cache of OpenZFS (ARC).

https://openzfs.github.io/openzfs-docs/man/master/1/arcstat.1.html

    13 1 0x01 123 33456 7402060102 66478716886640
    name                            type data
    compressed_size                 4    1703206912
"""

from __future__ import annotations

import re

from .._records.unread import Malformed

_LINE = re.compile(rb"^(size|compressed_size|abd_chunk_waste_size) +\d{1,3} +(\d{1,20})$", re.MULTILINE)


def pages_bytes(data: bytes) -> int:
    """RAM of the ARC that none of the kernel's own counters holds. Raises Malformed.

    Since 0.7 (2017) cached blocks lie, compressed, in pages that ZFS takes from the kernel one by one:
    ``compressed_size``, and since 2.0 what is lost by rounding up to whole pages. The rest of ``size`` (headers,
    dnodes, dbufs, blocks in use uncompressed) comes from slab caches and vmalloc, which the kernel counts. Before 0.7
    all of it came from vmalloc, which the kernels of those days didn't count.
    """
    found = {key: int(number) for key, number in _LINE.findall(data)}
    if b"size" not in found:
        raise Malformed("arcstats has no size")
    return found.get(b"compressed_size", found[b"size"]) + found.get(b"abd_chunk_waste_size", 0)
