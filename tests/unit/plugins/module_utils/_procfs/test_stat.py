# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import stat
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import given
from hypothesis import strategies as st

DATA = b"cpu  10 20\nintr 5 btime 3\nctxt 1990473\nbtime 1062191376\nprocesses 2915\n"


def test_figures() -> None:
    assert (stat.context_switches(DATA), stat.boot_time(DATA)) == (1990473, 1062191376)


@pytest.mark.parametrize("read", [stat.context_switches, stat.boot_time])
@pytest.mark.parametrize("data", [b"", b"ctxt x\nbtime -1\n", b"ctxt %b\nbtime %b\n" % ((b"9" * 5000,) * 2)])
def test_malformed(read, data: bytes) -> None:
    with pytest.raises(Malformed):
        read(data)


@pytest.mark.parametrize("read", [stat.context_switches, stat.boot_time])
@given(data=st.binary(max_size=50))
def test_nothing_but_malformed_on_any_bytes(read, data: bytes) -> None:
    for document in (data, b"ctxt " + data + b"\nbtime " + data):
        try:
            read(document)
        except Malformed:
            pass
