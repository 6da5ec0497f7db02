# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that declare kernel parameters, line by line."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config import sysctl_conf, tuned_conf
from ansible_collections.fleet.memory.plugins.module_utils._derive.sysctl_sources import as_kernel
from ansible_collections.fleet.memory.plugins.module_utils._procfs import cmdline


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"vm.swappiness=10", (1, "vm/swappiness", "10", False)),
        (b" \t vm/swappiness = 10 \t\r", (1, "vm/swappiness", "10", False)),
        (b"-vm.swappiness = 10", (1, "vm/swappiness", "10", True)),
        (b"- vm.swappiness", (1, "vm/swappiness", None, True)),
        (b"/vm//swappiness=1", (1, "vm/swappiness", "1", False)),
        # The first separator counts: the other character is an ordinary one.
        (b"net.ipv4.conf.eth0/5.forwarding=1", (1, "net/ipv4/conf/eth0.5/forwarding", "1", False)),
        (b"net/ipv4/conf/eth0.5/forwarding=1", (1, "net/ipv4/conf/eth0.5/forwarding", "1", False)),
        (b"vm.a=b=c", (1, "vm/a", "b=c", False)),
        (b"vm.a=", (1, "vm/a", "", False)),
        (b"vm.lowmem_reserve_ratio = 256 256 32", (1, "vm/lowmem_reserve_ratio", "256 256 32", False)),
        (b"vm.\xff=\xfe", (1, "vm/\\xff", "\\xfe", False)),
        (b"# vm.a=1", None),
        (b";vm.a=1", None),
        (b"", None),
    ],
)
def test_sysctl_line(line: bytes, expected: Any) -> None:
    settings, rejected = sysctl_conf.parse(line)
    assert [tuple(setting) for setting in settings] == ([expected] if expected else [])
    assert rejected == []


def test_sysctl_lines_are_counted_and_bad_ones_told() -> None:
    settings, rejected = sysctl_conf.parse(b"vm.a=1\r\nvm.b 2\n\n=3\0vm.c=4\n" + b"x" * 500)
    assert [(setting.line, setting.name) for setting in settings] == [(1, "vm/a"), (5, "vm/c")]
    assert [(line.line, line.text[:6], line.reason) for line in rejected] == [
        (2, "vm.b 2", "not an assignment"),
        (4, "=3", "no parameter is named"),
        (6, "xxxxxx", "not an assignment"),
    ]
    assert len(rejected[-1].text) == 200


def test_tuned_conf() -> None:
    data = b"a=1\n[main]\ninclude = x # why\n# b=2\n;c=3\n[sysctl]\nvm.x = '4'\nnonsense\n =5\nvm.y=a#b\nvm.z=\xff\n"
    assert [tuple(option) for option in tuned_conf.parse(data)] == [
        (1, "", "a", "1"),
        (3, "main", "include", "x"),
        (7, "sysctl", "vm.x", "4"),
        (10, "sysctl", "vm.y", "a#b"),
        (11, "sysctl", "vm.z", "\\xff"),
    ]


def test_cmdline_words() -> None:
    words = cmdline.parse(b'ro "x=a b" y="c d"e sysctl.vm.a=1 sysctl/vm/b=2 sysctl.c sysctlx.d=3 -- sysctl.vm.e=5\n')
    assert words[:3] == [("ro", ""), ("x", "a b"), ("y", "c de")]
    assert cmdline.sysctls(words) == [("vm/a", "1"), ("vm/b", "2")]
    assert cmdline.parse(b'a "b') == [("a", ""), ("b", "")]


@pytest.mark.parametrize(
    ("line", "pages"),
    [
        (b"quiet", None),
        (b"hugepages=5", 5),
        (b"hugepages=0:3,1:4", 7),
        (b"hugepagesz=1G hugepages=5", None),
        (b"hugepagesz=1g hugepages=5 hugepagesz=2048k hugepages=6", 6),
        (b"hugepages=7 hugepagesz=1G hugepages=5", 7),
        (b"hugepagesz=2M hugepages=1 hugepages=2", 2),
        (b"hugepages=-1", None),
        (b"hugepagesz=x hugepages=1", None),
    ],
)
def test_hugepages_of_the_default_size(line: bytes, pages: Optional[int]) -> None:
    assert cmdline.default_hugepages(cmdline.parse(line), 2**21) == pages


@pytest.mark.parametrize(
    ("value", "like", "expected"),
    [
        ("60", 0, 60),
        ("-1", 0, -1),
        # Tried with /proc/sys/vm/swappiness.
        ("60 # comment", 0, 60),
        ("0x3c", 0, 60),
        ("074", 0, 60),
        ("0", 1, 0),
        ("60x", 0, None),
        ("", 0, None),
        ("${x}", 0, None),
        ("40%", 0, None),
        ("\u0663", 0, None),
        ("256  256\t32", "256 256 32", "256 256 32"),
        ("1", None, "1"),
    ],
)
def test_a_value_as_the_kernel_reads_it(value: str, like: Any, expected: Any) -> None:
    assert as_kernel(value, like) == expected
