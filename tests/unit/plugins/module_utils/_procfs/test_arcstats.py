# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import arcstats
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import given
from hypothesis import strategies as st

HEAD = b"13 1 0x01 123 33456 7402060102 66478716886640\nname                            type data\n"
HITS = b"hits                            4    174896434\nc_max                           4    777\n"
SIZE = b"size                            4    5000\n"
COMPRESSED = b"compressed_size                 4    3000\n"
OTHERS = b"uncompressed_size               4    9000\noverhead_size                   4    800\n"
WASTE = b"abd_chunk_waste_size            4    17\n"


@pytest.mark.parametrize(
    "lines, pages",
    [
        pytest.param(SIZE + COMPRESSED + OTHERS + WASTE, 3017, id="2.0"),
        pytest.param(SIZE + COMPRESSED + OTHERS, 3000, id="0.7"),
        pytest.param(SIZE, 5000, id="0.6"),
    ],
)
def test_what_the_kernels_own_counters_lack(lines: bytes, pages: int) -> None:
    assert arcstats.pages_bytes(HEAD + HITS + lines) == pages


@pytest.mark.parametrize("data", [b"", HEAD + HITS, HEAD + COMPRESSED, HEAD + b"size 4 -1\n", b"size 4 " + b"9" * 5000])
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        arcstats.pages_bytes(data)


@given(st.binary(max_size=100))
def test_nothing_but_malformed_on_any_bytes(data: bytes) -> None:
    for document in (data, HEAD + SIZE + data, b"size 4 " + data):
        try:
            arcstats.pages_bytes(document)
        except Malformed:
            pass
