# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsers of the files of /sys."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from ansible_collections.fleet.memory.plugins.module_utils._shapes import number
from ansible_collections.fleet.memory.plugins.module_utils._sysfs import (
    choice,
    flag,
    hugepages,
    mm_stat,
    node_meminfo,
)
from hypothesis import given
from hypothesis import strategies as st

HUGE = b"9" * 5000


@pytest.mark.parametrize("data, value", [(b"0\n", 0), (b"512\n", 512), (b"-64\n", -64), (b"7", 7)])
def test_number(data, value):
    assert number.parse(data) == value


@pytest.mark.parametrize("data", [b"", b"\n", b"1 2\n", b"Y\n", b"0x1\n", b"1\n\n", HUGE])
def test_number_malformed(data):
    with pytest.raises(Malformed):
        number.parse(data)


@pytest.mark.parametrize(
    "data, value", [(b"Y\n", True), (b"N\n", False), (b"1\n", True), (b"0\n", False), (b"1", True)]
)
def test_flag(data, value):
    assert flag.parse(data) is value


@pytest.mark.parametrize("data", [b"", b"2\n", b"yes\n", b"[Y] N\n"])
def test_flag_malformed(data):
    with pytest.raises(Malformed):
        flag.parse(data)


@pytest.mark.parametrize(
    "data, value",
    [
        (b"always [madvise] never\n", "madvise"),
        (b"[always] madvise never\n", "always"),
        (b"always defer defer+madvise [madvise] never\n", "madvise"),
        (b"lzo\n", "lzo"),
        (b"[lzo-rle] lzo lz4 \n", "lzo-rle"),
    ],
)
def test_choice(data, value):
    assert choice.parse(data) == value


@pytest.mark.parametrize("data", [b"", b"always madvise never\n", b"[always] [never]\n", b"[] never\n"])
def test_choice_malformed(data):
    with pytest.raises(Malformed):
        choice.parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"104857600  1462380  1916928        0  1933312       12        0        0        0\n",
        b"104857600  1462380  1916928        0  1933312       12        0\n",
    ],
)
def test_mm_stat(data):
    assert mm_stat.parse(data) == mm_stat.MmStat(104857600, 1462380, 1916928)


@pytest.mark.parametrize("data", [b"", b"1 2\n", b"1 2 -3\n", b"a b c\n", HUGE + b" 1 1\n"])
def test_mm_stat_malformed(data):
    with pytest.raises(Malformed):
        mm_stat.parse(data)


def test_node_meminfo():
    data = b"Node 12 MemTotal:        100 kB\nNode 12 Active(anon):       1 kB\nNode 12 HugePages_Total:     3\n"
    assert node_meminfo.parse(data) == {"MemTotal": 102400, "Active(anon)": 1024, "HugePages_Total": 3}


def test_a_node_may_have_no_memory():
    assert node_meminfo.parse(b"Node 1 MemTotal:        0 kB\n") == {"MemTotal": 0}


@pytest.mark.parametrize("data", [b"", b"Node 0 MemFree: 1 kB\n", b"Node 0 MemTotal:\n"])
def test_node_meminfo_malformed(data):
    with pytest.raises(Malformed):
        node_meminfo.parse(data)


@pytest.mark.parametrize("folder, size", [("hugepages-2048kB", 2097152), ("hugepages-1048576kB", 1073741824)])
def test_hugepages(folder, size):
    assert hugepages.size_bytes(folder) == size


@pytest.mark.parametrize(
    "folder", ["", "hugepages-", "hugepages-kB", "hugepages-1MB", "hugepages-2048kB\n", "hugepages-\u0661kB"]
)
def test_hugepages_malformed(folder):
    with pytest.raises(Malformed):
        hugepages.size_bytes(folder)


@pytest.mark.parametrize("parse", [number.parse, flag.parse, choice.parse, mm_stat.parse, node_meminfo.parse])
@given(
    data=st.one_of(
        st.binary(), st.lists(st.sampled_from([b"Node 0 ", b"MemTotal: ", b"1", b"[", b"]", b" ", HUGE])).map(b"".join)
    )
)
def test_any_bytes_give_a_record_or_malformed(parse, data):
    try:
        parse(data)
    except Malformed:
        pass
