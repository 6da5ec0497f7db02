# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import pid_status
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import given
from hypothesis import strategies as st

HEAD = b"Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nPid:\t7\nUid:\t1001\t1002\t1003\t1004\nGid:\t5\t5\t5\t5\n"
SIZES = (
    b"VmPeak:\t  101 kB\nVmSize:\t  102 kB\nVmLck:\t  103 kB\nVmPin:\t  104 kB\nVmHWM:\t  105 kB\nVmRSS:\t  106 kB\n"
    b"RssAnon:\t  107 kB\nRssFile:\t  108 kB\nRssShmem:\t  109 kB\nVmData:\t  110 kB\nVmStk:\t  111 kB\n"
    b"VmExe:\t  112 kB\nVmLib:\t  113 kB\nVmPTE:\t  114 kB\nVmSwap:\t  115 kB\nHugetlbPages:\t  116 kB\n"
)
TAIL = b"CoreDumping:\t0\nThreads:\t1\nCpus_allowed:\t3\n"
EXPECTED = pid_status.Status(1002, True, False, *[n * 1024 for n in (*range(101, 112), 114, 115, 116)])


@pytest.mark.parametrize("name", [b"bash", b"x\\nVmPeak:\\t 9 kB", b"\xff\xff", b"Uid:\t0\t0", b""])
def test_each_size_from_its_own_line(name: bytes) -> None:
    assert pid_status.parse(HEAD % name + SIZES + TAIL) == EXPECTED


def test_before_linux_4_15_there_is_no_core_dumping_line() -> None:
    assert pid_status.parse(HEAD % b"x" + SIZES + TAIL.partition(b"\n")[2]) == EXPECTED


def test_lines_that_an_old_kernel_lacks_are_unknown() -> None:
    old = b"".join(line + b"\n" for line in SIZES.splitlines() if not line.startswith((b"Rss", b"Huge")))
    status = pid_status.parse(HEAD % b"x" + old + TAIL)
    assert (status.rss_anon_bytes, status.hugetlb_bytes, status.swap_bytes) == (None, None, 115 * 1024)


def test_without_an_address_space() -> None:
    assert pid_status.parse(HEAD % b"kthreadd" + TAIL) == pid_status.Status(1002, has_memory=False)


@pytest.mark.parametrize("sizes", [SIZES, b""])
@pytest.mark.parametrize("after", [b"", b"x86_Thread_features:\tshstk \n"])
def test_context_switches(sizes: bytes, after: bytes) -> None:
    forged = HEAD % b"x\\nvoluntary_ctxt_switches:\\t1\\nnonvoluntary_ctxt_switches:\\t2\\n"
    switches = b"voluntary_ctxt_switches:\t201\nnonvoluntary_ctxt_switches:\t202\n"
    status = pid_status.parse(forged + sizes + TAIL + switches + after)
    assert (status.voluntary_switches, status.involuntary_switches) == (201, 202)


@pytest.mark.parametrize(
    ("effective", "holds"),
    [
        (b"000001ffffffffff", True),
        (b"0000000000004000", True),
        (b"000001ffffffbfff", False),
        (b"0000000000000000", False),
        # As the kernel never writes it.
        (b"00000000000000000000000000004000", False),
        (b"4000\\nx", False),
    ],
)
def test_cap_ipc_lock(effective: bytes, holds: bool) -> None:
    forged = HEAD % b"x\\nCapEff:\\t0000000000004000"
    others = b"CapPrm:\t0000000000004000\nCapEff:\t" + effective + b"\nCapBnd:\t0000000000004000\n"
    assert pid_status.parse(forged + SIZES + TAIL + others).ipc_lock is holds


@pytest.mark.parametrize("cut", [len(SIZES) - 1, len(SIZES) - 5, 60, 14])
def test_truncated_is_malformed(cut: int) -> None:
    with pytest.raises(Malformed):
        pid_status.parse(HEAD % b"x" + SIZES[:cut])


@pytest.mark.parametrize("data", [b"", b"Name:\tx\n", HEAD % b"x" + b"VmPeak:\t-1 kB\nVmSize:\t x kB\n" + TAIL])
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        pid_status.parse(data)


@given(st.binary(max_size=300))
def test_nothing_but_malformed_on_any_bytes(data: bytes) -> None:
    for document in (data, HEAD % b"x" + b"VmPeak:" + data + TAIL):
        try:
            pid_status.parse(document)
        except Malformed:
            pass


@pytest.mark.parametrize(("line", "expected"), [(b"000001ffffffffff", True), (b"00000000a80425fb", False)])
def test_who_may_raise_limits(line, expected):
    assert pid_status.may_raise_limits(b"Name:\tx\nCapEff:\t" + line + b"\nCapBnd:\t0\n") is expected
