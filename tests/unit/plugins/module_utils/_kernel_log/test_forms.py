# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three forms in which the kernel's log comes."""

from __future__ import annotations

import json

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._kernel_log import dmesg, journal, kmsg
from ansible_collections.fleet.memory.plugins.module_utils._kernel_log.line import Line, iso
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import example, given
from hypothesis import strategies as st

BOOT = "04eddd82-3503-4817-b346-63307a2c59a7"


def test_kmsg() -> None:
    ring = kmsg.parse(
        b"5,17,100,-;first\n"
        b" SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n"
        b"6,18,200,c,caller=T1;a \\x5cx41 \\xff;\\x0ab\n"
        b"11,19,300,-;Out of memory: Killed process 1 (init)\n"
    )
    assert ring == kmsg.Ring(17, 100, 300, [Line(b"first", 100), Line(b"a \\x41 \xff;\nb", 200)])


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"6,1,2,-", b"a,1,2,-;x\n", b" 6,1,2,-;x\n", b"6,1,%s,-;x\n" % (b"9" * 5000)]
)
def test_what_is_no_kmsg(data: bytes) -> None:
    with pytest.raises(Malformed):
        kmsg.parse(data)


def test_dmesg() -> None:
    lines = dmesg.parse(
        b"<6>[    0.000012] early\n<3>[11252.372004][  T123] with its caller\n<4>[    1.000000] [C1] \n"
        b"<6>no time\n<14>[    3.000000] of a process\nnot raw\n"
    )
    assert lines == [
        Line(b"early", 12),
        Line(b"with its caller", 11252372004),
        Line(b"[C1] ", 1000000),
        Line(b"no time", None),
    ]


@pytest.mark.parametrize("data", [b"", b"[    0.000000] not raw\n", b"dmesg: read kernel buffer failed\n"])
def test_what_is_no_raw_dmesg(data: bytes) -> None:
    with pytest.raises(Malformed):
        dmesg.parse(data)


def entry(**changes: object) -> bytes:
    fields = {
        "MESSAGE": "text",
        "SYSLOG_FACILITY": "0",
        "_BOOT_ID": BOOT.replace("-", ""),
        "_SOURCE_MONOTONIC_TIMESTAMP": "12",
        "__REALTIME_TIMESTAMP": "1795572077565100",
    }
    return json.dumps({**fields, **changes}).encode()


@pytest.mark.parametrize(
    "data, expected",
    [
        (entry(), Line(b"text", 12, 1795572077565100, BOOT)),
        (entry(MESSAGE=[255, 10, 65]), Line(b"\xff\nA", 12, 1795572077565100, BOOT)),
        (entry(MESSAGE="h\u00e9 \ud800"), Line(b"h\xc3\xa9 \xed\xa0\x80", 12, 1795572077565100, BOOT)),
        (entry(_BOOT_ID="x", _SOURCE_MONOTONIC_TIMESTAMP=None), Line(b"text", None, 1795572077565100, None)),
        (entry(__REALTIME_TIMESTAMP="9" * 17), Line(b"text", 12, None, BOOT)),
        (entry(__REALTIME_TIMESTAMP="\u0661"), Line(b"text", 12, None, BOOT)),
    ],
)
def test_journal(data: bytes, expected: Line) -> None:
    assert journal.parse(b"-- Journal begins --\n" + data + b"\n\n") == [expected]


@pytest.mark.parametrize(
    "data",
    [
        entry(SYSLOG_FACILITY="1"),
        entry(SYSLOG_FACILITY=None),
        entry(SYSLOG_FACILITY=["0", "1"]),
        entry(MESSAGE=None),
        entry(MESSAGE=7),
        entry(MESSAGE=[256]),
        entry(MESSAGE=["a"]),
        entry(MESSAGE={"a": 1}),
        entry()[:-1],
        b"[1]",
        b"null",
        b"[" * 100000,
        b"\xff",
        b"1" * 5000,
    ],
)
def test_what_is_no_line_of_the_kernel_in_the_journal(data: bytes) -> None:
    assert journal.parse(data) == []


WORDS = st.sampled_from(
    [b"\n", b" ", b";", b",", b"-", b"[", b"]", b"<", b">", b"{", b"}", b'"', b":", b"\\x0a", b"\\x", b"\\", b"\0"]
    + [b"<6>[    1.000000] ", b"6,1,2,-;", b"9" * 5000, b"0", b"\xff", b"{\n"]
    + [b'"MESSAGE":', b'"SYSLOG_FACILITY":"0"', b'"_BOOT_ID":']
    + ["\u0663".encode(), b'"__REALTIME_TIMESTAMP":"', b"null", b"1e999", b"NaN"]
)
DATA = st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=30).map(b"".join))


@pytest.mark.parametrize("parse", [kmsg.parse, dmesg.parse, journal.parse], ids=["kmsg", "dmesg", "journal"])
@given(data=DATA)
@example(data=b"")
def test_nothing_but_malformed_on_any_bytes(parse, data: bytes) -> None:
    try:
        found = parse(data)
    except Malformed:
        return
    for line in getattr(found, "lines", found):
        iso(line.realtime)
        iso(line.microseconds)


def test_iso() -> None:
    assert iso(1795572077999999) == "2026-11-25T02:01:17Z"
    assert iso(9999999999999999) == "2286-11-20T17:46:39Z"
    assert iso(None) is None
