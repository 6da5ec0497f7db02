# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs.cgroup import memory_path, parse
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed

HYBRID = b"9:name=systemd:/system.slice/ssh.service\n5:cpu,cpuacct:/\n4:memory:/m/a:b (deleted)\n0::/u\n"


def test_each_hierarchy_is_a_line() -> None:
    assert parse(HYBRID) == [
        (9, ("name=systemd",), "/system.slice/ssh.service"),
        (5, ("cpu", "cpuacct"), "/"),
        (4, ("memory",), "/m/a:b (deleted)"),
        (0, (), "/u"),
    ]


@pytest.mark.parametrize(
    ("data", "version", "path"),
    [
        (HYBRID, "v1", b"/m/a:b (deleted)"),
        (b"0::/user.slice\n", "v2", b"/user.slice"),
        (b"3:cpuset:/\n0::/x\n", "v2", b"/x"),
        (b"7:cpu,memory,pids:/both\n0::/\n", "v1", b"/both"),
        (b"3:cpuset:/\n", "", None),
        (b"1:name=memory:/trap\n0::/right\n", "v2", b"/right"),
        (b"0::/caf\xff\n", "v2", b"/caf\xff"),
        (b"0::/../outside\n", "v2", b"/../outside"),
    ],
)
def test_the_hierarchy_that_accounts_for_memory(data: bytes, version: str, path: bytes) -> None:
    assert memory_path(data) == (version, path)


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert parse(b"0::/caf\xff\n")[0].path == "/caf\\xff"


@pytest.mark.parametrize("data", [b"", b"\n", b"0:/\n", b"x::/\n", b"0::relative\n", b"12345678901::/\n"])
def test_nonsense_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)
    with pytest.raises(Malformed):
        memory_path(data)
