# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import sysvipc_shm
from ansible_collections.fleet.memory.plugins.module_utils._procfs.sysvipc_shm import Segment
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import given
from hypothesis import strategies as st

HEADING = (
    b"       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid"
    b"      atime      dtime      ctime                   rss                  swap\n"
)
LINE = (
    b"1347608237          5   666               3145728  4197  4198      7  1001  1002  1003  1004"
    b" 1795572068 1795572069 1795572070               1048576                 16384\n"
)


def test_columns() -> None:
    assert sysvipc_shm.parse(HEADING + LINE) == [Segment(5, "0x5052dead", 1001, 3145728, 1048576, 16384, 7)]


def test_keys_are_written_as_ipcs_does() -> None:
    negative = LINE.replace(b"1347608237", b"-559038737")
    private = LINE.replace(b"1347608237", b"         0")
    keys = [segment.key for segment in sysvipc_shm.parse(HEADING + negative + private)]
    assert keys == ["0xdeadbeef", "0x00000000"]


def test_before_2_6_34_what_is_in_ram_is_unknown() -> None:
    old = LINE.rpartition(b"               1048576")[0] + b"\n"
    (segment,) = sysvipc_shm.parse(HEADING.replace(b"rss", b"").replace(b"swap", b"") + old)
    assert (segment.shmid, segment.rss_bytes, segment.swap_bytes, segment.attached) == (5, None, None, 7)


def test_none_is_usual() -> None:
    assert sysvipc_shm.parse(HEADING) == []


@pytest.mark.parametrize(
    "data",
    [b"", LINE, HEADING + LINE[:90], HEADING + b"x\n", HEADING + LINE.replace(b"4197", b"-4197"), b"\xff" + HEADING]
    + [HEADING + LINE.replace(b"3145728", b"9" * 5000)],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        sysvipc_shm.parse(data)


@given(st.binary(max_size=200))
def test_nothing_but_malformed_on_any_bytes(data: bytes) -> None:
    for document in (data, HEADING + data, HEADING + LINE[:-1] + data):
        try:
            sysvipc_shm.parse(document)
        except Malformed:
            pass
