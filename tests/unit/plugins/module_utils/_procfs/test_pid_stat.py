# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import pid_stat
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import given
from hypothesis import strategies as st

# Every field has a value of its own, so a figure taken from the wrong place is noticed.
FIELDS = b"S 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 18446744073709551615 1 1 0 0 0 0\n"


@pytest.mark.parametrize(
    "name",
    [b"bash", b"a) R 1 (b", b"x\nVmRSS: 1 kB", b"\xff\xfe", b"", b"((((", b"))))", b" ) S 9 9 9", b"{{ 7*7 }}"],
)
def test_a_name_cannot_move_the_fields(name: bytes) -> None:
    stat = pid_stat.parse(b"1 (" + name + b") " + FIELDS)
    assert stat == pid_stat.Stat(
        command=name,
        state=b"S",
        ppid=2,
        kernel_thread=False,
        minor_faults=8,
        children_minor_faults=9,
        major_faults=10,
        children_major_faults=11,
        threads=18,
        start_ticks=20,
        vsz_bytes=21,
        rss_pages=22,
    )


def test_kernel_threads_are_told_by_their_flag() -> None:
    line = b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 18446744073709551615 0\n"
    assert pid_stat.parse(line).kernel_thread


@pytest.mark.parametrize(
    "data", [b"", b"1", b"1 (bash", b"1 (bash) S 2 3", b"1 (bash) S x y z", b"1 (bash) " + FIELDS[:40]]
)
def test_truncated_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        pid_stat.parse(data)


@given(st.binary(max_size=300))
def test_nothing_but_malformed_on_any_bytes(data: bytes) -> None:
    try:
        pid_stat.parse(data)
    except Malformed:
        pass
