# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import resource

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs.limits import parse
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed

# Linux 6.12, /proc/self/limits.
REAL = b"".join(
    # The kernel pads every line; an editor would not.
    line.ljust(78) + b"\n"
    for line in b"""Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max file size             unlimited            unlimited            bytes
Max data size             unlimited            unlimited            bytes
Max stack size            8388608              unlimited            bytes
Max core file size        0                    unlimited            bytes
Max resident set          unlimited            unlimited            bytes
Max processes             96365                96366                processes
Max open files            1024                 20000                files
Max locked memory         8388608              8388609              bytes
Max address space         18446744073709551614 unlimited            bytes
Max file locks            unlimited            unlimited            locks
Max pending signals       96367                96368                signals
Max msgqueue size         819200               819201               bytes
Max nice priority         0                    40
Max realtime priority     1                    99
Max realtime timeout      unlimited            200000               us""".split(b"\n")
)

EVERY_NAME = {name[len("RLIMIT_") :] for name in dir(resource) if name.startswith("RLIMIT_")} - {"OFILE"}


def test_every_limit_by_the_name_of_the_system_call() -> None:
    assert parse(REAL) == {
        "CPU": ("unlimited", "unlimited"),
        "FSIZE": ("unlimited", "unlimited"),
        "DATA": ("unlimited", "unlimited"),
        "STACK": (8388608, "unlimited"),
        "CORE": (0, "unlimited"),
        "RSS": ("unlimited", "unlimited"),
        "NPROC": (96365, 96366),
        "NOFILE": (1024, 20000),
        "MEMLOCK": (8388608, 8388609),
        "AS": (18446744073709551614, "unlimited"),
        "LOCKS": ("unlimited", "unlimited"),
        "SIGPENDING": (96367, 96368),
        "MSGQUEUE": (819200, 819201),
        "NICE": (0, 40),
        "RTPRIO": (1, 99),
        "RTTIME": ("unlimited", 200000),
    }
    assert set(parse(REAL)) >= EVERY_NAME


def test_a_limit_that_an_old_kernel_does_not_have_is_no_key() -> None:
    old = b"\n".join(line for line in REAL.split(b"\n") if b"realtime" not in line)
    assert "RTTIME" not in parse(old)
    assert "AS" in parse(old)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"Limit                     Soft Limit           Hard Limit           Units\n",
        b"Max open files            1024\n",
        b"Max open files            -1                   1                    files\n",
        b"Max open files            " + b"9" * 5000 + b" 1 files\n",
        b"Max \xff\xfe 1 1 files\n",
        b" Max open files            1                    1                    files\n",
        b"Max something new         1                    1                    files\n",
    ],
)
def test_nonsense_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


def test_a_truncated_file_gives_the_whole_lines_before_the_cut() -> None:
    assert set(parse(REAL[: REAL.index(b"Max stack") + 20])) == {"CPU", "FSIZE", "DATA"}
