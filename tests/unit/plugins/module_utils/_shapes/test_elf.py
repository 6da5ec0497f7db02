# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ELF parser against headers made here, of each class and byte order, and against this Python's own."""

from __future__ import annotations

import struct
import sys

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from ansible_collections.fleet.memory.plugins.module_utils._shapes.elf import Load, parse
from hypothesis import given
from hypothesis import strategies as st

NOTE, LOAD = 4, 1
R, RX, RW = 4, 5, 6

# type, flags, offset, address, bytes in the file, bytes in memory
ENTRIES = (
    (NOTE, R, 0x11, 0x401, 0x12, 0x13),
    (LOAD, RW, 0x3000, 0x405000, 0x700, 0x9100),
    (LOAD, RX, 0x1000, 0x401000, 0x1500, 0x1500),
    (LOAD, R, 0x0, 0x400000, 0x800, 0x800),
)
LOADS = [
    Load(0x400000, 0x0, 0x800, 0x800, False, False),
    Load(0x401000, 0x1000, 0x1500, 0x1500, True, False),
    Load(0x405000, 0x3000, 0x700, 0x9100, False, True),
]


def elf64(order: str = "<", entries: tuple[tuple, ...] = ENTRIES, table: int = 80) -> bytes:
    ident = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + bytes(9)
    head = struct.pack(order + "HHIQQQIHHH", 3, 62, 1, 0x401234, table, 0x9999, 0, 64, 56, len(entries))
    rows = [struct.pack(order + "IIQQQQQQ", t, f, o, a, a, n, m, 0x1000) for t, f, o, a, n, m in entries]
    return (ident + head).ljust(table, b"\0") + b"".join(rows)


def elf32(order: str = "<", entries: tuple[tuple, ...] = ENTRIES, table: int = 60) -> bytes:
    ident = b"\x7fELF" + bytes([1, 1 if order == "<" else 2, 1]) + bytes(9)
    head = struct.pack(order + "HHIIIIIHHH", 3, 3, 1, 0x401234, table, 0x9999, 0, 52, 32, len(entries))
    rows = [struct.pack(order + "IIIIIIII", t, o, a, a, n, m, f, 0x1000) for t, f, o, a, n, m in entries]
    return (ident + head).ljust(table, b"\0") + b"".join(rows)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("make", [elf32, elf64])
def test_each_class_and_byte_order(make, order: str) -> None:
    assert parse(make(order)) == LOADS


def test_a_real_program() -> None:
    with open(sys.executable, "rb") as file:
        loads = parse(file.read(8192))
    assert [load.executable for load in loads].count(True) == 1
    assert loads[-1].writable
    assert all(load.file_bytes <= load.memory_bytes for load in loads)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x7fELF",
        b"#!/bin/sh\n" * 20,
        b"MZ" + elf64()[2:],
        elf64()[:-1],
        elf64()[:60],
        elf64(entries=[]),
        elf64(entries=ENTRIES[:1]),
        elf64().replace(b"\x7fELF\x02", b"\x7fELF\x03"),
        elf64().replace(b"\x7fELF\x02\x01", b"\x7fELF\x02\x07"),
        elf64()[:54] + b"\x39" + elf64()[55:],
        elf64()[:32] + b"\xff" * 8 + elf64()[40:],
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


@given(st.binary(max_size=200), st.sampled_from([elf32(), elf64(">")]), st.integers(0, 250))
def test_nothing_but_malformed_on_any_bytes(data: bytes, elf: bytes, place: int) -> None:
    for document in (data, elf[:5] + data, elf[:place] + data + elf[place + len(data) :]):
        try:
            parse(document)
        except Malformed:
            pass
