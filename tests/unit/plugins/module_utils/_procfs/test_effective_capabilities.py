# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Effective capabilities."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import pid_status
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed

SYS_ADMIN = 1 << 21


@pytest.mark.parametrize(
    ("line", "may"),
    [("000001ffffffffff", True), ("0000000000200000", True), ("000001ffffdfffff", False), ("0", False)],
)
def test_sys_admin(line: str, may: bool) -> None:
    found = pid_status.effective_capabilities(
        b"Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t%s\nCapBnd:\t0\n" % line.encode()
    )
    assert bool(found & SYS_ADMIN) == may


@pytest.mark.parametrize(
    "data", [b"", b"CapEff:\t\n", b"CapEff: 1\n", b"CapEff:\t11111111111111111\n", b"CapEff:\t\xff"]
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        pid_status.effective_capabilities(data)


def test_of_this_process() -> None:
    assert pid_status.effective_capabilities(Path("/proc/self/status").read_bytes()) >= 0
