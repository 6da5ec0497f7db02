# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who holds the shared memory: files in tmpfs, System V segments, and the rest, that has no name.

https://docs.kernel.org/filesystems/tmpfs.html
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .share import remainder

LISTED = 50
"""The largest of each kind are listed. A node of a container platform has a tmpfs for every secret."""

Item = Dict[str, Any]


def shared_memory(
    shmem: Optional[int], tmpfs: List[Item], sysv: Optional[List[Item]], elsewhere: bool
) -> Dict[str, Any]:
    """``{shmem_bytes, tmpfs_bytes, tmpfs_count, tmpfs, sysv_bytes, sysv_count, sysv, other_bytes}``.

    ``elsewhere``: pages of these files may lie in swap or in huge pages, which are not among the ``shmem`` bytes.
    A sum is None when a part of it is unknown; ``sysv`` None when the segments could not be read.
    """
    tmpfs_bytes, sysv_bytes = _sum(tmpfs, "used_bytes"), _sum(sysv, "rss_bytes")
    other = remainder(remainder(shmem, tmpfs_bytes), sysv_bytes)
    if other is not None and other < 0:
        # Otherwise it's only the time between the readings.
        other = None if elsewhere else 0
    return {
        "shmem_bytes": shmem,
        "tmpfs_bytes": tmpfs_bytes,
        "tmpfs_count": len(tmpfs),
        "tmpfs": _largest(tmpfs, "used_bytes"),
        "sysv_bytes": sysv_bytes,
        "sysv_count": None if sysv is None else len(sysv),
        "sysv": _largest(sysv or [], "bytes"),
        "other_bytes": other,
    }


def _sum(items: Optional[List[Item]], key: str) -> Optional[int]:
    if items is None or any(item[key] is None for item in items):
        return None
    return sum(item[key] for item in items)


def _largest(items: List[Item], key: str) -> List[Item]:
    return sorted(items, key=lambda item: -(item[key] or 0))[:LISTED]
