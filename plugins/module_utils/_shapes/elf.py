# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The head of an ELF file: which parts of the program the kernel puts where.

elf(5), https://man7.org/linux/man-pages/man5/elf.5.html; the same as ``readelf --file-header --segments``:

    Type:    DYN (Position-Independent Executable file)
    LOAD     0x000000 0x0000000000000000 0x0000000000000000 0x004888 0x004888 R   0x1000
    LOAD     0x005000 0x0000000000005000 0x0000000000005000 0x00f359 0x00f359 R E 0x1000
"""

from __future__ import annotations

import struct
from typing import List, NamedTuple

from .._records.unread import Malformed

_TABLE_PLACE = {1: (28, "I", 42, 32), 2: (32, "Q", 54, 56)}
"""By the class, 32 or 64 bits: where the table's offset stands, its type, where size and number of the entries stand,
and the size that they must have."""

_ENTRY = {1: "8I", 2: "2I6Q"}
_BYTE_ORDER = {1: "<", 2: ">"}

_PT_LOAD = 1
_PF_X, _PF_W = 1, 2


class Load(NamedTuple):
    """A part of the program that is mapped. Bytes of the file, then zeros up to ``memory_bytes``: the bss.

    ``address`` is relative to wherever the kernel has put the program, when that is position-independent.
    """

    address: int
    offset: int
    file_bytes: int
    memory_bytes: int
    executable: bool
    writable: bool


def _load(entry: tuple, elf_class: int) -> Load:
    if elf_class == 1:
        _type, offset, address, _physical, file_bytes, memory_bytes, flags, _align = entry
    else:
        _type, flags, offset, address, _physical, file_bytes, memory_bytes, _align = entry
    return Load(address, offset, file_bytes, memory_bytes, bool(flags & _PF_X), bool(flags & _PF_W))


def parse(data: bytes) -> List[Load]:
    """What of a program that begins with ``data`` is mapped, lowest address first; at least one part.

    Raises Malformed, also when ``data`` ends too early.
    """
    if data[:4] != b"\x7fELF":
        raise Malformed("not an ELF file")
    try:
        elf_class, order = data[4], _BYTE_ORDER[data[5]]
        place, kind, sizes_place, entry_bytes = _TABLE_PLACE[elf_class]
        (table,) = struct.unpack_from(order + kind, data, place)
        size, number = struct.unpack_from(order + "2H", data, sizes_place)
        if size != entry_bytes or len(data) < table + size * number:
            raise Malformed("the program headers are not where they should be")
        entries = struct.iter_unpack(order + _ENTRY[elf_class], data[table : table + size * number])
    except (KeyError, IndexError, struct.error) as error:
        raise Malformed("not the head of an ELF program: %s" % error) from error
    loads = sorted(_load(entry, elf_class) for entry in entries if entry[0] == _PT_LOAD)
    if not loads:
        raise Malformed("the program has nothing to map")
    return loads
