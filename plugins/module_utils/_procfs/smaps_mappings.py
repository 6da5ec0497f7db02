# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/smaps: the mappings of a process one by one, with what each holds.

https://docs.kernel.org/filesystems/proc.html (table 1-14), proc_pid_smaps(5)

    7f2956100000-7f2956126000 r--p 00000000 fe:00 3871                       /usr/lib/x86_64-linux-gnu/libc.so.6
    Rss:                 152 kB
    VmFlags: rd mr mw me
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional

from .._records.unread import Malformed

# A name can't forge a line: the kernel escapes newlines in it.
_HEADER = re.compile(
    rb"^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([-r][-w][-x][-ps]) ([0-9a-f]{1,16}) [0-9a-f]+:[0-9a-f]+ \d+ *([^\n]*)\n",
    re.MULTILINE,
)
_SIZE = re.compile(rb"^([A-Z]\w*): +(\d{1,20}) kB$", re.MULTILINE)
_FLAGS = re.compile(rb"^VmFlags: ([^\n]*)$", re.MULTILINE)


class Mapping(NamedTuple):
    """Addresses and bytes. ``hugetlb_bytes``, which stand outside of RSS and PSS, are None before Linux 4.4."""

    start: int
    end: int
    permissions: str
    """As in the file, ``r-xp``; the last letter is s for shared, p for private."""
    offset: int
    name: bytes
    """A path, with `` (deleted)`` behind it when it is; or what it is in brackets; or nothing."""
    rss_bytes: int
    pss_bytes: int
    uss_bytes: int
    swap_bytes: int
    huge_page_bytes: int
    hugetlb_bytes: Optional[int]
    flags: bytes
    """Words of two letters, ``rd ex mr mw me``. Empty before Linux 3.8."""


def _mapping(start: bytes, end: bytes, permissions: bytes, offset: bytes, name: bytes, body: bytes) -> Mapping:
    size = {key: int(number) * 1024 for key, number in _SIZE.findall(body)}
    flags = _FLAGS.search(body)
    hugetlb = size.get(b"Shared_Hugetlb")
    return Mapping(
        int(start, 16),
        int(end, 16),
        permissions.decode("ascii"),
        int(offset, 16),
        name,
        size[b"Rss"],
        size[b"Pss"],
        size[b"Private_Clean"] + size[b"Private_Dirty"],
        size[b"Swap"],
        sum(size.get(key, 0) for key in (b"AnonHugePages", b"ShmemPmdMapped", b"FilePmdMapped")),
        None if hugetlb is None else hugetlb + size.get(b"Private_Hugetlb", 0),
        flags.group(1) if flags else b"",
    )


def last_begin(data: bytes) -> int:
    """Where the last mapping of ``data`` begins: a part of the file may be cut there. Raises Malformed."""
    begins = [found.start() for found in _HEADER.finditer(data)]
    if not begins:
        raise Malformed("/proc/PID/smaps has no mapping")
    return begins[-1]


def parse(data: bytes) -> List[Mapping]:
    """The mappings, lowest address first as in the file; none of a process without memory. Raises Malformed."""
    rest, *parts = _HEADER.split(data)
    if rest:
        raise Malformed("/proc/PID/smaps doesn't begin with a mapping")
    columns = [parts[column::6] for column in range(6)]
    try:
        return [_mapping(*row) for row in zip(*columns)]
    except KeyError as error:
        raise Malformed("no line %s" % error) from error
