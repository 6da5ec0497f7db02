# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The header of a swap area."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from ansible_collections.fleet.memory.plugins.module_utils._shapes import swap_header

from tests.support import live


def page(size: int, signature: bytes = b"SWAPSPACE2", version: int = 1, last: int = 255) -> bytes:
    data = bytearray(size)
    struct.pack_into("=II", data, 1024, version, last)
    data[-10:] = signature
    return bytes(data)


@pytest.mark.parametrize("size", [4096, 8192, 16384, 65536])
def test_of_machines_with_other_pages(size: int) -> None:
    assert swap_header.parse(page(size) + b"rest") == (size, 256)


def test_as_mkswap_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "s"
    file.write_bytes(bytes(2 * 2**20 + 5))
    live.run("mkswap", str(file))
    assert swap_header.parse(file.read_bytes()[: swap_header.LONGEST]) == (4096, 512)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(4096),
        page(4096, b"SWAP-SPACE"),
        page(4096, b"S1SUSPEND\0"),
        page(4096, version=2),
        page(4096)[:-1],
        b"\x7fELF" + bytes(100),
    ],
    ids=["empty", "zeros", "of old", "hibernated", "version 2", "cut", "a program"],
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        swap_header.parse(data)
