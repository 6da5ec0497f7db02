# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import smaps, smaps_rollup
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import given
from hypothesis import strategies as st

ROLLUP = b"""55a7b6f3e000-7ffd3d5f6000 ---p 00000000 00:00 0                          [rollup]
Rss:                 201 kB
Pss:                 202 kB
Pss_Dirty:           203 kB
Pss_Anon:            204 kB
Pss_File:            205 kB
Pss_Shmem:           206 kB
Shared_Clean:        207 kB
Shared_Dirty:        208 kB
Private_Clean:       209 kB
Private_Dirty:       210 kB
Shared_Hugetlb:      211 kB
Private_Hugetlb:     212 kB
Swap:                213 kB
SwapPss:             214 kB
AnonHugePages:       216 kB
ShmemPmdMapped:      217 kB
FilePmdMapped:       218 kB
Locked:              215 kB
"""

MAPPING = b"""%s-0048a000 r-xp 00000000 fd:03 960637       %s
Size:                552 kB
KernelPageSize:        4 kB
Rss:                  %d kB
Pss:                  %d kB
Private_Clean:         3 kB
Private_Dirty:         4 kB
Swap:                  5 kB
SwapPss:               6 kB
VmFlags: rd ex mr mw me dw sd
"""


def kb(*numbers: int) -> list[int]:
    return [number * 1024 for number in numbers]


def test_rollup_takes_each_figure_from_its_own_line() -> None:
    expected = kb(201, 202, 204, 205, 206, 209 + 210, 213, 214, 211 + 212, 216 + 217 + 218)
    assert list(smaps_rollup.parse(ROLLUP)) == expected


def test_rollup_of_linux_4_14_has_no_parts() -> None:
    lines = [line for line in ROLLUP.splitlines() if b"Pss_" not in line and b"Hugetlb" not in line]
    rollup = smaps_rollup.parse(b"\n".join(lines) + b"\n")
    assert rollup.pss_bytes == 202 * 1024
    assert (rollup.pss_anon_bytes, rollup.pss_shmem_bytes, rollup.hugetlb_bytes) == (None, None, None)


def test_smaps_are_summed() -> None:
    forged = b"/tmp/Rss:                 999 kB"
    rollup = smaps.parse(MAPPING % (b"00400000", b"/bin/bash", 100, 10) + MAPPING % (b"00500000", forged, 200, 20))
    assert (rollup.rss_bytes, rollup.pss_bytes, rollup.uss_bytes) == tuple(kb(300, 30, 14))
    assert (rollup.swap_bytes, rollup.swap_pss_bytes) == tuple(kb(10, 12))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        ROLLUP[:100],
        ROLLUP[:-4],
        ROLLUP.replace(b"Pss:  ", b"Ps:  "),
        ROLLUP.replace(b"201", b"2x1"),
        b"\xff" * 99,
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        smaps_rollup.parse(data)


@given(st.binary(max_size=300))
def test_nothing_but_malformed_on_any_bytes(data: bytes) -> None:
    for parse in (smaps.parse, smaps_rollup.parse):
        for document in (data, ROLLUP + data):
            try:
                parse(document)
            except Malformed:
                pass


@pytest.mark.parametrize("parse", [smaps.parse, smaps_rollup.parse])
def test_more_digits_than_python_converts(parse: Callable[[bytes], object]) -> None:
    with pytest.raises(Malformed):
        parse(ROLLUP.replace(b"201", b"9" * 5000))
