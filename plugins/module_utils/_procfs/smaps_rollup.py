# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/smaps_rollup: what a process really holds, summed by the kernel over its mappings (since Linux 4.14).

https://docs.kernel.org/filesystems/proc.html (smaps_rollup), Documentation/ABI/testing/procfs-smaps_rollup

    55a7b6f3e000-7ffd3d5f6000 ---p 00000000 00:00 0                          [rollup]
    Rss:                 884 kB
    Pss:                 385 kB
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

from .._records.unread import Malformed
from .._shapes.kb_lines import kb_lines


class Rollup(NamedTuple):
    """Bytes. The parts of the PSS are None before Linux 5.3."""

    rss_bytes: int
    pss_bytes: int
    pss_anon_bytes: Optional[int]
    pss_file_bytes: Optional[int]
    pss_shmem_bytes: Optional[int]
    uss_bytes: int
    swap_bytes: Optional[int]
    swap_pss_bytes: Optional[int]
    hugetlb_bytes: Optional[int]
    """Shared and private hugetlb pages; they stand outside ``rss_bytes`` and ``pss_bytes``."""
    huge_page_bytes: Optional[int]
    """The part of ``rss_bytes`` in transparent huge pages that are mapped whole: anonymous, shared memory, files."""


def from_sizes(sizes: Dict[bytes, int]) -> Rollup:
    """The Rollup of what ``kb_lines`` gives of the file. Raises Malformed when one of the old lines is missing."""
    size = sizes.get
    hugetlb, anon_huge = size(b"Shared_Hugetlb:"), size(b"AnonHugePages:")
    try:
        return Rollup(
            sizes[b"Rss:"],
            sizes[b"Pss:"],
            size(b"Pss_Anon:"),
            size(b"Pss_File:"),
            size(b"Pss_Shmem:"),
            sizes[b"Private_Clean:"] + sizes[b"Private_Dirty:"],
            size(b"Swap:"),
            size(b"SwapPss:"),
            hugetlb if hugetlb is None else hugetlb + size(b"Private_Hugetlb:", 0),
            None if anon_huge is None else anon_huge + size(b"ShmemPmdMapped:", 0) + size(b"FilePmdMapped:", 0),
        )
    except KeyError as error:
        raise Malformed("no line %s" % error) from error


def parse(data: bytes) -> Rollup:
    """The process's Rollup. Raises Malformed."""
    return from_sizes(kb_lines(data.partition(b"\n")[2]))
