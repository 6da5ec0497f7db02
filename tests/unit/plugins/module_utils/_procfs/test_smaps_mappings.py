# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import pid_syscall, smaps, smaps_mappings
from ansible_collections.fleet.memory.plugins.module_utils._procfs.smaps_mappings import Mapping
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import given
from hypothesis import strategies as st

MAPPING = b"""7f2956100000-7f2956126000 r-xp 00026000 fe:00 3871                       %s
Size:                152 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:                 201 kB
Pss:                 202 kB
Pss_Dirty:           203 kB
Shared_Clean:        204 kB
Shared_Dirty:        205 kB
Private_Clean:       206 kB
Private_Dirty:       207 kB
Referenced:          208 kB
Anonymous:           209 kB
AnonHugePages:       210 kB
ShmemPmdMapped:      211 kB
FilePmdMapped:       212 kB
Shared_Hugetlb:      213 kB
Private_Hugetlb:     214 kB
Swap:                215 kB
SwapPss:             216 kB
Locked:              217 kB
THPeligible:           1
ProtectionKey:         0
VmFlags: rd ex mr mw me sd 
"""  # noqa: W291
UNNAMED = (MAPPING % b"").replace(b"fe:00 3871" + b" " * 23, b"00:00 0 ")


def kb(number: int) -> int:
    return number * 1024


def test_each_figure_comes_from_its_own_line() -> None:
    assert smaps_mappings.parse(MAPPING % b"/usr/lib/libc.so.6") == [
        Mapping(
            start=0x7F2956100000,
            end=0x7F2956126000,
            permissions="r-xp",
            offset=0x26000,
            name=b"/usr/lib/libc.so.6",
            rss_bytes=kb(201),
            pss_bytes=kb(202),
            uss_bytes=kb(206 + 207),
            swap_bytes=kb(215),
            huge_page_bytes=kb(210 + 211 + 212),
            hugetlb_bytes=kb(213 + 214),
            flags=b"rd ex mr mw me sd ",
        )
    ]


@pytest.mark.parametrize(
    "name",
    [
        b"/tmp/with  two spaces and one behind ",
        b"/tmp/Rss:                 999 kB",
        b"/tmp/7f2956100000-7f2956126000 r-xp 00026000 fe:00 3871 /x",
        rb"/tmp/a newline\012Rss:                 999 kB",
        b"/tmp/\xff (deleted)",
        b"[anon:a: b]",
        b"anon_inode:[perf_event]",
    ],
)
def test_a_name_is_taken_as_it_is_and_forges_nothing(name: bytes) -> None:
    (mapping,) = smaps_mappings.parse(MAPPING % name)
    assert mapping.name == name
    assert mapping.rss_bytes == kb(201)


def test_old_kernels() -> None:
    added = (b"AnonHuge", b"Pmd", b"Hugetlb", b"VmFlags", b"Pss_")
    lines = [line for line in (MAPPING % b"/x").splitlines(True) if not any(word in line for word in added)]
    (mapping,) = smaps_mappings.parse(b"".join(lines))
    assert (mapping.huge_page_bytes, mapping.hugetlb_bytes, mapping.flags) == (0, None, b"")
    assert mapping.swap_bytes == kb(215)


def test_the_same_sums_as_the_parser_that_sums() -> None:
    data = MAPPING % b"/x" + UNNAMED + MAPPING % b"[heap]"
    mappings, rollup = smaps_mappings.parse(data), smaps.parse(data)
    assert [mapping.name for mapping in mappings] == [b"/x", b"", b"[heap]"]
    for figure in ("rss_bytes", "pss_bytes", "uss_bytes", "swap_bytes", "huge_page_bytes", "hugetlb_bytes"):
        assert sum(getattr(mapping, figure) for mapping in mappings) == getattr(rollup, figure)


def test_where_the_last_mapping_begins() -> None:
    first = MAPPING % b"/x"
    assert smaps_mappings.last_begin(first + UNNAMED) == len(first)
    assert smaps_mappings.last_begin(first + UNNAMED[:100]) == len(first)
    with pytest.raises(Malformed):
        smaps_mappings.last_begin(first[100:])


def test_a_process_without_memory() -> None:
    assert smaps_mappings.parse(b"") == []


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"\xff" * 99,
        (MAPPING % b"/x")[1:].lower(),
        (MAPPING % b"/x")[:300],
        (MAPPING % b"/x").replace(b"Swap:", b"Swop:"),
        (MAPPING % b"/x").replace(b"201", b"2x1"),
        (MAPPING % b"/x").replace(b"201", b"9" * 5000),
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        smaps_mappings.parse(data)


@given(st.binary(max_size=300), st.integers(0, 900))
def test_nothing_but_malformed_on_any_bytes(data: bytes, place: int) -> None:
    whole = MAPPING % b"/x"
    for document in (data, whole + data, whole[:place] + data + whole[place:]):
        for parse in (smaps_mappings.parse, smaps_mappings.last_begin):
            try:
                parse(document)
            except Malformed:
                pass


@pytest.mark.parametrize(
    "data, pointer",
    [
        (b"230 0x0 0x0 0x7ffc1 0x7ffc2 0x0 0x5 0x7ffcfdc9dcb8 0x7f2956247503\n", 0x7FFCFDC9DCB8),
        (b"-1 0x7ffcfdc9dcb8 0x7f2956247503\n", 0x7FFCFDC9DCB8),
        (b"running\n", None),
    ],
)
def test_stack_pointers(data: bytes, pointer: int | None) -> None:
    assert pid_syscall.parse(data) == pointer


@pytest.mark.parametrize("data", [b"", b"-1\n", b"-1 0x1\n", b"230 0x0 7ffc 0x7f\n", b"0x1 0x2 0x3\n", b"9 0x1 0x2 0x"])
def test_malformed_registers(data: bytes) -> None:
    with pytest.raises(Malformed):
        pid_syscall.parse(data)


@given(st.one_of(st.binary(max_size=80), st.text("-0123456789abcdfx \n", max_size=80).map(str.encode)))
def test_nothing_but_malformed_on_any_registers(data: bytes) -> None:
    try:
        pid_syscall.parse(data)
    except Malformed:
        pass
